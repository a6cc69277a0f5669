// Package todotest holds every todo.Store to its contract: the contract as a
// suite, and a store in memory that passes it and stands in wherever a test needs
// one. It must never be imported by the program.
package todotest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
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
	last    string // the greatest position ever given
	todos   map[string]todo.Todo
	index   []string // ascending
	marks   map[string]string
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
	return &list{todos: map[string]todo.Todo{}, marks: map[string]string{}, keys: map[string]record{}}
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
	if len(c.Edits)+len(c.Marks) > 0 {
		l.rev++
		c.Rev = l.rev
	}
	l.edit(c)
	for _, m := range c.Marks {
		l.marks[m.Key] = m.After
		if m.After == "" {
			delete(l.marks, m.Key)
		}
	}
	c.Open = l.counters()[todo.CounterOf(todo.ViewOpen)]
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

func (l *list) edit(c todo.Change) {
	var gone, come []string
	for i := range c.Edits {
		after := &c.Edits[i].After
		after.Rev = c.Rev
		if before, ok := l.todos[after.ID]; ok {
			gone = append(gone, todo.IndexKeys(before)...)
		}
		l.todos[after.ID] = cloneTodo(*after)
		l.last = max(l.last, after.Position)
	}
	for id := range edited(c) {
		come = append(come, todo.IndexKeys(l.todos[id])...)
	}
	l.reindex(gone, come)
}

func edited(c todo.Change) map[string]bool {
	ids := map[string]bool{}
	for _, e := range c.Edits {
		ids[e.After.ID] = true
	}
	return ids
}

// reindex takes keys out of the index and puts others in.
func (l *list) reindex(gone, come []string) {
	if len(gone) > 0 {
		is := map[string]bool{}
		for _, k := range gone {
			is[k] = true
		}
		l.index = slices.DeleteFunc(l.index, func(k string) bool { return is[k] })
	}
	l.index = append(l.index, come...)
	slices.Sort(l.index)
}

// counters counts anew what a store keeps count of.
func (l *list) counters() map[string]int {
	n := map[string]int{}
	for _, t := range l.todos {
		for _, name := range todo.CounterKeys(t) {
			n[name]++
		}
	}
	return n
}

// clone copies what callers could otherwise reach into.
func clone(c todo.Change) todo.Change {
	c.Edits = slices.Clone(c.Edits)
	for i, e := range c.Edits {
		if e.Before != nil {
			before := cloneTodo(*e.Before)
			c.Edits[i].Before = &before
		}
		c.Edits[i].After = cloneTodo(e.After)
	}
	c.Marks = slices.Clone(c.Marks)
	c.Unchanged = slices.Clone(c.Unchanged)
	for i, t := range c.Unchanged {
		c.Unchanged[i] = cloneTodo(t)
	}
	c.Failures = slices.Clone(c.Failures)
	return c
}

func cloneTodo(t todo.Todo) todo.Todo {
	t.Tags = slices.Clone(t.Tags)
	return t
}

// Prune implements todo.Store.
func (s *Store) Prune(ctx context.Context, now, old time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lists {
		if err := ctx.Err(); err != nil {
			return err
		}
		var gone []string
		for id, t := range l.todos {
			if t.Deleted() && t.DeletedAt.Before(old) {
				gone = append(gone, todo.IndexKeys(t)...)
				delete(l.todos, id)
			}
		}
		l.reindex(gone, nil)
		maps.DeleteFunc(l.keys, func(_ string, r record) bool { return !r.key.Expires.After(now) })
		l.journal = slices.DeleteFunc(l.journal, func(c todo.Change) bool { return c.At.Before(old) })
	}
	return nil
}

// reader reads a list that its store keeps locked.
type reader struct{ *list }

func (r reader) Rev() (uint64, error) { return r.rev, nil }

func (r reader) Todo(id string) (todo.Todo, error) {
	t, ok := r.todos[id]
	if !ok {
		return todo.Todo{}, todo.NotFound(id)
	}
	return cloneTodo(t), nil
}

func (r reader) Todos(ids []string) ([]todo.Todo, error) {
	var todos []todo.Todo
	for _, id := range ids {
		if t, ok := r.todos[id]; ok {
			todos = append(todos, cloneTodo(t))
		}
	}
	return todos, nil
}

func (r reader) Keys(from, to string, limit int) ([]string, error) {
	i, _ := slices.BinarySearch(r.index, from)
	j, _ := slices.BinarySearch(r.index, to)
	return slices.Clone(first(r.index[i:max(i, j)], limit)), nil
}

func (r reader) Counters(prefix string) ([]todo.Counter, error) {
	var counters []todo.Counter
	for name, n := range r.counters() {
		if strings.HasPrefix(name, prefix) {
			counters = append(counters, todo.Counter{Name: name, N: n})
		}
	}
	slices.SortFunc(counters, func(a, b todo.Counter) int { return cmp.Compare(a.Name, b.Name) })
	return counters, nil
}

func (r reader) Marks(prefix string) (map[string]string, error) {
	marks := maps.Clone(r.marks)
	maps.DeleteFunc(marks, func(key, _ string) bool { return !strings.HasPrefix(key, prefix) })
	return marks, nil
}

func (r reader) LastPosition() (string, error) { return r.last, nil }

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
