package rest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/rest"
)

// person is how Ada's browser asks.
var person = map[string]string{"Authorization": "", "Cookie": "stytch_session=" + adaCookie, "Sec-Fetch-Site": "same-origin"}

func by(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }

// want makes an exchange and decodes the answer, which must have the status.
func want[T any](t *testing.T, s *site, status int, x exchange) T {
	t.Helper()
	got := s.send(t, x)
	if got.status != status {
		t.Fatalf("%s %s = %d %s", x.method, x.target, got.status, got.body)
	}
	if got.body == "" {
		return *new(T)
	}
	return decode[T](t, got.body)
}

func TestSettings(t *testing.T) {
	s := newSite(t)
	for _, step := range []struct {
		body string
		want api.Settings
	}{
		{`{}`, api.Settings{WeekStart: "monday", Theme: "system"}},
		{`{"timezone":"Europe/Berlin","weekStart":"sunday","theme":"dark"}`, api.Settings{Timezone: "Europe/Berlin", WeekStart: "sunday", Theme: "dark"}},
		{`{"theme":"light"}`, api.Settings{Timezone: "Europe/Berlin", WeekStart: "sunday", Theme: "light"}},
		{`{"timezone":null,"weekStart":null}`, api.Settings{WeekStart: "monday", Theme: "light"}},
	} {
		if got := want[api.Settings](t, s, 200, exchange{method: "PATCH", target: "/api/settings", body: step.body}); got != step.want {
			t.Errorf("%s: %+v", step.body, got)
		}
		if got := want[api.Settings](t, s, 200, exchange{method: "GET", target: "/api/settings"}); got != step.want {
			t.Errorf("%s, read again: %+v", step.body, got)
		}
		if got := want[api.Me](t, s, 200, exchange{method: "GET", target: "/api/me"}); got.Settings != step.want {
			t.Errorf("%s, at /api/me: %+v", step.body, got.Settings)
		}
	}
	for body, pointer := range map[string]string{`{"timezone":"Nowhere"}`: "/timezone", `{"weekStart":"friday"}`: "/weekStart", `{"theme":1}`: "/theme", `{"language":"de"}`: "/language"} {
		p := want[api.Problem](t, s, 422, exchange{method: "PATCH", target: "/api/settings", body: body})
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer || p.Hint == "" {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if got := want[api.Settings](t, s, 200, exchange{method: "GET", target: "/api/settings", header: by(bob)}); got.Theme != "system" {
		t.Errorf("Bob has %+v", got)
	}
}

func TestPersonalTokens(t *testing.T) {
	s := newSite(t)
	made := s.send(t, exchange{method: "POST", target: "/api/tokens", header: person, body: `{"name":"Backup","scopes":["todos:read","todos:write"],"expiresInDays":7}`})
	token := decode[api.Token](t, made.body)
	if made.status != http.StatusCreated || made.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(token.Secret, "todo_") || token.CreatedBy != "web" {
		t.Fatalf("%d %v %s", made.status, made.header, made.body)
	}
	if item := s.add(t, token.Secret, "by a script"); item.CreatedBy != "Backup" {
		t.Errorf("made by %q", item.CreatedBy)
	}
	me := want[api.Me](t, s, 200, exchange{method: "GET", target: "/api/me", header: by(token.Secret)})
	if me.Subject != "ada" || me.Client != "Backup" || me.Email != "" || len(me.Allowed) != 5 {
		t.Errorf("%+v", me)
	}
	listed := s.send(t, exchange{method: "GET", target: "/api/tokens"})
	tokens := decode[api.Tokens](t, listed.body).Tokens
	if strings.Contains(listed.body, "todo_") || len(tokens) != 1 || tokens[0].ID != token.ID || tokens[0].LastUsedAt.IsZero() {
		t.Errorf("%s", listed.body)
	}
	want[struct{}](t, s, http.StatusNoContent, exchange{method: "DELETE", target: "/api/tokens/" + token.ID, header: person})
	for _, x := range []exchange{
		{method: "POST", target: "/api/todos", body: `{"todoText":"x"}`, header: by(token.Secret)},
		{method: "GET", target: "/api/todos", header: by(token.Secret)},
	} {
		if got := s.send(t, x); got.status != http.StatusUnauthorized || !strings.Contains(got.header.Get("WWW-Authenticate"), "invalid_token") {
			t.Errorf("%s after it was deleted = %d %s", x.method, got.status, got.body)
		}
	}
	for body, pointer := range map[string]string{
		`{"scopes":["todos:read"]}`:                                                  "/name",
		`{"name":"x"}`:                                                               "/scopes",
		`{"name":"x","scopes":"todos:read"}`:                                         "/scopes",
		`{"name":"x","scopes":["admin"]}`:                                            "/scopes",
		`{"name":"x","scopes":["todos:read"],"expiresInDays":0}`:                     "/expiresInDays",
		`{"name":"x","scopes":["todos:read"],"expiresInDays":367}`:                   "/expiresInDays",
		`{"name":"x","scopes":["todos:read"],"expiresInDays":1.5}`:                   "/expiresInDays",
		`{"name":"x","scopes":["todos:read"],"expiresInDays":1,"neverExpires":true}`: "/expiresInDays",
		`{"name":"x","scopes":["todos:read"],"subject":"bob"}`:                       "/subject",
	} {
		p := want[api.Problem](t, s, 422, exchange{method: "POST", target: "/api/tokens", body: body})
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

// TestAccountRetry: what a retry asks for is there once, and its secret is told again.
func TestAccountRetry(t *testing.T) {
	s := newSite(t)
	for _, x := range []exchange{
		{method: "POST", target: "/api/tokens", body: `{"name":"Backup","scopes":["todos:read"]}`},
		{method: "POST", target: "/api/webhooks", body: `{"url":"https://example.com/hook"}`},
	} {
		x.header = map[string]string{"Idempotency-Key": "k" + x.target}
		first, again := s.send(t, x), s.send(t, x)
		if first.status != 201 || again.status != 201 || first.body != again.body || first.header.Get("Location") != again.header.Get("Location") ||
			first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s\n%d %v %s\n%d %v %s", x.target, first.status, first.header, first.body, again.status, again.header, again.body)
		}
		if listed := s.send(t, exchange{method: "GET", target: x.target}); strings.Count(listed.body, `"id"`) != 1 {
			t.Errorf("%s: %s", x.target, listed.body)
		}
		other := x
		other.body = strings.Replace(x.body, `":"`, `":"https://example.com/other`, 1)
		if p := want[api.Problem](t, s, 422, other); p.Errors[0].Pointer != "/Idempotency-Key" {
			t.Errorf("another request: %+v", p)
		}
		foreign := x
		foreign.header = map[string]string{"Idempotency-Key": "k" + x.target, "Authorization": "Bearer " + bob}
		if got := s.send(t, foreign); got.status != 201 || got.body == first.body {
			t.Errorf("Bob's: %d %s", got.status, got.body)
		}
		x.header = map[string]string{"Idempotency-Key": "a b"}
		want[api.Problem](t, s, 422, x)
	}
}

// TestPersonalTokenManagesNothing: a token that leaks makes no other, no feed and no
// webhook, and does not see which there are.
func TestPersonalTokenManagesNothing(t *testing.T) {
	s := newSite(t)
	token := want[api.Token](t, s, 201, exchange{method: "POST", target: "/api/tokens", body: `{"name":"x","scopes":["todos:read","todos:write"],"neverExpires":true}`})
	tried := 0
	for _, op := range rest.Operations() {
		if op.Action != auth.Account {
			continue
		}
		tried++
		x := of(op, todo.Todo{ID: "k7xm3q2a", Rev: 1})
		x.header = by(token.Secret)
		got := s.send(t, x)
		if p := decode[api.Problem](t, got.body); got.status != http.StatusForbidden || !strings.Contains(p.Hint, "browser") || got.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s = %d %s", op.ID, got.status, got.body)
		}
	}
	if tried < 12 {
		t.Errorf("%d operations were tried", tried)
	}
	if all := want[api.Tokens](t, s, 200, exchange{method: "GET", target: "/api/tokens"}).Tokens; len(all) != 1 {
		t.Errorf("there are %d tokens", len(all))
	}
}

// TestForeignAccount: Ada's tokens and webhooks are for Bob as if they were not.
func TestForeignAccount(t *testing.T) {
	s := newSite(t)
	token := want[api.Token](t, s, 201, exchange{method: "POST", target: "/api/tokens", body: `{"name":"` + secret + `","scopes":["todos:read"]}`})
	hook := want[api.Webhook](t, s, 201, exchange{method: "POST", target: "/api/webhooks", body: `{"url":"https://example.com/adas"}`})
	want[api.Feed](t, s, 200, exchange{method: "PUT", target: "/api/feed"})
	for _, x := range []exchange{
		{method: "DELETE", target: "/api/tokens/ID"},
		{method: "GET", target: "/api/webhooks/ID"},
		{method: "PATCH", target: "/api/webhooks/ID", body: `{"enabled":false}`},
		{method: "POST", target: "/api/webhooks/ID/test"},
		{method: "DELETE", target: "/api/webhooks/ID"},
	} {
		id := hook.ID
		if strings.HasPrefix(x.target, "/api/tokens") {
			id = token.ID
		}
		foreign, missing := x, x
		foreign.header, missing.header = by(bob), by(bob)
		foreign.target = strings.Replace(x.target, "ID", id, 1)
		missing.target = strings.Replace(x.target, "ID", "0000000000000000", 1)
		got, none := s.send(t, foreign), s.send(t, missing)
		if got.status != 404 || none.status != 404 || plain(t, got, id) != plain(t, none, "0000000000000000") {
			t.Errorf("%s %s = %d %s\nof none: %d %s", x.method, x.target, got.status, got.body, none.status, none.body)
		}
	}
	for _, target := range []string{"/api/tokens", "/api/webhooks", "/api/feed"} {
		if got := s.send(t, exchange{method: "GET", target: target, header: by(bob)}); got.status != 200 || strings.Contains(got.body, "ada") || strings.Contains(got.body, secret) || strings.Contains(got.body, "true") {
			t.Errorf("Bob reads %s: %d %s", target, got.status, got.body)
		}
	}
	want[struct{}](t, s, 204, exchange{method: "DELETE", target: "/api/feed", header: by(bob)})
	if feed := want[api.Feed](t, s, 200, exchange{method: "GET", target: "/api/feed"}); !feed.Enabled {
		t.Error("Bob turned Ada's feed off")
	}
	if got := want[api.Webhook](t, s, 200, exchange{method: "GET", target: "/api/webhooks/" + hook.ID}); !got.Enabled {
		t.Error("Bob turned Ada's webhook off")
	}
}

func TestCalendarFeed(t *testing.T) {
	s := newSite(t)
	s.add(t, ada, secret)
	anybody := map[string]string{"Authorization": ""}
	made := s.send(t, exchange{method: "PUT", target: "/api/feed", header: person})
	feed := decode[api.Feed](t, made.body)
	path, ok := strings.CutPrefix(feed.URL, "http://localhost:3000")
	if made.status != 200 || made.header.Get("Cache-Control") != "no-store" || !ok || !strings.HasPrefix(path, "/feeds/") || !strings.HasSuffix(path, ".ics") {
		t.Fatalf("%d %s", made.status, made.body)
	}
	got := s.send(t, exchange{method: "GET", target: path, header: anybody})
	tag := got.header.Get("ETag")
	if got.status != 200 || got.header.Get("Content-Type") != "text/calendar; charset=utf-8" || got.header.Get("Cache-Control") != "private, no-cache" || tag == "" ||
		!strings.Contains(got.body, "BEGIN:VTODO") || !strings.Contains(got.body, secret) || strings.Contains(got.body, "BEGIN:VEVENT") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	cached := map[string]string{"Authorization": "", "If-None-Match": tag}
	if got := s.send(t, exchange{method: "GET", target: path, header: cached}); got.status != 304 || got.body != "" {
		t.Errorf("unchanged: %d %s", got.status, got.body)
	}
	want[todo.Todo](t, s, 201, exchange{method: "POST", target: "/api/todos", body: `{"todoText":"dated","due":"2026-11-27"}`})
	if got := s.send(t, exchange{method: "GET", target: path, header: cached}); got.status != 200 || !strings.Contains(got.body, "20261127") {
		t.Errorf("changed: %d %s", got.status, got.body)
	}
	if got := s.send(t, exchange{method: "GET", target: path + "?events=1", header: anybody}); got.status != 200 || !strings.Contains(got.body, "BEGIN:VEVENT") {
		t.Errorf("events: %d %s", got.status, got.body)
	}
	secretOf := strings.TrimSuffix(strings.TrimPrefix(path, "/feeds/"), ".ics")
	for target, status := range map[string]int{
		"/feeds/" + secretOf: 404, "/feeds/": 404, "/feeds/.ics": 404, "/feeds/" + secretOf[1:] + ".ics": 404, "/feeds/a/" + secretOf + ".ics": 404,
		path + "?events=maybe": 422, path + "?x=1": 400,
	} {
		if got := s.send(t, exchange{method: "GET", target: target, header: anybody}); got.status != status || strings.Contains(got.body, secretOf) {
			t.Errorf("%s = %d %s", target, got.status, got.body)
		}
	}
	if got := s.send(t, exchange{method: "POST", target: path, header: anybody}); got.status != 405 {
		t.Errorf("POST = %d %s", got.status, got.body)
	}
	again := want[api.Feed](t, s, 200, exchange{method: "PUT", target: "/api/feed", body: `{"events":true}`})
	if got := s.send(t, exchange{method: "GET", target: path, header: anybody}); got.status != 404 {
		t.Errorf("the old address = %d", got.status)
	}
	path = strings.TrimPrefix(again.URL, "http://localhost:3000")
	if got := s.send(t, exchange{method: "GET", target: path, header: anybody}); got.status != 200 || !strings.Contains(got.body, "BEGIN:VEVENT") {
		t.Errorf("the new address = %d %s", got.status, got.body)
	}
	want[struct{}](t, s, 204, exchange{method: "DELETE", target: "/api/feed"})
	if got := s.send(t, exchange{method: "GET", target: path, header: anybody}); got.status != 404 {
		t.Errorf("turned off = %d", got.status)
	}
	if feed := want[api.Feed](t, s, 200, exchange{method: "GET", target: "/api/feed"}); feed.Enabled || feed.URL != "" {
		t.Errorf("%+v", feed)
	}
}

func TestWebhooks(t *testing.T) {
	s := newSite(t)
	messages := make(chan *http.Request, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		messages <- r
	}))
	defer receiver.Close()
	made := s.send(t, exchange{method: "POST", target: "/api/webhooks", header: person, body: `{"url":"` + receiver.URL + `/hook","events":["todo.deleted","todo.created"]}`})
	hook := decode[api.Webhook](t, made.body)
	one := "/api/webhooks/" + hook.ID
	if made.status != 201 || made.header.Get("Location") != one || made.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(hook.Secret, "whsec_") {
		t.Fatalf("%d %v %s", made.status, made.header, made.body)
	}
	result := want[api.Delivery](t, s, 200, exchange{method: "POST", target: one + "/test"})
	message := <-messages
	body, _ := io.ReadAll(message.Body)
	verifier, err := standardwebhooks.NewWebhook(hook.Secret)
	if err != nil || !result.Delivered || result.Status != 200 || verifier.Verify(body, message.Header) != nil {
		t.Errorf("%+v %s, %v", result, body, err)
	}
	want[api.Problem](t, s, 429, exchange{method: "POST", target: one + "/test"})
	patched := want[api.Webhook](t, s, 200, exchange{method: "PATCH", target: one, body: `{"enabled":false,"events":[]}`})
	if patched.Enabled || patched.DisabledReason == "" || len(patched.Events) != 0 || patched.Secret != "" || patched.Last == nil {
		t.Errorf("%+v", patched)
	}
	renewed := want[api.Webhook](t, s, 200, exchange{method: "PATCH", target: one, body: `{"newSecret":true,"enabled":true}`})
	if !renewed.Enabled || renewed.Secret == hook.Secret || !strings.HasPrefix(renewed.Secret, "whsec_") {
		t.Errorf("%+v", renewed)
	}
	for target, body := range map[string]string{"/api/webhooks": `{"url":"https://10.0.0.1/"}`, one: `{"url":"http://169.254.169.254/"}`} {
		method := map[bool]string{true: "POST", false: "PATCH"}[target == "/api/webhooks"]
		if p := want[api.Problem](t, s, 422, exchange{method: method, target: target, body: body}); len(p.Errors) != 1 || p.Errors[0].Pointer != "/url" {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if got := s.send(t, exchange{method: "GET", target: "/api/webhooks"}); strings.Contains(got.body, "whsec_") || !strings.Contains(got.body, hook.ID) {
		t.Errorf("%s", got.body)
	}
	want[struct{}](t, s, 204, exchange{method: "DELETE", target: one})
	want[api.Problem](t, s, 404, exchange{method: "GET", target: one})
}
