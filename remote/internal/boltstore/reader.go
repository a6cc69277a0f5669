package boltstore

import (
	"errors"
	"slices"

	"todo.example/internal/todo"
)

// reader reads one list inside a transaction.
type reader struct {
	list bucket
	seen map[string]*todo.Todo // what Todo found, nil for nothing, so that a change need not look again; nil: not kept
}

func (r reader) Rev() (uint64, error) {
	s, err := readState(r.list)
	return s.Rev, err
}

func (r reader) Todo(id string) (t todo.Todo, err error) {
	payload, ok, err := r.list.child(todosBucket).get([]byte(id))
	if err != nil {
		return t, err
	}
	if !ok {
		r.note(id, nil)
		return t, todo.NotFound(id)
	}
	if err := decode(payload, &t); err != nil {
		return t, err
	}
	found := t
	found.Tags = slices.Clone(t.Tags)
	r.note(id, &found)
	return t, nil
}

func (r reader) note(id string, found *todo.Todo) {
	if r.seen != nil {
		r.seen[id] = found
	}
}

// before returns the todo as it is stored, whatever a change says of it; ok is
// false where there is none.
func (r reader) before(id string) (t todo.Todo, ok bool, err error) {
	if seen, ok := r.seen[id]; ok {
		if seen == nil {
			return t, false, nil
		}
		return *seen, true, nil
	}
	t, err = r.Todo(id)
	if errors.Is(err, todo.ErrNotFound) {
		return t, false, nil
	}
	return t, err == nil, err
}

func (r reader) Todos(ids []string) ([]todo.Todo, error) {
	b := r.list.child(todosBucket)
	todos := make([]todo.Todo, 0, len(ids))
	for _, id := range ids {
		payload, ok, err := b.get([]byte(id))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		var t todo.Todo
		if err := decode(payload, &t); err != nil {
			return nil, err
		}
		todos = append(todos, t)
	}
	return todos, nil
}

func (r reader) Keys(from, to string, limit int) ([]string, error) {
	var keys []string
	for row := range r.list.child(indexBucket).from([]byte(from), false) {
		if row.err != nil {
			return nil, row.err
		}
		if string(row.key) >= to {
			break
		}
		keys = append(keys, string(row.key))
		if len(keys) == limit {
			break
		}
	}
	return keys, nil
}

func (r reader) Counters(prefix string) ([]todo.Counter, error) {
	var counters []todo.Counter
	for row := range r.list.child(countersBucket).prefixed(prefix) {
		if row.err != nil {
			return nil, row.err
		}
		n, _, err := cutUvarint(row.payload)
		if err != nil {
			return nil, err
		}
		counters = append(counters, todo.Counter{Name: string(row.key), N: int(n)})
	}
	return counters, nil
}

func (r reader) Marks(prefix string) (map[string]string, error) {
	marks := map[string]string{}
	for row := range r.list.child(marksBucket).prefixed(prefix) {
		if row.err != nil {
			return nil, row.err
		}
		marks[string(row.key)] = string(row.payload)
	}
	return marks, nil
}

func (r reader) LastPosition() (string, error) {
	s, err := readState(r.list)
	return s.Last, err
}

func (r reader) Change(rev uint64) (c todo.Change, err error) {
	payload, ok, err := r.list.child(journalBucket).get(bigEndian(rev))
	if err != nil {
		return c, err
	}
	if !ok {
		return c, todo.ErrNotFound
	}
	return c, decode(payload, &c)
}

func (r reader) Changes(since uint64, limit int) ([]todo.Change, error) {
	if since == ^uint64(0) {
		return nil, nil
	}
	return r.changes(since+1, false, limit)
}

func (r reader) LatestChanges(before uint64, limit int) ([]todo.Change, error) {
	return r.changes(before-1, true, limit) // before 0 wraps to the greatest revision
}

func (r reader) changes(start uint64, backward bool, limit int) ([]todo.Change, error) {
	var changes []todo.Change
	for c, err := range decoded[todo.Change](r.list.child(journalBucket).from(bigEndian(start), backward)) {
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
		if len(changes) == limit {
			break
		}
	}
	return changes, nil
}
