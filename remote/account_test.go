package remote_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"todo.example/internal/api"
	"todo.example/remote"
)

// api sends JSON as a page of ours would, and decodes the answer into v.
func (b *browser) api(method, path, body string, status int, v any) {
	b.site.t.Helper()
	r, err := http.NewRequestWithContext(b.site.t.Context(), method, b.site.url+path, strings.NewReader(body))
	if err != nil {
		b.site.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Origin", b.site.url)
	resp, err := b.Do(r)
	if err != nil {
		b.site.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		b.site.t.Fatalf("%s %s = %s %s, %v", method, path, resp.Status, raw, err)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(raw, v); err != nil {
		b.site.t.Fatal(err)
	}
}

// startIn starts a server on a data directory that the test can look into.
func startIn(t *testing.T, dir string, change ...func(*remote.Config)) *site {
	t.Helper()
	return start(t, append(change, func(c *remote.Config) { c.DataDir = dir })...)
}

// wantHidden stops the server and looks for secrets in its log and its database.
func (s *site) wantHidden(dir string, secrets ...string) {
	s.t.Helper()
	if err := s.stop(); err != nil {
		s.t.Errorf("Run: %v", err)
	}
	database, err := os.ReadFile(filepath.Join(dir, "todo.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, secret := range secrets {
		if len(secret) < 30 {
			s.t.Errorf("%q is no secret", secret)
		}
		if strings.Contains(s.log.String(), secret) {
			s.t.Errorf("a secret is in the log")
		}
		if strings.Contains(string(database), secret) {
			s.t.Errorf("a secret is in the database")
		}
	}
}

func TestAPersonalTokenOpensEveryDoorUntilItIsDeleted(t *testing.T) {
	dir := t.TempDir()
	s := startIn(t, dir)
	b := s.browser()
	b.signIn("ada@example.com")
	var token api.Token
	b.api("POST", "/api/tokens", `{"name":"Nightly script","scopes":["todos:read","todos:write"]}`, http.StatusCreated, &token)

	resp, body := s.call(token.Secret, "POST", "/api/todos", `{"todoText":"over REST"}`)
	if resp.StatusCode != http.StatusCreated || !strings.Contains(body, `"createdBy":"Nightly script"`) {
		t.Errorf("%s %s", resp.Status, body)
	}
	if status, body := s.callTool(token.Secret, "listTodos", `{}`); status != http.StatusOK || !strings.Contains(body, "over REST") {
		t.Errorf("MCP: %d %s", status, body)
	}
	if resp, body := s.call(token.Secret, "POST", "/api/tokens", `{"name":"x","scopes":["todos:read"]}`); resp.StatusCode != http.StatusForbidden {
		t.Errorf("it makes another: %s %s", resp.Status, body)
	}
	b.api("DELETE", "/api/tokens/"+token.ID, "", http.StatusNoContent, nil)
	if resp, body := s.call(token.Secret, "POST", "/api/todos", `{"todoText":"afterwards"}`); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("REST afterwards: %s %s", resp.Status, body)
	}
	if status, body := s.callTool(token.Secret, "createTodos", `{"todos":[{"todoText":"afterwards"}]}`); status != http.StatusUnauthorized {
		t.Errorf("MCP afterwards: %d %s", status, body)
	}
	s.wantHidden(dir, token.Secret, strings.TrimPrefix(token.Secret, "todo_"))
}

// TestWhatAnAppMadeEndsWithIt: an app that is thrown out keeps no token that it made.
func TestWhatAnAppMadeEndsWithIt(t *testing.T) {
	s := start(t)
	b := s.browser()
	b.signIn("ada@example.com")
	app := b.connect("Claude", "todos:read", "todos:write")
	resp, body := s.call(app.access(), "POST", "/api/tokens", `{"name":"left behind","scopes":["todos:read","todos:write"],"neverExpires":true}`)
	var token api.Token
	if err := json.Unmarshal([]byte(body), &token); err != nil || token.Secret == "" || token.CreatedBy != "Claude" {
		t.Fatal(resp.Status, body)
	}
	if resp, _ := s.call(token.Secret, "GET", "/api/todos", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("before: %s", resp.Status)
	}
	_, page := b.get("/connections")
	b.post(regexp.MustCompile(`action="([^"]*revoke[^"]*)"`).FindStringSubmatch(page)[1], consentForm(page))
	if resp, _ := s.call(token.Secret, "POST", "/api/todos", `{"todoText":"x"}`); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("after: %s", resp.Status)
	}
}

func TestACalendarFeedsAddressIsInNoLog(t *testing.T) {
	dir := t.TempDir()
	s := startIn(t, dir)
	b := s.browser()
	b.signIn("ada@example.com")
	b.api("POST", "/api/todos", `{"todoText":"Pay the rent","due":"2026-11-27"}`, http.StatusCreated, nil)
	var feed api.Feed
	b.api("PUT", "/api/feed", `{}`, http.StatusOK, &feed)
	secret := strings.TrimSuffix(strings.TrimPrefix(feed.URL, s.url+"/feeds/"), ".ics")
	if resp, body := s.call("", "GET", "/feeds/"+secret+".ics", ""); resp.StatusCode != http.StatusOK || !strings.Contains(body, "Pay the rent") || !strings.Contains(body, "20261127") {
		t.Errorf("%s %s", resp.Status, body)
	}
	for _, tt := range []struct{ method, path, host string }{
		{"GET", "/feeds/" + secret, ""},
		{"GET", "//feeds/" + secret + ".ics", ""},
		{"GET", "/FEEDS/" + secret + ".ics", ""},
		{"GET", "/feeds/x/../" + secret + ".ics", ""},
		{"POST", "/feeds/" + secret + ".ics", ""},
		{"DELETE", "/feeds/" + secret + ".ics", ""},
		{"GET", "/feeds/" + secret + ".ics?events=" + secret, ""},
		{"GET", "/feeds/" + secret + ".ics", "evil.example"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, s.url+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = tt.host
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			t.Errorf("%+v = %s", tt, resp.Status)
		}
	}
	if !strings.Contains(s.log.String(), "path=/feeds/…") {
		t.Errorf("the log does not tell of feeds: %s", s.log)
	}
	s.wantHidden(dir, secret)
}

// TestAWebhookOutlivesARestart is the whole way: a change, a receiver that fails, a
// restart, and the message after it.
func TestAWebhookOutlivesARestart(t *testing.T) {
	var status atomic.Int64
	status.Store(http.StatusInternalServerError)
	type message struct {
		header http.Header
		body   []byte
	}
	messages := make(chan message, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(int(status.Load()))
		messages <- message{r.Header, body}
	}))
	defer receiver.Close()
	receive := func() message {
		t.Helper()
		select {
		case m := <-messages:
			return m
		case <-time.After(10 * time.Second):
			t.Fatal("no message came")
		}
		return message{}
	}

	dir := t.TempDir()
	s := startIn(t, dir)
	b := s.browser()
	b.signIn("ada@example.com")
	var hook api.Webhook
	b.api("POST", "/api/webhooks", `{"url":"`+receiver.URL+`"}`, http.StatusCreated, &hook)
	b.api("POST", "/api/todos", `{"todoText":"Buy milk"}`, http.StatusCreated, nil)
	first := receive()
	s.wantHidden(dir, hook.Secret, strings.TrimPrefix(hook.Secret, "whsec_"))
	if info, err := os.Stat(filepath.Join(dir, "webhook.key")); err != nil || info.Size() != 32 || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the key: %v, %v", info, err)
	}

	status.Store(http.StatusOK)
	startIn(t, dir, func(c *remote.Config) { c.Now = func() time.Time { return time.Now().Add(time.Minute) } })
	second := receive()
	verifier, err := standardwebhooks.NewWebhook(hook.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.Verify(second.body, second.header); err != nil {
		t.Error(err)
	}
	if string(first.body) != string(second.body) || first.header.Get("webhook-id") != second.header.Get("webhook-id") || !strings.Contains(string(second.body), "Buy milk") {
		t.Errorf("first %s\nthen %s", first.body, second.body)
	}
}

func TestAStopWaitsForNoReceiver(t *testing.T) {
	asked := make(chan struct{}, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer receiver.Close()
	s := start(t)
	b := s.browser()
	b.signIn("ada@example.com")
	b.api("POST", "/api/webhooks", `{"url":"`+receiver.URL+`"}`, http.StatusCreated, nil)
	b.api("POST", "/api/todos", `{"todoText":"Buy milk"}`, http.StatusCreated, nil)
	<-asked
	began := time.Now()
	if err := s.stop(); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("it took %v, %v", time.Since(began), err)
	}
}
