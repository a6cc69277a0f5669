package rest

import (
	"fmt"
	"net/http"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

func (s *Server) history(c *call) error {
	limit, err := c.limit(0) // the Service has a preset
	if err != nil {
		return err
	}
	q := todo.HistoryQuery{Kind: todo.Kind(c.query.Get("kind")), By: c.query.Get("by"), TodoID: c.query.Get("todoID"), Limit: limit, Cursor: c.query.Get("cursor")}
	if q.Since, err = c.moment("since"); err != nil {
		return err
	}
	if q.Until, err = c.moment("until"); err != nil {
		return err
	}
	page, err := s.svc.History(c.r.Context(), c.ns, c.actor, q)
	if err != nil {
		return err
	}
	body := api.History{Changes: make([]api.Change, 0, len(page.Changes)), NextCursor: page.NextCursor}
	for _, change := range page.Changes {
		body.Changes = append(body.Changes, api.NewChange(change))
	}
	c.linkNext(page.NextCursor)
	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

// moment returns the moment that a parameter names: an RFC 3339 time, or a date,
// which is its first moment in the person's zone. Zero where there is none.
func (c *call) moment(name string) (time.Time, error) {
	value := c.query.Get(name)
	if value == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, value, c.actor.Location())
	if err != nil {
		return at, &todo.Error{Code: todo.CodeInvalidDate, Field: name, Message: fmt.Sprintf("%q is not a date or a time", todo.Cut(value)), Hint: "use 2026-11-25, 2026-11-25T17:00:00Z or 2026-11-25T17:00:00+01:00", Cause: err}
	}
	return at, nil
}
