package identity_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

// collect lets the server's upkeep delete what has expired.
func collect(t *testing.T, server *identity.Server) {
	t.Helper()
	upkeep(t, server, time.Minute)
}

// upkeep runs Run for a while, in a time of its own.
func upkeep(t *testing.T, server *identity.Server, duration time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- server.Run(ctx) }()
		time.Sleep(duration)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func get(t *testing.T, server *identity.Server, path string) *identitytest.Answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = "evil.example" // what a client claims must not show in any URL
	return identitytest.Do(t, server, r)
}

func TestDiscovery(t *testing.T) {
	server, _ := newServer(t)
	project := server.Credentials().ProjectID
	want := map[string]any{
		"issuer": "https://id.example", "authorization_endpoint": "https://id.example/oauth/authorize",
		"token_endpoint": "https://id.example/v1/oauth2/token", "registration_endpoint": "https://id.example/v1/oauth2/register",
		"revocation_endpoint": "https://id.example/v1/oauth2/revoke", "introspection_endpoint": "https://id.example/v1/oauth2/introspect",
		"userinfo_endpoint": "https://id.example/v1/oauth2/userinfo", "jwks_uri": "https://id.example/.well-known/jwks.json",
		"scopes_supported":         []any{"openid", "profile", "email", "phone", "offline_access", "todos:read", "todos:write"},
		"response_types_supported": []any{"code"}, "response_modes_supported": []any{"query"},
		"grant_types_supported": []any{"authorization_code", "refresh_token"}, "subject_types_supported": []any{"public"},
		"id_token_signing_alg_values_supported": []any{"RS256"}, "code_challenge_methods_supported": []any{"S256"},
		"token_endpoint_auth_methods_supported":          []any{"none", "client_secret_basic", "client_secret_post"},
		"claims_supported":                               []any{"sub", "name", "given_name", "middle_name", "family_name", "email", "email_verified"},
		"authorization_response_iss_parameter_supported": true, "request_parameter_supported": false, "request_uri_parameter_supported": false,
		"status_code": 200.0,
	}
	for _, path := range []string{
		"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration",
		"/v1/public/" + project + "/.well-known/oauth-authorization-server", "/v1/public/" + project + "/.well-known/openid-configuration",
	} {
		answer := get(t, server, path)
		delete(answer.Body, "request_id")
		if diff := cmp.Diff(want, answer.Body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if answer.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s has the type %q", path, answer.Header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/.well-known/jwks.json", "/v1/sessions/jwks/" + project, "/v1/public/" + project + "/.well-known/jwks.json"} {
		if keys, _ := get(t, server, path).Body["keys"].([]any); len(keys) != 2 {
			t.Errorf("%s publishes %d keys, want the current and the next", path, len(keys))
		}
	}
	for _, path := range []string{"/v1/sessions/jwks/project-test-0", "/v1/public/project-test-0/.well-known/jwks.json"} {
		wantAPIError(t, get(t, server, path), 404, "route_not_found")
	}
}

func TestCORS(t *testing.T) {
	server, _ := newServer(t)
	project := server.Credentials().ProjectID
	for _, path := range []string{
		"/v1/oauth2/token", "/v1/oauth2/register", "/v1/oauth2/userinfo", "/v1/public/" + project + "/oauth2/token",
		"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/.well-known/jwks.json",
	} {
		preflight := identitytest.Do(t, server, httptest.NewRequest(http.MethodOptions, path, nil))
		if preflight.Status != http.StatusNoContent || preflight.Header.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(preflight.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("OPTIONS %s: %d %v", path, preflight.Status, preflight.Header)
		}
		if answer := identitytest.Do(t, server, httptest.NewRequest(http.MethodPost, path, nil)); answer.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("POST %s has no CORS header", path)
		}
	}
	answer := identitytest.Do(t, server, httptest.NewRequest(http.MethodOptions, "/v1/users", nil))
	if answer.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("the project's API is open to other origins")
	}
}

func TestAPINeedsTheProject(t *testing.T) {
	server, _ := newServer(t)
	c := server.Credentials()
	for _, test := range []struct{ name, id, secret string }{
		{"none", "", ""},
		{"no secret", c.ProjectID, ""},
		{"wrong secret", c.ProjectID, c.Secret + "x"},
		{"wrong project", "project-test-0", c.Secret},
		{"public token", c.PublicToken, c.PublicToken},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/v1/users", strings.NewReader("{}"))
			if test.id != "" {
				r.SetBasicAuth(test.id, test.secret)
			}
			wantAPIError(t, identitytest.Do(t, server, r), 401, "unauthorized_credentials")
		})
	}
}

func TestGoogleIsNotConfigured(t *testing.T) {
	server, _ := newServer(t)
	token := server.Credentials().PublicToken
	wantAPIError(t, get(t, server, "/v1/public/oauth/google/start?public_token="+token), 400, "oauth_config_not_found")
	wantAPIError(t, get(t, server, "/v1/public/oauth/google/start?public_token=x"), 400, "invalid_public_token_id")
}

