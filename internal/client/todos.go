package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// List returns one page. Limit 0 asks for the whole list at once; todo.MaxPage is
// the most that a page can have.
func (c *Client) List(ctx context.Context, q todo.Query) (api.Todos, error) {
	return do[api.Todos](ctx, c, read(api.PathTodos, queryValues(q)))
}

// queryValues returns what the query says.
func queryValues(q todo.Query) url.Values {
	v := said(map[string]string{
		"status": string(q.Status), "q": q.Text, "due": q.Due, "list": q.List, "tag": q.Tag,
		"priority": q.Priority, "parentID": q.ParentID, "sort": string(q.Sort), "cursor": q.Cursor,
	})
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

// said returns the parameters that have a value.
func said(parameters map[string]string) url.Values {
	v := url.Values{}
	for name, value := range parameters {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// Get returns one todo, also from the trash.
func (c *Client) Get(ctx context.Context, id string) (todo.Todo, error) {
	return do[todo.Todo](ctx, c, read(todoPath(id, ""), nil))
}

// Create adds a todo.
func (c *Client) Create(ctx context.Context, item api.Create) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, api.PathTodos, item))
}

// QuickAdd adds a todo of which the text says everything, as todo.ParseQuickAdd
// reads it.
func (c *Client) QuickAdd(ctx context.Context, text string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, api.PathQuickAdd, api.QuickAdd{Text: text}))
}

// Draft returns what QuickAdd would make of the text, and makes nothing.
func (c *Client) Draft(ctx context.Context, text string) (api.Draft, error) {
	return do[api.Draft](ctx, c, write(http.MethodPost, api.PathQuickAdd+"?dryRun=1", api.QuickAdd{Text: text}))
}

// Patch changes the todo that the patch names. If its IfRev is not 0 it fails with
// todo.ErrPrecondition where the todo has another revision.
func (c *Client) Patch(ctx context.Context, p todo.Patch) (api.Changed, error) {
	target, rev := todoPath(p.ID, ""), p.IfRev
	p.ID, p.IfRev = "", 0
	w := write(http.MethodPatch, target, patchBody{"", p})
	if rev != 0 {
		w.header.Set("If-Match", api.ETag(rev))
	}
	return do[api.Changed](ctx, c, w)
}

// patchBody is a patch without its id, which the path has.
type patchBody struct {
	ID string `json:"id,omitempty"` // hides the patch's, which is never left out
	todo.Patch
}

// Complete marks a todo as done. What a repeating one left open is in Next.
func (c *Client) Complete(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, todoPath(id, api.VerbComplete), nil))
}

// Reopen marks a todo as not done.
func (c *Client) Reopen(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, todoPath(id, api.VerbReopen), nil))
}

// Move puts a todo at another place, in another list or below another todo.
func (c *Client) Move(ctx context.Context, id string, to api.Move) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, todoPath(id, api.VerbMove), to))
}

// Delete moves a todo to the trash.
func (c *Client) Delete(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodDelete, todoPath(id, ""), nil))
}

// Restore takes a todo out of the trash.
func (c *Client) Restore(ctx context.Context, id string) (api.Changed, error) {
	return do[api.Changed](ctx, c, write(http.MethodPost, todoPath(id, api.VerbRestore), nil))
}

// Batch does at most todo.MaxBatch operations in order, as one change. What became
// of each is in the answer's results, in the same order; with atomic, one that
// fails is an error and nothing is changed.
func (c *Client) Batch(ctx context.Context, ops []todo.Op, atomic bool) (api.Batched, error) {
	b := api.Batch{Operations: make([]api.Operation, len(ops)), Atomic: atomic}
	for i, op := range ops {
		b.Operations[i] = api.NewOperation(op)
	}
	return do[api.Batched](ctx, c, write(http.MethodPost, api.PathBatch, b))
}

func todoPath(id, verb string) string {
	return api.PathTodos + "/" + segment(id) + verb
}

// segment escapes one segment of a path. One of dots alone would be taken for a
// step up.
func segment(s string) string {
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}
