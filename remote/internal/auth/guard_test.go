package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

// provider knows the tokens and sessions it is told of.
type provider struct {
	auth.Provider // what these tests do not reach panics

	mu       sync.Mutex
	tokens   map[string]auth.Token
	revoked  map[string]bool
	down     bool
	gone     bool // the person has no account any more
	lax      bool
	verified int
	asked    int
	hold     chan struct{} // answers whether a token stands are held back until it is closed
	session  auth.Session
}

func (p *provider) Verify(_ context.Context, token string) (auth.Token, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.verified++
	t, ok := p.tokens[token]
	if !ok {
		return t, errors.New("signature is invalid")
	}
	return t, nil
}

func (p *provider) Active(ctx context.Context, token string, _ auth.Token) (bool, error) {
	p.mu.Lock()
	p.asked++
	down, revoked := p.down, p.revoked[token]
	p.mu.Unlock()
	if p.hold != nil {
		<-p.hold
	}
	if down {
		return false, &todo.Error{Code: todo.CodeUnavailable, Message: "down"}
	}
	return !revoked, ctx.Err()
}

func (p *provider) Apps(context.Context, string) ([]auth.App, error) {
	switch {
	case p.gone:
		return nil, &todo.Error{Code: todo.CodeNotFound, Message: "the identity provider does not know it"}
	case p.down:
		return nil, &todo.Error{Code: todo.CodeUnavailable, Message: "down"}
	}
	return []auth.App{{ID: "app-1", Name: "Claude"}}, nil
}

func (p *provider) RevokeApp(context.Context, string, string) error { return nil }

func (p *provider) Session(_ context.Context, c auth.Cookies) (auth.Session, error) {
	if p.down {
		return auth.Session{}, &todo.Error{Code: todo.CodeUnavailable, Message: "down"}
	}
	if c.Token != "session" {
		return auth.Session{}, &todo.Error{Code: todo.CodeUnauthenticated, Message: "no session"}
	}
	return p.session, nil
}

func (p *provider) Strict() bool   { return !p.lax }
func (p *provider) Issuer() string { return "https://issuer.example" }

func (p *provider) ServerMetadata(context.Context) ([]byte, error) {
	return []byte(`{"issuer":"https://issuer.example"}`), nil
}

