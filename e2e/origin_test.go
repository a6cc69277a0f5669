package e2e

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestHostAndOrigin tries, on a server that nobody has configured, the names that
// a rebinding page would have the browser send, and the origins of other pages.
// PORT stands for the server's own.
func TestHostAndOrigin(t *testing.T) {
	s := serve(t)
	p := s.person(ada)
	bearer := [2]string{"Authorization", "Bearer " + p.connect("Client").access}
	site, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookies := [2]string{"Cookie", p.cookies()}
	all := allowed{api: true, page: true, mcp: true}
	for _, test := range []struct {
		host, origin string // no origin: none is sent
		want         allowed
	}{
		{"127.0.0.1:PORT", "", all},
		{"localhost:PORT", "", all},
		{"LOCALHOST:PORT", "", all},
		{"[::1]:PORT", "", all},
		{"127.0.0.1:PORT", "http://127.0.0.1:PORT", all},
		// A page of a developer's tool may call MCP, where no cookie counts.
		{"127.0.0.1:PORT", "http://localhost:6274", allowed{mcp: true}},
		{"127.0.0.1:PORT", "http://127.0.0.1:1", allowed{mcp: true}},
		{"127.0.0.1:PORT", "http://[::1]:6274", allowed{mcp: true}},
		{"127.0.0.1:PORT", "null", allowed{}},
		{"127.0.0.1:PORT", "https://evil.example", allowed{}},
		{"127.0.0.1:PORT", "http://localhost.evil", allowed{}},
		{"127.0.0.1:PORT", "http://localhost.evil:PORT", allowed{}},
		{"127.0.0.1:PORT", "http://127.0.0.1.evil:PORT", allowed{}},
		{"127.0.0.1:PORT", "http://evil.localhost.example", allowed{}},
		{"127.0.0.1:PORT", "http://localhost@evil.example", allowed{}},
		{"127.0.0.1:PORT", "file://", allowed{}},
		{"127.0.0.1:PORT", "chrome-extension://abcdefghijklmnop", allowed{}},
		{"127.0.0.1", "", allowed{}},
		{"127.0.0.1:1", "", allowed{}},
		{"localhost", "", allowed{}},
		{"localhost.evil", "", allowed{}},
		{"localhost.evil:PORT", "", allowed{}},
		{"127.0.0.1.evil:PORT", "", allowed{}},
		{"evil.example", "http://evil.example", allowed{}},
		{"evil.example:PORT", "http://evil.example:PORT", allowed{}},
		{"0.0.0.0:PORT", "http://0.0.0.0:PORT", allowed{}},
		{"localhost.:PORT", "", allowed{}},
	} {
		withPort := strings.NewReplacer("PORT", site.Port())
		host, origin := withPort.Replace(test.host), withPort.Replace(test.origin)
		got := allowed{
			api:  try(t, s, "/api/todos", host, origin, `{"todoText":"x"}`, cookies),
			page: try(t, s, "/todoapp", host, origin, "text=x", cookies),
			mcp:  try(t, s, "/mcp", host, origin, hello, bearer),
		}
		if got != test.want {
			t.Errorf("Host %q Origin %q: let in %+v, want %+v", host, origin, got, test.want)
		}
	}
}

// hello begins an MCP session.
const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"host","version":"1"}}}`

// allowed says what a pair of Host and Origin lets in.
type allowed struct{ api, page, mcp bool }

// try posts with a credential, and reports whether that was let in. What is not, is
// forbidden.
func try(t *testing.T, s *server, path, host, origin, body string, credential [2]string) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	r.Header.Set(credential[0], credential[1])
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Content-Type", "application/json")
	if body[0] != '{' {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= 400 && resp.StatusCode != http.StatusForbidden || resp.Header.Get("Location") == "/login" {
		t.Errorf("%s with Host %q and Origin %q: %s %s", path, host, origin, resp.Status, answer)
	}
	return resp.StatusCode < 400
}
