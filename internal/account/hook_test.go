package account_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"todo.example/internal/account"
	"todo.example/internal/todo"
)

func TestPatchEndsTheWaiting(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.answers(http.StatusNotFound)
		o.add("one")
		o.receiver.take()
		o.receiver.answers(http.StatusOK)
		to := "https://example.org/moved"
		h, err := o.accounts.PatchWebhook(t.Context(), ns, web, made.ID, account.WebhookPatch{URL: &to, NewSecret: true})
		if err != nil || h.Secret == "" || h.Secret == made.Secret {
			t.Fatal(h, err)
		}
		got := o.receiver.take()
		o.wantTexts(got, "one")
		if got[0].url != to {
			t.Errorf("it went to %s", got[0].url)
		}
		renewed, _ := standardwebhooks.NewWebhook(h.Secret)
		first, _ := standardwebhooks.NewWebhook(made.Secret)
		if err := renewed.Verify(got[0].body, got[0].header); err != nil {
			t.Error(err)
		}
		if err := first.Verify(got[0].body, got[0].header); err == nil {
			t.Error("the old secret still signs")
		}
	})
}

func TestDeletedWebhookHearsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.answers(http.StatusNotFound)
		o.add("one")
		o.receiver.take()
		if err := o.accounts.DeleteWebhook(t.Context(), ns, web, made.ID); err != nil {
			t.Fatal(err)
		}
		o.add("two")
		time.Sleep(24 * time.Hour)
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("%d messages", len(got))
		}
		if err := o.accounts.DeleteWebhook(t.Context(), ns, web, made.ID); errorCode(err) != todo.CodeNotFound {
			t.Error(err)
		}
	})
}

func TestPing(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		no := false
		made := o.hook(account.NewWebhook{})
		if _, err := o.accounts.PatchWebhook(t.Context(), ns, web, made.ID, account.WebhookPatch{Enabled: &no}); err != nil {
			t.Fatal(err)
		}
		o.receiver.answers(http.StatusTeapot)
		result, err := o.out.Ping(t.Context(), ns, web, made.ID)
		if err != nil || result.Delivered || result.Status != http.StatusTeapot || result.Event != "ping" || result.Error != "the receiver answered 418" {
			t.Errorf("%+v, %v", result, err)
		}
		got := o.receiver.take()
		verifier, _ := standardwebhooks.NewWebhook(made.Secret)
		if len(got) != 1 || verifier.Verify(got[0].body, got[0].header) != nil || !strings.Contains(string(got[0].body), `"type":"ping"`) {
			t.Errorf("%d messages", len(got))
		}
		if _, err := o.out.Ping(t.Context(), ns, web, made.ID); errorCode(err) != todo.CodeRateLimited {
			t.Errorf("at once again: %v", err)
		}
		time.Sleep(5 * time.Second)
		o.receiver.fails(func(*http.Request) (*http.Response, error) { return nil, errors.New("reset by 10.1.2.3") })
		result, err = o.out.Ping(t.Context(), ns, web, made.ID)
		if err != nil || result.Error != "the receiver could not be reached" {
			t.Errorf("%+v, %v", result, err)
		}
		if h := o.state(made.ID); h.Enabled || h.Failures != 0 || h.Last == nil || h.Last.Event != "ping" {
			t.Errorf("%+v", h)
		}
		if _, err := o.out.Ping(t.Context(), "bob", bob, made.ID); errorCode(err) != todo.CodeNotFound {
			t.Errorf("Bob's test: %v", err)
		}
		o.wantQuiet(made.Secret)
	})
}

// TestLostKey: a server that has another key says so and does not sign wrongly.
func TestLostKey(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.stop()
		other, err := account.New(account.Config{Store: o.store, Now: time.Now, Key: bytes.Repeat([]byte("other"), 8)})
		if err != nil {
			t.Fatal(err)
		}
		out := account.NewDeliverer(account.DelivererConfig{Accounts: other, Service: o.service, Logger: slog.New(slog.DiscardHandler)})
		out.Over(o.receiver)
		result, err := out.Ping(t.Context(), ns, web, made.ID)
		if err != nil || !strings.Contains(result.Error, "make the secret anew") || len(o.receiver.take()) != 0 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

func TestWebhooksAreChecked(t *testing.T) {
	f := newFixture(t)
	for field, n := range map[string]account.NewWebhook{
		"url":    {URL: "http://example.com/"},
		"events": {URL: "https://example.com/", Events: []string{"todo.created", "todo.exploded"}},
	} {
		if _, err := f.CreateWebhook(t.Context(), ns, web, n); errorCode(err) != todo.CodeInvalid || errorField(err) != field {
			t.Errorf("%+v: %v", n, err)
		}
	}
	for range account.MaxWebhooks {
		if _, err := f.CreateWebhook(t.Context(), ns, web, account.NewWebhook{URL: "https://example.com/"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.CreateWebhook(t.Context(), ns, web, account.NewWebhook{URL: "https://example.com/"}); errorCode(err) != todo.CodeQuota {
		t.Errorf("one more: %v", err)
	}
	all, err := f.Webhooks(t.Context(), ns, web)
	if err != nil || len(all) != account.MaxWebhooks {
		t.Fatal(all, err)
	}
	for _, err := range []error{
		f.DeleteWebhook(t.Context(), "bob", bob, all[0].ID),
		second(f.Webhook(t.Context(), "bob", bob, all[0].ID)),
		second(f.PatchWebhook(t.Context(), "bob", bob, all[0].ID, account.WebhookPatch{})),
	} {
		if errorCode(err) != todo.CodeNotFound {
			t.Errorf("Bob's hand on Ada's: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
