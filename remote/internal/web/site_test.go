package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
	"todo.example/remote/internal/web"
)

// site is a running server with the pages, and what is behind them.
type site struct {
	*httptest.Server
	svc      *todo.Service
	identity *identity
}

func newSite(t testing.TB) *site {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	s := &site{Server: server, svc: todo.NewService(todotest.NewStore(), time.Now), identity: newIdentity()}
	public := url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	guard, err := auth.NewGuard(s.identity, auth.Site{URL: public}, time.Minute, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(s.svc, guard, s.identity, web.Config{PublicURL: public, Embedded: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pages.Mount(mux)
	mux.Handle("GET "+api.PathEvents, guard.API(httpx.API(s.events)))
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	server.Config.Handler = httpx.Chain(mux, httpx.Log(log, time.Now), httpx.Recover, httpx.MaxBody(1<<20))
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// events streams the journal as remote/internal/rest does, which this room may not
// import.
func (s *site) events(w http.ResponseWriter, r *http.Request) error {
	p := auth.FromContext(r.Context())
	watch, err := s.svc.Watch(p.Namespace(), p.Actor(api.ByWeb))
	if err != nil {
		return err
	}
	defer watch.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	var since uint64
	if _, err := fmt.Sscan(r.URL.Query().Get("since"), &since); err != nil {
		return err
	}
	for {
		log, err := s.svc.Changes(r.Context(), p.Namespace(), p.Actor(api.ByWeb), since, 100)
		if err != nil {
			return err
		}
		for _, c := range log.Changes {
			data, err := json.Marshal(api.NewChange(c))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "event: todo.%s\nid: %d\ndata: %s\n\n", c.Kind, c.Rev, data)
			since = c.Rev
		}
		fmt.Fprint(w, ":\n\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-watch.C:
		}
	}
}

const ada = "ada@example.com"

// person is a browser without JavaScript: it keeps cookies, submits forms and does
// not follow redirects.
type person struct {
	t    testing.TB
	site *site
	http *http.Client
}

func (s *site) visitor(t testing.TB) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, site: s, http: &http.Client{
		Jar: jar, Transport: s.Client().Transport, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signedIn returns a person who has come in by the pages.
func (s *site) signedIn(t testing.TB, email string) *person {
	t.Helper()
	p := s.visitor(t)
	p.post("/login", url.Values{"email": {email}}).redirects("/login/code")
	p.post("/login/code", url.Values{"code": {s.identity.mailed(email)}}).redirects("/todoapp")
	return p
}

func (s *site) namespace(email string) todo.Namespace { return todo.Namespace("user-" + email) }

// act makes a change as somebody else would: by makes it theirs.
func (s *site) actor(email, by string) todo.Actor {
	return todo.Actor{Name: by, Subject: "user-" + email, ClientID: "client-" + by, Allowed: todo.Everything}
}

func (s *site) create(t testing.TB, by string, items ...todo.New) []todo.Todo {
	t.Helper()
	c, err := s.svc.Create(t.Context(), s.namespace(ada), s.actor(ada, by), items, todo.Options{Atomic: true})
	if err != nil {
		t.Fatal(err)
	}
	return c.Todos()
}

// answer is a response, read to its end.
type answer struct {
	*http.Response
	t    testing.TB
	body string
}

func (p *person) do(r *http.Request) answer {
	p.t.Helper()
	resp, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{Response: resp, t: p.t, body: string(body)}
}

func (p *person) request(method, path string, form url.Values) *http.Request {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.site.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

func (p *person) get(path string) answer {
	p.t.Helper()
	return p.do(p.request(http.MethodGet, path, nil))
}

func (p *person) post(path string, form url.Values) answer {
	p.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return p.do(p.request(http.MethodPost, path, form))
}

func (a answer) status(want int) answer {
	a.t.Helper()
	if a.StatusCode != want {
		a.t.Fatalf("%s %s: status %d, want %d\n%s", a.Request.Method, a.Request.URL, a.StatusCode, want, a.body)
	}
	return a
}

// redirects checks for 303 to a place that begins so, and returns the place.
func (a answer) redirects(prefix string) string {
	a.t.Helper()
	a.status(http.StatusSeeOther)
	location := a.Header.Get("Location")
	if !strings.HasPrefix(location, prefix) {
		a.t.Fatalf("%s %s: redirects to %q, want %q…", a.Request.Method, a.Request.URL, location, prefix)
	}
	return location
}

func (a answer) shows(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s %s: %q is not on the page\n%s", a.Request.Method, a.Request.URL, text, a.body)
		}
	}
	return a
}

func (a answer) hides(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%s %s: %q is on the page", a.Request.Method, a.Request.URL, text)
		}
	}
	return a
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)

// hidden returns the value of a hidden field as a browser would send it.
func (a answer) hidden(name string) string {
	a.t.Helper()
	for _, m := range hiddenField.FindAllStringSubmatch(a.body, -1) {
		if m[1] == name {
			return unescape(m[2])
		}
	}
	a.t.Fatalf("no hidden field %q\n%s", name, a.body)
	return ""
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(s)
}
