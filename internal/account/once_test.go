package account_test

import (
	"errors"
	"testing"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/todo"
)

func TestRetryOfAToken(t *testing.T) {
	f := newFixture(t)
	n := account.NewToken{Name: "Backup", Scopes: readScope, IdempotencyKey: "k"}
	first := f.token(t, n)
	f.wantNotAtRest(t, first.Secret)
	f.pass(todo.KeyRetention - time.Millisecond)
	again := f.token(t, n)
	if again.Secret != first.Secret || again.ID != first.ID || first.Replayed || !again.Replayed {
		t.Errorf("%+v\nagain %+v", first, again)
	}
	if _, err := f.Authenticate(t.Context(), again.Secret); err != nil {
		t.Error(err)
	}
	for name, other := range map[string]account.NewToken{
		"name":  {Name: "Other", Scopes: readScope, IdempotencyKey: "k"},
		"scope": {Name: "Backup", Scopes: bothScopes, IdempotencyKey: "k"},
		"end":   {Name: "Backup", Scopes: readScope, Never: true, IdempotencyKey: "k"},
	} {
		if _, err := f.CreateToken(t.Context(), ns, web, other); errorField(err) != "Idempotency-Key" {
			t.Errorf("with another %s: %v", name, err)
		}
	}
	if _, err := f.CreateWebhook(t.Context(), ns, web, account.NewWebhook{URL: "https://example.com/", IdempotencyKey: "k"}); errorField(err) != "Idempotency-Key" {
		t.Errorf("a webhook: %v", err)
	}
	if of, err := f.CreateToken(t.Context(), ns, app, n); err != nil || of.Replayed {
		t.Errorf("an app's own: %+v, %v", of, err)
	}
	f.pass(time.Millisecond)
	if later := f.token(t, n); later.Replayed || later.Secret == first.Secret {
		t.Errorf("a day later: %+v", later)
	}
}

func TestRetryAfterTheEnd(t *testing.T) {
	f := newFixture(t)
	n := account.NewToken{Name: "Backup", Scopes: readScope, IdempotencyKey: "t"}
	if err := f.DeleteToken(t.Context(), ns, web, f.token(t, n).ID); err != nil {
		t.Fatal(err)
	}
	_, err := f.CreateToken(t.Context(), ns, web, n)
	if !errors.Is(err, todo.ErrConflict) {
		t.Errorf("a token that was deleted: %v", err)
	}
	w := account.NewWebhook{URL: "https://example.com/", IdempotencyKey: "w"}
	made, err := f.CreateWebhook(t.Context(), ns, web, w)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.CreateWebhook(t.Context(), ns, web, w); err != nil || again.ID != made.ID || again.Secret != made.Secret || !again.Replayed {
		t.Errorf("%+v\nagain %+v, %v", made, again, err)
	}
	if err := f.DeleteWebhook(t.Context(), ns, web, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateWebhook(t.Context(), ns, web, w); !errors.Is(err, todo.ErrConflict) {
		t.Errorf("a webhook that was deleted: %v", err)
	}
}

func TestRetryBeyondTheQuota(t *testing.T) {
	f := newFixture(t)
	n := account.NewToken{Name: "Backup", Scopes: readScope, IdempotencyKey: "k"}
	first := f.token(t, n)
	for range account.MaxTokens - 1 {
		f.token(t, account.NewToken{Name: "x", Scopes: readScope})
	}
	if again := f.token(t, n); again.ID != first.ID {
		t.Errorf("%+v\nagain %+v", first, again)
	}
}
