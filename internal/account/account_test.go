package account_test

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/identity/identitytest"
	"todo.example/internal/todo"
)

var (
	web = todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything}
	app = todo.Actor{Name: "Claude", Subject: "ada", ClientID: "claude", Allowed: todo.Everything}
	bob = todo.Actor{Name: "web", Subject: "bob", Allowed: todo.Everything}
)

const ns = todo.Namespace("ada")

// fixture is accounts in memory with a clock.
type fixture struct {
	*account.Accounts
	store *identitytest.MemoryStore
	ahead atomic.Int64
}

var epoch = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func (f *fixture) now() time.Time       { return epoch.Add(time.Duration(f.ahead.Load())) }
func (f *fixture) pass(d time.Duration) { f.ahead.Add(int64(d)) }
func key() []byte                       { return bytes.Repeat([]byte("k"), 32) }
func errorCode(err error) todo.Code     { return todo.AsError(err).Code }
func errorField(err error) string       { return todo.AsError(err).Field }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{store: identitytest.NewMemoryStore()}
	var err error
	f.Accounts, err = account.New(account.Config{Store: f.store, Now: f.now, Key: key()})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// wantNotAtRest fails if a secret, or what is left of it without its prefix, is in
// the store.
func (f *fixture) wantNotAtRest(t *testing.T, secrets ...string) {
	t.Helper()
	records := 0
	f.store.All(func(kind, key string, value []byte) {
		records++
		for _, s := range secrets {
			_, bare, _ := strings.Cut(s, "_")
			for _, hidden := range []string{s, bare} {
				if hidden != "" && (strings.Contains(key, hidden) || bytes.Contains(value, []byte(hidden))) {
					t.Errorf("a secret is at rest in %s", kind)
				}
			}
		}
	})
	if records == 0 {
		t.Error("there is nothing at rest: was anything looked at?")
	}
}

func TestAShortKeyIsRefused(t *testing.T) {
	if _, err := account.New(account.Config{Store: identitytest.NewMemoryStore(), Now: time.Now, Key: key()[:31]}); err == nil {
		t.Error("31 bytes will do")
	}
}

func TestSettings(t *testing.T) {
	s := func(v string) *string { return &v }
	for _, tt := range []struct {
		name  string
		patch api.SettingsPatch
		field string // that is refused
		want  string // zone, first day, theme
	}{
		{name: "nothing", want: " Monday system"},
		{name: "all", patch: api.SettingsPatch{Timezone: s("Europe/Berlin"), WeekStart: s("sunday"), Theme: s("dark")}, want: "Europe/Berlin Sunday dark"},
		{name: "presets", patch: api.SettingsPatch{Timezone: s(""), WeekStart: s(""), Theme: s("")}, want: " Monday system"},
		{name: "UTC", patch: api.SettingsPatch{Timezone: s("UTC")}, want: "UTC Monday system"},
		{name: "three parts", patch: api.SettingsPatch{Timezone: s("America/Argentina/Ushuaia"), WeekStart: s("saturday")}, want: "America/Argentina/Ushuaia Saturday system"},
		{name: "with digits", patch: api.SettingsPatch{Timezone: s("Etc/GMT+5")}, want: "Etc/GMT+5 Monday system"},
		{name: "unknown zone", patch: api.SettingsPatch{Timezone: s("Europe/Nowhere")}, field: "timezone"},
		{name: "this machine's zone", patch: api.SettingsPatch{Timezone: s("Local")}, field: "timezone"},
		{name: "leap seconds", patch: api.SettingsPatch{Timezone: s("right/UTC")}, field: "timezone"},
		{name: "a path", patch: api.SettingsPatch{Timezone: s("../../etc/passwd")}, field: "timezone"},
		{name: "an absolute path", patch: api.SettingsPatch{Timezone: s("/etc/localtime")}, field: "timezone"},
		{name: "too long", patch: api.SettingsPatch{Timezone: s("A" + strings.Repeat("/A", 40))}, field: "timezone"},
		{name: "a weekday nobody begins with", patch: api.SettingsPatch{WeekStart: s("tuesday")}, field: "weekStart"},
		{name: "a theme there is not", patch: api.SettingsPatch{Theme: s("Dark")}, field: "theme"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			_, err := f.SetSettings(t.Context(), "ada", tt.patch)
			if tt.field != "" {
				if errorCode(err) != todo.CodeInvalid || errorField(err) != tt.field {
					t.Errorf("%v, want %s to be refused", err, tt.field)
				}
				tt.want = " Monday system"
			} else if err != nil {
				t.Fatal(err)
			}
			f.pass(account.SettingsAge)
			p, err := f.Person(t.Context(), "ada")
			got := p.Timezone + " " + p.Week.String() + " " + p.Theme
			if err != nil || got != tt.want || (p.Zone == nil) != (p.Timezone == "") || p.Zone != nil && p.Zone.String() != p.Timezone {
				t.Errorf("%q %v, %v; want %q", got, p.Zone, err, tt.want)
			}
			if p, err := f.Person(t.Context(), "bob"); err != nil || p.Timezone != "" {
				t.Errorf("Bob has %+v, %v", p, err)
			}
		})
	}
}

