package boltstore

import (
	"cmp"
	"context"
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
	return reader{list: rootBucket(tx, listsBucket).child([]byte(ns))}
}

func (l lists) Commit(ctx context.Context, ns todo.Namespace, key todo.Key, decide func(todo.Reader) (todo.Change, error)) (todo.Change, bool, error) {
	var c todo.Change
	var replayed bool
	err := l.db.update(ctx, func(tx *bbolt.Tx, room bool) (rows int, err error) {
		r := listReader(tx, ns)
		r.seen = map[string]*todo.Todo{}
		if c, replayed, err = r.replay(key); err != nil || replayed {
			return 0, err
		}
		if c, err = decide(r); err != nil {
			return 0, err
		}
		if !room && !onlyDeletes(c) {
			return 0, errNoRoom
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

// apply writes a change, and returns about how many rows it wrote, 0 if there was
// nothing to write. An error is torn: some of it may be written.
func (r reader) apply(tx *bbolt.Tx, ns todo.Namespace, key todo.Key, c *todo.Change) (rows int, err error) {
	s, err := readState(r.list)
	if err != nil {
		return 0, err
	}
	if len(c.Edits)+len(c.Marks) > 0 {
		c.Rev = s.Rev + 1
	}
	if c.Rev == 0 && key == (todo.Key{}) {
		c.Open, err = r.count(todo.CounterOf(todo.ViewOpen))
		return 0, err
	}
	w, err := newListWriter(tx, ns, r, s)
	if err == nil {
		err = w.write(c, key)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errTorn, err)
	}
	return w.rows, nil
}

// listWriter writes to one list inside a transaction.
type listWriter struct {
	reader
	state state
	rows  int // how many were written, about
}

// newListWriter returns the writer that goes on where r has read.
func newListWriter(tx *bbolt.Tx, ns todo.Namespace, r reader, s state) (w *listWriter, err error) {
	r.list, err = rootBucket(tx, listsBucket).create([]byte(ns))
	return &listWriter{reader: r, state: s}, err
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
	payload, err := encode(c)
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

func (w *listWriter) putState() error {
	w.rows++
	return w.list.put(stateKey, w.state.encode())
}

// edit writes the rows of a change, in the order of their ids (see following.net),
// and what follows from them.
func (w *listWriter) edit(c *todo.Change) error {
	if len(c.Edits) == 0 {
		return nil
	}
	rows, err := w.list.create(todosBucket)
	if err != nil {
		return err
	}
	order := make([]*todo.Todo, len(c.Edits))
	for i := range c.Edits {
		order[i] = &c.Edits[i].After
		order[i].Rev = c.Rev
	}
	slices.SortStableFunc(order, func(a, b *todo.Todo) int { return cmp.Compare(a.ID, b.ID) })
	var f following
	for _, after := range order {
		before, ok, err := w.before(after.ID)
		if err != nil {
			return err
		}
		if ok {
			f.remove(before)
		} else {
			w.state.Todos++
		}
		f.add(*after)
		w.state.Last = max(w.state.Last, after.Position)
		if err := putJSON(rows, []byte(after.ID), after); err != nil {
			return err
		}
		w.note(after.ID, after)
	}
	w.rows += len(order)
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
