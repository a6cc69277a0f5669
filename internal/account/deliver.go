package account

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/kv"
	"todo.example/internal/todo"
)

// DelivererConfig is what a Deliverer is made of; all of it is required.
type DelivererConfig struct {
	Accounts *Accounts
	Service  *todo.Service
	// Reader returns the person as a reader of the list.
	Reader func(ns todo.Namespace, subject string) todo.Actor
	Logger *slog.Logger
}

// Deliverer tells webhooks of changes: of each at least once, and of one after the
// other. It goes by the journal, and by where in it each webhook stands, which is in
// the store; so a stop loses nothing.
type Deliverer struct {
	accounts *Accounts
	service  *todo.Service
	reader   func(todo.Namespace, string) todo.Actor
	log      *slog.Logger
	now      func() time.Time
	client   *http.Client
	slots    chan struct{}

	mu    sync.Mutex
	pings map[string]time.Time // when each webhook was last tested
}

// maxDeliveries is how many attempts are made at the same time.
const maxDeliveries = 64

// NewDeliverer returns the Deliverer of the accounts.
func NewDeliverer(c DelivererConfig) *Deliverer {
	return &Deliverer{
		accounts: c.Accounts, service: c.Service, reader: c.Reader, log: c.Logger, now: c.Accounts.Now,
		client: client(newEgress(net.DefaultResolver, c.Accounts.Loopback)), slots: make(chan struct{}, maxDeliveries), pings: map[string]time.Time{},
	}
}

// worker is the delivery to one webhook under way.
type worker struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

// Run delivers until ctx ends. What is under way then is broken off, and made again
// by the next Run.
func (d *Deliverer) Run(ctx context.Context) error {
	workers := map[string]worker{}
	defer func() {
		for _, w := range workers {
			w.cancel()
			<-w.ended
		}
	}()
	if err := d.markAll(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.accounts.hooks.C:
		}
		for key := range d.accounts.hooks.take() {
			before := workers[key]
			workers[key] = d.start(ctx, key, before)
		}
		for key, w := range workers { // those that have nothing more to do
			select {
			case <-w.ended:
				delete(workers, key)
			default:
			}
		}
	}
}

// markAll has every webhook looked at.
func (d *Deliverer) markAll(ctx context.Context) error {
	return d.accounts.Store.View(ctx, func(tx kv.Tx) error {
		return tx.Scan(kindHooks, "", func(key string, _ []byte) error {
			d.accounts.hooks.add(key)
			return nil
		})
	})
}

// start begins the delivery to a webhook as it is now, once the one before has ended.
func (d *Deliverer) start(ctx context.Context, key string, before worker) worker {
	ctx, cancel := context.WithCancel(ctx)
	w := worker{cancel: cancel, ended: make(chan struct{})}
	if before.cancel != nil {
		before.cancel()
	}
	go func() {
		defer close(w.ended)
		defer cancel()
		if before.ended != nil {
			<-before.ended
		}
		d.deliver(ctx, key)
	}()
	return w
}

// storePatience is how long a worker waits when the store fails it.
const storePatience = 10 * time.Second

