// Package kv is the contract of a small transactional key-value store with expiry, in which the embedded identity and
// people's accounts keep their records. identitytest.TestStore is that contract as a test.
//
// It holds no behaviour, imports nothing of this module, and must never learn what a record means.
package kv

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is what a Tx answers for a record that is not there.
var ErrNotFound = errors.New("kv: record not found")

// Store keeps records. It knows no rule of those whose they are.
type Store interface {
	// View runs fn on one consistent state. Writes through its Tx fail.
	View(ctx context.Context, fn func(Tx) error) error

	// Update runs fn as one atomic, durable, serializable transaction: when it returns nil the writes are on disk,
	// and when it returns an error nothing of them is left. fn may run more than once and so must have no effect but
	// through its Tx. An fn that fails does not disturb transactions that run beside it, and its error is returned
	// so that errors.Is finds it. A context that is over before fn has run means that nothing was done.
	Update(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction. It sees its own writes, is used by one goroutine, and is over when fn returns.
// Kinds and keys are non-empty strings of any bytes; a key is unique within its kind.
type Tx interface {
	// Get returns the record's value, or ErrNotFound. The slice is valid until the transaction ends and is not to be
	// changed. A record is there until it is deleted, also when its expiry has passed.
	Get(kind, key string) ([]byte, error)

	// Put creates or replaces a record with its expiry. The zero time means that it never expires. The store keeps
	// a copy of value. Expiries are kept to the second or better.
	Put(kind, key string, value []byte, expires time.Time) error

	// Delete removes a record. One that is not there is no error.
	Delete(kind, key string) error

	// Scan calls fn for each record of the kind whose key starts with prefix, in byte order of the keys, until fn
	// fails; its error is returned as it is. fn must not write. The value obeys the rule of Get.
	Scan(kind, prefix string, fn func(key string, value []byte) error) error

	// DeleteExpired deletes up to limit records, of any kind, whose expiry is not after before, the longest expired
	// first, and tells how many. Its cost is that of what it deletes, not of what is stored.
	DeleteExpired(before time.Time, limit int) (int, error)
}
