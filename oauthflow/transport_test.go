package oauthflow_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/oauthflow"
)

// login is what a bridge does when it is signed out.
func login(f *oauthflow.Flow) func(context.Context, oauthflow.Challenge) error {
	return func(ctx context.Context, _ oauthflow.Challenge) error {
		_, err := f.Login(ctx)
		return err
	}
}

func TestTransportSignsInOnDemand(t *testing.T) {
	h := newHome(t)
	f := h.flow(t)
	rt := f.Transport(nil, login(f))
	for range 3 {
		body := strings.NewReader("the whole body")
		resp, err := (&http.Client{Transport: rt}).Post(h.server.Resource(), "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		echo, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || string(echo) != "the whole body" {
			t.Fatalf("answer %d %q, %v", resp.StatusCode, echo, err)
		}
	}
	if n := h.browser.Opened.Load(); n != 1 {
		t.Errorf("%d browsers, want 1", n)
	}
}

func TestTransportFindsAWayBack(t *testing.T) {
	tests := []struct {
		name                string
		spoil               func(t *testing.T, h *home)
		refreshes, browsers int
	}{
		{"expired by the clock", func(_ *testing.T, h *home) { h.pass(2 * time.Hour) }, 1, 1},
		{"ended by the server", func(_ *testing.T, h *home) { h.server.ExpireAccessTokens() }, 1, 1},
		{"refreshed by another process", func(t *testing.T, h *home) {
			h.server.ExpireAccessTokens()
			resp, err := get(t.Context(), h.flow(t).Transport(nil, nil), h.server.Resource())
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("the other process: %v, %v", resp, err)
			}
		}, 1, 1},
		{"revoked", func(_ *testing.T, h *home) { h.pass(2 * time.Minute); h.server.RevokeGrants() }, 0, 2},
		{"signed in again by another process", func(t *testing.T, h *home) { h.server.RevokeGrants(); h.signedIn(t) }, 0, 2},
		{"client forgotten", func(_ *testing.T, h *home) {
			h.pass(2 * time.Minute)
			h.server.RevokeGrants()
			h.server.ForgetClients()
		}, 0, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHome(t)
			f := h.flow(t)
			rt := f.Transport(nil, login(f))
			for i := range 2 {
				resp, err := get(t.Context(), rt, h.server.Resource())
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Fatalf("request %d: %v, %v", i, resp, err)
				}
				if i == 0 {
					test.spoil(t, h)
				}
			}
			if n := h.server.Counts().Refreshes; n != test.refreshes {
				t.Errorf("%d refreshes, want %d", n, test.refreshes)
			}
			if n := h.browser.Opened.Load(); n != int64(test.browsers) {
				t.Errorf("%d browsers, want %d", n, test.browsers)
			}
		})
	}
}

func TestTransportSignsInOnceForMany(t *testing.T) {
	h := newHome(t)
	f := h.flow(t)
	rt := f.Transport(nil, login(f))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			resp, err := get(context.Background(), rt, h.server.Resource())
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("answer %v, %v", resp, err)
			}
		})
	}
	wg.Wait()
	if n := h.browser.Opened.Load(); n != 1 {
		t.Errorf("%d browsers, want 1", n)
	}
}

func TestTransportStepsUp(t *testing.T) {
	h := newHome(t)
	f := h.flow(t)
	var asked []oauthflow.Challenge
	rt := f.Transport(nil, func(ctx context.Context, c oauthflow.Challenge) error {
		asked = append(asked, c)
		return login(f)(ctx, c)
	})
	mustGet := func(want int) {
		t.Helper()
		resp, err := get(t.Context(), rt, h.server.Resource())
		if err != nil || resp.StatusCode != want {
			t.Fatalf("answer %v, %v; want %d", resp, err, want)
		}
	}
	mustGet(http.StatusOK)
	h.server.Do(func() { h.server.Scopes = []string{"todos:write"} })
	mustGet(http.StatusOK)
	cred, err := f.Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"todos:read", "offline_access", "todos:write"}, cred.Scopes); diff != "" {
		t.Errorf("a step up keeps what there was (-want +got):\n%s", diff)
	}
	want := oauthflow.Challenge{
		Status:           http.StatusForbidden,
		Error:            "insufficient_scope",
		Scopes:           []string{"todos:write"},
		ResourceMetadata: h.server.URL + "/.well-known/oauth-protected-resource/mcp",
	}
	if diff := cmp.Diff(want, asked[len(asked)-1]); diff != "" {
		t.Errorf("challenge (-want +got):\n%s", diff)
	}
	// What the server does not grant is asked for once.
	h.server.Do(func() {
		h.server.Scopes, h.server.Granted = []string{"todos:admin"}, []string{"todos:read", "offline_access"}
	})
	mustGet(http.StatusForbidden)
	mustGet(http.StatusForbidden)
	if n := h.browser.Opened.Load(); n != 3 {
		t.Errorf("%d browsers, want 3", n)
	}
}

// TestTransportDoesNotNag: a resource that refuses even fresh tokens gets one sign-in, not one for each request.
func TestTransportDoesNotNag(t *testing.T) {
	h := newHome(t)
	h.server.Handle("/mcp", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the server's words", http.StatusUnauthorized)
	})
	f := h.flow(t)
	client := &http.Client{Transport: f.Transport(nil, login(f))}
	for range 3 {
		resp, err := client.Get(h.server.Resource())
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusUnauthorized || string(body) != "the server's words\n" {
			t.Errorf("answer %d %q, %v", resp.StatusCode, body, err)
		}
	}
	if n := h.browser.Opened.Load(); n != 1 {
		t.Errorf("%d browsers, want 1", n)
	}
}

