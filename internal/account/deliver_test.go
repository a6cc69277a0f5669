package account_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/identity/identitytest"
	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

// delivered is a message as its receiver got it.
type delivered struct {
	at     time.Time
	url    string
	header http.Header
	body   []byte
}

// event decodes the message.
func (d delivered) event(t *testing.T) (kind string, data api.Change) {
	t.Helper()
	var e struct {
		Type      string
		Timestamp time.Time
		Data      api.Change
	}
	if err := json.Unmarshal(d.body, &e); err != nil || e.Timestamp.IsZero() {
		t.Fatalf("%s: %v", d.body, err)
	}
	return e.Type, e.Data
}

// receiver is the other side of every webhook.
type receiver struct {
	mu     sync.Mutex
	got    []delivered
	answer func(*http.Request) (*http.Response, error)
}

func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.got = append(r.got, delivered{time.Now(), q.URL.String(), q.Header.Clone(), body})
	answer := r.answer
	r.mu.Unlock()
	return answer(q)
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20)))}, nil
	}
}

func (r *receiver) fails(answer func(*http.Request) (*http.Response, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// take returns what has come since it was asked last, once nothing moves any more.
func (r *receiver) take() []delivered {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// office is a server's webhooks, within a bubble of time.
type office struct {
	t        *testing.T
	store    *identitytest.MemoryStore
	todos    todo.Store
	service  *todo.Service
	accounts *account.Accounts
	out      *account.Deliverer
	receiver *receiver
	log      *bytes.Buffer
	stop     func()
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, store: identitytest.NewMemoryStore(), todos: todotest.NewStore(), receiver: &receiver{}, log: &bytes.Buffer{}}
	o.receiver.answers(http.StatusNoContent)
	o.start()
	return o
}

// start is the start of a server on what the one before has left.
func (o *office) start() {
	var err error
	o.accounts, err = account.New(account.Config{Store: o.store, Now: time.Now, Key: key()})
	if err != nil {
		o.t.Fatal(err)
	}
	o.service = todo.NewService(o.todos, time.Now)
	o.out = account.NewDeliverer(account.DelivererConfig{
		Accounts: o.accounts, Service: o.service, Logger: slog.New(slog.NewTextHandler(o.log, nil)),
		Reader: func(_ todo.Namespace, subject string) todo.Actor {
			return todo.Actor{Subject: subject, Allowed: todo.ReadOnly}
		},
	})
	o.out.Over(o.receiver)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.out.Run(ctx) }()
	o.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			o.t.Errorf("Run: %v", err)
		}
	})
}

func (o *office) hook(n account.NewWebhook) api.Webhook {
	o.t.Helper()
	if n.URL == "" {
		n.URL = "https://example.com/hook?key=receivers-own"
	}
	made, err := o.accounts.CreateWebhook(o.t.Context(), ns, web, n)
	if err != nil {
		o.t.Fatal(err)
	}
	return made
}

func (o *office) state(id string) api.Webhook {
	o.t.Helper()
	synctest.Wait()
	h, err := o.accounts.Webhook(o.t.Context(), ns, web, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return h
}

// add adds todos, a change each.
func (o *office) add(texts ...string) {
	o.t.Helper()
	for _, text := range texts {
		if _, err := o.service.Create(o.t.Context(), ns, web, []todo.New{{Text: text}}, todo.Options{}); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *office) wantTexts(got []delivered, want ...string) {
	o.t.Helper()
	var texts []string
	for _, d := range got {
		_, data := d.event(o.t)
		for _, item := range data.Todos {
			texts = append(texts, item.Text)
		}
	}
	if !slices.Equal(texts, want) {
		o.t.Errorf("told of %q, want %q", texts, want)
	}
}

func bubble(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		defer func() { o.stop() }() // of the last start
		test(t, o)
	})
}

func TestWebhookHearsOfChangesInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.add("before there was a webhook")
		made := o.hook(account.NewWebhook{Rev: 1})
		o.add("one", "two", "three")
		got := o.receiver.take()
		o.wantTexts(got, "one", "two", "three")
		verifier, err := standardwebhooks.NewWebhook(made.Secret)
		if err != nil || !strings.HasPrefix(made.Secret, "whsec_") {
			t.Fatal(made.Secret, err)
		}
		ids := map[string]bool{}
		for _, d := range got {
			if err := verifier.Verify(d.body, d.header); err != nil {
				t.Error(err)
			}
			if err := verifier.Verify(append(d.body, ' '), d.header); err == nil {
				t.Error("another body has the same signature")
			}
			if kind, data := d.event(t); kind != "todo.created" || data.By != "web" || d.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %+v %v", kind, data, d.header)
			}
			ids[d.header.Get("webhook-id")] = true
		}
		if len(ids) != 3 {
			t.Errorf("three messages have the ids %v", ids)
		}
		if h := o.state(made.ID); h.Last == nil || !h.Last.Delivered || h.Last.Status != http.StatusNoContent || h.Secret != "" {
			t.Errorf("%+v", h)
		}
		o.wantQuiet(made.Secret)
	})
}

// wantQuiet fails if a secret is at rest or in the log, where the receiver's URL is
// not to be either.
func (o *office) wantQuiet(secret string) {
	o.t.Helper()
	(&fixture{store: o.store}).wantNotAtRest(o.t, secret)
	for _, hidden := range []string{secret, strings.TrimPrefix(secret, "whsec_"), "receivers-own"} {
		if strings.Contains(o.log.String(), hidden) {
			o.t.Errorf("%q is in the log: %s", hidden, o.log)
		}
	}
}

func TestWebhookIsTriedAgainAndAtLastDisabled(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.answers(http.StatusInternalServerError)
		o.add("one", "two")
		time.Sleep(24 * time.Hour)
		got := o.receiver.take()
		if len(got) != len(account.Retries)+1 {
			t.Fatalf("%d attempts, want %d", len(got), len(account.Retries)+1)
		}
		for i, wait := range account.Retries {
			if gap := got[i+1].at.Sub(got[i].at); gap < wait || gap > wait*6/5 {
				t.Errorf("attempt %d came after %v, want %v and a little", i+2, gap, wait)
			}
			if got[i+1].header.Get("webhook-id") != got[0].header.Get("webhook-id") || !bytes.Equal(got[i+1].body, got[0].body) {
				t.Errorf("attempt %d is of another message", i+2)
			}
			if got[i+1].header.Get("webhook-timestamp") == got[0].header.Get("webhook-timestamp") {
				t.Errorf("attempt %d has the time of the first", i+2)
			}
		}
		h := o.state(made.ID)
		if h.Enabled || !strings.Contains(h.DisabledReason, "7 times") || !strings.Contains(h.DisabledReason, "500") || h.Last == nil || h.Last.Delivered {
			t.Errorf("%+v", h)
		}
		o.receiver.answers(http.StatusOK)
		time.Sleep(24 * time.Hour)
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("disabled it was told %d messages", len(got))
		}
		yes := true
		if h, err := o.accounts.PatchWebhook(t.Context(), ns, web, made.ID, account.WebhookPatch{Enabled: &yes}); err != nil || !h.Enabled || h.DisabledReason != "" || h.Failures != 0 {
			t.Fatal(h, err)
		}
		o.wantTexts(o.receiver.take(), "one", "two")
		o.wantQuiet(made.Secret)
	})
}

// TestRetriesAreNotAllAtOnce: receivers that failed together are not asked together.
func TestRetriesAreNotAllAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		for range account.MaxWebhooks {
			o.hook(account.NewWebhook{})
		}
		o.receiver.answers(http.StatusServiceUnavailable)
		o.add("one")
		o.receiver.take()
		o.receiver.answers(http.StatusOK)
		time.Sleep(10 * time.Second)
		times := map[time.Time]bool{}
		for _, d := range o.receiver.take() {
			times[d.at] = true
		}
		if len(times) < account.MaxWebhooks/2 {
			t.Errorf("%d retries came at %d moments", account.MaxWebhooks, len(times))
		}
	})
}

func TestWebhookGoesOnAfterARestart(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.add("one")
		o.wantTexts(o.receiver.take(), "one")
		o.receiver.answers(http.StatusBadGateway)
		o.add("two")
		time.Sleep(30 * time.Second)
		before := o.receiver.take()
		if len(before) != 2 {
			t.Fatalf("%d attempts", len(before))
		}
		o.stop()
		o.add("three") // what a stop has just let through
		due := o.state(made.ID).NextAttemptAt

		o.receiver.answers(http.StatusOK)
		o.start()
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("the restart forgot to wait: %d messages", len(got))
		}
		time.Sleep(time.Until(due))
		got := o.receiver.take()
		o.wantTexts(got, "two", "three")
		if got[0].header.Get("webhook-id") != before[0].header.Get("webhook-id") {
			t.Error("the message has another id than before the restart")
		}
		o.stop()
		o.start()
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("what was delivered came again: %d messages", len(got))
		}
	})
}

