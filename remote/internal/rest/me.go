package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

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
