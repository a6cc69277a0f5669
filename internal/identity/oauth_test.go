package identity_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

// newServer returns a server that is called without a network, and its clock.
func newServer(t testing.TB, options ...identitytest.Option) (*identity.Server, *clock) {
	t.Helper()
	now := &clock{time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	cfg := identitytest.Config("https://id.example", &identitytest.Mailbox{})
	cfg.Now = now.now
	for _, option := range options {
		option(&cfg)
	}
	server, err := identity.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return server, now
}

// clock is a clock that stands still until it is moved. A test moves it between requests, not beside them.
type clock struct{ at time.Time }

func (c *clock) now() time.Time           { return c.at }
func (c *clock) advance(by time.Duration) { c.at = c.at.Add(by) }
func with(f url.Values, kv ...string) url.Values {
	changed := maps.Clone(f)
	for i := 0; i < len(kv); i += 2 {
		if kv[i+1] == "" {
			delete(changed, kv[i])
		} else {
			changed[kv[i]] = []string{kv[i+1]}
		}
	}
	return changed
}

func wantOAuthError(t *testing.T, answer *identitytest.Answer, status int, code string) {
	t.Helper()
	if answer.Status != status || answer.Text("error") != code {
		t.Errorf("got %d %s, want %d %s", answer.Status, answer.Raw, status, code)
	}
	if answer.Header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be cached")
	}
	if answer.Text("request_id") == "" || answer.Text("error_description") == "" {
		t.Errorf("the error lacks its request id or description: %s", answer.Raw)
	}
	// RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E
	if strings.ContainsFunc(answer.Text("error_description"), func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }) {
		t.Errorf("error_description %q has characters that are not allowed", answer.Text("error_description"))
	}
}

func TestCodeGrantRefusals(t *testing.T) {
	server, now := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	other := identitytest.NewFlow(t, server, "bob@example.com")
	long := strings.Repeat("v", 129)
	for _, test := range []struct {
		name   string
		change []string
		after  time.Duration
		status int
		code   string
	}{
		{"no grant type", []string{"grant_type", ""}, 0, 400, "invalid_request"},
		{"unknown grant type", []string{"grant_type", "password"}, 0, 400, "unsupported_grant_type"},
		{"no client", []string{"client_id", ""}, 0, 400, "invalid_request"},
		{"unknown client", []string{"client_id", "connected-app-test-0"}, 0, 401, "invalid_client"},
		{"secret of a public client", []string{"client_secret", "x"}, 0, 401, "invalid_client"},
		{"other client", []string{"client_id", other.ClientID}, 0, 400, "invalid_grant"},
		{"no code", []string{"code", ""}, 0, 400, "invalid_request"},
		{"unknown code", []string{"code", "x"}, 0, 400, "invalid_grant"},
		{"no redirect", []string{"redirect_uri", ""}, 0, 400, "invalid_request"},
		{"other redirect", []string{"redirect_uri", flow.RedirectURI + "/"}, 0, 400, "invalid_grant"},
		{"other port", []string{"redirect_uri", "http://127.0.0.1:1/callback"}, 0, 400, "invalid_grant"},
		{"no verifier", []string{"code_verifier", ""}, 0, 400, "invalid_grant"},
		{"wrong verifier", []string{"code_verifier", strings.Repeat("v", 43)}, 0, 400, "invalid_grant"},
		{"short verifier", []string{"code_verifier", strings.Repeat("v", 42)}, 0, 400, "invalid_grant"},
		{"long verifier", []string{"code_verifier", long}, 0, 400, "invalid_grant"},
		{"the challenge as verifier", []string{"code_verifier", identitytest.Challenge(identitytest.Verifier)}, 0, 400, "invalid_grant"},
		{"other resource", []string{"resource", "https://evil.example/mcp"}, 0, 400, "invalid_target"},
		{"expired", nil, time.Minute, 400, "invalid_grant"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := flow.Authorize(t)
			now.advance(test.after)
			wantOAuthError(t, flow.Token(t, with(flow.CodeForm(code), test.change...)), test.status, test.code)
			if test.after > 0 {
				return
			}
			if answer := flow.Token(t, flow.CodeForm(code)); answer.Status != http.StatusOK {
				t.Errorf("the refusal used the code up: %s", answer.Raw)
			}
		})
	}
}