func TestBodies(t *testing.T) {
	server, _ := newServer(t)
	c := server.Credentials()
	for _, test := range []struct {
		name, body string
		status     int
		kind       string
	}{
		{"too large", `{"x":"` + strings.Repeat("x", 64<<10) + `"}`, 413, "request_too_large"},
		{"not JSON", `{`, 400, "bad_request"},
		{"trailing", `{} {}`, 400, "bad_request"},
		{"repeated member", `{"email":"a@example.com","email":"b@example.com"}`, 400, "bad_request"},
		{"invalid UTF-8", "{\"email\":\"\xff\"}", 400, "bad_request"},
		{"deep", strings.Repeat(`{"name":`, 8_000), 400, "bad_request"},
		{"other case", `{"Email":"no address"}`, 200, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/v1/users", strings.NewReader(test.body))
			r.SetBasicAuth(c.ProjectID, c.Secret)
			wantAPIError(t, identitytest.Do(t, server, r), test.status, test.kind)
		})
	}
}

// brokenStore fails on demand.
type brokenStore struct {
	identity.Store
	broken atomic.Bool
}

func (s *brokenStore) Update(ctx context.Context, fn func(identity.Tx) error) error {
	if s.broken.Load() {
		return errors.New("disk: canary-cause")
	}
	return s.Store.Update(ctx, fn)
}

