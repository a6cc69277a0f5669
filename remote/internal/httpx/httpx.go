// Package httpx is what every HTTP room shares: handlers that return errors and
// the one place that writes them, and the middleware around all routes.
//
// It must never know a route, and never write the cause of a failure to a client:
// the cause goes to the log, under the request id that the client is given.
package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// HandlerFunc is a handler whose failure is written by whoever wraps it.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// API wraps a handler whose failures are problem+json.
func API(h HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			WriteProblem(w, r, err)
		}
	})
}

// statusClientGone is for the log: the client did not wait for the answer, which is
// no failure of ours.
const statusClientGone = 499

// WriteProblem answers a failure as RFC 9457 problem+json in our vocabulary. It
// writes nothing if an answer was begun or nobody is there to read it.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	err = Classify(err)
	Cause(r, err)
	if Started(w) {
		return
	}
	if r.Context().Err() != nil {
		w.WriteHeader(statusClientGone)
		return
	}
	p := api.NewProblem(err, RequestID(r.Context()))
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		setDefault(w.Header(), "Retry-After", "5")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	body, err := Encode(p)
	if err != nil {
		Cause(r, err)
	}
	w.WriteHeader(p.Status)
	w.Write(body)
}

// Classify turns failures of net/http into our vocabulary.
func Classify(err error) error {
	if too, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &todo.Error{Code: todo.CodeTooLarge, Message: "the request body is too large", Hint: fmt.Sprintf("%d MiB is allowed; send less at once", max(too.Limit>>20, 1)), Cause: err}
	}
	return err
}

// WriteJSON answers with v. It encodes before it writes, so a value that cannot be
// encoded is an error and not half an answer.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	setDefault(w.Header(), "Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// Encode marshals without the HTML escaping that would change what people wrote.
func Encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return buf.Bytes(), err
}

func setDefault(h http.Header, key, value string) {
	if h.Get(key) == "" {
		h.Set(key, value)
	}
}
