package identity_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

func register(t *testing.T, server *identity.Server, contentType, body string) *identitytest.Answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/v1/oauth2/register", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return identitytest.Do(t, server, r)
}

func TestRegister(t *testing.T) {
	server, now := newServer(t)
	answer := register(t, server, "application/json; charset=utf-8", `{"client_name":"A","redirect_uris":["http://localhost:1/cb"],
		"grant_types":["authorization_code","refresh_token","urn:x"],"response_types":["code"],"scope":"openid","software_id":"7","contacts":["x"]}`)
	if answer.Status != http.StatusCreated || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("register: %d %s", answer.Status, answer.Raw)
	}
	id := answer.Text("client_id")
	delete(answer.Body, "client_id")
	delete(answer.Body, "request_id")
	want := map[string]any{
		"client_id_issued_at": float64(now.now().Unix()), "client_name": "A", "redirect_uris": []any{"http://localhost:1/cb"},
		"grant_types": []any{"authorization_code", "refresh_token"}, "response_types": []any{"code"},
		"token_endpoint_auth_method": "none", "status_code": 201.0,
	}
	if diff := cmp.Diff(want, answer.Body); diff != "" {
		t.Errorf("register (-want +got):\n%s", diff)
	}
	now.advance(time.Hour)
	if again := register(t, server, "application/json", `{"client_name":"A","redirect_uris":["http://localhost:1/cb"]}`); again.Text("client_id") != id {
		t.Errorf("the same metadata got another client: %s", again.Raw)
	}
	if other := register(t, server, "application/json", `{"client_name":"B","redirect_uris":["http://localhost:1/cb"]}`); other.Text("client_id") == id {
		t.Error("other metadata got the same client")
	}
	first, second := confidential(t, server), confidential(t, server)
	if first.Text("client_id") == second.Text("client_id") {
		t.Error("two confidential registrations share a client")
	}
}

func TestRegisterRefusals(t *testing.T) {
	server, _ := newServer(t)
	for _, test := range []struct{ name, body, code string }{
		{"no body", ``, "invalid_redirect_uri"},
		{"no redirect", `{"client_name":"A"}`, "invalid_redirect_uri"},
		{"javascript", `{"redirect_uris":["javascript:alert(1)"]}`, "invalid_redirect_uri"},
		{"data", `{"redirect_uris":["data:text/html,x"]}`, "invalid_redirect_uri"},
		{"http", `{"redirect_uris":["http://app.example/cb"]}`, "invalid_redirect_uri"},
		{"fragment", `{"redirect_uris":["https://app.example/cb#x"]}`, "invalid_redirect_uri"},
		{"wildcard", `{"redirect_uris":["https://*.example/cb"]}`, "invalid_redirect_uri"},
		{"scheme without a dot", `{"redirect_uris":["app:/cb"]}`, "invalid_redirect_uri"},
		{"one of two", `{"redirect_uris":["https://app.example/cb","ftp://x"]}`, "invalid_redirect_uri"},
		{"not JSON", `redirect_uris=x`, "invalid_client_metadata"},
		{"a list", `[]`, "invalid_client_metadata"},
		{"wrong type", `{"redirect_uris":"https://app.example/cb"}`, "invalid_client_metadata"},
		{"repeated member", `{"redirect_uris":[],"redirect_uris":["https://app.example/cb"]}`, "invalid_client_metadata"},
		{"invalid UTF-8", "{\"client_name\":\"\xff\"}", "invalid_client_metadata"},
		{"auth method", `{"redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":"private_key_jwt"}`, "invalid_client_metadata"},
		{"grant types", `{"redirect_uris":["https://app.example/cb"],"grant_types":["client_credentials"]}`, "invalid_client_metadata"},
		{"response types", `{"redirect_uris":["https://app.example/cb"],"response_types":["token"]}`, "invalid_client_metadata"},
		{"script as logo", `{"redirect_uris":["https://app.example/cb"],"logo_uri":"javascript:x"}`, "invalid_client_metadata"},
		{"script as home", `{"redirect_uris":["https://app.example/cb"],"client_uri":"data:x"}`, "invalid_client_metadata"},
		{"long name", `{"redirect_uris":["https://app.example/cb"],"client_name":"` + strings.Repeat("x", 201) + `"}`, "invalid_client_metadata"},
		{"control character", `{"redirect_uris":["https://app.example/cb"],"client_name":"a\u001b[2J"}`, "invalid_client_metadata"},
		{"reversed text", `{"redirect_uris":["https://app.example/cb"],"client_name":"a\u202eb"}`, "invalid_client_metadata"},
		{"many redirects", `{"redirect_uris":["https://app.example/cb"` + strings.Repeat(`,"https://app.example/cb"`, 20) + `]}`, "invalid_client_metadata"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantOAuthError(t, register(t, server, "application/json", test.body), 400, test.code)
		})
	}
	wantOAuthError(t, register(t, server, "text/plain", `{"redirect_uris":["https://app.example/cb"]}`), 400, "invalid_client_metadata")
	wantOAuthError(t, register(t, server, "application/json", strings.Repeat(" ", 65<<10)), 413, "invalid_request")
}

// TestRegistrationFlood holds that anonymous registration cannot fill the store.
func TestRegistrationFlood(t *testing.T) {
	store := identitytest.NewMemoryStore()
	server, now := newServer(t, func(c *identity.Config) { c.Store = store })
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	flow.Authorize(t)
	var limited int
	for range 1200 {
		answer := identitytest.API(t, server, http.MethodPost, "/v1/oauth2/register", map[string]any{
			"redirect_uris": []string{"https://app.example/cb"}, "token_endpoint_auth_method": "client_secret_post",
		})
		if answer.Status == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "" {
			limited++
		}
	}
	if limited != 201 { // the flow's client was the first of a thousand
		t.Errorf("%d of 1,200 registrations were refused, want 201", limited)
	}
	now.advance(24 * time.Hour)
	collect(t, server)
	if n := store.Len("client"); n != 1 {
		t.Errorf("a day later %d clients are left, want the one that was let in", n)
	}
	flow.Tokens(t)
}
