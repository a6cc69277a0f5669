package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"todo.example/internal/todo"
)

// TestHeaders holds every page, whatever its answer, to the headers that keep
// other sites out.
func TestHeaders(t *testing.T) {
	s := newSite(t)
	in, out := s.signedIn(t, ada), s.visitor(t)
	id := s.create(t, "web", todo.New{Text: "Buy milk"})[0].ID
	consent := authorizePath(query())
	for _, path := range []string{
		"/", "/login", "/login/code", "/login/link", "/login/google", "/authenticate", "/authenticate?stytch_token_type=magic_links&token=x",
		consent, authorizePath(query("client_id", "nobody")), authorizePath(query("response_type", "")),
		"/todoapp", "/todoapp/completed", "/todoapp/trash", "/todoapp/" + id, "/todoapp/zzzzzzzz", "/connections", "/nothing/here",
	} {
		for _, p := range []*person{in, out} {
			checkHeaders(t, p.get(path))
		}
	}
	for _, path := range []string{
		"/login", "/login/link", "/login/code", "/login/resend", "/authenticate", "/oauth/authorize", "/todoapp", "/todoapp/undo",
		"/todoapp/" + id, "/todoapp/" + id + "/complete", "/connections/revoke", "/logout",
	} {
		checkHeaders(t, out.post(path, nil))
		r := in.request(http.MethodPost, path, url.Values{})
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		checkHeaders(t, in.do(r).status(http.StatusForbidden))
		r = in.request(http.MethodPost, path, url.Values{})
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Origin", "https://evil.example")
		in.do(r).status(http.StatusForbidden)
	}
}

func checkHeaders(t *testing.T, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s %s: %s is %q, want %q", a.Request.Method, a.Request.URL, name, got, want)
		}
	}
	csp := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("%s: the policy lacks %q: %s", a.Request.URL, want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("%s: the policy is open: %s", a.Request.URL, csp)
	}
	if inline := regexp.MustCompile(`(?i)<style|<script(?:>| [^>]*>[^<])|[ "']on[a-z]+=| style=|javascript:`).FindString(a.body); inline != "" {
		t.Errorf("%s: inline code or style %q", a.Request.URL, inline)
	}
}

// payloads are pieces of markup, of URLs and of template languages that turn into
// code where text is not kept as text.
var payloads = []string{
	`<script>alert(1)</script>`, `"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `<img src=x onerror=alert(1)>`,
	`<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`, `</textarea><script>alert(1)</script>`, `</title><script>alert(1)</script>`,
	`</noscript><script>alert(1)</script>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`,
	`javascript:alert(1)`, `" autofocus onfocus=alert(1) x="`, `' autofocus onfocus=alert(1) x='`, "` onload=alert(1)", `<a href="javascript:alert(1)">x</a>`,
	`<iframe srcdoc="<script>alert(1)</script>">`, `<base href="https://evil.example/">`, `<meta http-equiv=refresh content="0;url=https://evil.example">`,
	`<form action="https://evil.example"><input name=x>`, `<object data="data:text/html,<script>alert(1)</script>">`, `<link rel=stylesheet href=//evil.example/x.css>`,
	`{{.}}`, `{{template "row" .}}`, `{{printf "%s" .Email}}`, `${alert(1)}`, `<%= 1 %>`, `#{7*7}`, `-->`, `<!--`, `]]>`, `<![CDATA[`, `&lt;script&gt;`, `&#60;script&#62;`, `\u003cscript\u003e`,
	`<details open ontoggle=alert(1)>`, `<video><source onerror=alert(1)>`, `<x onpointerover=alert(1)>`, `<button formaction=javascript:alert(1)>`, `<input type=image src=x onerror=alert(1)>`,
	`+ADw-script+AD4-alert(1)`, `<scr<script>ipt>alert(1)</scr</script>ipt>`, "<\u200bscript>alert(1)</script>", `﹤script﹥alert(1)`, `=cmd|' /C calc'!A0`, `[x](javascript:alert(1))`,
}

