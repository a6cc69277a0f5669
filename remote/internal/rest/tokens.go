package rest

import (
	"net/http"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/remote/internal/httpx"
)

func (s *Server) tokens(c *call) error {
	tokens, err := s.accounts.Tokens(c.r.Context(), c.ns, c.actor)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, api.Tokens{Tokens: tokens})
}

func (s *Server) createToken(c *call) error {
	var body api.NewToken
	var days *int
	if err := c.body(fields{"name": &body.Name, "scopes": &body.Scopes, "expiresInDays": &days, "neverExpires": &body.NeverExpires}, mediaJSON); err != nil {
		return err
	}
	n := account.NewToken{Name: body.Name, Scopes: body.Scopes, Never: body.NeverExpires, IdempotencyKey: c.options().IdempotencyKey}
	if days != nil {
		if n.Days = *days; n.Days == 0 {
			n.Days = -1 // said, and not allowed
		}
	}
	made, err := s.accounts.CreateToken(c.r.Context(), c.ns, c.actor, n)
	if err != nil {
		return err
	}
	c.secret()
	c.markReplay(made.Replayed)
	return httpx.WriteJSON(c.w, http.StatusCreated, made)
}

func (s *Server) deleteToken(c *call) error {
	if err := c.body(nil, mediaJSON); err != nil {
		return err
	}
	if err := s.accounts.DeleteToken(c.r.Context(), c.ns, c.actor, c.r.PathValue("tokenID")); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// secret keeps an answer out of every cache: it is the only place where something
// that opens the account is seen.
func (c *call) secret() { c.w.Header().Set("Cache-Control", "no-store") }
