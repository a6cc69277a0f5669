package todotest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"todo.example/internal/todo"
)

func keyAt(at time.Time) todo.Key {
	return todo.Key{Value: "ada\x00client\x00retry", Fingerprint: "one", At: at, Expires: at.Add(time.Hour)}
}

func testKeyReplays(t *testing.T, store todo.Store) {
	c := change(todo.Created, create(newTodo("a")))
	c.Failures = []todo.Failure{{Item: 1, Code: todo.CodeInvalid, Message: "no"}}
	want, replayed, err := store.Commit(t.Context(), "ada", keyAt(epoch), decided(c))
	if err != nil || replayed {
		t.Fatalf("the first use: replayed %t, %v", replayed, err)
	}
	undo := change(todo.Undone, trash(want.Edits[0].After, epoch))
	undo.Undoes = want.Rev
	mustCommit(t, store, "ada", undo) // what came later does not change the answer
	before := read(t, store, "ada")
	got, replayed, err := store.Commit(t.Context(), "ada", keyAt(epoch.Add(time.Minute)), neverDecide(t))
	if err != nil || !replayed {
		t.Fatalf("the second use: replayed %t, %v", replayed, err)
	}
	equal(t, "the replayed answer", want, got)
	equal(t, "the namespace", before, read(t, store, "ada"))

	noop := change(todo.Completed)
	noop.Unchanged = []todo.Todo{newTodo("a")}
	key := keyAt(epoch)
	key.Value = "noop"
	want, _, err = store.Commit(t.Context(), "ada", key, decided(noop))
	if err != nil {
		t.Fatal(err)
	}
	got, replayed, err = store.Commit(t.Context(), "ada", key, neverDecide(t))
	if err != nil || !replayed || got.Rev != 0 {
		t.Errorf("a change without edits: replayed %t, revision %d, %v", replayed, got.Rev, err)
	}
	equal(t, "the replayed answer without edits", want, got)
}

func testKeyReused(t *testing.T, store todo.Store) {
	if _, _, err := store.Commit(t.Context(), "ada", keyAt(epoch), decided(change(todo.Created, create(newTodo("a"))))); err != nil {
		t.Fatal(err)
	}
	before := read(t, store, "ada")
	other := keyAt(epoch)
	other.Fingerprint = "two"
	_, replayed, err := store.Commit(t.Context(), "ada", other, neverDecide(t))
	var e *todo.Error
	if !errors.Is(err, todo.ErrInvalid) || !errors.As(err, &e) || e.Field != "Idempotency-Key" || replayed {
		t.Errorf("a key with another fingerprint: replayed %t, %v; want ErrInvalid of Idempotency-Key", replayed, err)
	}
	equal(t, "the namespace", before, read(t, store, "ada"))
}

func testKeyExpires(t *testing.T, store todo.Store) {
	use := func(at time.Time, fingerprint, id string, wantReplay bool) {
		t.Helper()
		key := keyAt(at)
		key.Fingerprint = fingerprint
		_, replayed, err := store.Commit(t.Context(), "ada", key, decided(change(todo.Created, create(newTodo(id)))))
		if err != nil || replayed != wantReplay {
			t.Errorf("the key at %s: replayed %t, %v; want %t", at.Sub(epoch), replayed, err, wantReplay)
		}
	}
	use(epoch, "one", "a", false)
	use(epoch.Add(time.Hour-time.Millisecond), "one", "b", true)
	use(epoch.Add(time.Hour), "two", "c", false) // expired: a new key, with its own expiry
	use(epoch.Add(2*time.Hour-time.Millisecond), "two", "d", true)
	equal(t, "the todos", []string{"a", "c"}, ids(read(t, store, "ada").Open))
	// The first expiry of a key must not take the second with it.
	if err := store.Prune(t.Context(), epoch.Add(90*time.Minute), epoch); err != nil {
		t.Fatal(err)
	}
	use(epoch.Add(time.Hour), "two", "e", true)
	if err := store.Prune(t.Context(), epoch.Add(2*time.Hour), epoch); err != nil {
		t.Fatal(err)
	}
	use(epoch.Add(time.Hour), "three", "f", false)
}

func testKeyOfFailure(t *testing.T, store todo.Store) {
	_, _, err := store.Commit(t.Context(), "ada", keyAt(epoch), func(todo.Reader) (todo.Change, error) { return todo.Change{}, errWanted })
	if !errors.Is(err, errWanted) {
		t.Errorf("commit = %v, want decide's error", err)
	}
	c, replayed, err := store.Commit(t.Context(), "ada", keyAt(epoch), decided(change(todo.Created, create(newTodo("a")))))
	if err != nil || replayed || c.Rev != 1 {
		t.Errorf("the key of a failed request: replayed %t, revision %d, %v; want it free", replayed, c.Rev, err)
	}
}

// testKeyRace sends the same request many times at once.
func testKeyRace(t *testing.T, store todo.Store) {
	const n = 20
	var mu sync.Mutex
	var fresh, replays int
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			c, replayed, err := store.Commit(t.Context(), "ada", keyAt(epoch), decided(change(todo.Created, create(newTodo("a")))))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil || c.Rev != 1:
				t.Errorf("revision %d, %v; want 1", c.Rev, err)
			case replayed:
				replays++
			default:
				fresh++
			}
		})
	}
	wg.Wait()
	if fresh != 1 || replays != n-1 {
		t.Errorf("%d made a change and %d replayed it, want 1 and %d", fresh, replays, n-1)
	}
}
