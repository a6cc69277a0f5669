package oauthflow_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"todo.example/oauthflow"
	"todo.example/oauthflow/oauthtest"
)

// home is where the Flows of one test meet: a store, locks, a browser, a clock.
type home struct {
	server  *oauthtest.Server
	browser *oauthtest.Browser
	store   oauthflow.TokenStore
	dir     string

	mu     sync.Mutex
	ahead  time.Duration
	events []oauthflow.Event
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir := t.TempDir()
	return &home{
		server:  oauthtest.New(t),
		browser: &oauthtest.Browser{},
		store:   oauthflow.NewFile(filepath.Join(dir, "state", "credentials.json")),
		dir:     dir,
	}
}

// config is what a Flow of this home is made from.
func (h *home) config() oauthflow.Config {
	return oauthflow.Config{
		Resource:   h.server.Resource(),
		ClientName: "test program",
		Scopes:     []string{"todos:read", "todos:unknown"},
		Store:      h.store,
		LockDir:    filepath.Join(h.dir, "locks"),
		OpenURL:    h.browser.Open,
		Timeout:    20 * time.Second,
		Now:        h.now,
		Announce: func(e oauthflow.Event) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.events = append(h.events, e)
		},
	}
}

func (h *home) flow(t *testing.T) *oauthflow.Flow { return h.flowWith(t, func(*oauthflow.Config) {}) }

func (h *home) flowWith(t *testing.T, change func(*oauthflow.Config)) *oauthflow.Flow {
	t.Helper()
	cfg := h.config()
	change(&cfg)
	f, err := oauthflow.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// signedIn is a Flow that has signed in.
func (h *home) signedIn(t *testing.T) *oauthflow.Flow {
	t.Helper()
	f := h.flow(t)
	if _, err := f.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func (h *home) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead)
}

// pass lets time go by for the client.
func (h *home) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
}

func (h *home) kinds() []oauthflow.EventKind {
	h.mu.Lock()
	defer h.mu.Unlock()
	var kinds []oauthflow.EventKind
	for _, e := range h.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// openedURL is the address the person was asked to visit last.
func (h *home) openedURL() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, v := range slices.Backward(h.events) {
		if v.Kind == oauthflow.EventOpenURL {
			return v.URL
		}
	}
	return ""
}

func token(t *testing.T, f *oauthflow.Flow) string {
	t.Helper()
	token, err := f.Token(t.Context())
	if err != nil {
		t.Fatalf("Token: %v", err)
	}
	return token
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error = %v, want %v", err, want)
	}
}

// get asks the resource through rt.
func get(ctx context.Context, rt http.RoundTripper, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Transport: rt}).Do(req)
	if err == nil {
		resp.Body.Close()
	}
	return resp, err
}

// brittle is a store that fails on demand.
type brittle struct {
	oauthflow.TokenStore
	mu       sync.Mutex
	setError func(key string, value []byte) error
}

func (b *brittle) Set(ctx context.Context, key string, value []byte) error {
	b.mu.Lock()
	fail := b.setError
	b.mu.Unlock()
	if fail != nil {
		if err := fail(key, value); err != nil {
			return err
		}
	}
	return b.TokenStore.Set(ctx, key, value)
}

func (b *brittle) failWith(fail func(key string, value []byte) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setError = fail
}
