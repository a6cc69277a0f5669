package oauthflow_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"todo.example/oauthflow"
	"todo.example/oauthflow/oauthtest"
)

// hostile is one way for a server to lie. After it nothing may be stored, and no browser may be opened unless the lie
// comes through the browser.
type hostile struct {
	name  string
	lie   func(h *home)
	after bool // whether the lie comes after the browser was opened
}

func editResource(member string, value any) func(*home) {
	return func(h *home) {
		h.server.EditResource = func(doc map[string]any) { doc[member] = value }
	}
}

func editServer(member string, value any) func(*home) {
	return func(h *home) {
		h.server.EditServer = func(doc map[string]any) { doc[member] = value }
	}
}

func editCallback(edit func(url.Values)) func(*home) {
	return func(h *home) { h.server.EditCallback = edit }
}

func override(path string, handler func(h *home, w http.ResponseWriter, r *http.Request)) func(*home) {
	return func(h *home) {
		h.server.Handle(path, func(w http.ResponseWriter, r *http.Request) { handler(h, w, r) })
	}
}

const (
	resourceDoc = "/.well-known/oauth-protected-resource/mcp"
	serverDoc   = "/.well-known/oauth-authorization-server"
)

func hostileServers() []hostile {
	cases := []hostile{
		{name: "no PKCE", lie: editServer("code_challenge_methods_supported", nil)},
		{name: "plain PKCE only", lie: editServer("code_challenge_methods_supported", []string{"plain"})},
		{name: "no authorization server", lie: editResource("authorization_servers", nil)},
		{name: "no registration endpoint", lie: editServer("registration_endpoint", "")},
		{name: "no token endpoint", lie: editServer("token_endpoint", "")},
		{name: "members of another type", lie: editServer("issuer", 7)},
		{name: "issuer with a query", lie: func(h *home) {
			editResource("authorization_servers", []string{h.server.URL + "?a=b"})(h)
		}},
		{name: "endless metadata", lie: override(serverDoc, func(_ *home, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(strings.Repeat(" ", 70<<10) + "{}"))
		})},
		{name: "metadata as HTML", lie: override(serverDoc, func(h *home, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": h.server.URL})
		})},
		{name: "metadata cut short", lie: override(resourceDoc, func(_ *home, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"resource":`))
		})},
		{name: "resource metadata behind a redirect", lie: override(resourceDoc, func(_ *home, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		})},
		{name: "registration behind a redirect", lie: override("/register", func(_ *home, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		})},
		{name: "registration without a client_id", lie: override("/register", func(_ *home, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{}`))
		})},
		{name: "response without iss", after: true, lie: editCallback(func(r url.Values) { r.Del("iss") })},
		{name: "response with an empty iss", after: true, lie: editCallback(func(r url.Values) { r.Set("iss", "") })},
		{name: "response of another issuer", after: true, lie: editCallback(func(r url.Values) { r.Set("iss", "https://evil.example") })},
		{name: "iss with a slash", after: true, lie: editCallback(func(r url.Values) { r.Set("iss", r.Get("iss")+"/") })},
		{name: "iss twice", after: true, lie: editCallback(func(r url.Values) { r.Add("iss", r.Get("iss")) })},
		{name: "code twice", after: true, lie: editCallback(func(r url.Values) { r.Add("code", "other") })},
		{name: "no code", after: true, lie: editCallback(func(r url.Values) { r.Del("code") })},
		{name: "a code that is not the server's", after: true, lie: editCallback(func(r url.Values) { r.Set("code", "made-up") })},
		{name: "error of another issuer", after: true, lie: editCallback(func(r url.Values) {
			r.Del("code")
			r.Set("iss", "https://evil.example")
			r.Set("error", "access_denied")
		})},
		{name: "wrong iss, not promised", after: true, lie: func(h *home) {
			editServer("authorization_response_iss_parameter_supported", false)(h)
			editCallback(func(r url.Values) { r.Set("iss", "https://evil.example") })(h)
		}},
		{name: "a token of another type", after: true, lie: override("/token", func(_ *home, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"access_token":"a","token_type":"dpop"}`))
		})},
	}
	for name, change := range nearMisses() {
		cases = append(cases,
			hostile{name: "resource " + name, lie: func(h *home) { editResource("resource", change(h.server.Resource()))(h) }},
			hostile{name: "issuer " + name, lie: func(h *home) { pathIssuer(h, change) }})
	}
	for name, location := range badEndpoints() {
		for _, member := range []string{"authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"} {
			cases = append(cases, hostile{name: member + " " + name, lie: editServer(member, location)})
		}
		cases = append(cases, hostile{name: "authorization server " + name, lie: editResource("authorization_servers", []string{location})})
	}
	return cases
}

// pathIssuer moves the authorization server to an issuer with a path, whose metadata spells that as change does.
func pathIssuer(h *home, change func(string) string) {
	issuer := h.server.URL + "/mcp"
	editResource("authorization_servers", []string{issuer})(h)
	editCallback(func(r url.Values) { r.Set("iss", issuer) })(h)
	h.server.Handle(serverDoc+"/mcp", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer":                           change(issuer),
			"authorization_endpoint":           h.server.URL + "/authorize",
			"token_endpoint":                   h.server.URL + "/token",
			"registration_endpoint":            h.server.URL + "/register",
			"code_challenge_methods_supported": []string{"S256"},
		})
	})
}

// TestIssuerWithAPath shows that only the near misses of pathIssuer fail.
func TestIssuerWithAPath(t *testing.T) {
	h := newHome(t)
	pathIssuer(h, func(issuer string) string { return issuer })
	if _, err := h.flow(t).Login(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// nearMisses are URLs that a lenient comparison takes for the given one.
func nearMisses() map[string]func(string) string {
	return map[string]func(string) string{
		"with a slash":       func(s string) string { return s + "/" },
		"with a query":       func(s string) string { return s + "?" },
		"in capitals":        func(s string) string { return strings.ToUpper(s[:4]) + s[4:] },
		"with a dot segment": func(s string) string { return strings.Replace(s, "/mcp", "/./mcp", 1) },
		"percent-encoded":    func(s string) string { return strings.Replace(s, "/mcp", "/%6dcp", 1) },
		"longer":             func(s string) string { return s + "2" },
		"shorter":            func(s string) string { return s[:len(s)-1] },
		"on another host":    func(s string) string { return strings.Replace(s, "127.0.0.1", "localhost", 1) },
		"over https":         func(s string) string { return strings.Replace(s, "http:", "https:", 1) },
		"with a blank":       func(s string) string { return s + " " },
		"empty":              func(string) string { return "" },
	}
}

func badEndpoints() map[string]string {
	return map[string]string{
		"javascript":    "javascript:alert(1)",
		"data":          "data:text/html,x",
		"file":          "file:///etc/passwd",
		"shell text":    "$(touch /owned)",
		"a flag":        "--version",
		"relative":      "/authorize",
		"ftp":           "ftp://127.0.0.1/x",
		"plain http":    "http://evil.example/x",
		"user info":     "https://a:b@evil.example/x",
		"with fragment": "https://evil.example/x#y",
		"without host":  "https:///x",
		"opaque":        "https:evil.example",
		"not a URL":     "https://[::1/x",
	}
}

func TestHostileServers(t *testing.T) {
	for _, c := range hostileServers() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			c.lie(h)
			_, err := h.flow(t).Login(t.Context())
			if err == nil {
				t.Fatal("Login trusted it")
			}
			if opened := h.browser.Opened.Load() > 0; opened != c.after {
				t.Errorf("browser opened: %v, want %v (%v)", opened, c.after, err)
			}
			_, err = h.flow(t).Credential(t.Context())
			wantError(t, err, oauthflow.ErrSignedOut)
		})
	}
}

// TestMetadataIsLookedForInOrder: the challenge's own URL, then the path's, then the origin's; and only a missing
// document leads on.
func TestMetadataIsLookedForInOrder(t *testing.T) {
	doc := func(h *home, resource string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"resource": resource, "authorization_servers": []string{h.server.URL}})
		}
	}
	tests := []struct {
		name string
		set  func(h *home)
		ok   bool
	}{
		{"at the path", func(*home) {}, true},
		{"at the origin, for the resource", func(h *home) {
			h.server.Handle(resourceDoc, http.NotFound)
			h.server.Handle("/.well-known/oauth-protected-resource", doc(h, h.server.Resource()))
		}, true},
		{"at the origin, for another resource", func(h *home) {
			h.server.Handle(resourceDoc, http.NotFound)
			h.server.Handle("/.well-known/oauth-protected-resource", doc(h, h.server.URL+"/other"))
		}, false},
		{"a wrong one at the path hides no right one at the origin", func(h *home) {
			h.server.Handle(resourceDoc, doc(h, h.server.URL+"/other"))
			h.server.Handle("/.well-known/oauth-protected-resource", doc(h, h.server.Resource()))
		}, false},
		{"a broken one at the path neither", func(h *home) {
			h.server.Handle(resourceDoc, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
			h.server.Handle("/.well-known/oauth-protected-resource", doc(h, h.server.Resource()))
		}, false},
		{"nowhere", func(h *home) { h.server.Handle(resourceDoc, http.NotFound) }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHome(t)
			test.set(h)
			if _, err := h.flow(t).Login(t.Context()); (err == nil) != test.ok {
				t.Errorf("Login: %v, want success: %v", err, test.ok)
			}
		})
	}
	t.Run("at the challenge's", func(t *testing.T) {
		h := newHome(t)
		h.server.Handle(resourceDoc, http.NotFound)
		h.server.Handle("/moved", doc(h, h.server.Resource()))
		h.server.Handle("/mcp", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				w.Header().Set("WWW-Authenticate", `Bearer resource_metadata="`+h.server.URL+`/moved"`)
				w.WriteHeader(http.StatusUnauthorized)
			}
		})
		f := h.flow(t)
		if resp, err := get(t.Context(), f.Transport(nil, login(f)), h.server.Resource()); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("answer %v, %v", resp, err)
		}
	})
}

// TestOriginMayCarryItsSlash: https://host and https://host/ are one resource, whichever the metadata says, and the
// server's spelling is the one that is sent.
func TestOriginMayCarryItsSlash(t *testing.T) {
	for _, slash := range []string{"", "/"} {
		h := newHome(t)
		said := h.server.URL + slash
		h.server.Handle("/.well-known/oauth-protected-resource", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"resource": said, "authorization_servers": []string{h.server.URL}})
		})
		f := h.flowWith(t, func(c *oauthflow.Config) {
			c.Resource, c.NoBrowser, c.Timeout = h.server.URL+"/", true, 200*time.Millisecond
		})
		_, err := f.Login(t.Context())
		wantError(t, err, oauthflow.ErrTimeout)
		u, err := url.Parse(h.openedURL())
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Query().Get("resource"); got != said {
			t.Errorf("resource = %q, want %q", got, said)
		}
	}
}

// TestAddressMayCarryOptions: an address with a query is the resource without it, and its tokens go to the address.
func TestAddressMayCarryOptions(t *testing.T) {
	h := newHome(t)
	f := h.flowWith(t, func(c *oauthflow.Config) { c.Resource = h.server.Resource() + "?readonly=1" })
	if resp, err := get(t.Context(), f.Transport(nil, login(f)), h.server.Resource()+"?readonly=1"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the resource answered %v, %v", resp, err)
	}
	u, err := url.Parse(h.openedURL())
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Query().Get("resource"); got != h.server.Resource() {
		t.Errorf("resource = %q, want %q", got, h.server.Resource())
	}
}

// TestStrayCallbacks throws at the callback what any other process or page could, and then signs in all the same.
func TestStrayCallbacks(t *testing.T) {
	h := newHome(t)
	var mu sync.Mutex
	seen := map[string]int{}
	visit := func(name, method, location, host string) {
		req, err := http.NewRequest(method, location, nil)
		if err != nil {
			t.Error(err)
			return
		}
		req.Host = host
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
		mu.Lock()
		defer mu.Unlock()
		seen[name] = resp.StatusCode
	}
	f := h.flowWith(t, func(c *oauthflow.Config) {
		c.OpenURL = func(location string) error {
			u, err := url.Parse(location)
			if err != nil {
				return err
			}
			base, state := u.Query().Get("redirect_uri"), url.QueryEscape(u.Query().Get("state"))
			visit("no state", "GET", base+"?code=x", "")
			visit("wrong state", "GET", base+"?code=x&state=wrong", "")
			visit("longer state", "GET", base+"?code=x&state="+state+"x", "")
			visit("two states", "GET", base+"?code=x&state="+state+"&state="+state, "")
			visit("error without state", "GET", base+"?error=access_denied", "")
			visit("bad query", "GET", base+"?state="+state+"&code=%zz", "")
			visit("POST", "POST", base+"?code=x&state="+state, "")
			visit("another path", "GET", strings.Replace(base, "/callback", "/callback/x", 1)+"?code=x&state="+state, "")
			visit("root", "GET", strings.Replace(base, "/callback", "/", 1)+"?code=x&state="+state, "")
			visit("another host", "GET", base+"?code=x&state="+state, "evil.example")
			visit("localhost", "GET", base+"?code=x&state="+state, strings.Replace(redirectOf(t, location), "127.0.0.1", "localhost", 1))
			return h.browser.Open(location)
		}
	})
	if _, err := f.Login(t.Context()); err != nil {
		t.Fatalf("Login: %v", err)
	}
	want := map[string]int{
		"no state": 400, "wrong state": 400, "longer state": 400, "two states": 400, "error without state": 400, "bad query": 400,
		"POST": 405, "another path": 404, "root": 404, "another host": 403, "localhost": 403,
	}
	for name, status := range want {
		if seen[name] != status {
			t.Errorf("%s: answered %d, want %d", name, seen[name], status)
		}
	}
}

// TestCallbackWorksOnce replays the genuine response while its code is being exchanged.
func TestCallbackWorksOnce(t *testing.T) {
	h := newHome(t)
	response := make(chan string, 1)
	h.server.EditCallback = func(r url.Values) { response <- r.Encode() }
	replayed := make(chan int, 1)
	h.server.Handle("/token", func(w http.ResponseWriter, r *http.Request) {
		client := &http.Client{Timeout: 5 * time.Second}
		resp, err := client.Get("http://" + redirectOf(t, h.openedURL()) + "/callback?" + <-response)
		if err != nil {
			t.Error(err)
			replayed <- 0
		} else {
			resp.Body.Close()
			replayed <- resp.StatusCode
		}
		h.server.Handle("/token", nil)
		h.server.ServeHTTP(w, r)
	})
	if _, err := h.flow(t).Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-replayed; got != http.StatusGone {
		t.Errorf("the replay was answered %d, want %d", got, http.StatusGone)
	}
}

// TestCallbackPage looks at what the person sees: how the sign-in really went, with nothing of the server's text alive.
func TestCallbackPage(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(h *home)
		status int
		want   string
	}{
		{"signed in", func(*home) {}, 200, "You are signed in"},
		{"denied", editCallback(func(r url.Values) { r.Del("code"); r.Set("error", "access_denied") }), 400, "Access was not allowed"},
		{"hostile error", editCallback(func(r url.Values) {
			r.Del("code")
			r.Set("error", "<script>alert(1)</script>")
			r.Set("error_description", "\x1b[31m\"><img src=x>")
		}), 400, "&lt;script&gt;alert(1)&lt;/script&gt;"},
		{"error of a stranger", editCallback(func(r url.Values) {
			r.Set("iss", "https://evil.example")
			r.Set("error", "call-this-number")
		}), 400, "another issuer"},
		{"refused code", editCallback(func(r url.Values) { r.Set("code", "made-up") }), 400, "invalid_grant"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHome(t)
			h.browser.Page = make(chan oauthtest.Page, 1)
			test.edit(h)
			_, _ = h.flow(t).Login(t.Context())
			page := <-h.browser.Page
			if page.Status != test.status || !strings.Contains(page.Body, test.want) {
				t.Errorf("page %d, want %d with %q:\n%s", page.Status, test.status, test.want, page.Body)
			}
			for _, alive := range []string{"<script", "<img", "\x1b", "call-this-number"} {
				if strings.Contains(page.Body, alive) {
					t.Errorf("the page has %q", alive)
				}
			}
			if got := page.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control = %q", got)
			}
			if got := page.Header.Get("Referrer-Policy"); got != "no-referrer" {
				t.Errorf("Referrer-Policy = %q", got)
			}
		})
	}
}

// TestTokenRequestFollowsNoRedirect: a token endpoint that redirects gets neither code nor verifier delivered.
func TestTokenRequestFollowsNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		h := newHome(t)
		thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			t.Errorf("after a %d the thief was asked for %s", status, r.URL)
		}))
		defer thief.Close()
		h.server.Handle("/token", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, status) })
		if _, err := h.flow(t).Login(t.Context()); err == nil {
			t.Errorf("a %d led to a sign-in", status)
		}
	}
}
