package httpx

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"todo.example/internal/todo"
)

// Middleware wraps a handler.
type Middleware func(http.Handler) http.Handler

// Chain wraps h so that the first middleware sees a request first.
func Chain(h http.Handler, m ...Middleware) http.Handler {
	for _, wrap := range slices.Backward(m) {
		h = wrap(h)
	}
	return h
}

// Recover answers a panic with 500 and logs its stack.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			Logger(r.Context()).Error("panic", "value", fmt.Sprint(v), "stack", string(debug.Stack()))
			WriteProblem(w, r, fmt.Errorf("panic: %v", v))
		}()
		next.ServeHTTP(w, r)
	})
}

// Hosts refuses a request whose Host is none of ours, so that a page of another
// site cannot reach a server on loopback by rebinding its own name to it.
func Hosts(allowed ...string) Middleware {
	ours := map[string]bool{}
	for _, h := range allowed {
		ours[strings.ToLower(h)] = true
	}
	return func(next http.Handler) http.Handler {
		return API(func(w http.ResponseWriter, r *http.Request) error {
			if !ours[strings.ToLower(r.Host)] {
				return &todo.Error{Code: todo.CodeForbidden, Message: "this server does not go by that name", Hint: "use the address it prints when it starts, or start it with --public-url"}
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// IsLoopback reports whether a host, without a port, is this machine alone: a
// loopback address, or the name localhost (RFC 6761 §6.3).
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// refusedBody is how much of a body that is refused is read all the same, in bytes:
// a client that is still writing when the connection closes may see a reset in
// place of the answer (RFC 9112 §9.6).
const refusedBody = 4 << 20

// LargeBody is a path whose bodies may be longer than others', and how long.
type LargeBody struct {
	Path  string
	Limit int64
}

// MaxBody limits request bodies, in bytes. A body that says it is longer is
// refused at once, any other when it gets there.
func MaxBody(most int64, larger ...LargeBody) Middleware {
	limits := map[string]int64{}
	for _, l := range larger {
		limits[l.Path] = l.Limit
	}
	return func(next http.Handler) http.Handler {
		return API(func(w http.ResponseWriter, r *http.Request) error {
			limit := max(most, limits[r.URL.Path])
			if r.ContentLength > limit {
				w.Header().Set("Connection", "close")
				if r.ContentLength <= refusedBody && r.Header.Get("Expect") == "" {
					_, _ = io.Copy(io.Discard, r.Body) // for the sender's sake; it is refused either way
				}
				return &http.MaxBytesError{Limit: limit}
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// SecurityHeaders sets what every answer carries; pages widen the policy where
// they need to. https says whether the public URL is.
func SecurityHeaders(https bool) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Referrer-Policy", "no-referrer")
			if https {
				h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
			}
			next.ServeHTTP(w, r)
		})
	}
}
