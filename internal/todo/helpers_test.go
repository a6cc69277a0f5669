package todo_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

// fixture is a Service over a store in memory, with a clock that stands still.
type fixture struct {
	*todo.Service
	t     *testing.T
	store todo.Store
	now   time.Time
}

const ns = todo.Namespace("ada")

var (
	web    = todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything}
	claude = todo.Actor{Name: "Claude", Subject: "ada", ClientID: "client", Allowed: todo.Everything}
	epoch  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, store: todotest.NewStore(), now: epoch}
	f.Service = todo.NewService(f.store, func() time.Time { return f.now })
	return f
}

// ok returns a change that must have gone through whole.
func ok(t *testing.T) func(todo.Change, error) todo.Change {
	return func(c todo.Change, err error) todo.Change {
		t.Helper()
		if err != nil || len(c.Failures) > 0 {
			t.Fatalf("change %s: %v, %+v", c.ID(), err, c.Failures)
		}
		return c
	}
}

// add makes todos with these texts.
func (f *fixture) add(texts ...string) []todo.Todo {
	f.t.Helper()
	var items []todo.New
	for _, text := range texts {
		items = append(items, todo.New{Text: text})
	}
	return ok(f.t)(f.Create(f.t.Context(), ns, web, items, todo.Options{})).Todos()
}

// get returns a todo as changes show it: its subtasks are not counted.
func (f *fixture) get(id string) todo.Todo {
	f.t.Helper()
	got, err := f.Get(f.t.Context(), ns, web, id)
	if err != nil {
		f.t.Fatal(err)
	}
	got.Subtasks = todo.Progress{}
	return got
}

func (f *fixture) list(q todo.Query) todo.Page {
	f.t.Helper()
	p, err := f.List(f.t.Context(), ns, web, q)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

func texts(todos []todo.Todo) (texts []string) {
	for _, t := range todos {
		texts = append(texts, t.Text)
	}
	return texts
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// refused wants an error of a code about a field.
func refused(t *testing.T, what string, err error, code todo.Code, field string) {
	t.Helper()
	var e *todo.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field || e.Message == "" {
		t.Errorf("%s: %v, want %s of %q", what, err, code, field)
	}
}

// Now is the fixture's clock.
func (f *fixture) Now() time.Time { return f.now }

// countingStore counts the index keys and the changes that are read through it, and
// can say that there are more open todos than there are.
type countingStore struct {
	todo.Store
	keys, changes, more int
}

func (s *countingStore) Commit(ctx context.Context, ns todo.Namespace, key todo.Key, decide func(todo.Reader) (todo.Change, error)) (todo.Change, bool, error) {
	return s.Store.Commit(ctx, ns, key, func(r todo.Reader) (todo.Change, error) { return decide(countingReader{r, s}) })
}

type countingReader struct {
	todo.Reader
	s *countingStore
}

func (r countingReader) Keys(from, to string, limit int) ([]string, error) {
	keys, err := r.Reader.Keys(from, to, limit)
	r.s.keys += len(keys)
	return keys, err
}

func (r countingReader) Change(rev uint64) (todo.Change, error) {
	r.s.changes++
	return r.Reader.Change(rev)
}

func (r countingReader) Counters(prefix string) ([]todo.Counter, error) {
	counters, err := r.Reader.Counters(prefix)
	for i := range counters {
		if counters[i].Name == todo.CounterOf(todo.ViewOpen) {
			counters[i].N += r.s.more
		}
	}
	return counters, err
}
