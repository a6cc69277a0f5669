package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// Raw sends one request as it is given to a path of the server, which may have a
// query, and returns the answer whatever its status. The caller closes its body.
func (c *Client) Raw(ctx context.Context, method, path string, header http.Header, body []byte) (*http.Response, error) {
	if !strings.HasPrefix(path, "/") { // it would go on with the server's name
		return nil, &todo.Error{Code: todo.CodeInvalid, Field: "path", Message: "the path does not begin with a slash", Hint: "give it like " + api.PathTodos}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, &todo.Error{Code: todo.CodeInvalid, Field: "path", Message: "the request cannot be made of this method and path", Hint: "give them like GET " + api.PathTodos, Cause: err}
	}
	r.Header = header.Clone()
	if c.zone != "" && r.Header.Get(api.HeaderTimezone) == "" {
		r.Header.Set(api.HeaderTimezone, c.zone)
	}
	resp, err := c.patient().http.Do(r)
	if err != nil {
		return nil, c.explain(err)
	}
	return resp, nil
}

// Refusal returns the error that the body of a failed answer tells of, or its status.
func Refusal(status int, body []byte) error {
	p := api.Problem{}
	if err := json.Unmarshal(body, &p); err != nil || p.Code == "" {
		p = api.Problem{Status: status}
	}
	return p.Err()
}
