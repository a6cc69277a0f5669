package todotest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"todo.example/internal/todo"
)

// TestStore checks a store against the contract of todo.Store. open returns an
// empty store and sees to its closing.
func TestStore(t *testing.T, open func(t *testing.T) todo.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, todo.Store)
	}{
		{"empty", testEmpty},
		{"commit", testCommit},
		{"commit without edits", testNoEdits},
		{"failed commit leaves nothing", testFailedCommit},
		{"failing beside succeeding", testFailingBeside},
		{"panic in decide", testPanic},
		{"context over", testContext},
		{"lost updates", testLostUpdates},
		{"consistent views", testConsistentViews},
		{"namespaces", testNamespaces},
		{"hostile strings", testHostileStrings},
		{"undone by", testUndoneBy},
		{"journal", testJournal},
		{"views and counts", testViews},
		{"pages", testPages},
		{"equal keys", testEqualKeys},
		{"last position", testLastPosition},
		{"every member", testMembers},
		{"ranges of keys", testKeyRanges},
		{"long keys", testLongKeys},
		{"todos by id", testTodos},
		{"counters", testCounters},
		{"marks", testMarks},
		{"nothing is shared", testUnshared},
		{"big change", testBigChange},
		{"key replays", testKeyReplays},
		{"key of another request", testKeyReused},
		{"key expires", testKeyExpires},
		{"key of a failed commit", testKeyOfFailure},
		{"key used at once", testKeyRace},
		{"prune", testPrune},
		{"prune much", testPruneMuch},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	t.Run("agrees with memory", func(t *testing.T) { testAgrees(t, open) })
}

// TestDurable checks that what was answered outlives the store. open opens the
// same data each time it is called; close closes that opening.
func TestDurable(t *testing.T, open func(t *testing.T) (store todo.Store, close func())) {
	store, done := open(t)
	a, b := newTodo("a"), newTodo("b")
	made := mustCommit(t, store, "ada", change(todo.Created, create(a), create(b)))
	finished := made.Edits[0].After
	finished.Completed, finished.CompletedAt = true, epoch.Add(time.Minute)
	key := todo.Key{Value: "k", Fingerprint: "f", At: epoch, Expires: epoch.Add(time.Hour)}
	completed, _, err := store.Commit(t.Context(), "ada", key, decided(change(todo.Completed, edit(made.Edits[0].After, finished))))
	if err != nil {
		t.Fatal(err)
	}
	want := read(t, store, "ada")
	done()

	store, done = open(t)
	defer done()
	equal(t, "everything, after reopening", want, read(t, store, "ada"))
	again, replayed, err := store.Commit(t.Context(), "ada", key, neverDecide(t))
	if err != nil || !replayed {
		t.Errorf("a key after reopening: replayed %t, %v", replayed, err)
	}
	equal(t, "the replayed change", completed, again)
	if c := mustCommit(t, store, "ada", change(todo.Created, create(newTodo("c")))); c.Rev != 3 || c.Open != 2 {
		t.Errorf("the next change has revision %d and %d open, want 3 and 2", c.Rev, c.Open)
	}
}

var (
	epoch     = time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	errWanted = errors.New("wanted failure")
)

// everything is all that a Reader tells of a namespace.
type everything struct {
	Rev          uint64
	Counts       todo.Counts
	Open         []todo.Todo
	Completed    []todo.Todo
	Trash        []todo.Todo
	LastPosition string
	Changes      []todo.Change
	Latest       []todo.Change
}

func read(t *testing.T, store todo.Store, ns todo.Namespace) (all everything) {
	t.Helper()
	view(t, store, ns, func(r todo.Reader) error {
		var errs [8]error
		all.Rev, errs[0] = r.Rev()
		all.Counts, errs[1] = counts(r)
		all.Open, errs[2] = page(r, todo.ViewOpen, "", 0)
		all.Completed, errs[3] = page(r, todo.ViewCompleted, "", 0)
		all.Trash, errs[4] = page(r, todo.ViewTrash, "", 0)
		all.LastPosition, errs[5] = r.LastPosition()
		all.Changes, errs[6] = r.Changes(0, 0)
		all.Latest, errs[7] = r.LatestChanges(0, 0)
		return errors.Join(errs[:]...)
	})
	return all
}

