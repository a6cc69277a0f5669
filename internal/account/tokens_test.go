package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/todo"
)

var readScope, bothScopes = []string{"todos:read"}, []string{"todos:read", "todos:write"}

func (f *fixture) token(t *testing.T, n account.NewToken) api.Token {
	t.Helper()
	made, err := f.CreateToken(t.Context(), ns, web, n)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestTokenOpensWhatItSays(t *testing.T) {
	f := newFixture(t)
	made := f.token(t, account.NewToken{Name: " Backup ", Scopes: []string{"todos:write", "todos:read", "todos:read"}})
	if made.Name != "Backup" || !slices.Equal(made.Scopes, bothScopes) || !strings.HasPrefix(made.Secret, "todo_") || len(made.Secret) != 53 || made.CreatedBy != "web" {
		t.Errorf("made %+v", made)
	}
	if want := epoch.AddDate(0, 0, 90); !made.ExpiresAt.Equal(want) {
		t.Errorf("it expires at %v, want %v", made.ExpiresAt, want)
	}
	g, err := f.Authenticate(t.Context(), made.Secret)
	if err != nil || g.Subject != "ada" || g.Namespace != ns || g.ID != made.ID || g.Name != "Backup" || !slices.Equal(g.Scopes, bothScopes) {
		t.Errorf("it opens %+v, %v", g, err)
	}
	f.wantNotAtRest(t, made.Secret)
	listed, err := f.Tokens(t.Context(), ns, web)
	if err != nil || len(listed) != 1 || listed[0].Secret != "" || listed[0].ID != made.ID {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if others, err := f.Tokens(t.Context(), "bob", bob); err != nil || len(others) != 0 {
		t.Errorf("Bob sees %+v, %v", others, err)
	}
}

func TestTokenThatIsNoGood(t *testing.T) {
	f := newFixture(t)
	made := f.token(t, account.NewToken{Name: "x", Scopes: readScope, Days: 1})
	last := made.Secret[len(made.Secret)-1:]
	other := "A"
	if last == other {
		other = "B"
	}
	for name, secret := range map[string]string{
		"empty": "", "only the prefix": "todo_", "without the prefix": made.Secret[5:], "cut": made.Secret[:52], "longer": made.Secret + "A",
		"mistyped": made.Secret[:52] + other, "another's": "todo_" + strings.Repeat("A", 48), "in capitals": strings.ToUpper(made.Secret),
		"padded": made.Secret + "=", "with a line": made.Secret + "\n",
	} {
		if _, err := f.Authenticate(t.Context(), secret); !errors.Is(err, account.ErrBadToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.pass(24*time.Hour - time.Millisecond)
	if _, err := f.Authenticate(t.Context(), made.Secret); err != nil {
		t.Errorf("before it expires: %v", err)
	}
	f.pass(time.Millisecond)
	if _, err := f.Authenticate(t.Context(), made.Secret); !errors.Is(err, account.ErrBadToken) {
		t.Errorf("when it expires: %v", err)
	}
}

func TestNewTokenIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     account.NewToken
		field string
	}{
		{"no name", account.NewToken{Name: "  ", Scopes: readScope}, "name"},
		{"61 characters", account.NewToken{Name: strings.Repeat("é", 61), Scopes: readScope}, "name"},
		{"60 characters", account.NewToken{Name: strings.Repeat("é", 60), Scopes: readScope}, ""},
		{"a control character", account.NewToken{Name: "a\x1bb", Scopes: readScope}, "name"},
		{"an override", account.NewToken{Name: "a\u202eb", Scopes: readScope}, "name"},
		{"bad UTF-8", account.NewToken{Name: "a\xff", Scopes: readScope}, "name"},
		{"no scope", account.NewToken{Name: "x"}, "scopes"},
		{"only to write", account.NewToken{Name: "x", Scopes: []string{"todos:write"}}, "scopes"},
		{"a foreign scope", account.NewToken{Name: "x", Scopes: []string{"todos:read", "openid"}}, "scopes"},
		{"366 days", account.NewToken{Name: "x", Scopes: readScope, Days: 366}, ""},
		{"367 days", account.NewToken{Name: "x", Scopes: readScope, Days: 367}, "expiresInDays"},
		{"the day before", account.NewToken{Name: "x", Scopes: readScope, Days: -1}, "expiresInDays"},
		{"never", account.NewToken{Name: "x", Scopes: readScope, Never: true}, ""},
		{"never and in days", account.NewToken{Name: "x", Scopes: readScope, Never: true, Days: 3}, "expiresInDays"},
	} {
		_, err := newFixture(t).CreateToken(t.Context(), ns, web, tt.n)
		if tt.field == "" && err != nil || tt.field != "" && (errorCode(err) != todo.CodeInvalid || errorField(err) != tt.field) {
			t.Errorf("%s: %v, want %q to be refused", tt.name, err, tt.field)
		}
	}
}

func TestTokenThatNeverExpires(t *testing.T) {
	f := newFixture(t)
	made := f.token(t, account.NewToken{Name: "x", Scopes: readScope, Never: true})
	f.pass(100 * 365 * 24 * time.Hour)
	if err := f.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Authenticate(t.Context(), made.Secret); err != nil || !made.ExpiresAt.IsZero() {
		t.Errorf("after a hundred years: %v; expires %v", err, made.ExpiresAt)
	}
}

func TestTokensAreLimited(t *testing.T) {
	f := newFixture(t)
	for i := range account.MaxTokens {
		f.token(t, account.NewToken{Name: fmt.Sprint(i), Scopes: readScope})
	}
	_, err := f.CreateToken(t.Context(), ns, web, account.NewToken{Name: "one more", Scopes: readScope})
	if errorCode(err) != todo.CodeQuota {
		t.Errorf("token %d: %v", account.MaxTokens+1, err)
	}
	if _, err := f.CreateToken(t.Context(), "bob", bob, account.NewToken{Name: "Bob's first", Scopes: readScope}); err != nil {
		t.Errorf("Bob's: %v", err)
	}
}

func TestDeletedTokenOpensNothing(t *testing.T) {
	f := newFixture(t)
	made := f.token(t, account.NewToken{Name: "x", Scopes: readScope})
	if err := f.DeleteToken(t.Context(), "bob", bob, made.ID); errorCode(err) != todo.CodeNotFound {
		t.Errorf("Bob deletes it: %v", err)
	}
	if _, err := f.Authenticate(t.Context(), made.Secret); err != nil {
		t.Fatal(err)
	}
	if err := f.DeleteToken(t.Context(), ns, web, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Authenticate(t.Context(), made.Secret); !errors.Is(err, account.ErrBadToken) {
		t.Errorf("deleted: %v", err)
	}
	if err := f.DeleteToken(t.Context(), ns, web, made.ID); errorCode(err) != todo.CodeNotFound {
		t.Errorf("deleted again: %v", err)
	}
	if err := f.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.store.All(func(kind, key string, _ []byte) { t.Errorf("%s %q is left", kind, key) })
}

// TestLastUse: nobody who uses a token waits for a write, and yet its use is seen at
// once, and after a restart.
func TestLastUse(t *testing.T) {
	f := newFixture(t)
	made := f.token(t, account.NewToken{Name: "x", Scopes: readScope})
	used := func(a *account.Accounts) time.Time {
		listed, err := a.Tokens(t.Context(), ns, web)
		if err != nil || len(listed) != 1 {
			t.Fatal(listed, err)
		}
		return listed[0].LastUsedAt
	}
	if got := used(f.Accounts); !got.IsZero() {
		t.Errorf("unused it was used at %v", got)
	}
	f.pass(time.Hour)
	for range 100 {
		if _, err := f.Authenticate(t.Context(), made.Secret); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.store.Len("tokenUse"); n != 0 {
		t.Errorf("a use was written at once")
	}
	if got := used(f.Accounts); !got.Equal(epoch.Add(time.Hour)) {
		t.Errorf("it was used at %v", got)
	}
	if err := f.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := account.New(account.Config{Store: f.store, Now: f.now, Key: key()})
	if err != nil {
		t.Fatal(err)
	}
	if got := used(again); !got.Equal(epoch.Add(time.Hour)) {
		t.Errorf("after a restart it was used at %v", got)
	}
}

func TestExpiredTokensAreListedForAMonth(t *testing.T) {
	f := newFixture(t)
	f.token(t, account.NewToken{Name: "x", Scopes: readScope, Days: 1})
	for after, want := range map[time.Duration]int{30 * 24 * time.Hour: 1, 31 * 24 * time.Hour: 0} {
		f.ahead.Store(int64(after))
		if after > 30*24*time.Hour {
			if err := f.Collect(t.Context()); err != nil {
				t.Fatal(err)
			}
			if listed, err := f.Tokens(t.Context(), ns, web); err != nil || len(listed) != want {
				t.Errorf("after %v: %+v, %v", after, listed, err)
			}
		}
	}
}
