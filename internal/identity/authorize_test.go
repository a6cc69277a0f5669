package identity_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

const startPath, submitPath = "/v1/idp/oauth/authorize/start", "/v1/idp/oauth/authorize"

// newClient makes a connected app of the type and returns its id.
func newClient(t *testing.T, server *identity.Server, kind string, more map[string]any) string {
	t.Helper()
	body := map[string]any{"client_type": kind, "client_name": "App", "redirect_urls": []string{"https://app.example/cb", "https://app.example/other"}}
	maps.Copy(body, more)
	answer := identitytest.API(t, server, http.MethodPost, "/v1/connected_apps/clients", body)
	app, _ := answer.Body["connected_app"].(map[string]any)
	id, _ := app["client_id"].(string)
	if id == "" {
		t.Fatal(answer.Raw)
	}
	return id
}

func newUser(t *testing.T, server *identity.Server) string {
	t.Helper()
	return identitytest.API(t, server, http.MethodPost, "/v1/users", map[string]any{}).Text("user_id")
}

func TestAuthorizeRefusals(t *testing.T) {
	server, _ := newServer(t)
	user := newUser(t, server)
	client := newClient(t, server, "third_party_public", nil)
	valid := map[string]any{
		"consent_granted": true, "client_id": client, "redirect_uri": "https://app.example/cb", "response_type": "code",
		"scopes": []string{"openid"}, "user_id": user, "code_challenge": identitytest.Challenge(identitytest.Verifier),
	}
	const both, submit = true, false
	for _, test := range []struct {
		name   string
		change map[string]any
		start  bool
		status int
		kind   string
	}{
		{"no client", map[string]any{"client_id": ""}, both, 404, "connected_app_not_found"},
		{"unknown client", map[string]any{"client_id": "x"}, both, 404, "connected_app_not_found"},
		{"no redirect", map[string]any{"redirect_uri": ""}, both, 400, "connected_app_supplied_redirect_url_not_found_in_client"},
		{"other redirect", map[string]any{"redirect_uri": "https://app.example/cb/"}, both, 400, "connected_app_supplied_redirect_url_not_found_in_client"},
		{"token response", map[string]any{"response_type": "token"}, both, 400, "oauth_unsupported_response_type"},
		{"no scope", map[string]any{"scopes": []string{}}, both, 400, "oauth_invalid_scope_requested"},
		{"unknown scope", map[string]any{"scopes": []string{"openid", "admin"}}, both, 400, "oauth_invalid_scope_requested"},
		{"no user", map[string]any{"user_id": ""}, both, 400, "no_oauth_authorize_user_selector"},
		{"two users", map[string]any{"session_token": "x"}, both, 400, "too_many_session_arguments"},
		{"unknown user", map[string]any{"user_id": "x"}, both, 404, "user_not_found"},
		{"unknown session", map[string]any{"user_id": "", "session_token": "AAAA"}, both, 404, "session_not_found"},
		{"malformed session", map[string]any{"user_id": "", "session_token": "?"}, both, 400, "invalid_session_token"},
		{"malformed JWT", map[string]any{"user_id": "", "session_jwt": "x.y.z"}, both, 404, "session_not_found"},
		{"no challenge", map[string]any{"code_challenge": ""}, submit, 400, "pkce_required_for_idp_authorization_flow"},
		{"short challenge", map[string]any{"code_challenge": "abc"}, submit, 400, "invalid_code_challenge"},
		{"plain challenge", map[string]any{"code_challenge": identitytest.Verifier}, submit, 400, "invalid_code_challenge"},
		{"unknown resource", map[string]any{"resources": []string{"https://evil.example/"}}, submit, 400, "oauth_invalid_resource_requested"},
		{"resource and a slash", map[string]any{"resources": []string{"https://id.example/mcp/"}}, submit, 400, "oauth_invalid_resource_requested"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := maps.Clone(valid)
			maps.Copy(body, test.change)
			wantAPIError(t, identitytest.API(t, server, http.MethodPost, submitPath, body), test.status, test.kind)
			if test.start {
				wantAPIError(t, identitytest.API(t, server, http.MethodPost, startPath, body), test.status, test.kind)
			}
		})
	}
	delete(valid, "response_type") // ChatGPT does not send it
	if answer := identitytest.API(t, server, http.MethodPost, submitPath, valid); answer.Text("authorization_code") == "" {
		t.Errorf("the control: %s", answer.Raw)
	}
}

func TestAuthorizeRedirect(t *testing.T) {
	server, _ := newServer(t)
	client := newClient(t, server, "third_party", map[string]any{"redirect_urls": []string{"https://app.example/cb?keep=a%20b"}})
	answer := identitytest.API(t, server, http.MethodPost, submitPath, map[string]any{
		"client_id": client, "redirect_uri": "https://app.example/cb?keep=a%20b", "scopes": []string{"openid"},
		"user_id": newUser(t, server), "state": "s&t=1", "prompt": "none",
	})
	want := "https://app.example/cb?keep=a%20b&error=consent_required&error_description=The+user+has+to+be+asked.&iss=https%3A%2F%2Fid.example&state=s%26t%3D1"
	if diff := cmp.Diff(want, answer.Text("redirect_uri")); diff != "" {
		t.Errorf("redirect (-want +got):\n%s", diff)
	}
}

