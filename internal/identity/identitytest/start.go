package identitytest

import (
	"bytes"
	"context"
	"encoding/json"
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

	"todo.example/internal/identity"
)

// Instance is an identity server that listens on loopback.
type Instance struct {
	*identity.Server
	URL     string // its origin, which is also its issuer
	Store   identity.Store
	Mailbox *Mailbox
}

// Option changes the configuration of a server before it starts.
type Option func(*identity.Config)

// Start runs a server on 127.0.0.1 until the test ends. Without options it has a store in memory, the scopes
// todos:read and todos:write, the resource <URL>/mcp, the consent page <URL>/oauth/authorize and the redirect URL
// <URL>/authenticate.
func Start(t testing.TB, options ...Option) *Instance {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mailbox := &Mailbox{}
	cfg := Config("http://"+listener.Addr().String(), mailbox)
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	for _, option := range options {
		option(&cfg)
	}
	server, err := identity.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewUnstartedServer(server)
	running.Listener.Close()
	running.Listener = listener
	running.Start()
	t.Cleanup(running.Close)
	return &Instance{Server: server, URL: cfg.Issuer, Store: cfg.Store, Mailbox: mailbox}
}

// Config returns the configuration that Start uses, for a server at the origin.
func Config(origin string, mailbox *Mailbox) identity.Config {
	return identity.Config{
		Issuer:           origin,
		AuthorizationURL: origin + "/oauth/authorize",
		Resources:        []string{origin + "/mcp", origin},
		RedirectURLs:     []string{origin + "/authenticate"},
		Scopes: []identity.Scope{
			{Name: "todos:read", Description: "Read your todos", Permissions: []identity.Permission{{ResourceID: "todo", Actions: []string{"read"}}}},
			{Name: "todos:write", Description: "Change your todos", Permissions: []identity.Permission{{ResourceID: "todo", Actions: []string{"write"}}}},
		},
		Deliver: mailbox.Deliver,
		Store:   NewMemoryStore(),
		Now:     time.Now,
		Logger:  slog.New(slog.DiscardHandler),
	}
}

// Mailbox receives what the server sends. It is filled before the call that sends is answered.
type Mailbox struct {
	mu       sync.Mutex
	messages []identity.Message
}

// Deliver takes a message. It has the type of identity.Config.Deliver.
func (m *Mailbox) Deliver(_ context.Context, message identity.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, message)
	return nil
}

// All returns the messages so far, oldest first.
func (m *Mailbox) All() []identity.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]identity.Message(nil), m.messages...)
}

// Last returns the newest message to the address, and fails the test if there is none.
func (m *Mailbox) Last(t testing.TB, to string) identity.Message {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, v := range slices.Backward(m.messages) {
		if strings.EqualFold(v.To, to) {
			return v
		}
	}
	t.Fatalf("no message to %s", to)
	return identity.Message{}
}

// Code returns the newest sign-in code that was sent to the address.
func (m *Mailbox) Code(t testing.TB, to string) string {
	t.Helper()
	return m.Last(t, to).Code
}

// Answer is an HTTP answer with its JSON body.
type Answer struct {
	Status int
	Header http.Header
	Body   map[string]any
	Raw    string
}

// Text returns a member of the body that is a string, or "".
func (a *Answer) Text(member string) string {
	text, _ := a.Body[member].(string)
	return text
}

// Do sends a request to the handler, without a network between.
func Do(t testing.TB, handler http.Handler, r *http.Request) *Answer {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	answer := &Answer{Status: recorder.Code, Header: recorder.Header(), Raw: recorder.Body.String()}
	if recorder.Body.Len() > 0 {
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer.Body); err != nil {
			t.Fatalf("%s %s: body %q is not JSON: %v", r.Method, r.URL, answer.Raw, err)
		}
	}
	return answer
}

// API calls the server's API with the project's credentials.
func API(t testing.TB, server *identity.Server, method, path string, body any) *Answer {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(data))
	r.Header.Set("Content-Type", "application/json")
	c := server.Credentials()
	r.SetBasicAuth(c.ProjectID, c.Secret)
	return Do(t, server, r)
}

// Form posts a form to the server.
func Form(t testing.TB, server *identity.Server, path string, form url.Values) *Answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return Do(t, server, r)
}
