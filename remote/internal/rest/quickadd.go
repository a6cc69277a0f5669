package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

func (s *Server) quickAdd(c *call) error {
	dry, err := flag(c.query, "dryRun", false)
	if err != nil {
		return err
	}
	var text string
	if err := c.body(fields{"text": &text}, mediaJSON); err != nil {
		return err
	}
	item := todo.ParseQuickAdd(text, c.actor, s.now())
	if !dry {
		o := c.options()
		o.Request = text
		return s.createOne(c, item, "text", o)
	}
	t, err := s.svc.Preview(c.r.Context(), c.ns, c.actor, item)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, api.NewDraft(t))
}
