// Package oauthtest is a small real OAuth authorization server with one protected resource, for tests of native
// clients. It checks PKCE, redirect URIs, resource indicators and client ids, rotates refresh tokens, and ends a family
// when a spent one comes back. It consents to everything at once and keeps all in memory: it must never serve people.
package oauthtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// ResourcePath is the path of the protected resource.
const ResourcePath = "/mcp"

// Counts says how often each thing happened.
type Counts struct {
	Authorizations, Registrations, Refreshes, Reuses, Exchanges, Revocations int
	// Metadata counts fetches of either metadata document.
	Metadata int
	// Served counts requests to the resource that were let through.
	Served int
}

// Server is the authorization server and the resource, on one origin. Change the exported fields before use or
// under Do.
type Server struct {
	// URL is the origin, and the issuer.
	URL string
	// Lifetime is that of access tokens. Zero: answers carry no expires_in.
	Lifetime time.Duration
	// Scopes is what the resource demands of a token; its challenge names them.
	Scopes []string
	// Granted, if not nil, is granted instead of what was asked for.
	Granted []string
	// AnyPort accepts a registered loopback redirect URI on any port (RFC 8252 §7.3).
	AnyPort bool
	// EditResource and EditServer change the metadata documents before they are sent.
	EditResource, EditServer func(doc map[string]any)
	// EditCallback changes the parameters of the authorization response.
	EditCallback func(response url.Values)

	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	counts   Counts
	serial   int
	clients  map[string][]string // redirect URIs by client id
	codes    map[string]code
	access   map[string]token
	refresh  map[string]*token
	families map[int]bool // dead ones
}

type code struct {
	client, redirect, challenge, resource, scope string
}

type token struct {
	client, resource, scope string
	family                  int
	spent                   bool
	expires                 time.Time
}

// New starts a server on loopback; it ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		Lifetime: time.Hour,
		Scopes:   []string{"todos:read"},
		handlers: map[string]http.HandlerFunc{},
		clients:  map[string][]string{},
		codes:    map[string]code{},
		access:   map[string]token{},
		refresh:  map[string]*token{},
		families: map[int]bool{},
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

// Resource is the URL of the protected resource.
func (s *Server) Resource() string { return s.URL + ResourcePath }

