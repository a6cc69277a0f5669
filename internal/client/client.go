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
	"strconv"
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
	c := &Client{base: u.Scheme + "://" + u.Host, http: new(http.Client)}
	*c.http = *hc
	c.http.CheckRedirect = sameOrigin
	if c.http.Timeout == 0 {
		c.http.Timeout = timeout
	}
	return c, nil
}

// List returns one page. Limit 0 asks for the whole list at once; todo.MaxPage is
// the most that a page can have.
func (c *Client) List(ctx context.Context, q todo.Query) (api.Todos, error) {
	values := url.Values{}
	if q.Status != "" {
		values.Set("status", string(q.Status))
	}
	if q.Cursor != "" {
		values.Set("cursor", q.Cursor)
	}
	if q.Limit != 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	return do[api.Todos](ctx, c, read(api.PathTodos, values))
}

// Get returns one todo, also from the trash.
func (c *Client) Get(ctx context.Context, id string) (todo.Todo, error) {
	return do[todo.Todo](ctx, c, read(todoPath(id, ""), nil))
}

// Create adds a todo.
func (c *Client) Create(ctx context.Context, item api.Create) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, api.PathTodos, item))
}

// Patch changes the todo that the patch names. If its IfRev is not 0 it fails with
// todo.ErrPrecondition where the todo has another revision.
func (c *Client) Patch(ctx context.Context, p todo.Patch) (api.Changed, error) {
	body := map[string]any{}
	if p.Text != nil {
		body["text"] = *p.Text
	}
	if p.Notes != nil {
		body["notes"] = *p.Notes
	}
	if p.Completed != nil {
		body["completed"] = *p.Completed
	}
	w := write(http.MethodPatch, todoPath(p.ID, ""), body)
	if p.IfRev != 0 {
		w.header.Set("If-Match", api.ETag(p.IfRev))
	}
	return do[api.Changed](ctx, c, w)
}

// Complete marks a todo as done.
func (c *Client) Complete(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, todoPath(id, api.VerbComplete), nil))
}

// Reopen marks a todo as not done.
func (c *Client) Reopen(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, todoPath(id, api.VerbReopen), nil))
}

// Delete moves a todo to the trash.
func (c *Client) Delete(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodDelete, todoPath(id, ""), nil))
}

// Restore takes a todo out of the trash.
func (c *Client) Restore(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, todoPath(id, api.VerbRestore), nil))
}

// Undo reverses a change; "" means the last one made through this client's app
// that still stands.
func (c *Client) Undo(ctx context.Context, changeID string) (api.Change, error) {
	if changeID == "" {
		changeID = api.LastChange
	}
	return do[api.Change](ctx, c, write(http.MethodPost, api.PathChanges+"/"+url.PathEscape(changeID)+api.VerbUndo, nil))
}

// Changes returns at most limit changes made after revision since, oldest first.
func (c *Client) Changes(ctx context.Context, since uint64, limit int) (api.Changes, error) {
	values := url.Values{"since": {strconv.FormatUint(since, 10)}, "limit": {strconv.Itoa(limit)}}
	return do[api.Changes](ctx, c, read(api.PathChanges, values))
}

// Me returns who is signed in.
func (c *Client) Me(ctx context.Context) (api.Me, error) {
	return do[api.Me](ctx, c, read(api.PathMe, nil))
}

func todoPath(id, verb string) string {
	return api.PathTodos + "/" + url.PathEscape(id) + verb
}

// request is what is sent, as often as it takes.
type request struct {
	method, target string // target: path and query
	header         http.Header
	body           any // nil: none
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
	var body []byte
	if q.body != nil {
		var err error
		if body, err = json.Marshal(q.body); err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		q.header.Set("Content-Type", "application/json")
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

func (c *Client) once(ctx context.Context, q request, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, c.base+q.target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = q.header.Clone()
	r.Header.Set("Accept", "application/json, application/problem+json")
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return c.answer(resp)
}
