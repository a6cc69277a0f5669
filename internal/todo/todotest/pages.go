package todotest

import (
	"fmt"
	"testing"
	"time"

	"todo.example/internal/todo"
)

func testViews(t *testing.T, store todo.Store) {
	made := mustMake(t, store, "ada", "a", "b", "c", "d")
	done := mustCommit(t, store, "ada", change(todo.Completed, complete(made[0], epoch.Add(time.Second)), complete(made[1], epoch.Add(2*time.Second)))).Todos()
	gone := mustCommit(t, store, "ada", change(todo.Deleted, trash(done[0], epoch.Add(3*time.Second)), trash(made[2], epoch.Add(4*time.Second)))).Todos()
	all := read(t, store, "ada")
	equal(t, "open", []string{"d"}, ids(all.Open))
	equal(t, "completed", []string{"b"}, ids(all.Completed))
	equal(t, "trash, newest first", []string{"c", "a"}, ids(all.Trash))
	equal(t, "the counts", todo.Counts{Open: 1, Completed: 1, Trash: 2}, all.Counts)

	// Back from the trash, each to where it was.
	restored := gone[0]
	restored.DeletedAt = time.Time{}
	c := mustCommit(t, store, "ada", change(todo.Restored, edit(gone[0], restored)))
	all = read(t, store, "ada")
	equal(t, "completed, newest first", []string{"b", "a"}, ids(all.Completed))
	equal(t, "the counts", todo.Counts{Open: 1, Completed: 2, Trash: 1}, all.Counts)
	if c.Open != 1 {
		t.Errorf("the change says %d open, want 1", c.Open)
	}

	// A new place in the same view.
	moved := made[3]
	moved.Position = "z"
	other := mustMake(t, store, "ada", "e")[0]
	mustCommit(t, store, "ada", change(todo.Updated, edit(made[3], moved)))
	all = read(t, store, "ada")
	equal(t, "open, in manual order", []string{"e", "d"}, ids(all.Open))
	equal(t, "the last position", "z", all.LastPosition)
	equal(t, "the todo that was not moved", other, all.Open[0])
}

func testPages(t *testing.T, store todo.Store) {
	const n = 25
	var want []string
	for i := range n {
		want = append(want, name("t", i))
	}
	for i := range n { // made in another order than they lie
		mustMake(t, store, "ada", want[(i*7)%n])
	}
	view(t, store, "ada", func(r todo.Reader) error {
		for _, size := range []int{1, 3, n, n + 1} {
			var got []string
			after := ""
			for {
				some, err := page(r, todo.ViewOpen, after, size)
				if err != nil {
					return err
				}
				if len(some) > size {
					t.Fatalf("a page of at most %d has %d todos", size, len(some))
				}
				if len(some) == 0 {
					break
				}
				got = append(got, ids(some)...)
				after = some[len(some)-1].SortKey()
			}
			equal(t, fmt.Sprintf("pages of %d", size), want, got)
		}
		some, err := page(r, todo.ViewOpen, newTodo("t0009x").SortKey(), 2) // a key that is gone
		equal(t, "after a key between", []string{"t0010", "t0011"}, ids(some))
		return err
	})
}

// testEqualKeys pages through todos that were completed in the same millisecond
// and others that share a position: the id decides.
func testEqualKeys(t *testing.T, store todo.Store) {
	var edits []todo.Revision
	for i := range 10 {
		a := newTodo(name("t", 9-i))
		a.Position = "same"
		edits = append(edits, create(a))
	}
	made := mustCommit(t, store, "ada", change(todo.Created, edits...)).Todos()
	var want []string
	for i := range 10 {
		want = append(want, name("t", i))
	}
	equal(t, "todos that share a position", want, ids(read(t, store, "ada").Open))
	edits = nil
	for _, a := range made {
		edits = append(edits, complete(a, epoch))
	}
	mustCommit(t, store, "ada", change(todo.Completed, edits...))
	var got []string
	view(t, store, "ada", func(r todo.Reader) error {
		for after := ""; ; {
			some, err := page(r, todo.ViewCompleted, after, 3)
			if err != nil || len(some) == 0 {
				return err
			}
			got = append(got, ids(some)...)
			after = some[len(some)-1].SortKey()
		}
	})
	equal(t, "todos completed at once", want, got)
}

func testLastPosition(t *testing.T, store todo.Store) {
	made := mustMake(t, store, "ada", "a", "c", "b")
	want := func(what string) {
		t.Helper()
		equal(t, "the last position "+what, "hc", read(t, store, "ada").LastPosition)
	}
	want("of three")
	done := mustCommit(t, store, "ada", change(todo.Completed, complete(made[1], epoch))).Todos()
	want("with the last one completed")
	mustCommit(t, store, "ada", change(todo.Deleted, trash(done[0], epoch)))
	want("with the last one in the trash")
	if err := store.Prune(t.Context(), epoch, epoch.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	want("with the last one gone")
	back := made[0]
	back.Position = "a"
	mustCommit(t, store, "ada", change(todo.Updated, edit(made[0], back)))
	want("with another one moved to the top")
}
