package todotest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"todo.example/internal/todo"
)

// testAgrees sends random sequences of requests through a Service whose store is
// two: the one under test and the one in memory. Whatever the Service reads it
// reads from both, and any difference fails the test.
func testAgrees(t *testing.T, open func(t *testing.T) todo.Store) {
	store := open(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		m := &machine{
			ns:     todo.Namespace(fmt.Sprintf("ada%d", run)),
			actors: []todo.Actor{person("web", ""), person("Claude", "client")},
			now:    epoch,
		}
		m.store = twin{rt, store, NewStore()}
		m.service = todo.NewService(m.store, func() time.Time { return m.now })
		rt.Repeat(map[string]func(*rapid.T){
			"create":   m.create,
			"update":   m.update,
			"complete": m.complete,
			"delete":   m.delete,
			"restore":  m.restore,
			"undo":     m.undo,
			"prune":    m.prune,
			"":         m.check,
		})
	})
}

func person(name, client string) todo.Actor {
	return todo.Actor{Name: name, Subject: "ada", ClientID: client, Allowed: todo.Everything}
}

// machine is one namespace and what is known of it.
type machine struct {
	service *todo.Service
	store   todo.Store
	ns      todo.Namespace
	actors  []todo.Actor
	now     time.Time
	ids     []string
	last    uint64
}

func (m *machine) actor(t *rapid.T) todo.Actor { return rapid.SampledFrom(m.actors).Draw(t, "actor") }

func (m *machine) options(t *rapid.T) todo.Options {
	return todo.Options{
		IdempotencyKey: rapid.SampledFrom([]string{"", "", "k1", "k2"}).Draw(t, "key"),
		Atomic:         rapid.IntRange(0, 4).Draw(t, "atomic") == 0,
	}
}

func (m *machine) draw(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.SampledFrom(append([]string{"nonesuch"}, m.ids...)), 1, 4).Draw(t, "ids")
}

// did takes note of a request's outcome: each is allowed to fail, not to differ.
func (m *machine) did(c todo.Change, err error) {
	m.now = m.now.Add(time.Second)
	if err != nil {
		return
	}
	m.last = max(m.last, c.Rev)
	for _, e := range c.Edits {
		if !slices.Contains(m.ids, e.After.ID) {
			m.ids = append(m.ids, e.After.ID)
		}
	}
}

func (m *machine) create(t *rapid.T) {
	items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) todo.New {
		return todo.New{Text: rapid.StringN(0, 20, 60).Draw(t, "text"), Notes: rapid.StringN(0, 5, 20).Draw(t, "notes")}
	}), 1, 5).Draw(t, "items")
	m.did(m.service.Create(t.Context(), m.ns, m.actor(t), items, m.options(t)))
}

func (m *machine) update(t *rapid.T) {
	var patches []todo.Patch
	for _, id := range m.draw(t) {
		text, completed := rapid.StringN(0, 9, 30).Draw(t, "text"), rapid.Bool().Draw(t, "completed")
		patches = append(patches, todo.Patch{ID: id, Text: &text, Completed: &completed, IfRev: rapid.Uint64Range(0, 1).Draw(t, "ifRev")})
	}
	m.did(m.service.Update(t.Context(), m.ns, m.actor(t), patches, m.options(t)))
}

func (m *machine) complete(t *rapid.T) {
	m.did(m.service.SetCompleted(t.Context(), m.ns, m.actor(t), m.draw(t), rapid.Bool().Draw(t, "completed"), m.options(t)))
}

func (m *machine) delete(t *rapid.T) {
	m.did(m.service.Delete(t.Context(), m.ns, m.actor(t), m.draw(t), m.options(t)))
}

func (m *machine) restore(t *rapid.T) {
	m.did(m.service.Restore(t.Context(), m.ns, m.actor(t), m.draw(t), m.options(t)))
}

func (m *machine) undo(t *rapid.T) {
	id := ""
	if rev := rapid.Uint64Range(0, m.last).Draw(t, "rev"); rev > 0 {
		id = todo.Change{Rev: rev}.ID()
	}
	m.did(m.service.Undo(t.Context(), m.ns, m.actor(t), id, m.options(t)))
}

func (m *machine) prune(t *rapid.T) {
	now := m.now.Add(time.Duration(rapid.IntRange(0, 25).Draw(t, "hours")) * time.Hour)
	old := m.now.Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "seconds")) * time.Second)
	if err := m.store.Prune(t.Context(), now, old); err != nil {
		t.Fatal(err)
	}
}

