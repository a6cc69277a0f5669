package boltstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"todo.example/internal/todo"
)

// pruneStep is how many rows of each kind one transaction forgets.
const pruneStep = 100

func (l lists) Prune(ctx context.Context, now, old time.Time) error {
	for ns, err := l.next(""); ; ns, err = l.next(ns) {
		if err != nil || ns == "" {
			return err
		}
		for more := true; more; {
			if more, err = l.pruneList(ctx, ns, now, old); err != nil {
				return err
			}
		}
	}
}

// next returns the namespace that follows one, "" after the last.
func (l lists) next(after todo.Namespace) (ns todo.Namespace, err error) {
	err = l.db.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(listsBucket).Cursor()
		k, _ := c.Seek([]byte(after))
		if k != nil && string(k) == string(after) {
			k, _ = c.Next()
		}
		ns = todo.Namespace(k)
		return nil
	})
	return ns, err
}

// outdated is what one transaction forgets of a list.
type outdated struct {
	changes []uint64 // their revisions
	todos   []todo.Todo
	keys    []string
}

func (l lists) pruneList(ctx context.Context, ns todo.Namespace, now, old time.Time) (more bool, err error) {
	err = l.db.update(ctx, func(tx *bbolt.Tx, _ bool) (int, error) {
		r := listReader(tx, ns)
		o, err := r.outdated(now, old)
		if err != nil {
			return 0, err
		}
		n := max(len(o.changes), len(o.todos), len(o.keys))
		more = n == pruneStep
		if n == 0 {
			return 0, nil
		}
		s, err := readState(r.list)
		if err != nil {
			return 0, err
		}
		w, err := newListWriter(tx, ns, r, s)
		if err == nil {
			err = w.forget(o)
		}
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errTorn, err)
		}
		return w.rows, nil
	})
	return more, err
}

// outdated finds up to pruneStep rows of each kind; all of them lie at one end of
// their bucket.
func (r reader) outdated(now, old time.Time) (o outdated, err error) {
	for c, err := range decoded[todo.Change](r.list.child(journalBucket).from(nil, false)) {
		if err != nil {
			return o, err
		}
		if !c.At.Before(old) || len(o.changes) == pruneStep {
			break
		}
		o.changes = append(o.changes, c.Rev)
	}
	if o.todos, err = r.trashed(old); err != nil {
		return o, err
	}
	for row := range r.list.child(expiriesBucket).from(nil, false) {
		if row.err != nil {
			return o, row.err
		}
		if string(row.key) >= string(expiryKey(now.Add(time.Millisecond), "")) || len(o.keys) == pruneStep {
			break
		}
		o.keys = append(o.keys, string(row.key))
	}
	return o, nil
}

// trashed returns the first todos that were deleted before old, oldest first.
func (r reader) trashed(old time.Time) (todos []todo.Todo, err error) {
	from, to := todo.ViewRange(todo.ViewTrash) // newest first
	for row := range r.list.child(indexBucket).from([]byte(to), true) {
		if row.err != nil {
			return nil, row.err
		}
		key := string(row.key)
		if key >= to {
			continue
		}
		if key < from || len(todos) == pruneStep {
			break
		}
		t, err := r.Todo(todo.KeyID(key))
		if err != nil {
			return nil, err
		}
		if !t.DeletedAt.Before(old) {
			break
		}
		todos = append(todos, t)
	}
	return todos, nil
}

func (w *listWriter) forget(o outdated) error {
	var errs []error
	var f following
	for _, rev := range o.changes {
		errs = append(errs, w.list.child(journalBucket).delete(bigEndian(rev)))
	}
	for _, t := range o.todos {
		errs = append(errs, w.list.child(todosBucket).delete([]byte(t.ID)))
		f.remove(t)
	}
	if len(o.todos) > 0 {
		errs = append(errs, w.follow(f))
	}
	for _, expiry := range o.keys {
		errs = append(errs, w.list.child(expiriesBucket).delete([]byte(expiry)), w.list.child(keysBucket).delete([]byte(expiry[8:])))
	}
	w.state.Journal -= len(o.changes)
	w.state.Todos -= len(o.todos)
	w.state.Keys -= len(o.keys)
	return errors.Join(append(errs, w.putState())...)
}
