package boltstore

import (
	"bytes"
	"errors"
	"fmt"

	"todo.example/internal/todo"
)

// reader reads one list inside a transaction.
type reader struct{ list bucket }

func (r reader) Rev() (uint64, error) {
	s, err := readState(r.list)
	return s.Rev, err
}

var errNotYet = errors.New("boltstore: not built yet")

func (r reader) Todos([]string) ([]todo.Todo, error)        { return nil, errNotYet }
func (r reader) Keys(string, string, int) ([]string, error) { return nil, errNotYet }
func (r reader) Counters(string) ([]todo.Counter, error)    { return nil, errNotYet }
func (r reader) Marks(string) (map[string]string, error)    { return nil, errNotYet }

func (r reader) Todo(id string) (t todo.Todo, err error) {
	at, ok, err := r.list.child(idsBucket).get([]byte(id))
	if err != nil {
		return t, err
	}
	if !ok {
		return t, todo.NotFound(id)
	}
	view, key, _ := bytes.Cut(at, blank)
	payload, ok, err := r.list.child(view).get(key)
	if err == nil && !ok {
		err = fmt.Errorf("%w: the todo %s is not where its id points", errRow, id)
	}
	if err != nil {
		return t, err
	}
	return t, decode(payload, &t)
}

var blank = []byte(" ")

func (r reader) Page(view todo.View, after string, limit int) ([]todo.Todo, error) {
	var page []todo.Todo
	for t, err := range decoded[todo.Todo](r.list.child(viewBucket(view)).from([]byte(after), false)) {
		if err != nil {
			return nil, err
		}
		if after != "" && len(page) == 0 && t.SortKey() == after {
			continue
		}
		page = append(page, t)
		if len(page) == limit {
			break
		}
	}
	return page, nil
}

func (r reader) LastPosition() (string, error) {
	for row := range r.list.child(positionsBucket).from(nil, true) {
		position, _, _ := bytes.Cut(row.key, blank)
		return string(position), row.err
	}
	return "", nil
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
