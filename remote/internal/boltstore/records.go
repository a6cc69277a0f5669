package boltstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"todo.example/internal/kv"
)

// A bucket of records, one at the root for each who keeps some, holds beside its
// state and the expiries a bucket for each kind: key → expiry, big-endian milliseconds or 0, then the value.
// An expiry's row is: expiry, the kind's length as uvarint, kind, key → nothing.
var kindsBucket = []byte("kinds")

// recordState is what such a bucket knows of itself without counting.
type recordState struct {
	Records  int `json:"records"`
	Expiring int `json:"expiring"`
}

// records is one such bucket as a kv.Store.
type records struct {
	db   *DB
	name []byte
}

func (s records) View(ctx context.Context, fn func(kv.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.view(func(tx *bbolt.Tx) error {
		root := rootBucket(tx, s.name)
		return fn(&recordTx{kinds: root.child(kindsBucket), expiries: root.child(expiriesBucket)})
	})
}

func (s records) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return s.db.update(ctx, func(btx *bbolt.Tx, room bool) (int, error) {
		tx, err := newRecordTx(btx, s.name)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errTorn, err)
		}
		err = tx.run(fn)
		if err == nil && tx.grown && !room {
			err = errNoRoom
		}
		if err != nil {
			return 0, tx.rollback(err)
		}
		if err := tx.putState(); err != nil {
			return 0, fmt.Errorf("%w: %w", errTorn, err)
		}
		return len(tx.undo), nil
	})
}

// recordTx is one transaction. It shares a bbolt transaction with others, so it
// remembers what it overwrote, to leave nothing behind if it fails.
type recordTx struct {
	root, kinds, expiries bucket
	writable              bool
	state, before         recordState
	grown                 bool // a record was added, not only replaced or deleted
	undo                  []undoStep
}

type undoStep struct {
	bucket bucket
	key    []byte
	old    []byte // nil: there was none
}

var errReadOnly = errors.New("boltstore: a write in a read-only transaction")

// newRecordTx begins a transaction. A file that is older than what the bucket is
// for gets it here.
func newRecordTx(tx *bbolt.Tx, name []byte) (*recordTx, error) {
	root, err := createRoot(tx, name)
	if err != nil {
		return nil, err
	}
	kinds, errKinds := root.create(kindsBucket)
	expiries, errExpiries := root.create(expiriesBucket)
	payload, ok, err := root.get(stateKey)
	if err := errors.Join(errKinds, errExpiries, err); err != nil {
		return nil, err
	}
	t := &recordTx{root: root, kinds: kinds, expiries: expiries, writable: true}
	if ok {
		err = decode(payload, &t.state)
	}
	t.before = t.state
	return t, err
}

// run calls fn. If that panics the writes are taken back like those of one that
// failed.
func (t *recordTx) run(fn func(kv.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in an update: %v", p)
		}
	}()
	return fn(t)
}

func (t *recordTx) rollback(cause error) error {
	for _, step := range slices.Backward(t.undo) {
		err := step.bucket.delete(step.key)
		if step.old != nil {
			err = step.bucket.put(step.key, step.old)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errTorn, errors.Join(cause, err))
		}
	}
	return cause
}

func (t *recordTx) putState() error {
	if t.state == t.before {
		return nil
	}
	payload, err := json.Marshal(t.state)
	if err != nil {
		return err
	}
	return t.root.put(stateKey, payload)
}

func (t *recordTx) Get(kind, key string) ([]byte, error) {
	payload, ok, err := t.kinds.child([]byte(kind)).get([]byte(key))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, kv.ErrNotFound
	}
	_, value, err := splitRecord(payload)
	return value, err
}

func splitRecord(payload []byte) (expires uint64, value []byte, err error) {
	if len(payload) < 8 {
		return 0, nil, errRow
	}
	return binary.BigEndian.Uint64(payload), payload[8:], nil
}