func TestTransportPassesTheCallersRefusalOn(t *testing.T) {
	h := newHome(t)
	away := errors.New("nobody is here to sign in")
	rt := h.flow(t).Transport(nil, func(context.Context, oauthflow.Challenge) error { return away })
	_, err := get(t.Context(), rt, h.server.Resource())
	wantError(t, err, away)

	resp, err := get(t.Context(), h.flow(t).Transport(nil, nil), h.server.Resource())
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("answer %v, %v; want the 401 as it is", resp, err)
	}
}

// TestTransportDoesNotRepeatWhatItCannot: a body that is gone is not sent again, short or empty.
func TestTransportDoesNotRepeatWhatItCannot(t *testing.T) {
	h := newHome(t)
	f := h.signedIn(t)
	h.server.ExpireAccessTokens()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.Resource(), io.MultiReader(strings.NewReader("once")))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: f.Transport(nil, nil)}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized || h.server.Counts().Served != 0 {
		t.Errorf("answer %d, served %d", resp.StatusCode, h.server.Counts().Served)
	}
	if resp, err = get(t.Context(), client.Transport, h.server.Resource()); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the next request: %v, %v", resp, err)
	}
}

// TestTransportPinsItsToken: the token goes to the resource's origin and to nothing that looks like it.
func TestTransportPinsItsToken(t *testing.T) {
	h := newHome(t)
	f := h.signedIn(t)
	mine := strings.TrimPrefix(h.server.URL, "http://")
	elsewhere := []string{
		"https://" + mine + "/mcp",
		"http://localhost" + mine[strings.LastIndex(mine, ":"):] + "/mcp",
		"http://127.0.0.1:1/mcp",
		"http://127.0.0.1/mcp",
		"http://127.0.0.1.evil.example/mcp",
		"http://evil.example/" + mine + "/mcp",
		"http://" + mine + "@evil.example/mcp",
	}
	var sent []string
	rt := f.Transport(roundTripFunc(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header.Get("Authorization"))
		return &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}), nil)
	for _, location := range elsewhere {
		sent = nil
		if _, err := get(t.Context(), rt, location); err != nil {
			t.Fatal(err)
		}
		if len(sent) != 1 || strings.Contains(sent[0], "access-") {
			t.Errorf("%s was sent %q", location, sent)
		}
	}
	sent = nil
	if _, err := get(t.Context(), rt, h.server.URL+"/other"); err != nil {
		t.Fatal(err)
	}
	if len(sent) == 0 || !strings.HasPrefix(sent[0], "Bearer access-") {
		t.Errorf("the resource's own origin was sent %q", sent)
	}
}

// TestRedirectTakesNoTokenAlong holds for each redirecting status, to another port.
func TestRedirectTakesNoTokenAlong(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		h := newHome(t)
		f := h.signedIn(t)
		leaked := make(chan string, 10)
		thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			leaked <- r.Header.Get("Authorization")
		}))
		defer thief.Close()
		h.server.Handle("/mcp", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, status) })
		if _, err := get(t.Context(), f.Transport(nil, nil), h.server.Resource()); err != nil {
			t.Fatal(err)
		}
		if got := <-leaked; got != "" {
			t.Errorf("after a %d the other origin was sent %q", status, got)
		}
	}
}

// TestOpenResourceNeedsNoStore: a server that wants no token works on a machine whose store is broken, and one that
// wants a token says what is broken.
func TestOpenResourceNeedsNoStore(t *testing.T) {
	h := newHome(t)
	h.store = unavailable{}
	var closed atomic.Bool
	h.server.Handle("/mcp", func(w http.ResponseWriter, _ *http.Request) {
		if closed.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	f := h.flow(t)
	rt := f.Transport(nil, login(f))
	resp, err := get(t.Context(), rt, h.server.Resource())
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("answer %v, %v", resp, err)
	}
	closed.Store(true)
	_, err = get(t.Context(), rt, h.server.Resource())
	wantError(t, err, oauthflow.ErrUnavailable)
}

type unavailable struct{ oauthflow.TokenStore }

func (unavailable) Get(context.Context, string) ([]byte, error) {
	return nil, oauthflow.ErrUnavailable
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// BenchmarkTransport is what signing adds to a request whose token is at hand.
func BenchmarkTransport(b *testing.B) {
	f, err := oauthflow.New(oauthflow.Config{
		Resource: "https://todo.example/mcp", ClientName: "bench", LockDir: b.TempDir(),
		Store: fixed(`{"v":1,"issuer":"https://todo.example","resource":"https://todo.example/mcp","client":{},"access_token":"a","issued_at":"2026-01-01T00:00:00Z"}`),
	})
	if err != nil {
		b.Fatal(err)
	}
	rt := f.Transport(roundTripFunc(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	}), nil)
	req, err := http.NewRequest(http.MethodPost, "https://todo.example/mcp", bytes.NewReader(nil))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := rt.RoundTrip(req); err != nil {
			b.Fatal(err)
		}
	}
}

// fixed is a store with one answer.
type fixed string

func (s fixed) Get(context.Context, string) ([]byte, error) { return []byte(s), nil }
func (fixed) Set(context.Context, string, []byte) error     { return nil }
func (fixed) Delete(context.Context, string) error          { return nil }
