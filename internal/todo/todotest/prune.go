package todotest

import (
	"errors"
	"testing"
	"time"

	"todo.example/internal/todo"
)

func testPrune(t *testing.T, store todo.Store) {
	day := func(n int) time.Time { return epoch.AddDate(0, 0, n) }
	at := func(n int, c todo.Change) todo.Change {
		c.At = day(n)
		return mustCommit(t, store, "ada", c)
	}
	made := at(0, change(todo.Created, create(newTodo("a")), create(newTodo("b")), create(newTodo("c")), create(newTodo("d")))).Todos()
	at(1, change(todo.Deleted, trash(made[0], day(1)), trash(made[1], day(1).Add(time.Millisecond))))
	at(2, change(todo.Deleted, trash(made[2], day(2))))
	mustMake(t, store, "bob", "a")
	key := keyAt(epoch)
	if _, _, err := store.Commit(t.Context(), "ada", key, decided(change(todo.Completed))); err != nil {
		t.Fatal(err)
	}

	if err := store.Prune(t.Context(), key.Expires.Add(-time.Millisecond), day(1)); err != nil {
		t.Fatal(err)
	}
	all := read(t, store, "ada")
	equal(t, "the trash: what was deleted at the limit is kept", []string{"c", "b", "a"}, ids(all.Trash))
	if len(all.Changes) != 2 || all.Changes[0].Rev != 2 || all.Rev != 3 {
		t.Errorf("%d changes from %d, revision %d; want 2 from 2, revision 3", len(all.Changes), all.Changes[0].Rev, all.Rev)
	}
	if _, replayed, err := store.Commit(t.Context(), "ada", key, neverDecide(t)); err != nil || !replayed {
		t.Errorf("a key just before its expiry: replayed %t, %v", replayed, err)
	}

	if err := store.Prune(t.Context(), key.Expires, day(1).Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	all = read(t, store, "ada")
	equal(t, "the trash", []string{"c", "b"}, ids(all.Trash))
	equal(t, "the counts", todo.Counts{Open: 1, Trash: 2}, all.Counts)
	view(t, store, "ada", func(r todo.Reader) error {
		if _, err := r.Todo("a"); !errors.Is(err, todo.ErrNotFound) {
			t.Errorf("a todo that left the trash: %v, want ErrNotFound", err)
		}
		if _, err := r.Change(1); !errors.Is(err, todo.ErrNotFound) {
			t.Errorf("a change that was forgotten: %v, want ErrNotFound", err)
		}
		return nil
	})
	if _, replayed, err := store.Commit(t.Context(), "ada", key, decided(change(todo.Completed))); err != nil || replayed {
		t.Errorf("an expired key: replayed %t, %v", replayed, err)
	}
	if bob := read(t, store, "bob"); bob.Counts.Open != 1 || len(bob.Changes) != 0 {
		t.Errorf("the other list: %+v and %d changes, want its todo and no change", bob.Counts, len(bob.Changes))
	}
	if c := at(3, change(todo.Created, create(newTodo("a")))); c.Rev != 4 {
		t.Errorf("the next change has revision %d, want 4: revisions are not given twice", c.Rev)
	}
}

// testPruneMuch forgets more than any one transaction should.
func testPruneMuch(t *testing.T, store todo.Store) {
	const n = 250
	var edits, deletions []todo.Revision
	for i := range n {
		edits = append(edits, create(newTodo(name("t", i))))
	}
	for _, made := range mustCommit(t, store, "ada", change(todo.Created, edits...)).Todos()[1:] {
		deletions = append(deletions, trash(made, epoch))
	}
	mustCommit(t, store, "ada", change(todo.Deleted, deletions...))
	if err := store.Prune(t.Context(), epoch, epoch.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	all := read(t, store, "ada")
	if len(all.Trash) != 0 || len(all.Changes) != 0 || all.Counts != (todo.Counts{Open: 1}) || all.LastPosition != name("ht", n-1) {
		t.Errorf("left: %d in the trash, %d changes, %+v, last position %q", len(all.Trash), len(all.Changes), all.Counts, all.LastPosition)
	}
}
