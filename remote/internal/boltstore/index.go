package boltstore

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"todo.example/internal/todo"
)

// following is what follows from the rows of one change: what becomes of index
// keys and counters.
type following struct {
	index    []indexEdit
	counters map[string]int // by how much they change
}

type indexEdit struct {
	key string
	add bool
}

func (f *following) add(t todo.Todo)    { f.note(t, true, 1) }
func (f *following) remove(t todo.Todo) { f.note(t, false, -1) }

func (f *following) note(t todo.Todo, add bool, n int) {
	keys := todo.IndexKeys(t)
	f.index = slices.Grow(f.index, len(keys))
	for _, k := range keys {
		f.index = append(f.index, indexEdit{k, add})
	}
	if f.counters == nil {
		f.counters = map[string]int{}
	}
	for _, name := range todo.CounterKeys(t) {
		f.counters[name] += n
	}
}

// net calls do with the index keys that come or go, ascending. bbolt splits its
// nodes only when it commits: into a node that has grown long, keys in any other
// order would each move all that come after.
func (f *following) net(do func(indexEdit) error) error {
	slices.SortStableFunc(f.index, func(a, b indexEdit) int { return strings.Compare(a.key, b.key) })
	for i := 0; i < len(f.index); {
		first, last := f.index[i], f.index[i]
		for ; i < len(f.index) && f.index[i].key == first.key; i++ {
			last = f.index[i]
		}
		if first.add != last.add { // it was there and is again, or was not and is not
			continue
		}
		if err := do(last); err != nil {
			return err
		}
	}
	return nil
}

// follow writes what follows from the rows of a change.
func (w *listWriter) follow(f following) error {
	index, err := w.list.create(indexBucket)
	if err != nil {
		return err
	}
	w.rows += len(f.index)
	err = f.net(func(e indexEdit) error {
		if e.add {
			w.state.Index++
			return index.put([]byte(e.key), nil)
		}
		w.state.Index--
		return index.delete([]byte(e.key))
	})
	if err != nil {
		return err
	}
	counters, err := w.list.create(countersBucket)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(f.counters)) {
		if err := w.addTo(counters, name, f.counters[name]); err != nil {
			return err
		}
	}
	return nil
}

// addTo changes a counter. There is no row at 0.
func (w *listWriter) addTo(counters bucket, name string, n int) error {
	if n == 0 {
		return nil
	}
	before, err := w.count(name)
	if err != nil {
		return err
	}
	after := before + n
	if before == 0 {
		w.state.Counters++
	}
	if after == 0 {
		w.state.Counters--
		return counters.delete([]byte(name))
	}
	return counters.put([]byte(name), binary.AppendUvarint(nil, uint64(after)))
}

// count returns what a counter stands at.
func (r reader) count(name string) (int, error) {
	payload, ok, err := r.list.child(countersBucket).get([]byte(name))
	if err != nil || !ok {
		return 0, err
	}
	n, _, err := cutUvarint(payload)
	return int(n), err
}
