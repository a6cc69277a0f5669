package identity_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

// decodeJWT reads a token's claims without checking it.
func decodeJWT(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is not a JWT", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func introspect(t *testing.T, server *identity.Server, form url.Values) *identitytest.Answer {
	t.Helper()
	return identitytest.Form(t, server, "/v1/oauth2/introspect", form)
}

func wantInactive(t *testing.T, answer *identitytest.Answer) {
	t.Helper()
	if answer.Status != http.StatusOK || answer.Raw != `{"active":false}` {
		t.Errorf(`got %d %s, want 200 {"active":false} and nothing else`, answer.Status, answer.Raw)
	}
}

func TestIntrospect(t *testing.T) {
	server, now := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	other := identitytest.NewFlow(t, server, "bob@example.com")
	tokens := flow.Tokens(t)
	access := tokens.Text("access_token")

	for name, token := range map[string]string{"access": access, "refresh": tokens.Text("refresh_token")} {
		wantInactive(t, introspect(t, server, url.Values{"client_id": {other.ClientID}, "token": {token}}))
		answer := introspect(t, server, url.Values{"client_id": {flow.ClientID}, "token": {token}, "token_type_hint": {"no such"}})
		if answer.Body["active"] != true || answer.Text("token_type") != name+"_token" || answer.Text("sub") != flow.UserID {
			t.Errorf("%s token: %s", name, answer.Raw)
		}
		k := server.Credentials()
		project := url.Values{"client_id": {k.ProjectID}, "client_secret": {k.Secret}, "token": {token}}
		if got := introspect(t, server, project); got.Body["active"] != true || got.Text("client_id") != flow.ClientID {
			t.Errorf("%s token, asked by the project: %s", name, got.Raw)
		}
		wantOAuthError(t, introspect(t, server, with(project, "client_secret", "x")), 401, "invalid_client")
		wantInactive(t, introspect(t, server, with(project, "client_secret", "")))
		if _, ok := answer.Body["aud"].([]any); !ok {
			t.Errorf("aud must be a list, or the SDK cannot read it: %s", answer.Raw)
		}
	}
	wantInactive(t, introspect(t, server, url.Values{"client_id": {"connected-app-test-0"}, "token": {access}}))
	wantOAuthError(t, introspect(t, server, url.Values{"token": {access}}), 401, "invalid_client")
	wantOAuthError(t, introspect(t, server, url.Values{"client_id": {"connected-app-test-0"}, "client_secret": {"x"}, "token": {access}}), 401, "invalid_client")
	wantOAuthError(t, introspect(t, server, url.Values{"client_id": {flow.ClientID}}), 400, "invalid_request")
	now.advance(time.Hour)
	wantInactive(t, introspect(t, server, url.Values{"client_id": {flow.ClientID}, "token": {access}}))
}