func (t *recordTx) Put(kind, key string, value []byte, expires time.Time) error {
	if !t.writable {
		return errReadOnly
	}
	b, err := t.kinds.create([]byte(kind))
	if err != nil {
		return err
	}
	had, err := t.remove(b, kind, key)
	if err != nil {
		return err
	}
	t.grown = t.grown || !had
	t.state.Records++
	var at uint64
	if !expires.IsZero() {
		at = uint64(expires.UnixMilli())
		t.state.Expiring++
		if err := t.write(t.expiries, recordExpiry(at, kind, key), []byte{}); err != nil {
			return err
		}
	}
	return t.write(b, []byte(key), append(bigEndian(at), value...))
}

func (t *recordTx) Delete(kind, key string) error {
	if !t.writable {
		return errReadOnly
	}
	b := t.kinds.child([]byte(kind))
	if b.b == nil {
		return nil
	}
	_, err := t.remove(b, kind, key)
	return err
}

// remove deletes a record and its expiry, and reports whether it was there.
func (t *recordTx) remove(b bucket, kind, key string) (had bool, err error) {
	payload, ok, err := b.get([]byte(key))
	if err != nil || !ok {
		return false, err
	}
	at, _, err := splitRecord(payload)
	if err != nil {
		return false, err
	}
	t.state.Records--
	if at != 0 {
		t.state.Expiring--
		if err := t.write(t.expiries, recordExpiry(at, kind, key), nil); err != nil {
			return false, err
		}
	}
	return true, t.write(b, []byte(key), nil)
}

// write puts a row, or deletes it where payload is nil, and remembers how to take
// that back.
func (t *recordTx) write(b bucket, key, payload []byte) error {
	old, had, err := b.get(key)
	if err != nil {
		return err
	}
	if had {
		old = append([]byte{}, old...)
	}
	t.undo = append(t.undo, undoStep{b, key, old})
	if payload == nil {
		return b.delete(key)
	}
	return b.put(key, payload)
}

func recordExpiry(at uint64, kind, key string) []byte {
	b := binary.AppendUvarint(bigEndian(at), uint64(len(kind)))
	return append(append(b, kind...), key...)
}

func splitExpiry(b []byte) (at uint64, kind, key string, err error) {
	if len(b) < 8 {
		return 0, "", "", errRow
	}
	at = binary.BigEndian.Uint64(b)
	size, n := binary.Uvarint(b[8:])
	if n <= 0 || size > uint64(len(b)-8-n) {
		return 0, "", "", errRow
	}
	rest := b[8+n:]
	return at, string(rest[:size]), string(rest[size:]), nil
}

func (t *recordTx) Scan(kind, prefix string, fn func(key string, value []byte) error) error {
	for row := range t.kinds.child([]byte(kind)).prefixed(prefix) {
		if row.err != nil {
			return row.err
		}
		_, value, err := splitRecord(row.payload)
		if err != nil {
			return err
		}
		if err := fn(string(row.key), value); err != nil {
			return err
		}
	}
	return nil
}

func (t *recordTx) DeleteExpired(before time.Time, limit int) (int, error) {
	if !t.writable {
		return 0, errReadOnly
	}
	expired, err := t.expired(uint64(before.UnixMilli()), limit)
	if err != nil {
		return 0, err
	}
	for _, e := range expired {
		if err := t.Delete(e.kind, e.key); err != nil {
			return 0, err
		}
	}
	return len(expired), nil
}

type recordName struct{ kind, key string }

func (t *recordTx) expired(before uint64, limit int) (names []recordName, err error) {
	for row := range t.expiries.from(nil, false) {
		if row.err != nil {
			return nil, row.err
		}
		at, kind, key, err := splitExpiry(row.key)
		if err != nil {
			return nil, err
		}
		if at > before || len(names) == limit {
			break
		}
		names = append(names, recordName{kind, key})
	}
	return names, nil
}
