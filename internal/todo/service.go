package todo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"time"
)

// Service is the rules: what a valid todo is, who may do what, what a change is.
// Every surface goes through it. Each method refuses an actor that may not.
type Service struct {
	store Store
	feed  *feed
	now   func() time.Time
}

// NewService returns the Service over store. now is the clock.
func NewService(store Store, now func() time.Time) *Service {
	return &Service{store: store, feed: newFeed(), now: now}
}

// Now returns the time by which the service decides what today is.
func (s *Service) Now() time.Time { return s.now() }

// moment returns the time of a change made now.
func (s *Service) moment() time.Time { return s.now().UTC().Truncate(TimePrecision) }

// Options of a write.
type Options struct {
	// IdempotencyKey makes a retry answer the same and change nothing, for 24
	// hours, within one actor. Empty: none. At most MaxKey bytes.
	IdempotencyKey string
	// Request, with a key, is what was asked, where the items are only what was made of
	// it at the time: a retry of "in two hours" comes later.
	Request string
	// Atomic lets one bad item sink the whole batch.
	Atomic bool
}

// Run forgets what is past its retention, now and then, until ctx ends.
func (s *Service) Run(ctx context.Context, log *slog.Logger) error {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		now := s.now()
		if err := s.store.Prune(ctx, now, now.Add(-Retention)); err != nil && ctx.Err() == nil {
			log.Error("prune the trash and the journal", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// write is the frame of every change: permission, idempotency, commit, and word
// to whoever watches.
func (s *Service) write(ctx context.Context, ns Namespace, actor Actor, w writing) (Change, error) {
	if err := actor.require(w.action); err != nil {
		return Change{}, err
	}
	at := s.moment()
	key, err := w.key(actor, at)
	if err != nil {
		return Change{}, err
	}
	c, replayed, err := s.store.Commit(ctx, ns, key, func(r Reader) (Change, error) { return w.change(r, actor, at) })
	if err != nil {
		return Change{}, err
	}
	if c.Rev > 0 && !replayed {
		s.feed.notify(ns)
	}
	c.Replayed = replayed
	return c, nil
}

// writing is one kind of change, asked for once.
type writing struct {
	action  Action
	kind    Kind
	options Options
	request any                // what was asked, for the idempotency fingerprint
	decide  func(*draft) error // makes the edits; it reads and does not write
}

// change decides the write on the namespace as a Reader shows it.
func (w writing) change(r Reader, actor Actor, at time.Time) (Change, error) {
	c := Change{Kind: w.kind, At: at, By: actor.Name, Subject: actor.Subject, ClientID: actor.ClientID}
	d := newDraft(&c, r, actor, w.options.Atomic)
	if err := w.decide(d); err != nil {
		return Change{}, err
	}
	err := d.finish()
	return c, err
}

// key returns the idempotency key of a write that begins at a time, scoped to its caller.
func (w writing) key(actor Actor, at time.Time) (Key, error) {
	value := w.options.IdempotencyKey
	if value == "" {
		return Key{}, nil
	}
	if err := CheckIdempotencyKey(value); err != nil {
		return Key{}, err
	}
	asked := w.request
	if w.options.Request != "" {
		asked = w.options.Request
	}
	request, err := json.Marshal([]any{w.kind, asked, w.options.Atomic})
	if err != nil {
		return Key{}, err
	}
	sum := sha256.Sum256(request)
	return Key{
		Value:       actor.Subject + "\x00" + actor.ClientID + "\x00" + value,
		Fingerprint: hex.EncodeToString(sum[:]),
		At:          at,
		Expires:     at.Add(KeyRetention),
	}, nil
}

// CheckIdempotencyKey refuses what is too long or cannot be printed for a key.
func CheckIdempotencyKey(value string) error {
	if len(value) > MaxKey || !printable(value) {
		return invalid("Idempotency-Key", "use a random value of 20 to 40 letters and digits", "the idempotency key must be at most %d printable characters", MaxKey)
	}
	return nil
}