func TestCodeReplay(t *testing.T) {
	server, now := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	code := flow.Authorize(t)
	tokens := flow.Token(t, flow.CodeForm(code))
	alive := func() bool {
		a, r := flow.Active(t, tokens.Text("access_token")), flow.Active(t, tokens.Text("refresh_token"))
		if a != r {
			t.Errorf("the access token is alive: %t, the refresh token: %t", a, r)
		}
		return a
	}
	for _, change := range [][]string{
		{"code_verifier", strings.Repeat("v", 43)}, {"code_verifier", ""}, {"redirect_uri", "http://127.0.0.1/"},
	} {
		wantOAuthError(t, flow.Token(t, with(flow.CodeForm(code), change...)), 400, "invalid_grant")
		if !alive() {
			t.Fatalf("a replay with a wrong %s killed the tokens", change[0])
		}
	}
	now.advance(30 * time.Minute) // long after the code's own time
	wantOAuthError(t, flow.Token(t, flow.CodeForm(code)), 400, "invalid_grant")
	if alive() {
		t.Error("the tokens outlive a replay of their code")
	}
}

func TestRefresh(t *testing.T) {
	server, now := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	other := identitytest.NewFlow(t, server, "bob@example.com")
	flow.Resources = []string{"https://id.example/mcp"}
	first := flow.Tokens(t).Text("refresh_token")
	form := flow.RefreshForm(first)
	for _, test := range []struct {
		name   string
		form   url.Values
		status int
		code   string
	}{
		{"no token", with(form, "refresh_token", ""), 400, "invalid_request"},
		{"unknown token", with(form, "refresh_token", "x"), 400, "invalid_grant"},
		{"other client", with(form, "client_id", other.ClientID), 400, "invalid_grant"},
		{"wider scope", with(form, "scope", "openid phone"), 400, "invalid_scope"},
		{"other resource", with(form, "resource", "https://evil.example/mcp"), 400, "invalid_target"},
	} {
		t.Run(test.name, func(t *testing.T) { wantOAuthError(t, flow.Token(t, test.form), test.status, test.code) })
	}
	narrowed := flow.Token(t, with(form, "scope", "todos:read"))
	if narrowed.Status != http.StatusOK || narrowed.Text("scope") != "todos:read" || narrowed.Text("id_token") != "" {
		t.Fatalf("narrowed refresh = %s", narrowed.Raw)
	}
	second := narrowed.Text("refresh_token")
	whole := flow.Token(t, flow.RefreshForm(second))
	if whole.Text("scope") != strings.Join(flow.Scopes, " ") {
		t.Errorf("after a narrowed refresh the next one has the scope %q", whole.Text("scope"))
	}
	now.advance(90 * 24 * time.Hour)
	wantOAuthError(t, flow.Token(t, flow.RefreshForm(whole.Text("refresh_token"))), 400, "invalid_grant")
}

func TestRefreshReuseKillsTheFamily(t *testing.T) {
	server, _ := newServer(t) // the clock stands still: ten rotations within one second
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	for replayed := range 10 {
		other := flow.Tokens(t)
		chain := []*identitytest.Answer{flow.Tokens(t)}
		for range 10 {
			next := flow.Token(t, flow.RefreshForm(chain[len(chain)-1].Text("refresh_token")))
			if next.Status != http.StatusOK {
				t.Fatalf("rotation: %s", next.Raw)
			}
			chain = append(chain, next)
		}
		wantOAuthError(t, flow.Token(t, flow.RefreshForm(chain[replayed].Text("refresh_token"))), 400, "invalid_grant")
		for i, answer := range chain {
			if flow.Active(t, answer.Text("access_token")) || flow.Active(t, answer.Text("refresh_token")) {
				t.Errorf("after the reuse of token %d, generation %d is alive", replayed, i)
			}
		}
		wantOAuthError(t, flow.Token(t, flow.RefreshForm(chain[10].Text("refresh_token"))), 400, "invalid_grant")
		if !flow.Active(t, other.Text("access_token")) {
			t.Error("another family of the same user and client died too")
		}
	}
}

func TestRefreshAgainstRevocation(t *testing.T) {
	server, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	for range 200 {
		token := flow.Tokens(t).Text("refresh_token")
		done := make(chan struct{})
		go func() {
			defer close(done)
			identitytest.Form(t, server, "/v1/oauth2/revoke", url.Values{"client_id": {flow.ClientID}, "token": {token}})
		}()
		answer := flow.Token(t, flow.RefreshForm(token))
		<-done
		if answer.Status == http.StatusOK && (flow.Active(t, answer.Text("access_token")) || flow.Active(t, answer.Text("refresh_token"))) {
			t.Fatal("a refresh survived the revocation of its token")
		}
	}
}

