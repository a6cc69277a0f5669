package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/remote/internal/httpx"
)

func (s *Server) overview(c *call) error {
	o, err := s.svc.Overview(c.r.Context(), c.ns, c.actor)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, api.NewOverview(o, s.now().In(c.actor.Location())))
}
