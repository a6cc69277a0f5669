package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// changesPerPage is how many changes are read at once where nobody says.
const changesPerPage = 100

func (s *Server) changes(c *call) error {
	limit, err := c.limit(changesPerPage)
	if err != nil {
		return err
	}
	since, _, err := revision("since", c.query.Get("since"))
	if err != nil {
		return err
	}
	log, err := s.journal(c, since, limit)
	if err != nil {
		return err
	}
	body := api.Changes{Changes: make([]api.Change, 0, len(log.Changes)), Rev: log.Rev, Reset: log.Reset}
	for _, change := range log.Changes {
		body.Changes = append(body.Changes, api.NewChange(change))
	}
	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

// How much of the journal is in memory at once, unless one change alone has more: an
// import has thousands of edits.
const (
	mostEdits = 5000 // of a part of the journal that is answered
	mostRead  = 8    // changes that are read without knowing their size
)

// journal returns at most limit changes made after a revision, fewer where they are
// large.
func (s *Server) journal(c *call, since uint64, limit int) (todo.Log, error) {
	whole, edits := todo.Log{}, 0
	for step := 1; ; step = min(2*step, mostRead) {
		part, err := s.svc.Changes(c.r.Context(), c.ns, c.actor, since, min(step, limit-len(whole.Changes)))
		if err != nil {
			return todo.Log{}, err
		}
		if len(whole.Changes) > 0 && part.Reset {
			return whole, nil // the next one to ask hears of it
		}
		whole.Reset, whole.Rev = part.Reset, part.Rev
		whole.Changes = append(whole.Changes, part.Changes...)
		for _, change := range part.Changes {
			since, edits = change.Rev, edits+len(change.Edits)
		}
		if len(part.Changes) == 0 || since >= part.Rev || len(whole.Changes) >= limit || edits > mostEdits {
			return whole, nil
		}
	}
}

func (s *Server) undo(c *call) error {
	if err := c.body(nil, mediaJSON); err != nil {
		return err
	}
	id := c.r.PathValue("changeID")
	if id == api.LastChange {
		id = ""
	}
	change, err := s.svc.Undo(c.r.Context(), c.ns, c.actor, id, c.options())
	if err != nil {
		return err
	}
	c.markReplay(change.Replayed)
	return httpx.WriteJSON(c.w, http.StatusOK, api.NewChange(change))
}
