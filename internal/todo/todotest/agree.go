package todotest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"todo.example/internal/todo"
)

// sequences is of the command line that runs the tests; ./test asks for more.
var sequences = flag.Int("todotest.sequences", batch, "compare a store with the one in memory over so many random sequences of requests, in hundreds")

// batch is how many sequences one store gets: what rapid.Check tries.
const batch = 100

// testAgrees sends random sequences of requests through a Service whose store is
// two: the one under test and the one in memory. Whatever the Service reads it
// reads from both, and any difference fails the test.
func testAgrees(t *testing.T, open func(t *testing.T) todo.Store) {
	for i := range (*sequences + batch - 1) / batch {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			store := open(t)
			run := 0
			rapid.Check(t, func(rt *rapid.T) {
				run++
				newMachine(rt, store, todo.Namespace(fmt.Sprintf("ada%d", run))).live(rt)
			})
		})
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
