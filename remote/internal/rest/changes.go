package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
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
	log, err := s.svc.Changes(c.r.Context(), c.ns, c.actor, since, limit)
	if err != nil {
		return err
	}
	body := api.Changes{Changes: make([]api.Change, 0, len(log.Changes)), Rev: log.Rev, Reset: log.Reset}
	for _, change := range log.Changes {
		body.Changes = append(body.Changes, api.NewChange(change))
	}
	return httpx.WriteJSON(c.w, http.StatusOK, body)
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
	c.markReplay(change)
	return httpx.WriteJSON(c.w, http.StatusOK, api.NewChange(change))
}

func (s *Server) me(c *call) error {
	p := c.principal
	email, err := s.guard.Email(c.r.Context(), p)
	if err != nil {
		return err
	}
	person, err := s.accounts.Person(c.r.Context(), p.Subject)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, api.Me{
		Subject: p.Subject, Email: email, Via: string(p.Via), Client: p.Client.Name, Scopes: p.Scopes, Allowed: allowed(p), Settings: person.Settings,
	})
}

func allowed(p auth.Principal) []string {
	names := []string{}
	for _, a := range []todo.Action{todo.Read, todo.Create, todo.Edit, todo.Complete, todo.Delete} {
		if p.Allowed().Has(a) {
			names = append(names, a.String())
		}
	}
	return names
}