// confidential registers a client with a secret.
func confidential(t *testing.T, server *identity.Server) *identitytest.Answer {
	t.Helper()
	answer := identitytest.API(t, server, http.MethodPost, "/v1/oauth2/register", map[string]any{
		"client_name": "Server", "redirect_uris": []string{"https://app.example/cb"}, "token_endpoint_auth_method": "client_secret_basic",
	})
	if answer.Status != http.StatusCreated || answer.Text("client_secret") == "" {
		t.Fatalf("register: %s", answer.Raw)
	}
	return answer
}

func TestConfidentialClient(t *testing.T) {
	server, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	registered := confidential(t, server)
	id, secret := registered.Text("client_id"), registered.Text("client_secret")
	flow.ClientID, flow.RedirectURI = id, "https://app.example/cb"
	exchange := func(basicID, basicSecret string, form url.Values) *identitytest.Answer {
		r := httptest.NewRequest(http.MethodPost, "/v1/oauth2/token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if basicID != "" {
			r.SetBasicAuth(url.QueryEscape(basicID), url.QueryEscape(basicSecret))
		}
		return identitytest.Do(t, server, r)
	}
	form := flow.CodeForm(flow.Authorize(t))
	wantOAuthError(t, exchange("", "", form), 401, "invalid_client")
	wantOAuthError(t, exchange("", "", with(form, "client_secret", "wrong")), 401, "invalid_client")
	wantOAuthError(t, exchange(id, secret, with(form, "client_secret", secret)), 400, "invalid_request")
	wantOAuthError(t, exchange(id, secret, with(form, "client_id", "another")), 400, "invalid_request")
	wrong := exchange(id, "wrong", with(form, "client_id", ""))
	wantOAuthError(t, wrong, 401, "invalid_client")
	if !strings.HasPrefix(wrong.Header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("WWW-Authenticate = %q after a wrong Basic secret", wrong.Header.Get("WWW-Authenticate"))
	}
	tokens := exchange(id, secret, with(form, "client_id", ""))
	refresh := tokens.Text("refresh_token")
	for range 2 {
		again := exchange("", "", with(flow.RefreshForm(refresh), "client_secret", secret))
		if again.Status != http.StatusOK || again.Text("refresh_token") != refresh {
			t.Fatalf("a confidential client keeps its refresh token: %s", again.Raw)
		}
	}
}

func TestVerifierWithoutChallenge(t *testing.T) {
	server, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	registered := confidential(t, server)
	answer := identitytest.API(t, server, http.MethodPost, "/v1/idp/oauth/authorize", map[string]any{
		"consent_granted": true, "client_id": registered.Text("client_id"), "redirect_uri": "https://app.example/cb",
		"scopes": []string{"openid"}, "user_id": flow.UserID,
	})
	flow.ClientID, flow.RedirectURI = registered.Text("client_id"), "https://app.example/cb"
	form := with(flow.CodeForm(answer.Text("authorization_code")), "client_secret", registered.Text("client_secret"))
	wantOAuthError(t, flow.Token(t, form), 400, "invalid_request")
	if answer := flow.Token(t, with(form, "code_verifier", "")); answer.Status != http.StatusOK {
		t.Errorf("a confidential client without PKCE: %s", answer.Raw)
	}
}