// fixture is a guard in front of a handler that says who it let in.
type fixture struct {
	*provider
	guard *auth.Guard
	now   time.Time
	last  auth.Principal
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	f.provider = &provider{
		revoked: map[string]bool{},
		tokens: map[string]auth.Token{
			"full": {Subject: "ada", ClientID: "app-1", Scopes: []string{"openid", auth.ScopeRead, auth.ScopeWrite}, Expires: f.now.Add(time.Hour)},
			"read": {Subject: "ada", ClientID: "app-1", Scopes: []string{auth.ScopeRead}, Expires: f.now.Add(time.Hour)},
			"none": {Subject: "ada", ClientID: "app-2", Scopes: []string{"openid"}, Expires: f.now.Add(time.Hour)},
			"old":  {Subject: "ada", ClientID: "app-1", Scopes: []string{auth.ScopeRead}, Expires: f.now.Add(-time.Second)},
		},
		session: auth.Session{Subject: "ada", Email: "ada@example.com", Cookies: auth.Cookies{Token: "session", JWT: "jwt"}, Expires: f.now.Add(time.Hour)},
	}
	u, _ := url.Parse("https://todo.example")
	var err error
	f.guard, err = auth.NewGuard(f.provider, auth.Site{URL: *u}, time.Minute, func() time.Time { return f.now })
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// get sends a request through one of the guard's doors.
func (f *fixture) get(door func(http.Handler) http.Handler, path string, header http.Header) *httptest.ResponseRecorder {
	f.last = auth.Principal{}
	h := door(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.last = auth.FromContext(r.Context()) }))
	r := httptest.NewRequest("GET", "https://todo.example"+path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func TestBearerAnswers(t *testing.T) {
	const scope = `scope="todos:read todos:write", `
	const meta = `resource_metadata="https://todo.example/.well-known/oauth-protected-resource`
	const invalid = `Bearer error="invalid_token", error_description="the access token is not valid", ` + scope + meta + `/mcp"`
	const twice = `Bearer error="invalid_request", error_description="the access token is in the wrong place", ` + meta + `/mcp"`
	for _, tt := range []struct {
		name      string
		path      string
		header    http.Header
		status    int
		challenge string
	}{
		{"good", "/mcp", bearer("full"), 200, ""},
		{"good, scheme in capitals", "/mcp", http.Header{"Authorization": {"BEARER full"}}, 200, ""},
		{"none", "/mcp", nil, 401, `Bearer ` + scope + meta + `/mcp"`},
		{"none, elsewhere", "/api/todos", nil, 401, `Bearer ` + scope + meta + `"`},
		{"a cookie", "/mcp", http.Header{"Cookie": {"stytch_session=session"}}, 401, `Bearer ` + scope + meta + `/mcp"`},
		{"Basic", "/mcp", http.Header{"Authorization": {"Basic YTpi"}}, 401, `Bearer ` + scope + meta + `/mcp"`},
		{"unknown", "/mcp", bearer("forged"), 401, invalid},
		{"expired", "/mcp", bearer("old"), 401, invalid},
		{"empty", "/mcp", bearer(""), 401, invalid},
		{"over-long", "/mcp", bearer(strings.Repeat("x", 8<<10+1)), 401, invalid},
		{"in the query", "/mcp?access_token=full", nil, 400, twice},
		{"in query and header", "/mcp?access_token=full", bearer("full"), 400, twice},
		{"two headers", "/mcp", http.Header{"Authorization": {"Bearer full", "Bearer full"}}, 400, twice},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(t).get(newFixture(t).guard.Bearer, tt.path, tt.header)
			if got := w.Header().Get("WWW-Authenticate"); w.Code != tt.status || got != tt.challenge {
				t.Errorf("%d\n got %s\nwant %s", w.Code, got, tt.challenge)
			}
		})
	}
}

func TestBearerPrincipal(t *testing.T) {
	f := newFixture(t)
	f.get(f.guard.Bearer, "/mcp", bearer("read"))
	want := auth.Principal{Subject: "ada", Scopes: []string{auth.ScopeRead}, Client: auth.Client{ID: "app-1", Name: "Claude"}, Via: auth.ViaBearer, Strict: true, WeekStart: time.Monday}
	if diff := cmp.Diff(want, f.last, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".grant" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	f.get(f.guard.Bearer, "/mcp", bearer("none"))
	if f.last.Client.Name != "app-2" {
		t.Errorf("a client without a name is called %q", f.last.Client.Name)
	}
}

func TestTokenIsVerifiedOnceAndAskedAboutEachMinute(t *testing.T) {
	f := newFixture(t)
	for range 10 {
		f.get(f.guard.Bearer, "/mcp", bearer("full"))
	}
	if f.verified != 1 || f.asked != 1 {
		t.Errorf("verified %d times, asked %d times", f.verified, f.asked)
	}
	f.now = f.now.Add(time.Minute)
	f.get(f.guard.Bearer, "/mcp", bearer("full"))
	if f.asked != 2 {
		t.Errorf("asked %d times after a minute", f.asked)
	}
	f.now = f.now.Add(time.Hour)
	if w := f.get(f.guard.Bearer, "/mcp", bearer("full")); w.Code != 401 {
		t.Errorf("an expired token from memory: %d", w.Code)
	}
}

func TestRevokedTokenStopsAtOnceForWritesAndWithinAMinuteForReads(t *testing.T) {
	f := newFixture(t)
	f.get(f.guard.Bearer, "/mcp", bearer("full"))
	p := f.last
	f.revoked["full"] = true
	if err := f.guard.Check(t.Context(), p, todo.Read); err != nil {
		t.Errorf("a read within the minute: %v", err)
	}
	if err := f.guard.Check(t.Context(), p, todo.Create); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("a write: %v", err)
	}
	if w := f.get(f.guard.Bearer, "/mcp", bearer("full")); w.Code != 401 {
		t.Errorf("the next request: %d", w.Code)
	}

	f = newFixture(t)
	f.get(f.guard.Bearer, "/mcp", bearer("full"))
	f.revoked["full"] = true
	f.now = f.now.Add(time.Minute)
	if err := f.guard.Check(t.Context(), f.last, todo.Read); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("a read after a minute: %v", err)
	}
}

