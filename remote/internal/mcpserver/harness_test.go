package mcpserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
	"todo.example/remote/internal/mcpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The two eras of the protocol.
const (
	modern = "2026-07-28"
	legacy = "2025-11-25"
)

func eras(t *testing.T, test func(t *testing.T, version string)) {
	for _, version := range []string{legacy, modern} {
		t.Run(version, func(t *testing.T) { test(t, version) })
	}
}

// identity is a provider whose tokens say what they are: "subject|client|scope…".
type identity struct {
	auth.Provider // nothing else of it is used

	lasts time.Duration // how long a token does; an hour if less

	mu      sync.Mutex
	revoked []string
}

// token returns a token of the subject, through a client, with scopes.
func token(subject, client string, scopes ...string) string {
	return strings.Join(append([]string{subject, client}, scopes...), "|")
}

// full returns a token that may do everything.
func full(subject string) string {
	return token(subject, "client-of-"+subject, auth.ScopeRead, auth.ScopeWrite)
}

func (i *identity) Verify(_ context.Context, token string) (auth.Token, error) {
	parts := strings.Split(token, "|")
	if len(parts) < 2 || parts[0] == "" {
		return auth.Token{}, &todo.Error{Code: todo.CodeUnauthenticated, Message: "not a token"}
	}
	return auth.Token{Subject: parts[0], ClientID: parts[1], Scopes: parts[2:], Expires: time.Now().Add(max(time.Hour, i.lasts))}, nil
}

func (i *identity) Active(_ context.Context, token string, _ auth.Token) (bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return !slices.Contains(i.revoked, token), nil
}

func (i *identity) revoke(token string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.revoked = append(i.revoked, token)
}

func (*identity) Apps(context.Context, string) ([]auth.App, error) { return nil, nil }
func (*identity) Strict() bool                                     { return true }
func (*identity) Issuer() string                                   { return "https://id.example" }

// server is the handler on loopback with all that is around it in the program.
type server struct {
	*mcpserver.Handler
	svc      *todo.Service
	identity *identity
	url      string
	done     chan struct{}
	clock    *clock
}

// clock is real time and what a test added to it.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// tuesday is a moment of the past, at which tests that are about dates begin.
var tuesday = time.Date(2026, 11, 24, 21, 10, 0, 0, time.UTC)

// startAt is start with the clock set, as it goes on from there.
func startAt(t testing.TB, at time.Time) *server {
	t.Helper()
	s := start(t)
	s.identity.lasts = 365 * 24 * time.Hour // for tests in which days pass
	s.clock.advance(time.Until(at))
	return s
}

// writeTimeout is the web server's, for whole answers; a test outlasts it.
const writeTimeout = 2 * time.Second

func start(t testing.TB) *server {
	t.Helper()
	return startWith(t, todotest.NewStore(), nil)
}

// startWith serves a store. around may wrap the handler, before changes the handler
// while nobody uses it yet.
func startWith(t testing.TB, store todo.Store, around httpx.Middleware, before ...func(*mcpserver.Handler)) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{identity: &identity{}, url: "http://" + listener.Addr().String(), done: make(chan struct{}), clock: &clock{}}
	s.svc = todo.NewService(store, s.clock.Now)
	public, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := auth.NewGuard(s.identity, auth.Site{URL: *public}, time.Minute, s.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s.Handler = mcpserver.New(s.svc, guard, mcpserver.Config{
		Version: "1.2.3", PublicURL: "https://todo.example", Done: s.done, Logger: log,
	})
	for _, change := range before {
		change(s.Handler)
	}
	mux := http.NewServeMux()
	s.Mount(mux)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	middleware := []httpx.Middleware{httpx.Hosts(listener.Addr().String(), "localhost:"+port), httpx.MaxBody(1 << 20), httpx.Recover}
	if around != nil {
		middleware = append(middleware, around)
	}
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: httpx.Chain(mux, middleware...), WriteTimeout: writeTimeout}}
	web.Start()
	t.Cleanup(func() {
		s.stop()
		web.Close()
	})
	return s
}

func (s *server) stop() {
	select {
	case <-s.done:
	default:
		close(s.done)
	}
}

// bearer adds a token to each request.
type bearer struct {
	mu    sync.Mutex
	token string
	base  *http.Transport
}

func (b *bearer) set(token string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.token = token
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.base.RoundTrip(r)
}

func newBearer(t testing.TB, token string) *bearer {
	b := &bearer{token: token, base: &http.Transport{MaxIdleConnsPerHost: 64}}
	t.Cleanup(b.base.CloseIdleConnections)
	return b
}

// connect returns an SDK client's session, which ends with the test.
func (s *server) connect(t testing.TB, version, token string, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	return s.connectAs(t, version, newBearer(t, token), o)
}

