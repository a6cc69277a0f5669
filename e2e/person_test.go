package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// person has a browser that runs no scripts: where a test is not about what is on
// the page, it is quicker than a real one.
type person struct {
	t     testing.TB
	s     *server
	email string
	http  *http.Client
}

var formAction = regexp.MustCompile(`<form[^>]*action="([^"]+)"`)

// person returns somebody who has signed in.
func (s *server) person(email string) *person {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	s.t.Cleanup(transport.CloseIdleConnections)
	p := &person{t: s.t, s: s, email: email, http: &http.Client{Jar: jar, Transport: transport}}
	seen := s.codes(email)
	page := p.page(p.do("GET", "/login", nil))
	page = p.page(p.do("POST", formAction.FindStringSubmatch(page)[1], url.Values{"email": {email}}))
	code, err := s.code(s.t.Context(), email, seen)
	if err != nil {
		s.t.Fatal(err)
	}
	page = p.page(p.do("POST", formAction.FindStringSubmatch(page)[1], url.Values{"code": {code}}))
	if !strings.Contains(page, email) {
		s.t.Fatalf("%s is not signed in:\n%s", email, page)
	}
	return p
}

// do asks for a page, or sends a form of ours.
func (p *person) do(method, path string, form url.Values) *http.Response {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", p.s.URL)
	}
	resp, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp
}

func (p *person) page(resp *http.Response) string {
	p.t.Helper()
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(page)
}

