package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// Undo reverses a change; "" means the last one made through this client's app
// that still stands.
func (c *Client) Undo(ctx context.Context, changeID string) (api.Change, error) {
	if changeID == "" {
		changeID = api.LastChange
	}
	return do[api.Change](ctx, c, write(http.MethodPost, api.PathChanges+"/"+segment(changeID)+api.VerbUndo, nil))
}

// Changes returns at most limit changes made after revision since, oldest first.
func (c *Client) Changes(ctx context.Context, since uint64, limit int) (api.Changes, error) {
	values := url.Values{"since": {strconv.FormatUint(since, 10)}, "limit": {strconv.Itoa(limit)}}
	return do[api.Changes](ctx, c, read(api.PathChanges, values))
}

// History returns a page of changes, newest first.
func (c *Client) History(ctx context.Context, q todo.HistoryQuery) (api.History, error) {
	v := said(map[string]string{"kind": string(q.Kind), "by": q.By, "todoID": q.TodoID, "cursor": q.Cursor})
	for name, at := range map[string]time.Time{"since": q.Since, "until": q.Until} {
		if !at.IsZero() {
			v.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return do[api.History](ctx, c, read(api.PathHistory, v))
}

// Overview returns the list at a glance.
func (c *Client) Overview(ctx context.Context) (api.Overview, error) {
	return do[api.Overview](ctx, c, read(api.PathOverview, nil))
}

// Me returns who is signed in.
func (c *Client) Me(ctx context.Context) (api.Me, error) {
	return do[api.Me](ctx, c, read(api.PathMe, nil))
}