// deliver tells one webhook of changes until ctx ends or the webhook does.
func (d *Deliverer) deliver(ctx context.Context, key string) {
	h, err := d.accounts.hook(ctx, key)
	if err != nil || !h.Enabled {
		if err != nil && !errors.Is(err, kv.ErrNotFound) && ctx.Err() == nil {
			d.log.Error("read a webhook", "error", err)
		}
		return
	}
	watch, err := d.service.Watch(h.Namespace, d.reader(h.Namespace, h.Subject))
	if err != nil {
		d.log.Error("watch a list for a webhook", "webhook", h.ID, "error", err)
		return
	}
	defer watch.Close()
	for h.Enabled {
		wait := h.NextAt.Sub(d.now())
		if wait > 0 && !sleep(ctx, wait) {
			return
		}
		more, err := d.advance(ctx, &h)
		switch {
		case ctx.Err() != nil, errors.Is(err, kv.ErrNotFound):
			return
		case err != nil:
			d.log.Error("deliver to a webhook", "webhook", h.ID, "error", err)
			if !sleep(ctx, storePatience) {
				return
			}
		case more:
		default:
			select {
			case <-ctx.Done():
				return
			case <-watch.C:
			}
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

const (
	// mostRead is how many changes are read at once: an import is one, and may have
	// thousands of todos.
	mostRead = 8
	// skipped is how many changes that a webhook does not want it may be behind in
	// the store.
	skipped = 100
)

// advance tells the webhook of the next change that it wants, and reports whether
// there may be more to tell.
func (d *Deliverer) advance(ctx context.Context, h *hook) (more bool, err error) {
	from := h.Position
	for step := 1; h.Position-from < skipped; step = min(2*step, mostRead) {
		log, err := d.service.Changes(ctx, h.Namespace, d.reader(h.Namespace, h.Subject), h.Position, step)
		if err != nil {
			return false, err
		}
		if log.Reset {
			m, err := newMessage(*h, "resync_"+strconv.FormatUint(log.Rev, 10), api.Event{Type: api.EventResync, Timestamp: d.accounts.time(), Data: api.Resync{Rev: log.Rev}})
			if err != nil {
				return false, err
			}
			return true, d.attempt(ctx, h, m, log.Rev)
		}
		for _, c := range log.Changes {
			if h.wants(c.Kind) {
				m, err := changeMessage(*h, c)
				if err != nil {
					return false, err
				}
				return true, d.attempt(ctx, h, m, c.Rev)
			}
			h.Position = c.Rev
		}
		if len(log.Changes) < step {
			return false, nil
		}
	}
	at := h.Position
	return true, d.accounts.updateHook(ctx, h.key(), func(stored *hook) error {
		stored.Position = at
		return nil
	})
}

// attempt sends one message and writes down how it went: on success the webhook has
// heard up to the revision. Only then is it told of the next.
func (d *Deliverer) attempt(ctx context.Context, h *hook, m message, rev uint64) error {
	select {
	case d.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	result := d.send(ctx, *h, m)
	<-d.slots
	if ctx.Err() != nil && !result.Delivered {
		return ctx.Err() // broken off by us: it counts for nothing
	}
	return d.accounts.updateHook(context.WithoutCancel(ctx), h.key(), func(stored *hook) error {
		stored.Last = &result
		if result.Delivered {
			stored.Position, stored.Failures, stored.NextAt = rev, 0, time.Time{}
		} else {
			stored.fail(result, d.now())
		}
		*h = *stored
		return nil
	})
}

// retries are the waits after the first, second, … failure of a message. After
// one more the webhook is disabled.
var retries = []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour}

// statusGone is how a receiver says that it wants no more.
const statusGone = http.StatusGone

func (h *hook) fail(result api.Delivery, now time.Time) {
	h.Failures++
	switch {
	case result.Status == statusGone:
		h.disable("the receiver answered 410: it wants no more messages")
	case h.Failures > len(retries):
		h.disable("the same message failed " + strconv.Itoa(h.Failures) + " times; the last time " + result.Error)
	default:
		wait := retries[h.Failures-1]
		h.NextAt = now.Add(wait + rand.N(wait/5)).UTC().Truncate(todo.TimePrecision)
	}
}

func (h *hook) disable(reason string) { h.Enabled, h.Reason, h.NextAt = false, reason, time.Time{} }

// pingEvery is how often one webhook may be tested.
const pingEvery = 5 * time.Second

// Ping sends a test message, once, and returns how it went.
func (d *Deliverer) Ping(ctx context.Context, ns todo.Namespace, actor todo.Actor, id string) (api.Delivery, error) {
	key := ownerKey(ns, actor.Subject) + id
	h, err := d.accounts.hook(ctx, key)
	if errors.Is(err, kv.ErrNotFound) {
		return api.Delivery{}, notFound("webhook", id)
	}
	if err != nil {
		return api.Delivery{}, err
	}
	if !d.mayPing(key) {
		return api.Delivery{}, &todo.Error{Code: todo.CodeRateLimited, Message: "this webhook was tested a moment ago", Hint: "wait some seconds"}
	}
	m, err := newMessage(h, "ping_"+newID(), api.Event{Type: api.EventPing, Timestamp: d.accounts.time(), Data: struct{}{}})
	if err != nil {
		return api.Delivery{}, err
	}
	result := d.send(ctx, h, m)
	err = d.accounts.updateHook(ctx, key, func(stored *hook) error {
		stored.Last = &result
		return nil
	})
	return result, err
}

func (d *Deliverer) mayPing(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for k, at := range d.pings {
		if now.Sub(at) >= pingEvery {
			delete(d.pings, k)
		}
	}
	if _, ok := d.pings[key]; ok {
		return false
	}
	d.pings[key] = now
	return true
}