// Counts returns what happened so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Do runs change while no request is answered.
func (s *Server) Do(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// Handle lets handler answer what is sent to path, instead of the server; nil gives the path back.
func (s *Server) Handle(path string, handler http.HandlerFunc) {
	s.Do(func() { s.handlers[path] = handler })
}

// ForgetClients drops all registrations, as a server does that lost its database.
func (s *Server) ForgetClients() { s.Do(func() { clear(s.clients) }) }

// ExpireAccessTokens ends all access tokens; refresh tokens stay.
func (s *Server) ExpireAccessTokens() { s.Do(func() { clear(s.access) }) }

// RevokeGrants ends all tokens.
func (s *Server) RevokeGrants() {
	s.Do(func() {
		clear(s.access)
		clear(s.refresh)
	})
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	handler := s.handlers[r.URL.Path]
	s.mu.Unlock()
	if handler != nil {
		handler(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/oauth-protected-resource" + ResourcePath:
		s.resourceMetadata(w)
	case "/.well-known/oauth-authorization-server":
		s.serverMetadata(w)
	case "/register":
		s.register(w, r)
	case "/authorize":
		s.authorize(w, r)
	case "/token":
		s.token(w, r)
	case "/revoke":
		s.revoke(w, r)
	case ResourcePath:
		s.resource(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) resourceMetadata(w http.ResponseWriter) {
	s.counts.Metadata++
	doc := map[string]any{
		"resource":              s.Resource(),
		"authorization_servers": []string{s.URL},
		"scopes_supported":      []string{"todos:read", "todos:write"},
	}
	if s.EditResource != nil {
		s.EditResource(doc)
	}
	answer(w, http.StatusOK, doc)
}

func (s *Server) serverMetadata(w http.ResponseWriter) {
	s.counts.Metadata++
	doc := map[string]any{
		"issuer":                                         s.URL,
		"authorization_endpoint":                         s.URL + "/authorize",
		"token_endpoint":                                 s.URL + "/token",
		"registration_endpoint":                          s.URL + "/register",
		"revocation_endpoint":                            s.URL + "/revoke",
		"response_types_supported":                       []string{"code"},
		"scopes_supported":                               []string{"todos:read", "todos:write", "offline_access"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"none"},
		"authorization_response_iss_parameter_supported": true,
	}
	if s.EditServer != nil {
		s.EditServer(doc)
	}
	answer(w, http.StatusOK, doc)
}

func (s *Server) register(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		RedirectURIs    []string `json:"redirect_uris"`
		ApplicationType string   `json:"application_type"`
		ClientName      string   `json:"client_name"`
	}
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil || wanted.ApplicationType != "native" || wanted.ClientName == "" {
		refuse(w, http.StatusBadRequest, "invalid_client_metadata")
		return
	}
	for _, uri := range wanted.RedirectURIs {
		if u, err := url.Parse(uri); err != nil || u.Hostname() != "127.0.0.1" {
			refuse(w, http.StatusBadRequest, "invalid_redirect_uri")
			return
		}
	}
	s.counts.Registrations++
	id := s.next("client")
	s.clients[id] = wanted.RedirectURIs
	answer(w, http.StatusCreated, map[string]any{"client_id": id, "redirect_uris": wanted.RedirectURIs, "token_endpoint_auth_method": "none"})
}

// authorize is the consent page of a person who always agrees.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || !s.registered(q.Get("client_id"), redirect) {
		http.Error(w, "unknown client or redirect_uri", http.StatusBadRequest) // RFC 6749 §4.1.2.1: no redirect
		return
	}
	s.counts.Authorizations++
	response := url.Values{"state": {q.Get("state")}, "iss": {s.URL}}
	switch {
	case q.Get("response_type") != "code", q.Get("code_challenge_method") != "S256", len(q.Get("code_challenge")) != 43:
		response.Set("error", "invalid_request")
	case q.Get("resource") != s.Resource():
		response.Set("error", "invalid_target")
	default:
		c := s.next("code")
		s.codes[c] = code{q.Get("client_id"), redirect.String(), q.Get("code_challenge"), q.Get("resource"), q.Get("scope")}
		response.Set("code", c)
	}
	if s.EditCallback != nil {
		s.EditCallback(response)
	}
	redirect.RawQuery = response.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusFound)
}

func (s *Server) registered(client string, redirect *url.URL) bool {
	for _, uri := range s.clients[client] {
		u, err := url.Parse(uri)
		if err != nil {
			continue
		}
		if s.AnyPort {
			u.Host = redirect.Host
		}
		if u.String() == redirect.String() {
			return true
		}
	}
	return false
}

// resource is the protected resource: it echoes the request's body to whoever has a good token.
func (s *Server) resource(w http.ResponseWriter, r *http.Request) {
	metadata := fmt.Sprintf(`resource_metadata="%s/.well-known/oauth-protected-resource%s", scope="%s"`, s.URL, ResourcePath, strings.Join(s.Scopes, " "))
	bearer, sent := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !sent {
		w.Header().Set("WWW-Authenticate", "Bearer "+metadata)
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	t, ok := s.access[bearer]
	if !ok || time.Now().After(t.expires) || t.resource != s.Resource() {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", `+metadata)
		http.Error(w, "no longer", http.StatusUnauthorized)
		return
	}
	for _, scope := range s.Scopes {
		if !strings.Contains(" "+t.scope+" ", " "+scope+" ") {
			w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", `+metadata)
			http.Error(w, "not that", http.StatusForbidden)
			return
		}
	}
	s.counts.Served++
	_, _ = io.Copy(w, r.Body)
}

func (s *Server) next(kind string) string {
	s.serial++
	if kind == "client" {
		return fmt.Sprintf("client-%d", s.serial)
	}
	return fmt.Sprintf("%s-%d-secret", kind, s.serial) // so that a test can look for what must not show
}

func answer(w http.ResponseWriter, status int, doc map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc)
}

func refuse(w http.ResponseWriter, status int, code string) {
	answer(w, status, map[string]any{"error": code, "error_description": "oauthtest refuses"})
}
