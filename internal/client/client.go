// Package client is the HTTP client of the REST API that the terminal uses. It
// speaks the types of internal/api and fails with the errors of internal/todo, so
// that errors.Is gives the same answer on both sides of the wire.
//
// It must never know how a person signs in (whoever makes the http.Client lets
// its transport add the token), print, or follow a redirect to another server.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

const (
	timeout   = 30 * time.Second // of one request, where the http.Client has none
	maxAnswer = 32 << 20         // bytes: the largest page has about 22 MiB
)

// Client talks to one server. It is safe for concurrent use.
//
// Every method fails with a *todo.Error: the server's own, or CodeUnavailable
// where there was no answer from it. Each write carries an idempotency key, so it
// is sent again once if the connection breaks, and still happens once. Only what
// the http.Client's transport itself says is passed on as it is, wrapped.
type Client struct {
	base string // origin
	zone string // IANA name of the machine's zone; "" unknown
	http *http.Client
}

// New returns a client of the server at base, an origin such as
// https://todo.example.com. It works on a copy of hc, with a time limit if hc has
// none.
func New(base string, hc *http.Client) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, &todo.Error{Code: todo.CodeInvalid, Field: "server", Message: fmt.Sprintf("%q is not a server's address", base), Hint: "give it like https://todo.example.com", Cause: err}
	}
	c := &Client{base: u.Scheme + "://" + u.Host, zone: machineZone(), http: new(http.Client)}
	*c.http = *hc
	c.http.CheckRedirect = sameOrigin
	if c.http.Timeout == 0 {
		c.http.Timeout = timeout
	}
	return c, nil
}

// request is what is sent, as often as it takes.
type request struct {
	method, target string // target: path and query
	header         http.Header
	body           any // nil: none; a file is sent as it is, anything else as JSON
}

// file is a body that is not JSON.
type file struct {
	media string
	data  []byte
}

func read(path string, query url.Values) request {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return request{method: http.MethodGet, target: path, header: http.Header{}}
}

func write(method, path string, body any) request {
	h := http.Header{}
	h.Set(api.HeaderIdempotencyKey, rand.Text())
	h.Set(api.HeaderPrefer, api.PreferMinimal)
	return request{method: method, target: path, header: h, body: body}
}

// do sends the request and decodes its answer.
func do[T any](ctx context.Context, c *Client, q request) (T, error) {
	var answer T
	raw, err := c.roundTrip(ctx, q)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return answer, c.notOurs(err)
	}
	return answer, nil
}

// roundTrip returns the body of a successful answer. It sends the request a second
// time if the connection broke: all of them may be repeated.
func (c *Client) roundTrip(ctx context.Context, q request) ([]byte, error) {
	body, err := q.encode()
	if err != nil {
		return nil, err
	}
	raw, err := c.once(ctx, q, body)
	if broken(err) && ctx.Err() == nil {
		raw, err = c.once(ctx, q, body)
	}
	if err != nil {
		return nil, c.explain(err)
	}
	return raw, nil
}

// encode returns the body as it is sent, and says in the header what it is.
func (q request) encode() ([]byte, error) {
	if q.body == nil {
		return nil, nil
	}
	if f, ok := q.body.(file); ok {
		q.header.Set("Content-Type", f.media)
		return f.data, nil
	}
	body, err := json.Marshal(q.body)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	if mangled(body) {
		return nil, &todo.Error{Code: todo.CodeInvalid, Message: "what is to be sent is not UTF-8", Hint: "write it in UTF-8; nothing was changed"}
	}
	q.header.Set("Content-Type", "application/json")
	return body, nil
}

// mangled reports whether a string of the JSON was not UTF-8: the encoder puts an escape
// in the place of each such byte, while it leaves a U+FFFD that was there as it is.
func mangled(body []byte) bool {
	return bytes.Contains(bytes.ReplaceAll(body, []byte(`\\`), nil), []byte(`\ufffd`))
}

func (c *Client) once(ctx context.Context, q request, body []byte) ([]byte, error) {
	r, err := c.request(ctx, q, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return c.answer(resp)
}

func (c *Client) request(ctx context.Context, q request, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, c.base+q.target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = q.header.Clone()
	r.Header.Set("Accept", "application/json, application/problem+json")
	if c.zone != "" {
		r.Header.Set(api.HeaderTimezone, c.zone)
	}
	return r, nil
}
