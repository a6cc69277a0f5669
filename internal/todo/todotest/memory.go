// Package todotest holds every todo.Store to its contract: the contract as a
// suite, and a store in memory that passes it and stands in wherever a test needs
// one. It must never be imported by the program.
package todotest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"todo.example/internal/todo"
)

// Store is a todo.Store that keeps everything in memory. The zero value is not
// ready: use NewStore.
type Store struct {
	mu    sync.RWMutex
	lists map[todo.Namespace]*list
}

type list struct {
	rev     uint64
	todos   map[string]todo.Todo
	journal []todo.Change // oldest first
	keys    map[string]record
}

type record struct {
	key    todo.Key
	change todo.Change
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{lists: map[todo.Namespace]*list{}}
}

// View implements todo.Store.
func (s *Store) View(ctx context.Context, ns todo.Namespace, read func(todo.Reader) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return read(reader{s.list(ns)})
}

// list returns a namespace's list; one that nothing was written to is not kept.
func (s *Store) list(ns todo.Namespace) *list {
	if l, ok := s.lists[ns]; ok {
		return l
	}
	return &list{todos: map[string]todo.Todo{}, keys: map[string]record{}}
}

// Commit implements todo.Store.
func (s *Store) Commit(ctx context.Context, ns todo.Namespace, key todo.Key, decide func(todo.Reader) (todo.Change, error)) (todo.Change, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return todo.Change{}, false, err
	}
	l := s.list(ns)
	if old, ok := l.keys[key.Value]; ok && old.key.Expires.After(key.At) {
		if old.key.Fingerprint != key.Fingerprint {
			return todo.Change{}, false, todo.KeyReused()
		}
		return clone(old.change), true, nil
	}
	c, err := decide(reader{l})
	if err != nil {
		return todo.Change{}, false, err
	}
	s.lists[ns] = l
	c = l.apply(clone(c))
	if key != (todo.Key{}) {
		l.keys[key.Value] = record{key, clone(c)}
	}
	return c, false, nil
}

func (l *list) apply(c todo.Change) todo.Change {
	if len(c.Edits) > 0 {
		l.rev++
		c.Rev = l.rev
	}
	for i := range c.Edits {
		c.Edits[i].After.Rev = c.Rev
		l.todos[c.Edits[i].After.ID] = c.Edits[i].After
	}
	c.Open = l.counts().Open
	if c.Rev == 0 {
		return c
	}
	for i := range l.journal {
		if c.Undoes != 0 && l.journal[i].Rev == c.Undoes {
			l.journal[i].UndoneBy = c.Rev
		}
	}
	l.journal = append(l.journal, clone(c))
	return c
}

func (l *list) counts() (n todo.Counts) {
	for _, t := range l.todos {
		switch t.View() {
		case todo.ViewOpen:
			n.Open++
		case todo.ViewCompleted:
			n.Completed++
		case todo.ViewTrash:
			n.Trash++
		}
	}
	return n
}

// clone copies what callers could otherwise reach into.
func clone(c todo.Change) todo.Change {
	c.Edits = slices.Clone(c.Edits)
	for i, e := range c.Edits {
		if e.Before != nil {
			before := *e.Before
			c.Edits[i].Before = &before
		}
	}
	c.Unchanged = slices.Clone(c.Unchanged)
	c.Failures = slices.Clone(c.Failures)
	return c
}

// Prune implements todo.Store.
func (s *Store) Prune(ctx context.Context, now, old time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lists {
		if err := ctx.Err(); err != nil {
			return err
		}
		maps.DeleteFunc(l.todos, func(_ string, t todo.Todo) bool { return t.Deleted() && t.DeletedAt.Before(old) })
		maps.DeleteFunc(l.keys, func(_ string, r record) bool { return !r.key.Expires.After(now) })
		l.journal = slices.DeleteFunc(l.journal, func(c todo.Change) bool { return c.At.Before(old) })
	}
	return nil
}

// reader reads a list that its store keeps locked.
type reader struct{ *list }

func (r reader) Rev() (uint64, error) { return r.rev, nil }

func (r reader) Counts() (todo.Counts, error) { return r.counts(), nil }

func (r reader) Todo(id string) (todo.Todo, error) {
	t, ok := r.todos[id]
	if !ok {
		return todo.Todo{}, todo.NotFound(id)
	}
	return t, nil
}

func (r reader) Page(view todo.View, after string, limit int) ([]todo.Todo, error) {
	var page []todo.Todo
	for _, t := range r.todos {
		if t.View() == view && t.SortKey() > after {
			page = append(page, t)
		}
	}
	slices.SortFunc(page, func(a, b todo.Todo) int { return cmp.Compare(a.SortKey(), b.SortKey()) })
	return first(page, limit), nil
}

func (r reader) LastPosition() (last string, err error) {
	for _, t := range r.todos {
		last = max(last, t.Position)
	}
	return last, nil
}

func (r reader) Change(rev uint64) (todo.Change, error) {
	for _, c := range r.journal {
		if c.Rev == rev {
			return clone(c), nil
		}
	}
	return todo.Change{}, todo.ErrNotFound
}

func (r reader) Changes(since uint64, limit int) ([]todo.Change, error) {
	var changes []todo.Change
	for _, c := range r.journal {
		if c.Rev > since {
			changes = append(changes, clone(c))
		}
	}
	return first(changes, limit), nil
}

func (r reader) LatestChanges(before uint64, limit int) ([]todo.Change, error) {
	var changes []todo.Change
	for _, c := range slices.Backward(r.journal) {
		if before == 0 || c.Rev < before {
			changes = append(changes, clone(c))
		}
	}
	return first(changes, limit), nil
}

func first[T any](s []T, limit int) []T {
	if limit == 0 {
		return s
	}
	return s[:min(limit, len(s))]
}