func TestStorageFailure(t *testing.T) {
	store := &brokenStore{Store: identitytest.NewMemoryStore()}
	var log bytes.Buffer
	server, _ := newServer(t, func(c *identity.Config) {
		c.Store = store
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	tokens := flow.Tokens(t)
	code := flow.Authorize(t)
	store.broken.Store(true)
	for name, answer := range map[string]*identitytest.Answer{
		"revoke":   identitytest.Form(t, server, "/v1/oauth2/revoke", url.Values{"client_id": {flow.ClientID}, "token": {tokens.Text("refresh_token")}}),
		"exchange": flow.Token(t, flow.CodeForm(code)),
		"refresh":  flow.Token(t, flow.RefreshForm(tokens.Text("refresh_token"))),
	} {
		wantOAuthError(t, answer, 503, "temporarily_unavailable")
		if answer.Header.Get("Retry-After") == "" || strings.Contains(answer.Raw, "canary") {
			t.Errorf("%s: %v %s", name, answer.Header, answer.Raw)
		}
	}
	wantAPIError(t, identitytest.API(t, server, http.MethodPost, "/v1/users", struct{}{}), 500, "internal_server_error")
	if n := strings.Count(log.String(), "canary-cause"); n != 4 {
		t.Errorf("the log has the cause %d times, want 4", n)
	}
	store.broken.Store(false)
	if answer := flow.Token(t, flow.RefreshForm(tokens.Text("refresh_token"))); answer.Status != http.StatusOK {
		t.Errorf("a failed refresh used the token up: %s", answer.Raw)
	}
}

// TestNothingSecretAtRestOrInLogs looks for every secret that a flow hands out.
func TestNothingSecretAtRestOrInLogs(t *testing.T) {
	store := identitytest.NewMemoryStore()
	var log bytes.Buffer
	server, _, mailbox := newMailServer(t, func(c *identity.Config) {
		c.Store = store
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	sendCode(t, server, "ada@example.com")
	identitytest.API(t, server, http.MethodPost, "/v1/magic_links/email/login_or_create", map[string]any{"email": "ada@example.com"})
	link := linkToken(t, mailbox.Last(t, "ada@example.com").Link)
	session := signIn(t, server, mailbox, "ada@example.com")
	flow := identitytest.NewFlow(t, server, "bob@example.com")
	code := flow.Authorize(t)
	tokens := flow.Tokens(t)
	secrets := []string{
		link, code, session.Text("session_token"), session.Text("session_jwt"), tokens.Text("access_token"),
		tokens.Text("refresh_token"), tokens.Text("id_token"), confidential(t, server).Text("client_secret"),
	}
	for _, message := range mailbox.All() {
		if message.Code != "" {
			secrets = append(secrets, `"`+message.Code+`"`)
		}
	}
	store.All(func(kind, key string, value []byte) {
		for i, secret := range secrets {
			if strings.Contains(key+" "+string(value), secret) {
				t.Errorf("secret %d is in a record of %s", i, kind)
			}
		}
	})
	for i, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("secret %d is in the log", i)
		}
	}
}

func TestCredentialsAndKeysOutliveTheServer(t *testing.T) {
	store := identitytest.NewMemoryStore()
	keep := func(c *identity.Config) { c.Store = store }
	first, _ := newServer(t, keep)
	second, _ := newServer(t, keep)
	if diff := cmp.Diff(first.Credentials(), second.Credentials()); diff != "" {
		t.Errorf("credentials after a restart (-first +second):\n%s", diff)
	}
	if !strings.HasPrefix(first.Credentials().ProjectID, "project-test-") || !strings.HasPrefix(first.Credentials().Secret, "secret-test-") {
		t.Errorf("credentials = %+v", first.Credentials().ProjectID)
	}
	flow := identitytest.NewFlow(t, first, "ada@example.com")
	token := flow.Tokens(t).Text("access_token")
	flow.Server = second
	if !flow.Active(t, token) {
		t.Error("a restarted server does not know its own token")
	}
	given, _ := newServer(t, keep, func(c *identity.Config) { c.ProjectID = "project-test-mine" })
	if got := given.Credentials(); got.ProjectID != "project-test-mine" || got.Secret != first.Credentials().Secret {
		t.Error("a configured project id does not win over the stored one")
	}
}

func TestExpiredRecordsAreCollected(t *testing.T) {
	store := identitytest.NewMemoryStore()
	server, now, mailbox := newMailServer(t, func(c *identity.Config) { c.Store = store })
	signIn(t, server, mailbox, "ada@example.com")
	sendCode(t, server, "ada@example.com")
	identitytest.API(t, server, http.MethodPost, "/v1/magic_links/email/send", map[string]any{"email": "ada@example.com"})
	flow := identitytest.NewFlow(t, server, "bob@example.com")
	flow.Tokens(t)
	flow.Authorize(t)
	for range 600 { // more than one batch
		flow.Authorize(t)
	}
	now.advance(91 * 24 * time.Hour)
	collect(t, server)
	got := map[string]int{}
	store.All(func(kind, _ string, _ []byte) { got[kind]++ })
	want := map[string]int{"credentials": 1, "key": 2, "user": 2, "email": 2, "client": 1, "client_hash": 1, "consent": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is left after three months (-want +got):\n%s", diff)
	}
}

// TestRotationIsNotNoticed runs for two years with an hourly look at the keys: tokens stay valid for their hour.
func TestRotationIsNotNoticed(t *testing.T) {
	server, now := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	signers := map[string]bool{}
	var published []string // the key document of each month
	for range 24 {
		published = append(published, get(t, server, "/.well-known/jwks.json").Raw)
		now.advance(30*24*time.Hour - time.Minute)
		token := flow.Tokens(t).Text("access_token")
		now.advance(time.Minute)
		upkeep(t, server, time.Hour)
		if !flow.Active(t, token) {
			t.Fatal("a token died of a rotation")
		}
		kid := keyID(t, token)
		if !strings.Contains(published[max(0, len(published)-3)], kid) {
			t.Fatal("a key signs that was not published two months before")
		}
		signers[kid] = true
	}
	if len(signers) < 7 {
		t.Errorf("in two years %d keys have signed", len(signers))
	}
}

func keyID(t *testing.T, token string) string {
	t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return signed.Signatures[0].Protected.KeyID
}

// TestTokensAreBoundToIssuerAndProject takes a token to servers that have the same keys and records.
func TestTokensAreBoundToIssuerAndProject(t *testing.T) {
	store := identitytest.NewMemoryStore()
	keep := func(c *identity.Config) { c.Store = store }
	server, _ := newServer(t, keep)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	token := flow.Tokens(t).Text("access_token")
	for name, change := range map[string]identitytest.Option{
		"issuer":  func(c *identity.Config) { c.Issuer = "https://id.example:444" },
		"project": func(c *identity.Config) { c.ProjectID = "project-test-other" },
	} {
		flow.Server, _ = newServer(t, keep, change)
		if flow.Active(t, token) {
			t.Errorf("a token is alive at another %s", name)
		}
	}
}

func TestConfigRefusals(t *testing.T) {
	for name, change := range map[string]func(*identity.Config){
		"slash":        func(c *identity.Config) { c.Issuer += "/" },
		"relative":     func(c *identity.Config) { c.Issuer = "id.example" },
		"query":        func(c *identity.Config) { c.Issuer += "?x" },
		"no page":      func(c *identity.Config) { c.AuthorizationURL = "" },
		"no delivery":  func(c *identity.Config) { c.Deliver = nil },
		"no store":     func(c *identity.Config) { c.Store = nil },
		"live project": func(c *identity.Config) { c.ProjectID = "project-live-1" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := identitytest.Config("https://id.example", &identitytest.Mailbox{})
			change(&cfg)
			if _, err := identity.New(t.Context(), cfg); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func BenchmarkIntrospect(b *testing.B) {
	server, _ := newServer(b)
	flow := identitytest.NewFlow(b, server, "ada@example.com")
	token := flow.Tokens(b).Text("access_token")
	for b.Loop() {
		if !flow.Active(b, token) {
			b.Fatal("inactive")
		}
	}
}

func BenchmarkCodeGrant(b *testing.B) {
	server, _ := newServer(b)
	flow := identitytest.NewFlow(b, server, "ada@example.com")
	for b.Loop() {
		flow.Tokens(b)
	}
}
