package oauthtest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// forever is the lifetime of tokens whose end is not told.
const forever = 24 * time.Hour

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	if _, known := s.clients[r.PostForm.Get("client_id")]; !known {
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.exchange(w, r)
	case "refresh_token":
		s.rotate(w, r)
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
	}
}

func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	form := r.PostForm
	c, ok := s.codes[form.Get("code")]
	delete(s.codes, form.Get("code"))
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if !ok || c.client != form.Get("client_id") || c.redirect != form.Get("redirect_uri") ||
		c.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	if form.Get("resource") != c.resource {
		refuse(w, http.StatusBadRequest, "invalid_target")
		return
	}
	s.counts.Exchanges++
	scope := c.scope
	if s.Granted != nil {
		scope = strings.Join(s.Granted, " ")
	}
	s.serial++
	s.issue(w, token{client: c.client, resource: c.resource, scope: scope, family: s.serial})
}

// rotate spends a refresh token, or ends the family of one that was spent before (OAuth 2.1 §4.3.1).
func (s *Server) rotate(w http.ResponseWriter, r *http.Request) {
	form := r.PostForm
	old, ok := s.refresh[form.Get("refresh_token")]
	if !ok || old.client != form.Get("client_id") || s.families[old.family] {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	if old.spent {
		s.counts.Reuses++
		s.families[old.family] = true
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	if form.Get("resource") != old.resource {
		refuse(w, http.StatusBadRequest, "invalid_target")
		return
	}
	s.counts.Refreshes++
	old.spent = true
	next := *old
	next.spent = false
	s.issue(w, next)
}

func (s *Server) issue(w http.ResponseWriter, t token) {
	lifetime := s.Lifetime
	doc := map[string]any{"token_type": "bearer", "scope": t.scope}
	if lifetime == 0 {
		lifetime = forever
	} else {
		doc["expires_in"] = int(lifetime.Seconds())
	}
	t.expires = time.Now().Add(lifetime)
	access := s.next("access")
	s.access[access] = t
	doc["access_token"] = access
	if strings.Contains(" "+t.scope+" ", " offline_access ") {
		refresh := s.next("refresh")
		s.refresh[refresh] = &t
		doc["refresh_token"] = refresh
	}
	answer(w, http.StatusOK, doc)
}

// revoke ends the family of a refresh token (RFC 7009).
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	if t, ok := s.refresh[r.PostForm.Get("token")]; ok && t.client == r.PostForm.Get("client_id") {
		s.counts.Revocations++
		s.families[t.family] = true
		for name, access := range s.access {
			if access.family == t.family {
				delete(s.access, name)
			}
		}
	}
	w.WriteHeader(http.StatusOK)
}
