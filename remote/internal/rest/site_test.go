package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/client"
	"todo.example/internal/identity/identitytest"
	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
	"todo.example/remote/internal/rest"
)

// identity is an auth.Provider in memory, as far as the API meets it. The
// embedded interface is nil: nothing here signs anybody in.
type identity struct {
	auth.Provider
	mu       sync.Mutex
	tokens   map[string]auth.Token
	revoked  map[string]bool
	sessions map[string]string // subject by token
	down     bool
}

var (
	errSignedOut = &todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in", Hint: "sign in again"}
	errDown      = &todo.Error{Code: todo.CodeUnavailable, Message: "the identity provider cannot be reached", Hint: "try again in a moment"}
)

func (i *identity) Verify(_ context.Context, token string) (auth.Token, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	t, ok := i.tokens[token]
	if !ok {
		return auth.Token{}, errSignedOut
	}
	return t, nil
}

func (i *identity) Active(_ context.Context, token string, _ auth.Token) (bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		return false, errDown
	}
	return !i.revoked[token], nil
}

func (i *identity) Session(_ context.Context, c auth.Cookies) (auth.Session, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		return auth.Session{}, errDown
	}
	subject, ok := i.sessions[c.Token]
	if !ok {
		return auth.Session{}, errSignedOut
	}
	return auth.Session{Subject: subject, Email: subject + "@example.com", Cookies: c, Expires: time.Now().Add(time.Hour)}, nil
}

func (i *identity) Apps(context.Context, string) ([]auth.App, error) {
	return []auth.App{{ID: "claude", Name: "Claude"}, {ID: "cli", Name: "todo CLI"}, {ID: "imposter", Name: "web"}}, nil
}

func (i *identity) Strict() bool   { return true }
func (i *identity) Issuer() string { return "https://issuer.example" }

func (i *identity) revoke(token string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.revoked[token] = true
}

func (i *identity) signOut(token string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.sessions, token)
}

