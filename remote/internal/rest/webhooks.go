package rest

import (
	"net/http"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// newWebhook is the body that makes a webhook as the document shows it.
type newWebhook struct {
	URL    string   `json:"url"`
	Events []string `json:"events,omitempty"`
}

// webhookPatch is the body that changes one.
type webhookPatch struct {
	URL       string   `json:"url,omitempty"`
	Events    []string `json:"events,omitempty"`
	Enabled   bool     `json:"enabled,omitempty"`
	NewSecret bool     `json:"newSecret,omitempty"`
}

func (s *Server) listWebhooks(c *call) error {
	hooks, err := s.accounts.Webhooks(c.r.Context(), c.ns, c.actor)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, api.Webhooks{Webhooks: hooks})
}

func (s *Server) createWebhook(c *call) error {
	var n account.NewWebhook
	if err := c.body(fields{"url": &n.URL, "events": &n.Events}, mediaJSON); err != nil {
		return err
	}
	page, err := s.svc.List(c.r.Context(), c.ns, c.actor, todo.Query{Limit: 1})
	if err != nil {
		return err
	}
	n.Rev, n.IdempotencyKey = page.Rev, c.options().IdempotencyKey
	made, err := s.accounts.CreateWebhook(c.r.Context(), c.ns, c.actor, n)
	if err != nil {
		return err
	}
	c.secret()
	c.markReplay(made.Replayed)
	c.w.Header().Set("Location", api.PathWebhooks+"/"+made.ID)
	return httpx.WriteJSON(c.w, http.StatusCreated, made)
}

func (s *Server) getWebhook(c *call) error {
	hook, err := s.accounts.Webhook(c.r.Context(), c.ns, c.actor, c.r.PathValue("webhookID"))
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, hook)
}

func (s *Server) patchWebhook(c *call) error {
	var p account.WebhookPatch
	if err := c.body(fields{"url": &p.URL, "events": &p.Events, "enabled": &p.Enabled, "newSecret": &p.NewSecret}, mediaJSON, mediaPatch); err != nil {
		return err
	}
	hook, err := s.accounts.PatchWebhook(c.r.Context(), c.ns, c.actor, c.r.PathValue("webhookID"), p)
	if err != nil {
		return err
	}
	c.secret()
	return httpx.WriteJSON(c.w, http.StatusOK, hook)
}

func (s *Server) deleteWebhook(c *call) error {
	if err := c.body(nil, mediaJSON); err != nil {
		return err
	}
	if err := s.accounts.DeleteWebhook(c.r.Context(), c.ns, c.actor, c.r.PathValue("webhookID")); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) testWebhook(c *call) error {
	if err := c.body(nil, mediaJSON); err != nil {
		return err
	}
	result, err := s.webhooks.Ping(c.r.Context(), c.ns, c.actor, c.r.PathValue("webhookID"))
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, result)
}
