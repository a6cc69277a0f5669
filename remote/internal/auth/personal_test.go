package auth_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// store is one in memory that may be broken.
type store struct {
	*identitytest.MemoryStore
	broken bool
}

var errBroken = errors.New("the disk is gone")

func (s *store) View(ctx context.Context, fn func(identity.Tx) error) error {
	if s.broken {
		return todo.Unavailable(errBroken)
	}
	return s.MemoryStore.View(ctx, fn)
}

// personal is a fixture with accounts, and a token of Ada's to read and write.
type personal struct {
	*fixture
	accounts *account.Accounts
	store    *store
	id       string
	token    string
}

var ada = todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything}

func newPersonal(t *testing.T, scopes ...string) *personal {
	t.Helper()
	x := &personal{fixture: newFixture(t), store: &store{MemoryStore: identitytest.NewMemoryStore()}}
	var err error
	x.accounts, err = account.New(account.Config{Store: x.store, Now: func() time.Time { return x.now }, Key: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	x.guard.UseAccounts(x.accounts)
	if len(scopes) == 0 {
		scopes = []string{auth.ScopeRead, auth.ScopeWrite}
	}
	made, err := x.accounts.CreateToken(t.Context(), "ada", ada, account.NewToken{Name: "Backup", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	x.id, x.token = made.ID, made.Secret
	return x
}

func TestPersonalTokenOpensBothDoors(t *testing.T) {
	x := newPersonal(t)
	x.lax = true // a project without our scopes makes no personal token wider
	for path, door := range map[string]func(http.Handler) http.Handler{"/mcp": x.guard.Bearer, "/api/todos": x.guard.API} {
		w := x.get(door, path, bearer(x.token))
		p := x.last
		if w.Code != 200 || p.Subject != "ada" || p.Namespace() != "ada" || p.Organization != "" || p.Via != auth.ViaBearer || !p.Strict ||
			p.Client != (auth.Client{ID: "pat:" + x.id, Name: "Backup"}) || p.Allowed() != todo.Everything || p.Author() != "Backup" || !p.Personal() {
			t.Errorf("%s: %d %+v", path, w.Code, p)
		}
	}
	if x.verified != 0 || x.asked != 0 {
		t.Error("the provider was shown a personal token")
	}
	if w := x.get(x.guard.Bearer, "/mcp", bearer(x.token[:52]+"!")); w.Code != 401 || !strings.Contains(w.Header().Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("a wrong one: %d %v", w.Code, w.Header())
	}
	if w := newFixture(t).get(newFixture(t).guard.Bearer, "/mcp", bearer(x.token)); w.Code != 401 {
		t.Errorf("without accounts: %d", w.Code)
	}
}

func TestPersonalTokenOfAnOrganization(t *testing.T) {
	x := newPersonal(t)
	made, err := x.accounts.CreateToken(t.Context(), "org-1", ada, account.NewToken{Name: "x", Scopes: []string{auth.ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	if x.get(x.guard.Bearer, "/mcp", bearer(made.Secret)); x.last.Namespace() != "org-1" || x.last.Subject != "ada" {
		t.Errorf("%+v", x.last)
	}
}

func TestPersonalTokenToReadOnly(t *testing.T) {
	for _, lax := range []bool{false, true} {
		x := newPersonal(t, auth.ScopeRead)
		x.lax = lax
		x.get(x.guard.API, "/api/todos", bearer(x.token))
		if err := x.guard.Check(t.Context(), x.last, todo.Read); err != nil {
			t.Errorf("a read: %v", err)
		}
		if err := x.guard.Check(t.Context(), x.last, todo.Create); todo.AsError(err).Code != todo.CodeForbidden {
			t.Errorf("a write, lax %v: %v", lax, err)
		}
	}
}

func TestDeletedPersonalTokenIsRefusedAtOnceForWrites(t *testing.T) {
	x := newPersonal(t)
	x.get(x.guard.API, "/api/todos", bearer(x.token))
	before := x.last
	if err := x.accounts.DeleteToken(t.Context(), "ada", ada, x.id); err != nil {
		t.Fatal(err)
	}
	if err := x.guard.Check(t.Context(), before, todo.Create); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("a write under way: %v", err)
	}
	if w := x.get(x.guard.API, "/api/todos", bearer(x.token)); w.Code != 401 {
		t.Errorf("the next request: %d", w.Code)
	}

	x = newPersonal(t)
	x.get(x.guard.API, "/api/todos", bearer(x.token))
	if err := x.accounts.DeleteToken(t.Context(), "ada", ada, x.id); err != nil {
		t.Fatal(err)
	}
	x.now = x.now.Add(time.Second)
	if err := x.guard.Check(t.Context(), x.last, todo.Read); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("a read after a second: %v", err)
	}
}

func TestPersonalTokenExpires(t *testing.T) {
	x := newPersonal(t)
	x.get(x.guard.API, "/api/todos", bearer(x.token))
	x.now = x.now.AddDate(0, 0, account.TokenDays)
	if w := x.get(x.guard.API, "/api/todos", bearer(x.token)); w.Code != 401 {
		t.Errorf("from memory: %d", w.Code)
	}
	never, err := x.accounts.CreateToken(t.Context(), "ada", ada, account.NewToken{Name: "x", Scopes: []string{auth.ScopeRead}, Never: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		x.now = x.now.AddDate(10, 0, 0)
		if w := x.get(x.guard.API, "/api/todos", bearer(never.Secret)); w.Code != 200 {
			t.Errorf("one that never expires: %d", w.Code)
		}
	}
}

// TestPersonalTokenWhileTheStoreIsBroken: what cannot be checked opens nothing.
func TestPersonalTokenWhileTheStoreIsBroken(t *testing.T) {
	x := newPersonal(t)
	x.get(x.guard.API, "/api/todos", bearer(x.token))
	x.store.broken = true
	if err := x.guard.Check(t.Context(), x.last, todo.Create); todo.AsError(err).Code != todo.CodeUnavailable {
		t.Errorf("a write: %v", err)
	}
	x.now = x.now.Add(time.Minute)
	if w := x.get(x.guard.API, "/api/todos", bearer(x.token)); w.Code != 503 {
		t.Errorf("a request: %d", w.Code)
	}
}

// TestPersonalTokenEndsWithItsPerson: nor may a provider that is out of reach end it.
func TestPersonalTokenEndsWithItsPerson(t *testing.T) {
	x := newPersonal(t)
	x.down = true
	for range 2 {
		x.now = x.now.Add(time.Minute)
		if w := x.get(x.guard.API, "/api/todos", bearer(x.token)); w.Code != 200 {
			t.Errorf("while the provider is out of reach: %d", w.Code)
		}
	}
	x.down, x.gone = false, true
	x.now = x.now.Add(time.Minute)
	if err := x.guard.Check(t.Context(), x.last, todo.Create); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("a write after the person has gone: %v", err)
	}
	if w := x.get(x.guard.API, "/api/todos", bearer(x.token)); w.Code != 401 {
		t.Errorf("a request after the person has gone: %d", w.Code)
	}
	y := newPersonal(t)
	y.gone = true
	if w := y.get(y.guard.API, "/api/todos", bearer(y.token)); w.Code != 401 {
		t.Errorf("one that was not seen before: %d", w.Code)
	}
}

// TestWhoMayManageTheAccount: a token that leaks must not be able to make another.
func TestWhoMayManageTheAccount(t *testing.T) {
	x := newPersonal(t)
	for _, tt := range []struct {
		name      string
		header    http.Header
		lax       bool
		want      todo.Code // "": allowed
		challenge string
	}{
		{name: "the person", header: http.Header{"Cookie": {"stytch_session=session"}}},
		{name: "an app with both scopes", header: bearer("full")},
		{name: "an app to read", header: bearer("read"), want: todo.CodeForbidden, challenge: `error="insufficient_scope"`},
		{name: "an app without scopes", header: bearer("none"), want: todo.CodeForbidden, challenge: `error="insufficient_scope"`},
		{name: "an app without scopes that may all else", header: bearer("none"), lax: true, want: todo.CodeForbidden, challenge: `error="insufficient_scope"`},
		{name: "a personal token", header: bearer(x.token), want: todo.CodeForbidden},
	} {
		x.lax = tt.lax
		x.get(x.guard.API, "/api/tokens", tt.header)
		if x.last.Subject != "ada" {
			t.Fatalf("%s: not let in", tt.name)
		}
		err := x.guard.Check(t.Context(), x.last, auth.Account)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		w := httptest.NewRecorder()
		x.guard.Challenge(w, httptest.NewRequest("POST", "/api/tokens", nil), err)
		got := w.Header().Get("WWW-Authenticate")
		if e := todo.AsError(err); e.Code != tt.want || e.Hint == "" || !strings.Contains(got, tt.challenge) || tt.challenge == "" && got != "" {
			t.Errorf("%s: %v %q, %s", tt.name, err, e.Hint, got)
		}
	}
	if err := x.guard.Check(t.Context(), auth.Principal{}, auth.Account); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("nobody: %v", err)
	}
	x.lax = false
	x.get(x.guard.API, "/api/tokens", bearer("full"))
	x.revoked["full"] = true
	if err := x.guard.Check(t.Context(), x.last, auth.Account); todo.AsError(err).Code != todo.CodeUnauthenticated {
		t.Errorf("an app that was revoked a moment ago: %v", err)
	}
}

func TestRevokeAppTakesBackWhatItMade(t *testing.T) {
	x := newPersonal(t)
	x.get(x.guard.API, "/api/tokens", bearer("full"))
	made, err := x.accounts.CreateToken(t.Context(), "ada", x.last.Actor(x.last.Author()), account.NewToken{Name: "left behind", Scopes: []string{auth.ScopeRead}})
	if err != nil || made.CreatedBy != "Claude" {
		t.Fatal(made, err)
	}
	if err := x.guard.RevokeApp(t.Context(), "ada", "app-1"); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{made.Secret: 401, x.token: 200} {
		if w := x.get(x.guard.API, "/api/todos", bearer(token)); w.Code != want {
			t.Errorf("%d, want %d", w.Code, want)
		}
	}
}

func TestZone(t *testing.T) {
	name, week := "Asia/Tokyo", "sunday"
	for _, tt := range []struct {
		set    bool
		header string
		want   string
		week   time.Weekday
	}{
		{false, "", "", time.Monday},
		{false, "America/New_York", "America/New_York", time.Monday},
		{false, "Local", "", time.Monday},
		{false, "../etc/passwd", "", time.Monday},
		{false, "Europe/Nowhere", "", time.Monday},
		{true, "", name, time.Sunday},
		{true, "America/New_York", name, time.Sunday},
	} {
		x := newPersonal(t)
		if tt.set {
			if _, err := x.accounts.SetSettings(t.Context(), "ada", api.SettingsPatch{Timezone: &name, WeekStart: &week}); err != nil {
				t.Fatal(err)
			}
		}
		page := func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				x.guard.Page(func(w http.ResponseWriter, r *http.Request) error { h.ServeHTTP(w, r); return nil })(w, r)
			})
		}
		for door, header := range map[string]http.Header{"token": bearer(x.token), "app": bearer("full"), "page": {"Cookie": {"stytch_session=session"}}} {
			for range 2 { // the second time from memory
				header.Set("X-Timezone", tt.header)
				enter := x.guard.API
				if door == "page" {
					enter = page
				}
				x.get(enter, "/api/todos", header)
				a := x.last.Actor("x")
				got := ""
				if a.Zone != nil {
					got = a.Zone.String()
				}
				if got != tt.want || a.WeekStart != tt.week {
					t.Errorf("%+v by %s: %q %v", tt, door, got, a.WeekStart)
				}
			}
		}
	}
}

// TestZoneOfAPage: a browser's page says its zone in a cookie.
func TestZoneOfAPage(t *testing.T) {
	x := newPersonal(t)
	for cookie, want := range map[string]string{"Asia/Tokyo": "Asia/Tokyo", "Local": "UTC", "x/y": "UTC"} {
		x.get(x.guard.API, "/api/todos", http.Header{"Authorization": {"Bearer full"}, "Cookie": {"timezone=" + cookie}})
		zone := x.last.Actor("x").Zone
		if zone == nil {
			zone = time.UTC
		}
		if zone.String() != want {
			t.Errorf("%s: %s, want %s", cookie, zone, want)
		}
	}
}

func TestFeedPrincipal(t *testing.T) {
	x := newPersonal(t)
	_, secret, err := x.accounts.MakeFeed(t.Context(), "ada", ada, true)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/feeds/x", nil)
	p, events, err := x.guard.Feed(httptest.NewRecorder(), r, secret)
	if err != nil || !events || p.Namespace() != "ada" || p.Allowed() != todo.ReadOnly || x.guard.Check(t.Context(), p, auth.Account) == nil {
		t.Errorf("%+v %v, %v", p, events, err)
	}
	if p, _, err := x.guard.Feed(httptest.NewRecorder(), r, secret+"x"); todo.AsError(err).Code != todo.CodeNotFound || p.Allowed() != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if a := auth.Reader("ada", "ada"); a.Allowed != todo.ReadOnly || a.Subject != "ada" {
		t.Errorf("a reader is %+v", a)
	}
}

// TestAuthor is the one rule of what createdBy says.
// TestAuthorOfAToken: a token that is named like a door is not taken for it.
func TestAuthorOfAToken(t *testing.T) {
	x := newPersonal(t)
	for name, want := range map[string]string{"laptop": "laptop", "cli": "token cli", "Web": "token Web"} {
		made, err := x.accounts.CreateToken(t.Context(), "ada", x.last.Actor("x"), account.NewToken{Name: name, Scopes: []string{auth.ScopeRead}})
		if err != nil {
			t.Fatal(err)
		}
		x.get(x.guard.API, "/api/todos", bearer(made.Secret))
		if got := x.last.Author(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAuthor(t *testing.T) {
	for _, tt := range []struct {
		via           auth.Via
		name, id      string // the client's
		own           []string
		want, because string
	}{
		{auth.ViaWeb, "", "", nil, "web", "the browser"},
		{auth.ViaWeb, "", "", []string{"cli"}, "web", "the browser, whatever it says"},
		{auth.ViaBearer, "Claude", "c1", nil, "Claude", "its registered name"},
		{auth.ViaBearer, "Claude", "c1", []string{"Claude Code", "claude"}, "Claude Code", "its own name"},
		{auth.ViaBearer, "Claude", "c1", []string{"", "\u0007"}, "Claude", "its own name cannot be shown"},
		{auth.ViaBearer, "todo CLI", "c1", nil, "cli", "the terminal"},
		{auth.ViaBearer, "TODO cli", "c1", nil, "cli", "the terminal in another case"},
		{auth.ViaBearer, "web", "c1", nil, "c1", "an impostor"},
		{auth.ViaBearer, "CLI", "c1", []string{"Web", " web\u200b"}, "c1", "an impostor in disguise"},
		{auth.ViaBearer, "", "web", nil, "app", "nothing but a reserved name"},
		{auth.ViaBearer, strings.Repeat("é", 65), "c1", nil, strings.Repeat("é", 64), "too long a name"},
		{auth.ViaBearer, "a\xffb", "c1", nil, "ab", "bad UTF-8"},
	} {
		p := auth.Principal{Subject: "ada", Via: tt.via, Client: auth.Client{ID: tt.id, Name: tt.name}}
		if got := p.Author(tt.own...); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.because, got, tt.want)
		}
	}
}