func (i *identity) setDown(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Callers that every site knows. Ada and Bob are two people; the rest of the
// tokens are Ada's.
const (
	ada      = "ada-token"
	bob      = "bob-token"
	cli      = "cli-token"
	imposter = "imposter-token"
	readOnly = "read-token"
	noScope  = "openid-token"
	expired  = "expired-token"
	revoked  = "revoked-token"
	unknown  = "unknown-token"

	adaCookie = "ada-session"
)

func newIdentity(now time.Time) *identity {
	later := now.Add(24 * time.Hour)
	all := []string{auth.ScopeRead, auth.ScopeWrite}
	return &identity{
		tokens: map[string]auth.Token{
			ada:      {Subject: "ada", ClientID: "claude", Scopes: all, Expires: later},
			bob:      {Subject: "bob", ClientID: "claude", Scopes: all, Expires: later},
			cli:      {Subject: "ada", ClientID: "cli", Scopes: all, Expires: later},
			imposter: {Subject: "ada", ClientID: "imposter", Scopes: all, Expires: later},
			readOnly: {Subject: "ada", ClientID: "claude", Scopes: all[:1], Expires: later},
			noScope:  {Subject: "ada", ClientID: "claude", Scopes: []string{"openid"}, Expires: later},
			expired:  {Subject: "ada", ClientID: "claude", Scopes: all, Expires: now.Add(-time.Second)},
			revoked:  {Subject: "ada", ClientID: "claude", Scopes: all, Expires: later},
		},
		revoked:  map[string]bool{revoked: true},
		sessions: map[string]string{adaCookie: "ada"},
	}
}

// clock is the time, and a millisecond later each time it is asked, so that no two
// requests are made at the same moment.
type clock struct{ ticks atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Now().Add(time.Duration(c.ticks.Add(1)) * time.Millisecond)
}

// site is the API with everything that it stands on.
type site struct {
	handler  http.Handler
	url      string
	store    *todotest.Store
	identity *identity
	stop     func() // as the server does when it is to end
	contract *contract
}

// newHandler returns the API without a network.
func newHandler(t testing.TB) *site {
	t.Helper()
	c := &clock{}
	done := make(chan struct{})
	s := &site{store: todotest.NewStore(), identity: newIdentity(time.Now()), stop: sync.OnceFunc(func() { close(done) })}
	guard, err := auth.NewGuard(s.identity, auth.Site{URL: url.URL{Scheme: "http", Host: "localhost:3000"}}, time.Minute, c.now)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := account.New(account.Config{Store: identitytest.NewMemoryStore(), Now: c.now, Key: make([]byte, 32), Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	guard.UseAccounts(accounts)
	svc := todo.NewService(s.store, c.now)
	webhooks := account.NewDeliverer(account.DelivererConfig{Accounts: accounts, Service: svc, Reader: auth.Reader, Logger: slog.New(slog.DiscardHandler)})
	mux := http.NewServeMux()
	rest.New(svc, guard, rest.Config{Version: "1.2.3", PublicURL: "http://localhost:3000", Now: c.now, Done: done, Accounts: accounts, Webhooks: webhooks}).Mount(mux)
	s.handler = httpx.Chain(mux, httpx.Log(slog.New(slog.DiscardHandler), c.now), httpx.Recover, httpx.MaxBody(1<<20, rest.LargeBody()))
	return s
}

// newSite serves the API on loopback.
func newSite(t testing.TB) *site {
	t.Helper()
	s := newHandler(t)
	server := httptest.NewServer(s.handler)
	s.url = server.URL
	t.Cleanup(server.Close)
	t.Cleanup(s.stop) // before Close, which waits for streams
	s.contract = readContract(t, s)
	return s
}

// as returns a client that brings the token.
func (s *site) as(t testing.TB, token string) *client.Client {
	t.Helper()
	c, err := client.New(s.url, &http.Client{Transport: bearer(token)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// exchange is a request as it goes over the wire. By default Ada sends it.
type exchange struct {
	method, target string
	body           string
	header         map[string]string // "" leaves a default header out
}

// response is an answer, read whole. Of a stream only the beginning is.
type response struct {
	status int
	header http.Header
	body   string
}

// send makes the exchange and holds the answer against the OpenAPI document.
func (s *site) send(t testing.TB, x exchange) response {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, x.method, s.url+x.target, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+ada)
	if x.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range x.header {
		if value == "" {
			r.Header.Del(name)
			continue
		}
		r.Header.Set(name, value)
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got := response{status: resp.StatusCode, header: resp.Header}
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		got.body = readBlock(t, resp.Body)
		return got
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got.body = string(raw)
	s.contract.check(t, x, got)
	return got
}

// add makes a todo of the caller's and returns it.
func (s *site) add(t testing.TB, token, text string) todo.Todo {
	t.Helper()
	resp := s.send(t, exchange{method: "POST", target: "/api/todos", body: marshal(t, map[string]string{"todoText": text}), header: map[string]string{"Authorization": "Bearer " + token, "Prefer": "return=minimal"}})
	if resp.status != http.StatusCreated {
		t.Fatalf("add %q: %d %s", text, resp.status, resp.body)
	}
	return decode[struct{ Todo todo.Todo }](t, resp.body).Todo
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func decode[T any](t testing.TB, body string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader([]byte(body)))
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %q: %v", body, err)
	}
	return v
}

// readBlock reads a stream up to the first blank line.
func readBlock(t testing.TB, r io.Reader) string {
	t.Helper()
	var block strings.Builder
	one := make([]byte, 1)
	for !strings.HasSuffix(block.String(), "\n\n") {
		if _, err := io.ReadFull(r, one); err != nil {
			t.Fatalf("stream ended within %q: %v", block.String(), err)
		}
		block.Write(one)
	}
	return block.String()
}