// TestStopInTheMiddle: an attempt that we break off is no failure of the receiver's,
// and the message comes again.
func TestStopInTheMiddle(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.fails(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		o.add("one")
		o.wantTexts(o.receiver.take(), "one")
		began := time.Now()
		o.stop()
		if took := time.Since(began); took != 0 {
			t.Errorf("the stop took %v", took)
		}
		if h := o.state(made.ID); h.Failures != 0 || h.Last != nil {
			t.Errorf("%+v", h)
		}
		o.receiver.answers(http.StatusOK)
		o.start()
		o.wantTexts(o.receiver.take(), "one")
	})
}

func TestReceiverThatHangs(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.fails(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		o.add("one")
		time.Sleep(10*time.Second + time.Millisecond)
		if h := o.state(made.ID); h.Failures != 1 || h.Last.Error != "the receiver did not answer in time" {
			t.Errorf("%+v %+v", h, h.Last)
		}
	})
}

func TestWebhookHearsOnlyWhatItWants(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{Events: []string{"todo.deleted"}})
		for i := range 150 {
			o.add(strings.Repeat("x", i+1))
		}
		if got := o.receiver.take(); len(got) != 0 {
			t.Errorf("told of %d", len(got))
		}
		c, err := o.service.Create(t.Context(), ns, web, []todo.New{{Text: "gone"}}, todo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.service.Delete(t.Context(), ns, web, []string{c.Todos()[0].ID}, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		got := o.receiver.take()
		o.wantTexts(got, "gone")
		if kind, _ := got[0].event(t); kind != "todo.deleted" {
			t.Error(kind)
		}
		all := []string{}
		if _, err := o.accounts.PatchWebhook(t.Context(), ns, web, made.ID, account.WebhookPatch{Events: &all}); err != nil {
			t.Fatal(err)
		}
		o.add("after")
		o.wantTexts(o.receiver.take(), "after")
	})
}

func TestReceiverThatWantsNoMore(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.answers(http.StatusGone)
		o.add("one")
		if got := o.receiver.take(); len(got) != 1 {
			t.Errorf("%d attempts", len(got))
		}
		if h := o.state(made.ID); h.Enabled || !strings.Contains(h.DisabledReason, "410") {
			t.Errorf("%+v", h)
		}
	})
}

// TestRedirectIsAFailure: it is not followed, and says so.
func TestRedirectIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		made := o.hook(account.NewWebhook{})
		o.receiver.fails(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"http://169.254.169.254/"}}, Body: http.NoBody}, nil
		})
		o.add("one")
		got := o.receiver.take()
		if h := o.state(made.ID); len(got) != 1 || h.Failures != 1 || !strings.Contains(h.Last.Error, "redirect") {
			t.Errorf("%d requests, %+v", len(got), h.Last)
		}
	})
}

// TestResync: where the journal does not reach back, or a change is too large, the
// receiver is told to read the list.
func TestResync(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.add("one", "two")
		if err := o.todos.Prune(t.Context(), time.Now(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		o.hook(account.NewWebhook{})
		got := o.receiver.take()
		if len(got) != 1 || !strings.Contains(string(got[0].body), `"todo.resync"`) || !strings.Contains(string(got[0].body), `"data":{"rev":2}`) {
			t.Fatalf("%d messages", len(got))
		}
		o.add("three")
		o.wantTexts(o.receiver.take(), "three")
		var many []todo.New
		for range 50 {
			many = append(many, todo.New{Text: "x", Notes: strings.Repeat("n", todo.MaxNotes)})
		}
		if _, err := o.service.Create(t.Context(), ns, web, many, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		got = o.receiver.take()
		if len(got) != 1 || string(got[0].body[:22]) != `{"type":"todo.resync",` || !strings.Contains(string(got[0].body), `{"rev":4}`) {
			t.Errorf("%d messages", len(got))
		}
	})
}

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