// markup is every tag of a page, without its text.
var markup = regexp.MustCompile(`<[a-zA-Z!/][^>]*>`)

// TestTextStaysText holds that what people and clients wrote adds no markup: every
// page has the very tags that it has for a harmless word.
func TestTextStaysText(t *testing.T) {
	s := newSite(t)
	harmless := tags(t, s, "harmless")
	for _, payload := range payloads {
		got := tags(t, newSite(t), payload)
		for page, want := range harmless {
			if got[page] != want {
				t.Errorf("%q changes the markup of %s:\n%s\nwant\n%s", payload, page, got[page], want)
			}
		}
	}
}

var varies = regexp.MustCompile(`(id="[tx]-|value="|/todoapp/|describedby="x-|labelledby="x-|datetime="|title="|aria-label="Revoke access of |href="/login\?)[^"]*`)

func tags(t *testing.T, s *site, text string) map[string]string {
	t.Helper()
	p := s.signedIn(t, ada)
	todos := s.create(t, text, todo.New{Text: text, Notes: text}, todo.New{Text: text, Notes: text})
	open := todos[0].ID
	if _, err := s.svc.Delete(t.Context(), s.namespace(ada), s.actor(ada, text), []string{todos[1].ID}, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	s.identity.clients["claude"] = client{text, "https://claude.example/callback"}
	s.identity.grants["user-"+ada+" claude"] = []string{"openid", text}
	pages := map[string]string{}
	for name, a := range map[string]answer{
		"the list":           p.get("/todoapp?change=c1"),
		"a todo":             p.get("/todoapp/" + open),
		"the trash":          p.get("/todoapp/trash?change=c2"),
		"a failed edit":      p.post("/todoapp/"+open, url.Values{"text": {text + strings.Repeat("x", 500)}, "notes": {text}, "rev": {"1"}}),
		"a stale edit":       p.post("/todoapp/"+open, url.Values{"text": {text}, "notes": {text}, "rev": {"9"}}),
		"a failed addition":  p.post("/todoapp", url.Values{"text": {text + strings.Repeat("x", 500)}}),
		"consent":            p.get(authorizePath(query())),
		"connections":        p.get("/connections"),
		"a bad address":      s.visitor(t).post("/login", url.Values{"email": {text}, "return_to": {text}}),
		"a sign-in link":     s.visitor(t).get("/authenticate?" + url.Values{"stytch_token_type": {text}, "token": {text}}.Encode()),
		"a page not there":   p.get("/todoapp/" + url.PathEscape(text)),
		"a request in error": p.get(authorizePath(query("client_id", text))),
	} {
		pages[name] = varies.ReplaceAllString(strings.Join(markup.FindAllString(a.body, -1), "\n"), "$1")
	}
	return pages
}

// hostile are addresses that browsers, or careless servers, take for another site's.
func hostile() []string {
	corpus := []string{
		"", "evil.example", "evil.example/todoapp", "?next=//evil.example", "#//evil.example", ".", "..", "../login", "todoapp",
		"https:evil.example", "https:/evil.example", "https:///evil.example", "https://evil.example", "http://evil.example/todoapp", "HTTPS://evil.example",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "mailto:x@evil.example", "blob:https://evil.example/x", "cursor://evil",
		"/%5cevil.example", "/%5Cevil.example", "/%2fevil.example", "/%2Fevil.example", "/%2f%2fevil.example", "/%09/evil.example", "/%0a/evil.example", "/%0d%0aLocation:%20https://evil.example", "/%00/evil.example",
		"/\x00/evil.example", "/todoapp\x00", "/todoapp%00", "/todoapp\r\nSet-Cookie: a=b", "/todoapp%0d%0aSet-Cookie:%20a=b", "/%zz", "/todoapp%", "//evil.example%2f@localhost",
	}
	hosts := []string{"evil.example", "evil.example/connections", "evil.example:80", "user@evil.example", "localhost@evil.example", "[::1]", "2130706433", "evil%2eexample", "evil.example?x=/todoapp", "evil.example#/todoapp", "ⓔvil.example"}
	for _, lead := range []string{"//", "///", "////", `/\`, `\/`, `\\`, `\`, "/\t/", "/\n/", "/\r/", "\t//", " //", "\x01//", "/ /\t", "/.\\", "http://", "https://"} {
		for _, host := range hosts {
			corpus = append(corpus, lead+host)
		}
	}
	return corpus
}

// TestReturnTo holds that signing in and out lead to the list instead of anywhere
// that is not plainly a path on this origin.
func TestReturnTo(t *testing.T) {
	s := newSite(t)
	in := s.signedIn(t, ada)
	corpus := hostile()
	if len(corpus) < 200 {
		t.Fatalf("only %d addresses", len(corpus))
	}
	for _, raw := range corpus {
		if got := in.get("/login?" + url.Values{"return_to": {raw}}.Encode()).redirects(""); got != "/todoapp" {
			t.Errorf("signing in with return_to=%q leads to %q", raw, got)
		}
		if raw == "" {
			continue // plain signing out
		}
		if got := s.visitor(t).post("/logout", url.Values{"return_to": {raw}}).redirects(""); got != "/login?return_to=%2Ftodoapp" {
			t.Errorf("signing out with return_to=%q leads to %q", raw, got)
		}
	}
	for raw, want := range map[string]string{
		"/connections": "/connections", "/todoapp?after=x&change=c1": "/todoapp?after=x&change=c1", "/oauth/authorize?state=a%2Fb%26c&x=%5c": "/oauth/authorize?state=a%2Fb%26c&x=%5c",
		"/connections#fragment": "/connections", "/" + strings.Repeat("x", 9000): "/todoapp",
	} {
		if got := in.get("/login?" + url.Values{"return_to": {raw}}.Encode()).redirects("/"); got != want {
			t.Errorf("return_to=%.40q leads to %q, want %q", raw, got, want)
		}
	}
}

// TestForgedAttempt holds that the sign-in cookie, which is not signed, can lead
// nowhere that the form cannot.
func TestForgedAttempt(t *testing.T) {
	s := newSite(t)
	for _, value := range []string{"x", "eyJyZXR1cm5UbyI6Ii8vZXZpbC5leGFtcGxlIn0", "bnVsbA", "W10"} { // the second: {"returnTo":"//evil.example"}
		s.identity.links["token"] = ada
		p := s.visitor(t)
		r := p.request(http.MethodPost, "/authenticate", url.Values{"stytch_token_type": {"magic_links"}, "token": {"token"}})
		r.AddCookie(&http.Cookie{Name: "todo_signin", Value: value})
		if got := p.do(r).redirects("/"); got != "/todoapp" {
			t.Errorf("cookie %q leads to %s", value, got)
		}
	}
}

func TestAssets(t *testing.T) {
	s := newSite(t)
	p := s.visitor(t)
	sheet := regexp.MustCompile(`href="(/assets/app\.[0-9a-f]{12}\.css)"`).FindStringSubmatch(p.get("/login").body)
	if sheet == nil {
		t.Fatal("the page links to no sheet with its hash")
	}
	file := p.get(sheet[1]).status(http.StatusOK)
	if got := file.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("Cache-Control %q", got)
	}
	if got := p.get("/assets/app.css").status(http.StatusOK).Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control of the plain name %q", got)
	}
	r := p.request(http.MethodGet, "/assets/app.css", nil)
	r.Header.Set("If-None-Match", file.Header.Get("ETag"))
	p.do(r).status(http.StatusNotModified)
	p.get("/assets/app.000000000000.css").status(http.StatusNotFound)
	p.get("/assets/..%2ftemplates%2flist.html").status(http.StatusNotFound)
	p.get("/favicon.ico").redirects("/assets/icon.")
}

func TestOversizedForm(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	r := p.request(http.MethodPost, "/todoapp", url.Values{"text": {strings.Repeat("x", 1<<20)}})
	r.ContentLength = -1 // sent in chunks, so that it shows only on the way
	p.do(r).status(http.StatusRequestEntityTooLarge).shows("The request body is too large")
}