// cookies returns those of the person's browser as a header has them.
func (p *person) cookies() string {
	p.t.Helper()
	site, err := url.Parse(p.s.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	var all []string
	for _, c := range p.http.Jar.Cookies(site) {
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

// app is an OAuth client that a person has let in.
type app struct {
	p               *person
	id              string
	access, refresh string
}

const (
	verifier = "0123456789-0123456789-0123456789-0123456789"
	callback = "http://127.0.0.1:9999/callback"
)

// connect registers a client and allows it all of the person's list.
func (p *person) connect(name string) *app {
	p.t.Helper()
	a := &app{p: p}
	body := fmt.Sprintf(`{"client_name":%q,"redirect_uris":["http://127.0.0.1/callback"]}`, name)
	resp, err := p.http.Post(p.s.URL+"/v1/oauth2/register", "application/json", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	var registered struct {
		ID string `json:"client_id"`
	}
	if page := p.page(resp); json.Unmarshal([]byte(page), &registered) != nil || registered.ID == "" {
		p.t.Fatalf("register: %s %s", resp.Status, page)
	}
	a.id = registered.ID
	a.signIn()
	return a
}

// signIn lets the person allow the app, and gets it its tokens.
func (a *app) signIn() {
	p := a.p
	p.t.Helper()
	challenge := sha256.Sum256([]byte(verifier))
	to := p.allow("/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {callback}, "state": {"xyz"}, "resource": {p.s.URL + "/mcp"},
		"scope":          {"openid email offline_access todos:read todos:write"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	code := to.Query().Get("code")
	if said := a.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}); said != "" {
		p.t.Fatalf("no token for the code: %s", said)
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(request|token)" value="([^"]*)"`)

// allow presses Allow on the consent page and returns where it sends the browser.
func (p *person) allow(path string) *url.URL {
	p.t.Helper()
	form := url.Values{"decision": {"allow"}}
	for _, m := range hidden.FindAllStringSubmatch(p.page(p.do("GET", path, nil)), -1) {
		form.Set(m[1], strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`).Replace(m[2]))
	}
	follow := p.http.CheckRedirect
	p.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp := p.do("POST", "/oauth/authorize", form)
	p.http.CheckRedirect = follow
	page := p.page(resp)
	to, err := resp.Location()
	if err != nil || !to.Query().Has("code") {
		p.t.Fatalf("consent: %s %v\n%s", resp.Status, err, page)
	}
	return to
}

// token asks for tokens and takes them, or returns the error code of the refusal.
func (a *app) token(form url.Values) string {
	a.p.t.Helper()
	form.Set("client_id", a.id)
	resp, err := a.p.http.PostForm(a.p.s.URL+"/v1/oauth2/token", form)
	if err != nil {
		a.p.t.Fatal(err)
	}
	var said struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Error   string `json:"error"`
	}
	if page := a.p.page(resp); json.Unmarshal([]byte(page), &said) != nil || (said.Error == "") != (said.Access != "") {
		a.p.t.Fatalf("token: %s %s", resp.Status, page)
	}
	if said.Error == "" {
		a.access, a.refresh = said.Access, said.Refresh
	}
	return said.Error
}

// renew uses a refresh token, and returns the error code if it is refused.
func (a *app) renew(token string) string {
	a.p.t.Helper()
	return a.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// answer is what came back for a request, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// caller sends requests with one bearer token.
type caller struct {
	url, token string
	http       *http.Client
}

// caller returns one for the app as it stands now.
func (a *app) caller() *caller {
	return &caller{url: a.p.s.URL, token: a.access, http: &http.Client{Transport: a.p.http.Transport, Timeout: 20 * time.Second}}
}

func (c *caller) rest(method, path, body string) (answer, error) {
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Prefer", "return=minimal")
	return c.send(r)
}

func (c *caller) send(r *http.Request) (answer, error) {
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errGone, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errGone, err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}, nil
}

// errGone is what a caller says that got no answer, or half of one.
var errGone = errors.New("the server is gone")

// mcp makes a request of the MCP version without sessions. Params is the JSON of
// its parameters without the braces.
func (c *caller) mcp(method, name, params string) (*http.Request, error) {
	if params != "" {
		params += ","
	}
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",`+
		`"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"tester","version":"1"}}}}`, method, params)
	r, err := http.NewRequest(http.MethodPost, c.url+"/mcp", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("MCP-Protocol-Version", "2026-07-28")
	r.Header.Set("Mcp-Method", method)
	if name != "" {
		r.Header.Set("Mcp-Name", name)
	}
	return r, nil
}

// toolResult is the part of a tool's result that the tests look at.
type toolResult struct {
	IsError           bool
	StructuredContent struct {
		Code  string
		Todos []stored
	}
}

// tool calls a tool; an answer that holds no result is an error.
func (c *caller) tool(name, arguments string) (toolResult, error) {
	r, err := c.mcp("tools/call", name, fmt.Sprintf(`"name":%q,"arguments":%s`, name, arguments))
	if err != nil {
		return toolResult{}, err
	}
	got, err := c.send(r)
	if err != nil {
		return toolResult{}, err
	}
	var message struct{ Result *toolResult }
	body := got.body
	if _, data, ok := strings.Cut(body, "data: "); ok { // a stream of one event
		body = data
	}
	if err := json.NewDecoder(strings.NewReader(body)).Decode(&message); err != nil || message.Result == nil {
		return toolResult{}, fmt.Errorf("no result of %s: %s", name, got)
	}
	return *message.Result, nil
}

// stored is a todo as the server shows it.
type stored struct{ ID, Text string }

// list returns the text of each todo by its id.
func (c *caller) list() (map[string]string, error) {
	got, err := c.rest("GET", "/api/todos", "")
	if err != nil {
		return nil, err
	}
	var page struct{ Todos []stored }
	if err := json.Unmarshal([]byte(got.body), &page); err != nil || got.status != http.StatusOK {
		return nil, fmt.Errorf("list: %s", got)
	}
	texts := map[string]string{}
	for _, todo := range page.Todos {
		texts[todo.ID] = todo.Text
	}
	return texts, nil
}

// mustList is list where nothing may go wrong.
func (c *caller) mustList(t testing.TB) map[string]string {
	t.Helper()
	texts, err := c.list()
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
