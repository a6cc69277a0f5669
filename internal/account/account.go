// Package account is what a person has beside their todos: settings, personal
// access tokens, a calendar feed, and webhooks with their delivery.
//
// A secret that others bring (a token, a feed's address) is kept as its SHA-256. One
// that we must use again (a webhook's) is not kept at all: it is derived from
// Config.Key, which must not lie in the store, and a random value that does. So is, for
// a day, that of a token made under an idempotency key: a retry is answered with it.
//
// It knows no HTTP but that of delivering webhooks. It must never decide who may
// manage an account (remote/internal/auth does), never log or return a secret but
// in the one answer that makes it, and never connect to an address that is not a
// public one, whatever name or redirect leads there.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"todo.example/internal/kv"
	"todo.example/internal/todo"
)

// Config is what Accounts are made of; all of it is required but Loopback.
type Config struct {
	Store kv.Store
	Now   func() time.Time
	// Key is what webhooks' secrets are derived from: 32 random bytes that outlive
	// the process and are kept apart from Store.
	Key []byte
	// Loopback lets webhooks reach this machine, also by http: for a server that
	// itself is on loopback only.
	Loopback bool
}

// Accounts are the accounts of everybody. Its methods may be used by many at once.
type Accounts struct {
	Config
	people *lru.Cache[string, cachedPerson]

	mu   sync.Mutex
	used map[string]time.Time // tokens by key, since the last flush

	hooks *marks // webhooks that were made, changed or deleted
}

const cachedPeople = 10_000

// New returns the accounts in a store.
func New(c Config) (*Accounts, error) {
	if len(c.Key) < 32 {
		return nil, errors.New("account: the key has less than 32 bytes")
	}
	people, err := lru.New[string, cachedPerson](cachedPeople)
	return &Accounts{Config: c, people: people, used: map[string]time.Time{}, hooks: newMarks()}, err
}

const (
	upkeepEvery  = time.Minute // also how often the use of one token is written at most
	collectBatch = 500
)

// Run notes which tokens were used and forgets what has expired, until ctx ends.
// What fails is logged and tried again.
func (a *Accounts) Run(ctx context.Context, log *slog.Logger) error {
	ticker := time.NewTicker(upkeepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			if err := a.flush(context.WithoutCancel(ctx)); err != nil {
				log.Warn("note which tokens were used", "error", err)
			}
			return nil
		case <-ticker.C:
		}
		if err := errors.Join(a.flush(ctx), a.collect(ctx)); err != nil && ctx.Err() == nil {
			log.Error("upkeep of accounts", "error", err)
		}
	}
}

func (a *Accounts) collect(ctx context.Context) error {
	for {
		deleted := 0
		err := a.Store.Update(ctx, func(tx kv.Tx) (err error) {
			deleted, err = tx.DeleteExpired(a.Now(), collectBatch)
			return err
		})
		if err != nil || deleted < collectBatch {
			return err
		}
	}
}

// ForgetClient takes back all that a client made for a person: its access has
// ended, and what it left behind must not give it more.
func (a *Accounts) ForgetClient(ctx context.Context, subject, clientID string) error {
	var gone []string
	err := a.Store.Update(ctx, func(tx kv.Tx) error {
		gone = nil
		tokens, err := list[token](tx, kindTokens, subject+"\x00")
		for _, t := range tokens {
			if t.ClientID == clientID {
				err = errors.Join(err, t.delete(tx))
			}
		}
		feeds, errFeeds := list[feed](tx, kindFeeds, subject+"\x00")
		for _, f := range feeds {
			if f.ClientID == clientID {
				err = errors.Join(err, f.delete(tx))
			}
		}
		hooks, errHooks := list[hook](tx, kindHooks, subject+"\x00")
		for _, h := range hooks {
			if h.ClientID == clientID {
				err = errors.Join(err, tx.Delete(kindHooks, h.key()))
				gone = append(gone, h.key())
			}
		}
		return errors.Join(err, errFeeds, errHooks)
	})
	if err == nil {
		a.hooks.add(gone...)
	}
	return err
}

// ownerKey begins the keys of what a person has in a namespace.
func ownerKey(ns todo.Namespace, subject string) string {
	return subject + "\x00" + string(ns) + "\x00"
}

func get[T any](tx kv.Tx, kind, key string) (v T, err error) {
	raw, err := tx.Get(kind, key)
	if err != nil {
		return v, err
	}
	err = json.Unmarshal(raw, &v)
	return v, err
}

func put(tx kv.Tx, kind, key string, v any, expires time.Time) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Put(kind, key, raw, expires)
}

// list returns every record whose key begins with prefix, in the order of keys.
func list[T any](tx kv.Tx, kind, prefix string) (all []T, err error) {
	err = tx.Scan(kind, prefix, func(_ string, raw []byte) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// newID returns a random name that is a word to a shell and in a URL.
func newID() string { return strings.ToLower(rand.Text()[:16]) }

const secretSize = 32

// newSecret returns 256 random bits in URL-safe characters.
func newSecret() string {
	b := make([]byte, secretSize)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// digest is how a secret is kept, and found again.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func (a *Accounts) time() time.Time { return a.Now().UTC().Truncate(todo.TimePrecision) }

func invalid(field, message, hint string) error {
	return &todo.Error{Code: todo.CodeInvalid, Field: field, Message: message, Hint: hint}
}

func notFound(what, id string) error {
	return &todo.Error{Code: todo.CodeNotFound, Field: "id", Message: "no " + what + " has the id " + quoted(id), Hint: "get ids from the list; nothing was changed"}
}

// quoted shows what a client made up.
func quoted(s string) string { return fmt.Sprintf("%q", todo.Cut(s)) }
