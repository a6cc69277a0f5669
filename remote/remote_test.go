package remote_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"todo.example/remote"
)

// site is a running server with its sign-in codes.
type site struct {
	t    testing.TB
	url  string
	log  *output
	stop func() error // ends it and returns what Run said
}

// output collects what a server writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func config(t testing.TB, log *output) remote.Config {
	return remote.Config{
		Addr: "127.0.0.1:0", DataDir: t.TempDir(), Codes: log, Version: "test", RateLimit: -1, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
}

func start(t testing.TB, change ...func(*remote.Config)) *site {
	t.Helper()
	log := &output{}
	c := config(t, log)
	for _, f := range change {
		f(&c)
	}
	server, err := remote.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	s := &site{t: t, url: server.URL(), log: log}
	s.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return s
}

// browser is a person's browser without scripts.
type browser struct {
	*http.Client
	site *site
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{site: s, Client: &http.Client{Jar: jar, Timeout: 10 * time.Second}}
}

func (b *browser) get(path string) (*http.Response, string) { return b.do("GET", path, nil) }

func (b *browser) post(path string, form url.Values) (*http.Response, string) {
	return b.do("POST", path, strings.NewReader(form.Encode()))
}

func (b *browser) do(method, path string, body io.Reader) (*http.Response, string) {
	b.site.t.Helper()
	r, err := http.NewRequestWithContext(b.site.t.Context(), method, b.site.url+path, body)
	if err != nil {
		b.site.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.site.url)
	}
	resp, err := b.Do(r)
	if err != nil {
		b.site.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.site.t.Fatal(err)
	}
	return resp, string(page)
}

var codeLine = regexp.MustCompile(`(?m)^sign-in code for (\S+): (\d{6})$`)

// code returns the last sign-in code for the address.
func (s *site) code(email string) string {
	s.t.Helper()
	all := codeLine.FindAllStringSubmatch(s.log.String(), -1)
	for _, a := range slices.Backward(all) {
		if a[1] == email {
			return a[2]
		}
	}
	s.t.Fatalf("no code for %s in:\n%s", email, s.log)
	return ""
}

var formAction = regexp.MustCompile(`<form[^>]*action="([^"]+)"`)

func (b *browser) signIn(email string) {
	b.site.t.Helper()
	_, page := b.get("/login")
	_, page = b.post(formAction.FindStringSubmatch(page)[1], url.Values{"email": {email}})
	_, page = b.post(formAction.FindStringSubmatch(page)[1], url.Values{"code": {b.site.code(email)}})
	if !strings.Contains(page, email) {
		b.site.t.Fatalf("not signed in: %s", page)
	}
}

func TestAPersonSignsInAndAddsATodo(t *testing.T) {
	s := start(t)
	b := s.browser()
	b.signIn("ada@example.com")
	resp, body := b.get("/api/me")
	var me struct{ Email, Via string }
	if err := json.Unmarshal([]byte(body), &me); err != nil || me.Email != "ada@example.com" || me.Via != "web" {
		t.Errorf("%s %s", resp.Status, body)
	}
}
