package web

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
)

// FuzzReturnTo holds that no address leads a browser off this origin.
func FuzzReturnTo(f *testing.F) {
	for _, seed := range []string{"/todoapp", "/oauth/authorize?state=a%26b", "//evil.example", `/\evil.example`, "/\t/evil.example", "/%5cevil.example", "/%2f/evil.example", "https:evil.example", "/.//evil.example", "/a:b//c?d#e"} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "todo.example", Path: "/login"}
	f.Fuzz(func(t *testing.T, raw string) {
		got := returnTo(raw)
		if !strings.HasPrefix(got, "/") || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("returnTo(%q) = %q", raw, got)
		}
		// Browsers take a backslash for a slash before the query.
		path, _, _ := strings.Cut(got, "?")
		u, err := base.Parse(strings.ReplaceAll(path, `\`, "/"))
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil {
			t.Fatalf("returnTo(%q) = %q leads to %v, %v", raw, got, u, err)
		}
		if again := returnTo(got); again != got {
			t.Fatalf("returnTo(%q) = %q, and of that %q", raw, got, again)
		}
	})
}

// FuzzParseAuthorization holds that a request which is in order names one client
// and one redirect URI and challenges by S256, and that its canonical form, to
// which consent is bound, is the same request.
func FuzzParseAuthorization(f *testing.F) {
	const good = "client_id=c&redirect_uri=https%3A%2F%2Fc.example%2F&response_type=code&code_challenge_method=S256&code_challenge=ccccccccccccccccccccccccccccccccccccccccccc"
	for _, seed := range []string{good, good + "&scope=openid+email&state=%00", good + "&resource=https://todo.example/mcp", good + "&client_id=d", "client_id=c", "%zz", ";"} {
		f.Add(seed)
	}
	const origin = "https://todo.example"
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parseAuthorization(raw, origin)
		if err != nil || a.refusal != nil {
			return
		}
		r := a.request
		if r.ClientID == "" || r.RedirectURI == "" || r.ResponseType != "code" || len(r.CodeChallenge) != 43 || a.query.Get("code_challenge_method") != "S256" {
			t.Fatalf("%q was found in order: %+v", raw, r)
		}
		for _, resource := range r.Resources {
			if !strings.HasPrefix(resource, origin) {
				t.Fatalf("%q asks for %q", raw, resource)
			}
		}
		again, err := parseAuthorization(a.canonical(), origin)
		if err != nil || again.canonical() != a.canonical() || again.request.State != r.State || again.request.RedirectURI != r.RedirectURI {
			t.Fatalf("%q is another request in its canonical form %q", raw, a.canonical())
		}
	})
}