// TestSettingsOfAnotherProcess: another server on the same store is believed after
// five seconds, this one at once.
func TestSettingsOfAnotherProcess(t *testing.T) {
	f := newFixture(t)
	other, err := account.New(account.Config{Store: f.store, Now: f.now, Key: key()})
	if err != nil {
		t.Fatal(err)
	}
	zone := func(a *account.Accounts) string {
		p, err := a.Person(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		return p.Timezone
	}
	zone(f.Accounts)
	name := "Asia/Tokyo"
	if _, err := other.SetSettings(t.Context(), "ada", api.SettingsPatch{Timezone: &name}); err != nil {
		t.Fatal(err)
	}
	if got := zone(other); got != name {
		t.Errorf("where it was set it is %q", got)
	}
	f.pass(account.SettingsAge - time.Millisecond)
	if got := zone(f.Accounts); got != "" {
		t.Errorf("elsewhere it is %q: nothing is remembered", got)
	}
	f.pass(time.Millisecond)
	if got := zone(f.Accounts); got != name {
		t.Errorf("elsewhere it is %q after five seconds", got)
	}
}

func TestFeed(t *testing.T) {
	f := newFixture(t)
	if feed, err := f.Feed(t.Context(), ns, web); err != nil || feed.Enabled {
		t.Errorf("before: %+v, %v", feed, err)
	}
	made, first, err := f.MakeFeed(t.Context(), ns, web, true)
	if err != nil || !made.Enabled || !made.Events || len(first) < 43 || strings.ContainsAny(first, "/+=") {
		t.Fatalf("%+v %q, %v", made, first, err)
	}
	if g, err := f.OpenFeed(t.Context(), first); err != nil || g.Subject != "ada" || g.Namespace != ns || !g.Events {
		t.Errorf("it opens %+v, %v", g, err)
	}
	if _, _, err := f.MakeFeed(t.Context(), "bob", bob, false); err != nil {
		t.Fatal(err)
	}
	_, second, err := f.MakeFeed(t.Context(), ns, web, false)
	if err != nil || second == first {
		t.Fatal(second, err)
	}
	for _, secret := range []string{first, "", second + "x", second[:42]} {
		if g, err := f.OpenFeed(t.Context(), secret); err != account.ErrBadToken { //nolint:errorlint // it is returned as it is
			t.Errorf("%q opens %+v, %v", secret, g, err)
		}
	}
	f.wantNotAtRest(t, "_"+first, "_"+second)
	for range 2 {
		if err := f.DeleteFeed(t.Context(), ns, web); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.OpenFeed(t.Context(), second); err != account.ErrBadToken { //nolint:errorlint // it is returned as it is
		t.Errorf("turned off it opens, %v", err)
	}
	if feed, err := f.Feed(t.Context(), "bob", bob); err != nil || !feed.Enabled {
		t.Errorf("Bob's is %+v, %v", feed, err)
	}
}

func TestForgetClient(t *testing.T) {
	f := newFixture(t)
	for _, actor := range []todo.Actor{web, app} {
		if _, err := f.CreateToken(t.Context(), ns, actor, account.NewToken{Name: actor.Name, Scopes: []string{"todos:read"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.CreateWebhook(t.Context(), ns, actor, account.NewWebhook{URL: "https://example.com/" + actor.Name}); err != nil {
			t.Fatal(err)
		}
	}
	_, secret, err := f.MakeFeed(t.Context(), ns, app, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ForgetClient(t.Context(), "ada", "claude"); err != nil {
		t.Fatal(err)
	}
	tokens, errTokens := f.Tokens(t.Context(), ns, web)
	hooks, errHooks := f.Webhooks(t.Context(), ns, web)
	if errTokens != nil || errHooks != nil || len(tokens) != 1 || tokens[0].Name != "web" || len(hooks) != 1 || hooks[0].CreatedBy != "web" {
		t.Errorf("left are %+v %v, %+v %v", tokens, errTokens, hooks, errHooks)
	}
	if _, err := f.OpenFeed(t.Context(), secret); err == nil {
		t.Error("the feed is still open")
	}
}