// check reads everything, and so compares it; and holds the answers together.
func (m *machine) check(t *rapid.T) {
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	for _, status := range []todo.Status{todo.StatusAll, todo.StatusTrash} {
		var n, total int
		for cursor := ""; ; {
			p, err := m.service.List(t.Context(), m.ns, m.actors[0], todo.Query{Status: status, Cursor: cursor, Limit: limit})
			if err != nil {
				t.Fatal(err)
			}
			n, total, cursor = n+len(p.Todos), p.Total, p.NextCursor
			if cursor == "" {
				break
			}
		}
		if n != total {
			t.Fatalf("%s: the pages have %d todos, the count says %d", status, n, total)
		}
	}
	err := m.store.View(t.Context(), m.ns, func(r todo.Reader) error {
		_, errLast := r.LastPosition()
		_, errChanges := r.Changes(m.last/2, limit)
		_, errLatest := r.LatestChanges(0, 0)
		return errors.Join(errLast, errChanges, errLatest)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// twin is two stores that must not differ.
type twin struct {
	t    *rapid.T
	a, b todo.Store
}

func (w twin) View(ctx context.Context, ns todo.Namespace, read func(todo.Reader) error) error {
	return w.a.View(ctx, ns, func(a todo.Reader) error {
		return w.b.View(ctx, ns, func(b todo.Reader) error { return read(twinReader{w.t, a, b}) })
	})
}

func (w twin) Commit(ctx context.Context, ns todo.Namespace, key todo.Key, decide func(todo.Reader) (todo.Change, error)) (todo.Change, bool, error) {
	var b outcome
	inB := func(a todo.Reader) (decision todo.Change, err error) {
		b.change, b.replayed, b.err = w.b.Commit(ctx, ns, key, func(r todo.Reader) (todo.Change, error) {
			c, err := decide(twinReader{w.t, a, r})
			decision = clone(c)
			return c, err
		})
		return decision, b.err
	}
	var a outcome
	asked := false
	a.change, a.replayed, a.err = w.a.Commit(ctx, ns, key, func(r todo.Reader) (todo.Change, error) {
		asked = true
		return inB(r)
	})
	if !asked { // the key came before: so it must have in b
		b.change, b.replayed, b.err = w.b.Commit(ctx, ns, key, func(todo.Reader) (todo.Change, error) {
			return todo.Change{}, errors.New("only one store knew the idempotency key")
		})
	}
	same(w.t, "Commit", a, b)
	return a.change, a.replayed, a.err
}

func (w twin) Prune(ctx context.Context, now, old time.Time) error {
	return errors.Join(w.a.Prune(ctx, now, old), w.b.Prune(ctx, now, old))
}

type outcome struct {
	change   todo.Change
	replayed bool
	err      error
}

type twinReader struct {
	t    *rapid.T
	a, b todo.Reader
}

// both compares the answers of two readers to one question.
func both[T any](t *rapid.T, what string, a T, errA error, ask func() (T, error)) (T, error) {
	b, errB := ask()
	same(t, what, a, b)
	same(t, what, outcome{err: errA}, outcome{err: errB})
	return a, errA
}

func same(t *rapid.T, what string, a, b any) {
	if reflect.DeepEqual(a, b) { // the usual case, at a tenth of the cost
		return
	}
	message := cmp.Transformer("message", func(err error) string { return fmt.Sprint(err) })
	if diff := cmp.Diff(a, b, cmpopts.EquateEmpty(), cmp.AllowUnexported(outcome{}), message); diff != "" {
		t.Errorf("%s differs (-store +memory):\n%s", what, diff)
	}
}

func (r twinReader) Rev() (uint64, error) {
	a, err := r.a.Rev()
	return both(r.t, "Rev", a, err, r.b.Rev)
}

func (r twinReader) Todo(id string) (todo.Todo, error) {
	a, err := r.a.Todo(id)
	return both(r.t, "Todo", a, err, func() (todo.Todo, error) { return r.b.Todo(id) })
}

func (r twinReader) Todos(ids []string) ([]todo.Todo, error) {
	a, err := r.a.Todos(ids)
	return both(r.t, "Todos", a, err, func() ([]todo.Todo, error) { return r.b.Todos(ids) })
}

func (r twinReader) Keys(from, to string, limit int) ([]string, error) {
	a, err := r.a.Keys(from, to, limit)
	return both(r.t, "Keys", a, err, func() ([]string, error) { return r.b.Keys(from, to, limit) })
}

func (r twinReader) Counters(prefix string) ([]todo.Counter, error) {
	a, err := r.a.Counters(prefix)
	return both(r.t, "Counters", a, err, func() ([]todo.Counter, error) { return r.b.Counters(prefix) })
}

func (r twinReader) Marks(prefix string) (map[string]string, error) {
	a, err := r.a.Marks(prefix)
	return both(r.t, "Marks", a, err, func() (map[string]string, error) { return r.b.Marks(prefix) })
}

func (r twinReader) LastPosition() (string, error) {
	a, err := r.a.LastPosition()
	return both(r.t, "LastPosition", a, err, r.b.LastPosition)
}

func (r twinReader) Change(rev uint64) (todo.Change, error) {
	a, err := r.a.Change(rev)
	return both(r.t, "Change", a, err, func() (todo.Change, error) { return r.b.Change(rev) })
}

func (r twinReader) Changes(since uint64, limit int) ([]todo.Change, error) {
	a, err := r.a.Changes(since, limit)
	return both(r.t, "Changes", a, err, func() ([]todo.Change, error) { return r.b.Changes(since, limit) })
}

func (r twinReader) LatestChanges(before uint64, limit int) ([]todo.Change, error) {
	a, err := r.a.LatestChanges(before, limit)
	return both(r.t, "LatestChanges", a, err, func() ([]todo.Change, error) { return r.b.LatestChanges(before, limit) })
}
