package boltstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

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
		return r.apply(tx, ns, key, &c)
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
	for _, m := range c.Marks {
		if m.After != "" {
			return false
		}
	}
	return true
}

// apply writes a change, and reports whether there was anything to write. An error
// is torn: some of it may be written.
func (r reader) apply(tx *bbolt.Tx, ns todo.Namespace, key todo.Key, c *todo.Change) (wrote bool, err error) {
	s, err := readState(r.list)
	if err != nil {
		return false, err
	}
	if len(c.Edits)+len(c.Marks) > 0 {
		c.Rev = s.Rev + 1
	}
	if c.Rev == 0 && key == (todo.Key{}) {
		c.Open, err = r.count(todo.CounterOf(todo.ViewOpen))
		return false, err
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
	reader
	state state
}

func newListWriter(tx *bbolt.Tx, ns todo.Namespace, s state) (*listWriter, error) {
	list, err := rootBucket(tx, listsBucket).create([]byte(ns))
	return &listWriter{reader{list}, s}, err
}

// write makes the change of revision c.Rev, or with 0 only records the key.
func (w *listWriter) write(c *todo.Change, key todo.Key) (err error) {
	if c.Rev > 0 {
		w.state.Rev = c.Rev
		if err := errors.Join(w.edit(c), w.mark(c.Marks)); err != nil {
			return err
		}
	}
	if c.Open, err = w.count(todo.CounterOf(todo.ViewOpen)); err != nil {
		return err
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if c.Rev > 0 {
		if err := w.enter(c, payload); err != nil {
			return err
		}
	}
	if key != (todo.Key{}) {
		if err := w.record(key, payload); err != nil {
			return err
		}
	}
	return w.putState()
}

func (w *listWriter) putState() error { return w.list.put(stateKey, w.state.encode()) }

// edit writes the rows of a change, and what follows from them.
func (w *listWriter) edit(c *todo.Change) error {
	if len(c.Edits) == 0 {
		return nil
	}
	rows, err := w.list.create(todosBucket)
	if err != nil {
		return err
	}
	var f following
	order := make([]*todo.Revision, len(c.Edits))
	for i := range c.Edits {
		e := &c.Edits[i]
		e.After.Rev = c.Rev
		order[i] = e
		if e.Before == nil {
			w.state.Todos++
		} else {
			f.remove(*e.Before)
		}
		f.add(e.After)
		w.state.Last = max(w.state.Last, e.After.Position)
	}
	slices.SortStableFunc(order, func(a, b *todo.Revision) int { return cmp.Compare(a.After.ID, b.After.ID) })
	for _, e := range order {
		if err := putJSON(rows, []byte(e.After.ID), e.After); err != nil {
			return err
		}
	}
	return w.follow(f)
}

func (w *listWriter) mark(marks []todo.MarkEdit) error {
	if len(marks) == 0 {
		return nil
	}
	b, err := w.list.create(marksBucket)
	if err != nil {
		return err
	}
	for _, m := range marks {
		_, had, err := b.get([]byte(m.Key))
		if err != nil {
			return err
		}
		if had {
			w.state.Marks--
		}
		if m.After == "" {
			err = b.delete([]byte(m.Key))
		} else {
			w.state.Marks++
			err = b.put([]byte(m.Key), []byte(m.After))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// enter adds the change, encoded, to the journal.
func (w *listWriter) enter(c *todo.Change, payload []byte) error {
	b, err := w.list.create(journalBucket)
	if err != nil {
		return err
	}
	b.b.FillPercent = 0.9 // it only grows at its end
	w.state.Journal++
	if err := b.put(bigEndian(c.Rev), payload); err != nil {
		return err
	}
	if c.Undoes == 0 {
		return nil
	}
	undone, err := w.Change(c.Undoes)
	if errors.Is(err, todo.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	undone.UndoneBy = c.Rev
	return putJSON(b, bigEndian(undone.Rev), undone)
}
