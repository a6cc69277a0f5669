package account_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
