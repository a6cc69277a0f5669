package identitytest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"

	"todo.example/internal/identity"
)

// Verifier is the PKCE verifier that Flow uses.
const Verifier = "a-verifier-of-a-test-that-is-long-enough-for-pkce"

// Challenge returns the S256 code challenge of a verifier.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Flow is a user and a public client, ready to authorize and exchange as often as a test likes.
type Flow struct {
	Server      *identity.Server
	UserID      string
	ClientID    string
	RedirectURI string
	Scopes      []string
	Resources   []string
}

// NewFlow makes a user with the address, and registers a public client.
func NewFlow(t testing.TB, server *identity.Server, address string) *Flow {
	t.Helper()
	flow := &Flow{
		Server: server, RedirectURI: "http://127.0.0.1:4321/callback",
		Scopes: []string{"openid", "email", "offline_access", "todos:read", "todos:write"},
	}
	created := API(t, server, http.MethodPost, "/v1/users", map[string]any{"email": address})
	flow.UserID = created.Text("user_id")
	registered := API(t, server, http.MethodPost, "/v1/oauth2/register", map[string]any{
		"client_name": "Flow of " + address, "redirect_uris": []string{"http://127.0.0.1/callback"},
	})
	flow.ClientID = registered.Text("client_id")
	if flow.UserID == "" || flow.ClientID == "" {
		t.Fatalf("cannot set up: %s %s", created.Raw, registered.Raw)
	}
	return flow
}

// Authorize lets the user agree and returns the authorization code.
func (f *Flow) Authorize(t testing.TB) string {
	t.Helper()
	answer := API(t, f.Server, http.MethodPost, "/v1/idp/oauth/authorize", map[string]any{
		"consent_granted": true, "client_id": f.ClientID, "redirect_uri": f.RedirectURI, "response_type": "code",
		"scopes": f.Scopes, "user_id": f.UserID, "code_challenge": Challenge(Verifier), "resources": f.Resources,
	})
	code := answer.Text("authorization_code")
	if code == "" {
		t.Fatalf("authorize: %s", answer.Raw)
	}
	return code
}

// CodeForm is the token request for a code.
func (f *Flow) CodeForm(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {f.ClientID}, "code": {code},
		"redirect_uri": {f.RedirectURI}, "code_verifier": {Verifier},
	}
}

// RefreshForm is the token request for a refresh token.
func (f *Flow) RefreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {f.ClientID}, "refresh_token": {token}}
}

// Token sends a token request.
func (f *Flow) Token(t testing.TB, form url.Values) *Answer {
	t.Helper()
	return Form(t, f.Server, "/v1/oauth2/token", form)
}

// Tokens authorizes, exchanges the code, and returns the answer with the tokens.
func (f *Flow) Tokens(t testing.TB) *Answer {
	t.Helper()
	answer := f.Token(t, f.CodeForm(f.Authorize(t)))
	if answer.Status != http.StatusOK {
		t.Fatalf("exchange: %s", answer.Raw)
	}
	return answer
}

// Active tells what introspection says of a token.
func (f *Flow) Active(t testing.TB, token string) bool {
	t.Helper()
	answer := Form(t, f.Server, "/v1/oauth2/introspect", url.Values{"client_id": {f.ClientID}, "token": {token}})
	active, ok := answer.Body["active"].(bool)
	if answer.Status != http.StatusOK || !ok {
		t.Fatalf("introspect: %d %s", answer.Status, answer.Raw)
	}
	return active
}