func TestTokenRequestForm(t *testing.T) {
	server, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	valid := flow.CodeForm(flow.Authorize(t)).Encode()
	const form = "application/x-www-form-urlencoded"
	for _, test := range []struct {
		name, method, target, contentType, body string
		status                                  int
		code                                    string
	}{
		{"GET", "GET", "/v1/oauth2/token?" + valid, "", "", 405, "invalid_request"},
		{"PUT", "PUT", "/v1/oauth2/token", form, valid, 405, "invalid_request"},
		{"parameters in the URL", "POST", "/v1/oauth2/token?" + valid, form, "", 400, "invalid_request"},
		{"no media type", "POST", "/v1/oauth2/token", "", valid, 400, "invalid_request"},
		{"text", "POST", "/v1/oauth2/token", "text/plain", valid, 400, "invalid_request"},
		{"multipart", "POST", "/v1/oauth2/token", "multipart/form-data; boundary=x", valid, 400, "invalid_request"},
		{"repeated", "POST", "/v1/oauth2/token", form, valid + "&client_id=x", 400, "invalid_request"},
		{"repeated, the same", "POST", "/v1/oauth2/token", form, valid + "&grant_type=authorization_code", 400, "invalid_request"},
		{"bad escape", "POST", "/v1/oauth2/token", form, valid + "&x=%zz", 400, "invalid_request"},
		{"semicolon", "POST", "/v1/oauth2/token", form, valid + ";x=1", 400, "invalid_request"},
		{"repeated member", "POST", "/v1/oauth2/token", "application/json", `{"grant_type":"a","grant_type":"b"}`, 400, "invalid_request"},
		{"number", "POST", "/v1/oauth2/token", "application/json", `{"grant_type":1}`, 400, "invalid_request"},
		{"list", "POST", "/v1/oauth2/token", "application/json", `["grant_type"]`, 400, "invalid_request"},
		{"too large", "POST", "/v1/oauth2/token", form, "x=" + strings.Repeat("x", 64<<10), 413, "invalid_request"},
		{"other project", "POST", "/v1/public/project-test-0/oauth2/token", form, valid, 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			answer := identitytest.Do(t, server, r)
			if test.code == "" {
				if answer.Status != test.status || answer.Text("error_type") != "route_not_found" {
					t.Errorf("got %d %s", answer.Status, answer.Raw)
				}
				return
			}
			wantOAuthError(t, answer, test.status, test.code)
			if test.status == 405 && answer.Header.Get("Allow") != "POST" {
				t.Errorf("Allow = %q", answer.Header.Get("Allow"))
			}
		})
	}
}

// TestOriginAsResource holds that an origin is the same with and without a slash, in all that asks for it.
func TestOriginAsResource(t *testing.T) {
	server, _ := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	want := []any{server.Credentials().ProjectID, "https://id.example"}
	flow.Resources = []string{"https://id.example/"}
	form := with(flow.CodeForm(flow.Authorize(t)), "resource", "https://id.example/")
	first := flow.Token(t, form)
	again := flow.Token(t, with(flow.RefreshForm(first.Text("refresh_token")), "resource", "https://id.example/"))
	for _, answer := range []*identitytest.Answer{first, again} {
		if diff := cmp.Diff(want, decodeJWT(t, answer.Text("access_token"))["aud"]); diff != "" {
			t.Errorf("audience (-want +got):\n%s", diff)
		}
	}
	form = with(flow.RefreshForm(again.Text("refresh_token")), "resource", "https://id.example/mcp/")
	wantOAuthError(t, flow.Token(t, form), 400, "invalid_target")
}

func TestTokenAnswer(t *testing.T) {
	server, now := newServer(t)
	flow := identitytest.NewFlow(t, server, "ada@example.com")
	flow.Resources = []string{"https://id.example/mcp"}
	answer := flow.Tokens(t)
	if answer.Header.Get("Cache-Control") != "no-store" || answer.Text("token_type") != "bearer" || answer.Body["expires_in"] != 3600.0 {
		t.Errorf("answer = %v %s", answer.Header, answer.Raw)
	}
	access := decodeJWT(t, answer.Text("access_token"))
	project := server.Credentials().ProjectID
	jti, _ := access["jti"].(string)
	if len(jti) != 44 {
		t.Errorf("jti %q has not 44 characters", jti)
	}
	delete(access, "jti")
	at := float64(now.now().Unix())
	want := map[string]any{
		"iss": "https://id.example", "sub": flow.UserID, "aud": []any{project, "https://id.example/mcp"},
		"client_id": flow.ClientID, "scope": "openid email offline_access todos:read todos:write",
		"iat": at, "nbf": at, "exp": at + 3600,
	}
	if diff := cmp.Diff(want, access); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	want = map[string]any{
		"iss": "https://id.example", "sub": flow.UserID, "aud": []any{flow.ClientID}, "iat": at, "nbf": at, "exp": at + 3600,
		"email": "ada@example.com", "email_verified": false,
	}
	if diff := cmp.Diff(want, decodeJWT(t, answer.Text("id_token"))); diff != "" {
		t.Errorf("id token (-want +got):\n%s", diff)
	}
	flow.Scopes = []string{"todos:read"}
	flow.Resources = nil
	bare := flow.Tokens(t)
	if bare.Text("refresh_token") != "" || bare.Text("id_token") != "" {
		t.Errorf("without offline_access and openid: %s", bare.Raw)
	}
	if diff := cmp.Diff([]any{project}, decodeJWT(t, bare.Text("access_token"))["aud"]); diff != "" {
		t.Errorf("audience without a resource (-want +got):\n%s", diff)
	}
}
