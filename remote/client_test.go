package remote_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// connectedApp is an OAuth client of a person's, as an AI client is one.
type connectedApp struct {
	site     *site
	ID       string
	Tokens   map[string]any
	redirect string
}

const verifier = "0123456789-0123456789-0123456789-0123456789"

// connect registers a client and lets the person allow it what it asks for.
func (b *browser) connect(name string, scopes ...string) *connectedApp {
	b.site.t.Helper()
	app := &connectedApp{site: b.site, redirect: "http://127.0.0.1:9999/callback"}
	status, registered := app.postJSON("/v1/oauth2/register", map[string]any{"client_name": name, "redirect_uris": []string{"http://127.0.0.1/callback"}})
	app.ID, _ = registered["client_id"].(string)
	if status != http.StatusCreated || app.ID == "" {
		b.site.t.Fatalf("register: %d %v", status, registered)
	}
	code := b.allow(app.authorizePath(scopes...))
	app.Tokens = app.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {app.redirect}, "code_verifier": {verifier}})
	if app.access() == "" {
		b.site.t.Fatalf("token: %v", app.Tokens)
	}
	return app
}

func (a *connectedApp) access() string { s, _ := a.Tokens["access_token"].(string); return s }

func (a *connectedApp) authorizePath(scopes ...string) string {
	challenge := sha256.Sum256([]byte(verifier))
	return "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {a.ID}, "redirect_uri": {a.redirect}, "scope": {strings.Join(scopes, " ")}, "state": {"xyz"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}, "resource": {a.site.url + "/mcp"},
	}.Encode()
}

// allow presses Allow on the consent page and returns the code.
func (b *browser) allow(path string) string {
	b.site.t.Helper()
	_, page := b.get(path)
	form := consentForm(page)
	form.Set("decision", "allow")
	stay := *b.Client
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, page := (&browser{site: b.site, Client: &stay}).post("/oauth/authorize", form)
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusSeeOther || to.Query().Get("code") == "" {
		b.site.t.Fatalf("consent: %s %q\n%s", resp.Status, resp.Header.Get("Location"), page)
	}
	if q := to.Query(); q.Get("state") != "xyz" || q.Get("iss") != b.site.url {
		b.site.t.Errorf("redirect %s", to)
	}
	return to.Query().Get("code")
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

func consentForm(page string) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`).Replace(m[2]))
	}
	return form
}

func (a *connectedApp) token(form url.Values) map[string]any {
	form.Set("client_id", a.ID)
	resp, err := http.PostForm(a.site.url+"/v1/oauth2/token", form)
	return a.decode(resp, err)
}

func (a *connectedApp) postJSON(path string, body any) (int, map[string]any) {
	b, _ := json.Marshal(body)
	resp, err := http.Post(a.site.url+path, "application/json", strings.NewReader(string(b)))
	answer := a.decode(resp, err)
	return resp.StatusCode, answer
}

func (a *connectedApp) decode(resp *http.Response, err error) map[string]any {
	a.site.t.Helper()
	if err != nil {
		a.site.t.Fatal(err)
	}
	defer resp.Body.Close()
	var m map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		a.site.t.Fatal(err)
	}
	return m
}

// call sends a request with a bearer token ("" for none) and returns the answer.
func (s *site) call(token, method, path, body string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" || method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(answer)
}

// open begins to read a stream; the function it returns reads to its end.
func (s *site) open(token, path string) func() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatal(resp, err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	return func() string {
		told, err := io.ReadAll(resp.Body)
		if err != nil {
			s.t.Errorf("the stream did not end: %v", err)
		}
		return string(told)
	}
}

func TestAnAssistantConnectsByConsentAndIsThrownOut(t *testing.T) {
	s := start(t)
	b := s.browser()
	b.signIn("ada@example.com")
	app := b.connect("Claude", "openid", "offline_access", "todos:read", "todos:write")

	resp, body := s.call(app.access(), "POST", "/api/todos", `{"todoText":"Buy milk"}`)
	if resp.StatusCode != http.StatusCreated || !strings.Contains(body, `"createdBy":"Claude"`) {
		t.Fatalf("%s %s", resp.Status, body)
	}
	if _, page := b.get("/todoapp"); !strings.Contains(page, "Buy milk") {
		t.Error("the todo is not on the person's page")
	}

	stream := s.open(app.access(), "/api/events")
	_, page := b.get("/connections")
	revoke := regexp.MustCompile(`action="([^"]*revoke[^"]*)"`).FindStringSubmatch(page)
	if revoke == nil {
		t.Fatalf("no way to revoke in %s", page)
	}
	b.post(revoke[1], consentForm(page))
	b.post("/todoapp", url.Values{"text": {"After the revocation"}})
	if resp, body := s.call(app.access(), "GET", "/api/todos", ""); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a read after the revocation: %s %s", resp.Status, body)
	}
	if resp, body := s.call(app.access(), "POST", "/api/todos", `{"todoText":"again"}`); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a write after the revocation: %s %s", resp.Status, body)
	}
	if told := stream(); strings.Contains(told, "After the revocation") {
		t.Errorf("a stream went on after the revocation: %s", told)
	}
	refreshed := app.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {app.Tokens["refresh_token"].(string)}})
	if refreshed["error"] != "invalid_grant" {
		t.Errorf("a refresh after the revocation: %v", refreshed)
	}
}

// TestAConfidentialClientsTokenEnds holds that revoking the token of a client with
// a secret is known here too, though the client's secret is not.
func TestAConfidentialClientsTokenEnds(t *testing.T) {
	s := start(t)
	b := s.browser()
	b.signIn("ada@example.com")
	app := &connectedApp{site: s, redirect: "https://app.example/callback"}
	_, registered := app.postJSON("/v1/oauth2/register", map[string]any{
		"client_name": "Secretive", "redirect_uris": []string{app.redirect}, "token_endpoint_auth_method": "client_secret_post",
	})
	app.ID, _ = registered["client_id"].(string)
	secret, _ := registered["client_secret"].(string)
	code := b.allow(app.authorizePath("todos:read", "todos:write"))
	app.Tokens = app.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {app.redirect}, "code_verifier": {verifier}, "client_secret": {secret}})
	if resp, body := s.call(app.access(), "POST", "/api/todos", `{"todoText":"Buy milk"}`); resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s", resp.Status, body)
	}
	revoked, err := http.PostForm(s.url+"/v1/oauth2/revoke", url.Values{"token": {app.access()}, "client_id": {app.ID}, "client_secret": {secret}})
	if err != nil || revoked.StatusCode != http.StatusOK {
		t.Fatal(revoked, err)
	}
	revoked.Body.Close()
	if resp, body := s.call(app.access(), "POST", "/api/todos", `{"todoText":"again"}`); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a write after the revocation: %s %s", resp.Status, body)
	}
}