func (s *server) connectAs(t testing.TB, version string, b *bearer, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	return s.connectTo(t, "/mcp", version, b, o)
}

// connectTo is connect at another address, which may select tools.
func (s *server) connectTo(t testing.TB, path, version string, b http.RoundTripper, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	if o == nil {
		o = &mcp.ClientOptions{}
	}
	o.Capabilities = &mcp.ClientCapabilities{}
	client := mcp.NewClient(&mcp.Implementation{Name: "tester", Version: "1"}, o)
	transport := &mcp.StreamableClientTransport{Endpoint: s.url + path, HTTPClient: &http.Client{Transport: b}, MaxRetries: -1}
	cs, err := client.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { cs.Close() })
	if got := cs.InitializeResult().ProtocolVersion; got != version {
		t.Fatalf("protocol version %s, want %s", got, version)
	}
	return cs
}

// call calls a tool and decodes its structured result.
func call[T any](t testing.TB, cs *mcp.ClientSession, tool string, arguments any) (*mcp.CallToolResult, T) {
	t.Helper()
	r, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	data, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return r, v
}

// outcome is any structured result of a write.
type outcome struct {
	Todos []struct {
		ID        string
		Text      string
		Completed bool
		HasNotes  bool
		Due       string
		Repeat    string
		List      string
		Tags      []string
		Deleted   bool
		Next      struct{ ID, Due string }
	}
	Changed    bool
	ChangeID   string
	OpenCount  *int
	Failures   []struct{ Item, Code, Error string }
	Total      int
	NextCursor string

	Code, Message, Hint, Field string
	Candidates                 []struct{ ID, Text string }
}

func words(r *mcp.CallToolResult) string {
	var all []string
	for _, c := range r.Content {
		all = append(all, c.(*mcp.TextContent).Text)
	}
	return strings.Join(all, "\n---\n")
}

// post is one raw request to /mcp.
type post struct {
	method  string // POST if empty
	path    string // /mcp if empty
	token   string // everything as ada if empty
	version string // of the protocol, in the header
	header  http.Header
	body    string
}

type reply struct {
	status int
	header http.Header
	body   string
}

// request is what to send for p.
func (s *server) request(ctx context.Context, t testing.TB, p post) *http.Request {
	t.Helper()
	if p.method == "" {
		p.method = http.MethodPost
	}
	if p.path == "" {
		p.path = "/mcp"
	}
	if p.token == "" {
		p.token = full("ada")
	}
	r, err := http.NewRequestWithContext(ctx, p.method, s.url+p.path, strings.NewReader(p.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + p.token}}
	if p.version != "" {
		r.Header.Set("Mcp-Protocol-Version", p.version)
	}
	for k, v := range p.header {
		r.Header[k] = v
		if k == "Host" {
			r.Host = v[0]
		}
	}
	return r
}

func (s *server) send(t testing.TB, p post) reply {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, Timeout: patience}).Do(s.request(t.Context(), t, p))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(body)}
}

// meta is what a request of the modern era carries in params._meta.
const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

// modernCall returns a request of the modern era.
func modernCall(method, name, params string) post {
	if params != "" {
		params += ","
	}
	p := post{version: modern, header: http.Header{"Mcp-Method": {method}}, body: `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + params + meta + `}}`}
	if name != "" {
		p.header.Set("Mcp-Name", name)
	}
	return p
}

// session begins a session of the legacy era and returns its id.
func (s *server) session(t testing.TB, token string) string {
	t.Helper()
	r := s.send(t, post{token: token, body: `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"tester","version":"1"}}}`})
	if r.status != http.StatusOK {
		t.Fatalf("initialize: %d %s", r.status, r.body)
	}
	return r.header.Get("Mcp-Session-Id")
}

// rpcError returns the error of a JSON-RPC answer, also of one inside an event.
func (r reply) rpcError(t testing.TB) (code int64, id string) {
	t.Helper()
	body := []byte(r.body)
	if _, data, ok := bytes.Cut(body, []byte("data: ")); ok {
		body = data
	}
	var v struct {
		ID    json.RawMessage
		Error struct{ Code int64 }
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&v); err != nil {
		t.Fatalf("answer %d %q: %v", r.status, r.body, err)
	}
	return v.Error.Code, string(v.ID)
}

// eventually waits for a condition that an event elsewhere brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

var web = todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything}

// add makes a todo as the browser would.
func (s *server) add(t testing.TB, ns todo.Namespace, text string) todo.Todo {
	t.Helper()
	c, err := s.svc.Create(t.Context(), ns, web, []todo.New{{Text: text}}, todo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.One()
	if err != nil {
		t.Fatal(err)
	}
	return made
}