// TestRevocation holds that every way to end an access makes introspection say so at once.
func TestRevocation(t *testing.T) {
	revoke := func(t *testing.T, flow *identitytest.Flow, token string) {
		answer := identitytest.Form(t, flow.Server, "/v1/oauth2/revoke", url.Values{"client_id": {flow.ClientID}, "token": {token}, "token_type_hint": {"wrong"}})
		if answer.Status != http.StatusOK {
			t.Errorf("revoke: %s", answer.Raw)
		}
	}
	api := func(t *testing.T, flow *identitytest.Flow, method, path string) {
		if answer := identitytest.API(t, flow.Server, method, path, struct{}{}); answer.Status != http.StatusOK {
			t.Errorf("%s %s: %s", method, path, answer.Raw)
		}
	}
	for _, test := range []struct {
		name        string
		end         func(t *testing.T, flow *identitytest.Flow, tokens *identitytest.Answer)
		refreshToo  bool
		otherGrants bool // that other grants of the same user and client end too
	}{
		{"access token", func(t *testing.T, flow *identitytest.Flow, tokens *identitytest.Answer) {
			revoke(t, flow, tokens.Text("access_token"))
		}, false, false},
		{"refresh token", func(t *testing.T, flow *identitytest.Flow, tokens *identitytest.Answer) {
			revoke(t, flow, tokens.Text("refresh_token"))
		}, true, false},
		{"consent", func(t *testing.T, flow *identitytest.Flow, _ *identitytest.Answer) {
			api(t, flow, http.MethodPost, "/v1/users/"+flow.UserID+"/connected_apps/"+flow.ClientID+"/revoke")
		}, true, true},
		{"client", func(t *testing.T, flow *identitytest.Flow, _ *identitytest.Answer) {
			api(t, flow, http.MethodDelete, "/v1/connected_apps/clients/"+flow.ClientID)
		}, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(t)
			flow := identitytest.NewFlow(t, server, "ada@example.com")
			tokens, others := flow.Tokens(t), flow.Tokens(t)
			test.end(t, flow, tokens)
			got := []bool{
				!flow.Active(t, tokens.Text("access_token")), !flow.Active(t, tokens.Text("refresh_token")),
				!flow.Active(t, others.Text("access_token")), !flow.Active(t, others.Text("refresh_token")),
			}
			want := []bool{true, test.refreshToo, test.otherGrants, test.otherGrants}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ended: access, refresh, others' access, others' refresh (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRevokeRefusals(t *testing.T) {
	server, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	other := identitytest.NewFlow(t, server, "bob@example.com")
	tokens := flow.Tokens(t)
	for _, token := range []string{"unknown", tokens.Text("access_token"), tokens.Text("refresh_token")} {
		answer := identitytest.Form(t, server, "/v1/oauth2/revoke", url.Values{"client_id": {other.ClientID}, "token": {token}})
		if answer.Status != http.StatusOK {
			t.Errorf("revocation of a foreign or unknown token: %d %s", answer.Status, answer.Raw)
		}
	}
	if !flow.Active(t, tokens.Text("access_token")) || !flow.Active(t, tokens.Text("refresh_token")) {
		t.Error("a client revoked another's token")
	}
	wantOAuthError(t, identitytest.Form(t, server, "/v1/oauth2/revoke", url.Values{"token": {"x"}}), 401, "invalid_client")
	wantOAuthError(t, identitytest.Form(t, server, "/v1/oauth2/revoke", url.Values{"client_id": {flow.ClientID}}), 400, "invalid_request")
}

// TestCodeDiesWithConsent revokes between the code and its exchange, and agrees anew.
func TestCodeDiesWithConsent(t *testing.T) {
	server, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	code := flow.Authorize(t)
	identitytest.API(t, server, http.MethodPost, "/v1/users/"+flow.UserID+"/connected_apps/"+flow.ClientID+"/revoke", struct{}{})
	flow.Authorize(t)
	wantOAuthError(t, flow.Token(t, flow.CodeForm(code)), 400, "invalid_grant")
}

func userinfo(t *testing.T, server *identity.Server, target, authorization string) *identitytest.Answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return identitytest.Do(t, server, r)
}

func TestUserinfo(t *testing.T) {
	server, now := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	identitytest.API(t, server, http.MethodPut, "/v1/users/"+flow.UserID, map[string]any{"name": map[string]string{"first_name": "Ada", "last_name": "King"}})
	flow.Scopes = []string{"openid", "profile"}
	token := flow.Tokens(t).Text("access_token")
	answer := userinfo(t, server, "/v1/oauth2/userinfo", "bearer "+token)
	delete(answer.Body, "request_id")
	want := map[string]any{"sub": flow.UserID, "name": "Ada King", "given_name": "Ada", "family_name": "King", "status_code": 200.0}
	if diff := cmp.Diff(want, answer.Body); diff != "" {
		t.Errorf("userinfo (-want +got):\n%s", diff)
	}
	wantOAuthError(t, userinfo(t, server, "/v1/oauth2/userinfo?access_token="+token, "Bearer "+token), 400, "invalid_request")
	none := userinfo(t, server, "/v1/oauth2/userinfo", "")
	if none.Status != 401 || none.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("without a token: %d %q", none.Status, none.Header.Get("WWW-Authenticate"))
	}
	flow.Scopes = []string{"email"}
	wantOAuthError(t, userinfo(t, server, "/v1/oauth2/userinfo", "Bearer "+flow.Tokens(t).Text("access_token")), 403, "insufficient_scope")
	now.advance(time.Hour)
	wantOAuthError(t, userinfo(t, server, "/v1/oauth2/userinfo", "Bearer "+token), 401, "invalid_token")
}

// TestForgedTokens presents what is not an access token of this server, each of which must be 401 invalid_token.
func TestForgedTokens(t *testing.T) {
	mailbox := &identitytest.Mailbox{}
	server, _ := newServer(t, func(c *identity.Config) { c.Deliver = mailbox.Deliver })
	stranger, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	foreign := identitytest.NewFlow(t, stranger, "ada@example.com")
	tokens := flow.Tokens(t)
	good := tokens.Text("access_token")
	parts := strings.Split(good, ".")
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	kid := identitytest.Do(t, server, httptest.NewRequest(http.MethodGet, "/.well-known/jwks.json", nil)).Body["keys"].([]any)[1].(map[string]any)["kid"].(string)
	session := signIn(t, server, mailbox, "ada@example.com")

	for name, token := range map[string]string{
		"empty":             ".",
		"alg none":          segment(`{"alg":"none"}`) + "." + parts[1] + ".",
		"alg None":          segment(`{"alg":"None","kid":"`+kid+`"}`) + "." + parts[1] + ".",
		"no signature":      parts[0] + "." + parts[1] + ".",
		"two parts":         parts[0] + "." + parts[1],
		"four parts":        good + ".x",
		"many dots":         strings.Repeat(".", 10_000),
		"too long":          good + strings.Repeat("A", 9<<10),
		"padding":           good + "=",
		"space":             good[:20] + " " + good[20:],
		"other payload":     parts[0] + "." + segment(`{"sub":"x"}`) + "." + parts[2],
		"HS256":             signed(t, jose.HS256, []byte(strings.Repeat("k", 32)), kid, nil),
		"foreign key":       signed(t, jose.RS256, newKey(t), kid, nil),
		"PS256":             signed(t, jose.PS256, newKey(t), kid, nil),
		"embedded key":      signed(t, jose.RS256, newKey(t), "", map[jose.HeaderKey]any{"jwk": jose.JSONWebKey{Key: &newKey(t).PublicKey}}),
		"jku":               signed(t, jose.RS256, newKey(t), kid, map[jose.HeaderKey]any{"jku": "http://127.0.0.1:1/"}),
		"crit":              signed(t, jose.RS256, newKey(t), kid, map[jose.HeaderKey]any{"crit": []string{"x"}, "x": 1}),
		"path as kid":       signed(t, jose.RS256, newKey(t), "../../dev/null", nil),
		"other deployment":  foreign.Tokens(t).Text("access_token"),
		"refresh token":     tokens.Text("refresh_token"),
		"code":              flow.Authorize(t),
		"id token":          tokens.Text("id_token"),
		"session JWT":       session.Text("session_jwt"),
		"session token":     session.Text("session_token"),
		"JSON":              `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"token and garbage": good + ",x",
	} {
		t.Run(name, func(t *testing.T) {
			answer := userinfo(t, server, "/v1/oauth2/userinfo", "Bearer "+token)
			wantOAuthError(t, answer, 401, "invalid_token")
			if answer.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
				t.Errorf("WWW-Authenticate = %q", answer.Header.Get("WWW-Authenticate"))
			}
		})
	}
	if answer := userinfo(t, server, "/v1/oauth2/userinfo", "Bearer "+good); answer.Status != http.StatusOK {
		t.Errorf("the control: %s", answer.Raw)
	}
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, header map[jose.HeaderKey]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithHeader("kid", kid)
	for name, value := range header {
		options = options.WithHeader(name, value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign([]byte(`{"iss":"https://id.example","sub":"x","client_id":"x","jti":"x","exp":99999999999}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}