func TestRevokeAppHoldsAtOnce(t *testing.T) {
	f := newFixture(t)
	f.get(f.guard.Bearer, "/mcp", bearer("full"))
	seen := f.last
	f.get(f.guard.Bearer, "/mcp", bearer("none"))
	if err := f.guard.RevokeApp(t.Context(), "ada", "app-1"); err != nil {
		t.Fatal(err)
	}
	if err := f.guard.Check(t.Context(), seen, todo.Read); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("a read of a call under way: %v", err)
	}
	for token, want := range map[string]int{"full": 401, "none": 200} {
		if w := f.get(f.guard.Bearer, "/mcp", bearer(token)); w.Code != want {
			t.Errorf("%s: %d, want %d", token, w.Code, want)
		}
	}
}

func TestProviderDownKeepsVerifiedTokensGoing(t *testing.T) {
	f := newFixture(t)
	f.down = true
	w := f.get(f.guard.Bearer, "/mcp", bearer("full"))
	if err := f.guard.Check(t.Context(), f.last, todo.Create); w.Code != 200 || err != nil {
		t.Errorf("%d, write: %v", w.Code, err)
	}
	if w := f.get(f.guard.Bearer, "/mcp", bearer("forged")); w.Code != 401 {
		t.Errorf("a forged token: %d", w.Code)
	}
}

func TestCheckForbids(t *testing.T) {
	for _, tt := range []struct {
		token  string
		lax    bool
		action todo.Action
		ok     bool
		scope  string
	}{
		{"full", false, todo.Delete, true, ""},
		{"read", false, todo.Read, true, ""},
		{"read", false, todo.Create, false, `scope="todos:read todos:write"`},
		{"none", false, todo.Read, false, `scope="todos:read"`},
		{"none", true, todo.Delete, true, ""}, // as Stytch's sample: the project has no scopes of ours
	} {
		f := newFixture(t)
		f.lax = tt.lax
		f.get(f.guard.Bearer, "/mcp", bearer(tt.token))
		err := f.guard.Check(t.Context(), f.last, tt.action)
		if (err == nil) != tt.ok {
			t.Errorf("%s %v: %v", tt.token, tt.action, err)
		}
		if err == nil {
			continue
		}
		w := httptest.NewRecorder()
		f.guard.Challenge(w, httptest.NewRequest("POST", "/mcp", nil), err)
		got := w.Header().Get("WWW-Authenticate")
		if !strings.Contains(got, `error="insufficient_scope"`) || !strings.Contains(got, tt.scope) || !strings.Contains(got, "resource_metadata=") {
			t.Error(got)
		}
	}
	if (auth.Principal{}).Allowed() != 0 {
		t.Error("the zero principal may do something")
	}
}