func view(t *testing.T, store todo.Store, ns todo.Namespace, fn func(todo.Reader) error) {
	t.Helper()
	if err := store.View(t.Context(), ns, fn); err != nil {
		t.Fatalf("view %q: %v", ns, err)
	}
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// newTodo returns an open todo; its id is also its text and its place.
func newTodo(id string) todo.Todo {
	return todo.Todo{ID: id, Text: "todo " + id, Position: "h" + id, CreatedAt: epoch, CreatedBy: "web", UpdatedAt: epoch, UpdatedBy: "web"}
}

func create(t todo.Todo) todo.Revision { return todo.Revision{After: t} }

func edit(before, after todo.Todo) todo.Revision { return todo.Revision{Before: &before, After: after} }

func trash(t todo.Todo, at time.Time) todo.Revision {
	after := t
	after.DeletedAt = at
	return edit(t, after)
}

func complete(t todo.Todo, at time.Time) todo.Revision {
	after := t
	after.Completed, after.CompletedAt = true, at
	return edit(t, after)
}

func change(kind todo.Kind, edits ...todo.Revision) todo.Change {
	return todo.Change{Kind: kind, At: epoch, By: "web", Subject: "ada", Edits: edits}
}

type decideFunc = func(todo.Reader) (todo.Change, error)

func decided(c todo.Change) decideFunc {
	return func(todo.Reader) (todo.Change, error) { return c, nil }
}

func neverDecide(t *testing.T) decideFunc {
	return func(todo.Reader) (todo.Change, error) {
		t.Error("decide was called")
		return todo.Change{}, errWanted
	}
}

func mustCommit(t *testing.T, store todo.Store, ns todo.Namespace, c todo.Change) todo.Change {
	t.Helper()
	got, replayed, err := store.Commit(t.Context(), ns, todo.Key{}, decided(c))
	if err != nil || replayed {
		t.Fatalf("commit to %q: replayed %t, %v", ns, replayed, err)
	}
	return got
}

// mustMake makes todos with these ids, in one change.
func mustMake(t *testing.T, store todo.Store, ns todo.Namespace, ids ...string) []todo.Todo {
	t.Helper()
	var edits []todo.Revision
	for _, id := range ids {
		edits = append(edits, create(newTodo(id)))
	}
	return mustCommit(t, store, ns, change(todo.Created, edits...)).Todos()
}

func ids(todos []todo.Todo) (ids []string) {
	for _, t := range todos {
		ids = append(ids, t.ID)
	}
	return ids
}

func testEmpty(t *testing.T, store todo.Store) {
	equal(t, "an empty namespace", everything{}, read(t, store, "ada"))
	view(t, store, "ada", func(r todo.Reader) error {
		if _, err := r.Todo("a"); !errors.Is(err, todo.ErrNotFound) {
			t.Errorf("Todo = %v, want ErrNotFound", err)
		}
		for _, rev := range []uint64{0, 1, ^uint64(0)} {
			if _, err := r.Change(rev); !errors.Is(err, todo.ErrNotFound) {
				t.Errorf("Change(%d) = %v, want ErrNotFound", rev, err)
			}
		}
		return nil
	})
	err := store.View(t.Context(), "ada", func(todo.Reader) error { return errWanted })
	if !errors.Is(err, errWanted) {
		t.Errorf("View returned %v, want read's error", err)
	}
	if err := store.Prune(t.Context(), epoch, epoch); err != nil {
		t.Errorf("prune an empty store: %v", err)
	}
}

func testContext(t *testing.T, store todo.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := store.Commit(ctx, "ada", todo.Key{}, neverDecide(t))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("commit with a cancelled context = %v", err)
	}
	err = store.View(ctx, "ada", func(todo.Reader) error {
		t.Error("read was called")
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("view with a cancelled context = %v", err)
	}
	mustMake(t, store, "ada", "a")
	if err := store.Prune(ctx, epoch, epoch.Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("prune with a cancelled context = %v", err)
	}
	if got := read(t, store, "ada"); got.Rev != 1 || len(got.Changes) != 1 {
		t.Errorf("the namespace has revision %d and %d changes, want 1 and 1", got.Rev, len(got.Changes))
	}
}

func name(prefix string, i int) string { return fmt.Sprintf("%s%04d", prefix, i) }

// counts returns how many todos each view holds.
func counts(r todo.Reader) (n todo.Counts, err error) {
	counters, err := r.Counters("v")
	for _, c := range counters {
		switch c.Name {
		case todo.CounterOf(todo.ViewOpen):
			n.Open = c.N
		case todo.CounterOf(todo.ViewCompleted):
			n.Completed = c.N
		case todo.CounterOf(todo.ViewTrash):
			n.Trash = c.N
		}
	}
	return n, err
}

// page returns at most limit todos of a view after a SortKey in it.
func page(r todo.Reader, v todo.View, after string, limit int) ([]todo.Todo, error) {
	from, to := todo.ViewRange(v)
	if after != "" {
		from += after + "\x00"
	}
	keys, err := r.Keys(from, to, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = todo.KeyID(k)
	}
	return r.Todos(ids)
}
