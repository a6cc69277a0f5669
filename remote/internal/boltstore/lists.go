package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"todo.example/internal/todo"
)

// lists is the database as a todo.Store.
type lists struct{ db *DB }

func (l lists) View(ctx context.Context, ns todo.Namespace, read func(todo.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.db.view(func(tx *bbolt.Tx) error { return read(listReader(tx, ns)) })
}

func listReader(tx *bbolt.Tx, ns todo.Namespace) reader {
	return reader{rootBucket(tx, listsBucket).child([]byte(ns))}
}

func (l lists) Commit(ctx context.Context, ns todo.Namespace, key todo.Key, decide func(todo.Reader) (todo.Change, error)) (todo.Change, bool, error) {
	var c todo.Change
	var replayed bool
	err := l.db.update(ctx, func(tx *bbolt.Tx, room bool) (wrote bool, err error) {
		r := listReader(tx, ns)
		if c, replayed, err = r.replay(key); err != nil || replayed {
			return false, err
		}
		if c, err = decide(r); err != nil {
			return false, err
		}
		if !room && !onlyDeletes(c) {
			return false, errNoRoom
		}
		return l.apply(tx, ns, key, &c)
	})
	if err != nil {
		return todo.Change{}, false, err
	}
	return c, replayed, nil
}

// onlyDeletes reports whether a change may use the reserve of a full disk.
func onlyDeletes(c todo.Change) bool {
	for _, e := range c.Edits {
		if !e.After.Deleted() {
			return false
		}
	}
	return true
}

// keyRecord is what is remembered of an idempotency key.
type keyRecord struct {
	Fingerprint string      `json:"fingerprint"`
	Expires     time.Time   `json:"expires"`
	Change      todo.Change `json:"change"`
}

// replay returns the change that was recorded under the key, if any.
func (r reader) replay(key todo.Key) (c todo.Change, replayed bool, err error) {
	if key == (todo.Key{}) {
		return c, false, nil
	}
	old, ok, err := r.key(key.Value)
	if err != nil || !ok || !old.Expires.After(key.At) {
		return c, false, err
	}
	if old.Fingerprint != key.Fingerprint {
		return c, false, todo.KeyReused()
	}
	return old.Change, true, nil
}

func (r reader) key(value string) (k keyRecord, ok bool, err error) {
	payload, ok, err := r.list.child(keysBucket).get([]byte(value))
	if err != nil || !ok {
		return k, false, err
	}
	return k, true, decode(payload, &k)
}

// apply writes a change, and reports whether there was anything to write. An error
// is torn: some of it may be written.
func (l lists) apply(tx *bbolt.Tx, ns todo.Namespace, key todo.Key, c *todo.Change) (wrote bool, err error) {
	s, err := readState(listReader(tx, ns).list)
	if err != nil {
		return false, err
	}
	if len(c.Edits) > 0 {
		c.Rev = s.Rev + 1
	}
	if c.Rev == 0 && key == (todo.Key{}) {
		c.Open = s.Open
		return false, nil
	}
	w, err := newListWriter(tx, ns, s)
	if err == nil {
		err = w.write(c, key)
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", errTorn, err)
	}
	return true, nil
}

// listWriter writes to one list inside a transaction.
type listWriter struct {
	list, ids, positions, journal, keys, expiries bucket
	views                                         map[todo.View]bucket
	state                                         state
}

func newListWriter(tx *bbolt.Tx, ns todo.Namespace, s state) (*listWriter, error) {
	list, err := rootBucket(tx, listsBucket).create([]byte(ns))
	if err != nil {
		return nil, err
	}
	w := &listWriter{list: list, state: s, views: map[todo.View]bucket{}}
	var errs []error
	open := func(name []byte) bucket {
		b, err := list.create(name)
		errs = append(errs, err)
		return b
	}
	w.ids, w.positions, w.journal = open(idsBucket), open(positionsBucket), open(journalBucket)
	w.keys, w.expiries = open(keysBucket), open(expiriesBucket)
	for _, v := range []todo.View{todo.ViewOpen, todo.ViewCompleted, todo.ViewTrash} {
		w.views[v] = open(viewBucket(v))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	w.journal.b.FillPercent = 0.9 // it only grows at its end
	return w, nil
}

// write makes the change of revision c.Rev, or with 0 only records the key.
func (w *listWriter) write(c *todo.Change, key todo.Key) error {
	if c.Rev > 0 {
		if err := w.change(c); err != nil {
			return err
		}
	}
	c.Open = w.state.Open
	if c.Rev > 0 {
		if err := w.enter(c); err != nil {
			return err
		}
	}
	if key != (todo.Key{}) {
		if err := w.record(key, *c); err != nil {
			return err
		}
	}
	return w.putState()
}

func (w *listWriter) putState() error { return putJSON(w.list, stateKey, w.state) }

// change writes the rows.
func (w *listWriter) change(c *todo.Change) error {
	w.state.Rev = c.Rev
	for i := range c.Edits {
		e := &c.Edits[i]
		e.After.Rev = c.Rev
		if err := w.edit(e.Before, e.After); err != nil {
			return err
		}
	}
	return nil
}

// enter adds the change to the journal.
func (w *listWriter) enter(c *todo.Change) error {
	w.state.Journal++
	if err := putJSON(w.journal, bigEndian(c.Rev), c); err != nil {
		return err
	}
	if c.Undoes == 0 {
		return nil
	}
	undone, err := reader{w.list}.Change(c.Undoes)
	if errors.Is(err, todo.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	undone.UndoneBy = c.Rev
	return putJSON(w.journal, bigEndian(undone.Rev), undone)
}

// edit replaces a todo, moving it where its view, its place in that or its position
// changed. before is nil for a new one.
func (w *listWriter) edit(before *todo.Todo, after todo.Todo) error {
	errs := []error{putJSON(w.views[after.View()], []byte(after.SortKey()), after)}
	*w.state.count(after.View())++
	if before != nil {
		*w.state.count(before.View())--
	}
	if before == nil || !bytes.Equal(pointer(*before), pointer(after)) {
		errs = append(errs, w.ids.put([]byte(after.ID), pointer(after)))
		if before != nil {
			errs = append(errs, w.views[before.View()].delete([]byte(before.SortKey())))
		}
	}
	if before == nil || before.Position != after.Position {
		errs = append(errs, w.positions.put(positionKey(after), nil))
		if before != nil {
			errs = append(errs, w.positions.delete(positionKey(*before)))
		}
	}
	return errors.Join(errs...)
}

// pointer is a row of the ids bucket: where a todo's row is.
func pointer(t todo.Todo) []byte { return []byte(string(t.View()) + " " + t.SortKey()) }

func positionKey(t todo.Todo) []byte { return []byte(t.Position + " " + t.ID) }

// record remembers what an idempotency key did, in place of what it did before it
// expired.
func (w *listWriter) record(key todo.Key, c todo.Change) error {
	old, ok, err := reader{w.list}.key(key.Value)
	if err != nil {
		return err
	}
	if ok {
		if err := w.expiries.delete(expiryKey(old.Expires, key.Value)); err != nil {
			return err
		}
		w.state.Keys--
	}
	w.state.Keys++
	return errors.Join(
		putJSON(w.keys, []byte(key.Value), keyRecord{key.Fingerprint, key.Expires, c}),
		w.expiries.put(expiryKey(key.Expires, key.Value), nil))
}

// expiryKey sorts by expiry. Milliseconds before 1970 do not occur.
func expiryKey(expires time.Time, key string) []byte {
	return append(bigEndian(uint64(expires.UnixMilli())), key...)
}