func TestAPIByCookie(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header http.Header
		status int
	}{
		{"ours", http.Header{"Cookie": {"stytch_session=session"}}, 200},
		{"same origin", http.Header{"Cookie": {"stytch_session=session"}, "Sec-Fetch-Site": {"same-origin"}}, 200},
		{"typed into the address bar", http.Header{"Cookie": {"stytch_session=session"}, "Sec-Fetch-Site": {"none"}}, 200},
		{"cross-site", http.Header{"Cookie": {"stytch_session=session"}, "Sec-Fetch-Site": {"cross-site"}}, 403},
		{"same-site", http.Header{"Cookie": {"stytch_session=session"}, "Sec-Fetch-Site": {"same-site"}}, 403},
		{"wrong cookie", http.Header{"Cookie": {"stytch_session=other"}}, 401},
		{"a bearer beside it counts", http.Header{"Cookie": {"stytch_session=session"}, "Authorization": {"Bearer forged"}}, 401},
	} {
		f := newFixture(t)
		if w := f.get(f.guard.API, "/api/todos", tt.header); w.Code != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, w.Code, tt.status)
		}
		if tt.status == 200 && (f.last.Subject != "ada" || f.last.Via != auth.ViaWeb) {
			t.Errorf("%s: %+v", tt.name, f.last)
		}
	}
}

func TestPageSendsToLoginAndRenewsCookies(t *testing.T) {
	f := newFixture(t)
	page := func(h http.Handler) http.Handler {
		return httpx.API(f.guard.Page(func(w http.ResponseWriter, r *http.Request) error { h.ServeHTTP(w, r); return nil }))
	}
	w := f.get(page, "/todoapp?x=1", nil)
	if got := w.Header().Get("Location"); w.Code != 303 || got != "/login?return_to=%2Ftodoapp%3Fx%3D1" {
		t.Errorf("%d %s", w.Code, got)
	}
	w = f.get(page, "/todoapp", http.Header{"Cookie": {"stytch_session=session; stytch_session_jwt=stale"}})
	renewed := strings.Join(w.Header().Values("Set-Cookie"), "\n")
	for _, want := range []string{"stytch_session=session;", "stytch_session_jwt=jwt;", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(renewed, want) {
			t.Errorf("%q is not in %q", want, renewed)
		}
	}
	f.down = true
	if w = f.get(page, "/todoapp", http.Header{"Cookie": {"stytch_session=session"}}); w.Code != 503 {
		t.Errorf("while the provider is out of reach: %d", w.Code)
	}
	f.down = false
	if w = f.get(page, "/todoapp", http.Header{"Cookie": {"stytch_session=session; stytch_session_jwt=jwt"}}); len(w.Header().Values("Set-Cookie")) != 0 {
		t.Error("cookies that are fresh were set again")
	}
}

func TestMetadata(t *testing.T) {
	f := newFixture(t)
	mux := http.NewServeMux()
	f.guard.Mount(mux)
	f.guard.MountServerMetadata(mux)
	for path, want := range map[string]string{
		"/.well-known/oauth-protected-resource":     `{"resource":"https://todo.example","resource_name":"todo","authorization_servers":["https://issuer.example"],"scopes_supported":["todos:read","todos:write"],"bearer_methods_supported":["header"]}`,
		"/.well-known/oauth-protected-resource/mcp": `{"resource":"https://todo.example/mcp","resource_name":"todo","authorization_servers":["https://issuer.example"],"scopes_supported":["todos:read","todos:write"],"bearer_methods_supported":["header"]}`,
		"/.well-known/oauth-authorization-server":   `{"issuer":"https://issuer.example"}`,
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := strings.TrimSpace(w.Body.String()); got != want || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %s %v", path, got, w.Header())
		}
	}
}

func BenchmarkBearerSeenBefore(b *testing.B) {
	f := &fixture{now: time.Now()}
	f.provider = &provider{tokens: map[string]auth.Token{"full": {Subject: "ada", ClientID: "app-1", Scopes: []string{auth.ScopeRead}, Expires: f.now.Add(time.Hour)}}}
	u, _ := url.Parse("https://todo.example")
	guard, err := auth.NewGuard(f.provider, auth.Site{URL: *u}, time.Minute, func() time.Time { return f.now })
	if err != nil {
		b.Fatal(err)
	}
	h := guard.Bearer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest("GET", "/mcp", nil)
	r.Header = bearer("full")
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
