package boltstore

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"todo.example/internal/todo"
)

// checkLists reports the first list in which what follows from its rows is not what
// is there. The file is one that verify has found sound.
func checkLists(tx *bbolt.Tx) error {
	root := rootBucket(tx, listsBucket)
	return root.b.ForEachBucket(func(name []byte) error {
		r := reader{list: root.child(name)}
		s, err := readState(r.list)
		if err == nil {
			err = errors.Join(r.checkTodos(s), r.checkJournal(s), r.checkKeys())
		}
		if err != nil {
			return fmt.Errorf("list %q: %w", name, err)
		}
		return nil
	})
}

// checkTodos wants the index keys of every row, and no others; there are as many
// as the state says, which verify has compared.
func (r reader) checkTodos(s state) error {
	index, keys := r.list.child(indexBucket), 0
	counters := map[string]int{}
	for row := range r.list.child(todosBucket).from(nil, false) {
		var t todo.Todo
		if err := errors.Join(row.err, decode(row.payload, &t)); err != nil {
			return err
		}
		if string(row.key) != t.ID || t.Position > s.Last || t.Rev > s.Rev {
			return fmt.Errorf("the row %q is of todo %q, at %q in revision %d", row.key, t.ID, t.Position, t.Rev)
		}
		for _, k := range todo.IndexKeys(t) {
			keys++
			if _, ok, err := index.get([]byte(k)); err != nil || !ok {
				return errors.Join(err, fmt.Errorf("todo %s lacks its index key %q", t.ID, k))
			}
		}
		for _, name := range todo.CounterKeys(t) {
			counters[name]++
		}
	}
	if keys != s.Index {
		return fmt.Errorf("the index has %d keys, its todos have %d", s.Index, keys)
	}
	return r.checkCounters(counters)
}

func (r reader) checkCounters(want map[string]int) error {
	got, err := r.Counters("")
	if err != nil {
		return err
	}
	for _, c := range got {
		if c.N != want[c.Name] {
			return fmt.Errorf("the counter %q is %d, not %d", c.Name, c.N, want[c.Name])
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("there are %d counters, not %d", len(got), len(want))
	}
	return nil
}

func (r reader) checkJournal(s state) error {
	for row := range r.list.child(journalBucket).from(nil, false) {
		var c todo.Change
		if err := errors.Join(row.err, decode(row.payload, &c)); err != nil {
			return err
		}
		if string(row.key) != string(bigEndian(c.Rev)) || c.Rev > s.Rev {
			return fmt.Errorf("the change %d lies at %x", c.Rev, row.key)
		}
	}
	return nil
}

// checkKeys wants an expiry for each key; there are as many of both.
func (r reader) checkKeys() error {
	expiries := r.list.child(expiriesBucket)
	for row := range r.list.child(keysBucket).from(nil, false) {
		var k keyRecord
		if err := errors.Join(row.err, k.decode(row.payload)); err != nil {
			return err
		}
		if _, ok, err := expiries.get(expiryKey(k.expires, string(row.key))); err != nil || !ok {
			return errors.Join(err, fmt.Errorf("the key %q has no expiry", row.key))
		}
	}
	return nil
}
