package localmcp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"todo.example/localmcp"
)

// gate is a transport that lets nothing through until a person has signed in, as
// the one of oauthflow does. It is in memory if backend is nil.
type gate struct {
	backend  http.RoundTripper
	signedIn chan struct{} // closed by the person
	expired  atomic.Bool   // the sign-in does not count any more
	refused  error         // what login fails with, if anything
	logins   atomic.Int32
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-g.signedIn:
		if !g.expired.Load() {
			return g.backend.RoundTrip(r)
		}
	default:
	}
	err := localmcp.SignIn(r.Context(), func(ctx context.Context) error {
		g.logins.Add(1)
		if g.refused != nil {
			return g.refused
		}
		select {
		case <-g.signedIn:
			g.expired.Store(false)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil {
		return nil, err
	}
	return g.backend.RoundTrip(r)
}

// TestSignInPending starts signed out: initialize is answered while the person
// has yet to sign in, the requests after it wait, and are served then.
func TestSignInPending(t *testing.T) {
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	g := &gate{backend: base, signedIn: make(chan struct{})}
	h := start(t, newServer(t, newBackend(t).dual()).url(), g)
	if f := h.initialize(); !strings.Contains(string(f.Result), `"bridge"`) || !strings.Contains(string(f.Result), "sign in") {
		t.Errorf("initialize: %s", f.Line)
	}
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	close(g.signedIn)
	h.notification("notifications/tools/list_changed")
	if f := h.answer(1); f.Error != nil {
		t.Errorf("tools/list: %s", f.Line)
	}
	if n := g.logins.Load(); n != 1 {
		t.Errorf("%d sign-ins, want 1", n)
	}
}

// TestDiscoverWhileSignedOut answers a 2026-07-28 host's probe at once, and with an
// error, so that it goes on with initialize.
func TestDiscoverWhileSignedOut(t *testing.T) {
	g := &gate{signedIn: make(chan struct{})}
	h := start(t, "http://"+unused(t), g)
	h.send(`{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`)
	if f := h.answer(1); f.Error == nil || !strings.Contains(f.Error.Message, "sign in") {
		t.Errorf("server/discover: %s", f.Line)
	}
}

func TestSignInFails(t *testing.T) {
	g := &gate{signedIn: make(chan struct{}), refused: errors.New("the person said no")}
	h := start(t, "http://"+unused(t), g)
	if f := h.initialize(); f.Error != nil {
		t.Errorf("initialize: %s", f.Line)
	}
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	if f := h.answer(1); f.Error == nil || f.Error.Message != "sign-in failed: the person said no" {
		t.Errorf("tools/list: %s", f.Line)
	}
	// One for initialize, one for tools/list unless it joined the first; none unasked.
	if n := g.logins.Load(); n != 1 && n != 2 {
		t.Errorf("%d sign-ins, want 1 or 2", n)
	}
}

// TestSignInElsewhere calls SignIn with a context that is no bridge's.
func TestSignInElsewhere(t *testing.T) {
	want := errors.New("no")
	if got := localmcp.SignIn(t.Context(), func(context.Context) error { return want }); !errors.Is(got, want) {
		t.Errorf("SignIn: %v", got)
	}
}

// TestPatience measures, in a made-up time, how long the host waits for a server
// that says nothing and for a person who does nothing.
func TestPatience(t *testing.T) {
	silent := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	tests := []struct {
		name       string
		transport  func() http.RoundTripper
		initialize time.Duration
		call       time.Duration
		says       string
	}{
		{"silent server", func() http.RoundTripper { return silent }, 5 * time.Second, 45 * time.Second, "has not answered"},
		{"absent person", func() http.RoundTripper { return &gate{signedIn: make(chan struct{})} }, 0, 45 * time.Second, "sign in"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := start(t, "http://remote.example/mcp", test.transport())
				defer h.stop()
				begun := time.Now()
				h.initialize()
				if d := time.Since(begun); d != test.initialize {
					t.Errorf("initialize took %v, want %v", d, test.initialize)
				}
				begun = time.Now()
				h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
				f := h.answer(1)
				if d := time.Since(begun); d != test.call {
					t.Errorf("the call took %v, want %v", d, test.call)
				}
				if f.Error == nil || !strings.Contains(f.Error.Message, test.says) {
					t.Errorf("answer: %s", f.Line)
				}
			})
		})
	}
}

// TestUnattended lets the token expire while only the bridge's own stream talks to
// the server: no browser opens until the host wants something.
func TestUnattended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{signedIn: make(chan struct{}), backend: roundTripper(scripted)}
		close(g.signedIn)
		h := start(t, "http://remote.example/mcp", g)
		defer h.stop()
		h.initialize()
		synctest.Wait()
		g.expired.Store(true)
		time.Sleep(time.Hour) // made-up time
		if n := g.logins.Load(); n != 0 {
			t.Errorf("%d sign-ins while nobody asked", n)
		}
		h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
		if f := h.answer(1); f.Error != nil || g.logins.Load() != 1 {
			t.Errorf("%d sign-ins, want 1: %s", g.logins.Load(), f.Line)
		}
	})
}

// scripted is a server with a session, in memory, whose streams end at once.
func scripted(r *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody, Request: r}
	answer := func(kind, body string) {
		resp.StatusCode = http.StatusOK
		resp.Header.Set("Content-Type", kind)
		resp.Body = io.NopCloser(strings.NewReader(body))
	}
	switch {
	case r.Method == http.MethodGet:
		answer("text/event-stream", ": nothing\n\n")
	case asMethod(r) == "initialize":
		resp.Header.Set("Mcp-Session-Id", "s")
		answer("application/json", `{"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}}`)
	case asMethod(r) == "tools/list":
		answer("application/json", `{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}`)
	}
	return resp, nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