// TestConsent is the matrix of who is asked, and that nobody who should have been asked can be skipped.
func TestConsent(t *testing.T) {
	for _, test := range []struct {
		name     string
		kind     string
		client   map[string]any
		before   []string // what the user has agreed to
		scopes   []string
		redirect string
		prompt   string
		asked    bool
	}{
		{"third party, new", "third_party", nil, nil, []string{"openid"}, "cb", "", true},
		{"third party, again", "third_party", nil, []string{"openid", "email"}, []string{"openid"}, "cb", "", false},
		{"third party, more", "third_party", nil, []string{"openid"}, []string{"openid", "todos:read"}, "cb", "", true},
		{"third party, other redirect", "third_party", nil, []string{"openid"}, []string{"openid"}, "other", "", true},
		{"third party, offline again", "third_party", nil, []string{"offline_access"}, []string{"offline_access"}, "cb", "", true},
		{"third party, prompt", "third_party", nil, []string{"openid"}, []string{"openid"}, "cb", "consent", true},
		{"third party, prompt among others", "third_party", nil, []string{"openid"}, []string{"openid"}, "cb", "login consent", true},
		{"first party, new", "first_party", nil, nil, []string{"openid", "todos:write"}, "cb", "", false},
		{"first party, offline", "first_party", nil, nil, []string{"offline_access"}, "cb", "", true},
		{"first party, offline, bypassed", "first_party", map[string]any{"bypass_consent_for_offline_access": true}, nil, []string{"offline_access"}, "cb", "", false},
		{"first party, prompt", "first_party", nil, nil, []string{"openid"}, "cb", "consent", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(t)
			user := newUser(t, server)
			client := newClient(t, server, test.kind, test.client)
			body := map[string]any{"client_id": client, "redirect_uri": "https://app.example/cb", "user_id": user, "scopes": test.before, "consent_granted": true}
			if test.before != nil {
				identitytest.API(t, server, http.MethodPost, submitPath, body)
			}
			maps.Copy(body, map[string]any{
				"redirect_uri": "https://app.example/" + test.redirect, "scopes": test.scopes, "prompt": test.prompt, "consent_granted": false,
			})
			if start := identitytest.API(t, server, http.MethodPost, startPath, body); start.Body["consent_required"] != test.asked {
				t.Errorf("consent required: %v, want %t", start.Body["consent_required"], test.asked)
			}
			skipped := identitytest.API(t, server, http.MethodPost, submitPath, body)
			if got := skipped.Text("authorization_code") == ""; skipped.Status != http.StatusOK || got != test.asked {
				t.Errorf("without a yes: %s", skipped.Raw)
			}
			body["user_id"] = newUser(t, server)
			if start := identitytest.API(t, server, http.MethodPost, startPath, body); test.kind == "third_party" && start.Body["consent_required"] != true {
				t.Error("one user's consent counts for another")
			}
		})
	}
}

// TestUngrantableScopes gives a user a role that may read only.
func TestUngrantableScopes(t *testing.T) {
	server, _ := newServer(t, func(c *identity.Config) {
		c.Roles = []identity.Role{
			{ID: "stytch_user", Permissions: []identity.Permission{{ResourceID: "todo", Actions: []string{"read"}}}},
			{ID: "owner", Permissions: []identity.Permission{{ResourceID: "todo", Actions: []string{"*"}}}},
		}
	})
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	start := identitytest.API(t, server, http.MethodPost, startPath, map[string]any{
		"client_id": flow.ClientID, "redirect_uri": flow.RedirectURI, "user_id": flow.UserID, "scopes": []string{"todos:read", "todos:write", "todos:read"},
	})
	want := []any{
		map[string]any{"scope": "todos:read", "description": "Read your todos", "is_grantable": true},
		map[string]any{"scope": "todos:write", "description": "Change your todos", "is_grantable": false},
	}
	if diff := cmp.Diff(want, start.Body["scope_results"]); diff != "" {
		t.Errorf("scope results (-want +got):\n%s", diff)
	}
	if got := flow.Tokens(t).Text("scope"); got != "openid email offline_access todos:read" {
		t.Errorf("issued scope = %q", got)
	}
	none := identitytest.API(t, server, http.MethodPost, submitPath, map[string]any{
		"consent_granted": true, "client_id": flow.ClientID, "redirect_uri": flow.RedirectURI, "user_id": flow.UserID,
		"scopes": []string{"todos:write"}, "code_challenge": identitytest.Challenge(identitytest.Verifier),
	})
	if none.Text("authorization_code") != "" || redirectQuery(t, none.Text("redirect_uri")).Get("error") != "invalid_scope" {
		t.Errorf("with no grantable scope: %s", none.Raw)
	}
	unknown := identitytest.API(t, server, http.MethodPut, "/v1/users/"+flow.UserID, map[string]any{"roles": []string{"admin"}})
	wantAPIError(t, unknown, 400, "invalid_role_id")
	identitytest.API(t, server, http.MethodPut, "/v1/users/"+flow.UserID, map[string]any{"roles": []string{"owner"}})
	if got := flow.Tokens(t).Text("scope"); got != "openid email offline_access todos:read todos:write" {
		t.Errorf("issued scope of an owner = %q", got)
	}
}
