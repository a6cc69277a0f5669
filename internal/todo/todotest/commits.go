package todotest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"todo.example/internal/todo"
)

func testCommit(t *testing.T, store todo.Store) {
	a := newTodo("a")
	a.Notes = "first\nsecond"
	in := change(todo.Created, create(a), create(newTodo("b")))
	in.ClientID = "client"
	in.Failures = []todo.Failure{{Item: 2, ID: "c", Code: todo.CodeInvalid, Field: "text", Message: "no", Hint: "yes"}}
	in.Unchanged = []todo.Todo{newTodo("z")}
	want := in
	want.Rev, want.Open = 1, 2
	want.Edits = []todo.Revision{in.Edits[0], in.Edits[1]}
	want.Edits[0].After.Rev, want.Edits[1].After.Rev = 1, 1

	got := mustCommit(t, store, "ada", in)
	equal(t, "the answer", want, got)
	all := read(t, store, "ada")
	equal(t, "the journal", []todo.Change{want}, all.Changes)
	equal(t, "the rows", want.Edits[0].After, all.Open[0])
	equal(t, "the counts", todo.Counts{Open: 2}, all.Counts)

	b := got.Edits[1].After
	second := mustCommit(t, store, "ada", change(todo.Completed, complete(b, epoch)))
	if second.Rev != 2 || second.Edits[0].After.Rev != 2 || second.Open != 1 {
		t.Errorf("the second change: revision %d, its todo's %d, %d open; want 2, 2, 1", second.Rev, second.Edits[0].After.Rev, second.Open)
	}
	view(t, store, "ada", func(r todo.Reader) error {
		still, err := r.Todo("a")
		equal(t, "the todo that was not touched", want.Edits[0].After, still)
		return err
	})
}

func testNoEdits(t *testing.T, store todo.Store) {
	a := mustMake(t, store, "ada", "a")
	before := read(t, store, "ada")
	c := change(todo.Completed)
	c.Unchanged = a
	got := mustCommit(t, store, "ada", c)
	c.Open = 1
	equal(t, "the answer", c, got)
	equal(t, "the namespace", before, read(t, store, "ada"))
}

func testFailedCommit(t *testing.T, store todo.Store) {
	mustMake(t, store, "ada", "a")
	before := read(t, store, "ada")
	_, _, err := store.Commit(t.Context(), "ada", todo.Key{}, func(todo.Reader) (todo.Change, error) {
		return change(todo.Created, create(newTodo("b"))), fmt.Errorf("decide: %w", errWanted)
	})
	if !errors.Is(err, errWanted) {
		t.Errorf("commit returned %v, want decide's error", err)
	}
	equal(t, "the namespace", before, read(t, store, "ada"))
}

// testFailingBeside lets commits fail among others that must not notice.
func testFailingBeside(t *testing.T, store todo.Store) {
	const n = 60
	var want []string
	var wg sync.WaitGroup
	for i := range n {
		id, fails := name("t", i), i%3 == 0
		if !fails {
			want = append(want, id)
		}
		wg.Go(func() {
			_, _, err := store.Commit(t.Context(), "ada", todo.Key{}, func(todo.Reader) (todo.Change, error) {
				if fails {
					return todo.Change{}, errWanted
				}
				return change(todo.Created, create(newTodo(id))), nil
			})
			if fails != errors.Is(err, errWanted) || !fails && err != nil {
				t.Errorf("%s: fails %t, got %v", id, fails, err)
			}
		})
	}
	wg.Wait()
	all := read(t, store, "ada")
	equal(t, "the todos", want, ids(all.Open))
	if all.Rev != uint64(len(want)) || len(all.Changes) != len(want) {
		t.Errorf("revision %d and %d changes, want %d of both", all.Rev, len(all.Changes), len(want))
	}
	for i, c := range all.Changes {
		if c.Rev != uint64(i+1) || c.Open != i+1 {
			t.Errorf("change %d has revision %d and %d open", i, c.Rev, c.Open)
		}
	}
}

// testPanic wants a panic to reach its own caller, as a panic or as an error, and
// nobody else.
func testPanic(t *testing.T, store todo.Store) {
	func() {
		defer func() { _ = recover() }()
		_, _, err := store.Commit(t.Context(), "ada", todo.Key{}, func(todo.Reader) (todo.Change, error) { panic("wanted panic") })
		if err == nil {
			t.Error("a commit whose decide panicked succeeded")
		}
	}()
	mustMake(t, store, "ada", "a")
	if got := read(t, store, "ada"); got.Rev != 1 {
		t.Errorf("revision %d after a panic and a change, want 1", got.Rev)
	}
}

// testLostUpdates lets goroutines each add to what they read.
func testLostUpdates(t *testing.T, store todo.Store) {
	const workers, each = 50, 4
	a := newTodo("a")
	a.Text = "0"
	mustCommit(t, store, "ada", change(todo.Created, create(a)))
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if _, _, err := store.Commit(t.Context(), "ada", todo.Key{}, increment); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all := read(t, store, "ada")
	if got, want := all.Open[0].Text, strconv.Itoa(workers*each); got != want {
		t.Errorf("the count is %s, want %s", got, want)
	}
	for i, c := range all.Changes[1:] {
		if got := c.Edits[0].Before.Text; got != strconv.Itoa(i) {
			t.Errorf("change %d was decided on %s", c.Rev, got)
		}
	}
}

func increment(r todo.Reader) (todo.Change, error) {
	before, err := r.Todo("a")
	if err != nil {
		return todo.Change{}, err
	}
	n, err := strconv.Atoi(before.Text)
	after := before
	after.Text = strconv.Itoa(n + 1)
	return change(todo.Updated, edit(before, after)), err
}

// testConsistentViews reads while a todo moves from view to view.
func testConsistentViews(t *testing.T, store todo.Store) {
	now := mustMake(t, store, "ada", "a")[0]
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for range 100 {
			after := now
			after.Completed = !now.Completed
			c, _, err := store.Commit(t.Context(), "ada", todo.Key{}, decided(change(todo.Updated, edit(now, after))))
			if err != nil {
				t.Error(err)
				return
			}
			now = c.Edits[0].After
		}
	})
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		all := read(t, store, "ada")
		if all.Counts.Open+all.Counts.Completed != 1 || len(all.Open) != all.Counts.Open || len(all.Completed) != all.Counts.Completed || all.Rev != uint64(len(all.Changes)) {
			t.Errorf("a view saw half a change: %+v, %d open, %d completed, %d changes, revision %d", all.Counts, len(all.Open), len(all.Completed), len(all.Changes), all.Rev)
		}
	}
	wg.Wait()
}

func testNamespaces(t *testing.T, store todo.Store) {
	mustMake(t, store, "ada", "a")
	mustMake(t, store, "ada2", "b")
	mustMake(t, store, "ad", "c")
	key := todo.Key{Value: "k", Fingerprint: "f", At: epoch, Expires: epoch.Add(time.Hour)}
	for _, ns := range []todo.Namespace{"ada", "bob"} {
		_, replayed, err := store.Commit(t.Context(), ns, key, decided(change(todo.Created, create(newTodo("k")))))
		if err != nil || replayed {
			t.Errorf("a key that only another namespace used: replayed %t, %v", replayed, err)
		}
	}
	for ns, want := range map[todo.Namespace][]string{"ada": {"a", "k"}, "ada2": {"b"}, "ad": {"c"}, "bob": {"k"}, "": nil, "a": nil, "ada\x00": nil} {
		all := read(t, store, ns)
		equal(t, fmt.Sprintf("the todos of %q", ns), want, ids(all.Open))
		if all.Counts.Open != len(want) || all.Rev != uint64(len(want)) || len(all.Changes) != len(want) {
			t.Errorf("%q: %+v, revision %d, %d changes; want %d", ns, all.Counts, all.Rev, len(all.Changes), len(want))
		}
		view(t, store, ns, func(r todo.Reader) error {
			for _, id := range []string{"a", "b", "c", "k"} {
				_, err := r.Todo(id)
				if own := strings.Contains(strings.Join(want, ""), id); own != (err == nil) {
					t.Errorf("%q sees %s: %v", ns, id, err)
				}
			}
			return nil
		})
	}
}

func testHostileStrings(t *testing.T, store todo.Store) {
	hostile := []string{
		"'; DROP TABLE todos; --", "../../etc/passwd", "a/b:c", "a b", "{{.Secret}}", "<script>alert(1)</script>", `"quoted" \ back`,
		"snow ☃", "\u202eright to left", "e\u0301 not composed", "\u2028line", strings.Repeat("x", 500), "state", "%s%d", "🙂",
	}
	for i, s := range hostile {
		ns := todo.Namespace("user " + s)
		in := newTodo(name("h", i))
		in.Text, in.Notes, in.CreatedBy, in.UpdatedBy = s, s+"\n"+s, s, s
		c := change(todo.Created, create(in))
		c.By, c.Subject, c.ClientID = s, s, s
		key := todo.Key{Value: "ada\x00client\x00" + s, Fingerprint: s, At: epoch, Expires: epoch.Add(time.Hour)}
		want, _, err := store.Commit(t.Context(), ns, key, decided(c))
		if err != nil {
			t.Errorf("commit %q: %v", s, err)
			continue
		}
		got := read(t, store, ns)
		equal(t, "the todo", s, got.Open[0].Text)
		equal(t, "the journal", []todo.Change{want}, got.Changes)
		again, replayed, err := store.Commit(t.Context(), ns, key, neverDecide(t))
		if err != nil || !replayed {
			t.Errorf("replay %q: %t, %v", s, replayed, err)
		}
		equal(t, "the replay", want, again)
		view(t, store, ns, func(r todo.Reader) error {
			if _, err := r.Todo(s); !errors.Is(err, todo.ErrNotFound) {
				t.Errorf("Todo(%q) = %v, want ErrNotFound", s, err)
			}
			if _, err := page(r, todo.ViewOpen, s, 10); err != nil {
				t.Errorf("a page after %q: %v", s, err)
			}
			return nil
		})
	}
}

func testUndoneBy(t *testing.T, store todo.Store) {
	a := mustMake(t, store, "ada", "a")[0]
	mustMake(t, store, "ada", "b")
	undo := change(todo.Undone, trash(a, epoch))
	undo.Undoes = 1
	if got := mustCommit(t, store, "ada", undo); got.Undoes != 1 || got.Rev != 3 {
		t.Errorf("the undo has revision %d and undoes %d, want 3 and 1", got.Rev, got.Undoes)
	}
	missing := change(todo.Undone, create(newTodo("c")))
	missing.Undoes = 99 // already pruned: nothing to mark
	mustCommit(t, store, "ada", missing)
	var undoneBy []uint64
	all := read(t, store, "ada")
	for i, c := range all.Changes {
		undoneBy = append(undoneBy, c.UndoneBy)
		equal(t, "the same change, newest first", c, all.Latest[len(all.Latest)-1-i])
	}
	equal(t, "UndoneBy of the changes", []uint64{3, 0, 0, 0}, undoneBy)
	view(t, store, "ada", func(r todo.Reader) error {
		c, err := r.Change(1)
		equal(t, "Change(1)", all.Changes[0], c)
		return err
	})
}

func testJournal(t *testing.T, store todo.Store) {
	for i := range 12 {
		mustMake(t, store, "ada", name("t", i))
	}
	revs := func(changes []todo.Change, err error) []uint64 {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		var revs []uint64
		for _, c := range changes {
			revs = append(revs, c.Rev)
		}
		return revs
	}
	view(t, store, "ada", func(r todo.Reader) error {
		equal(t, "Changes(9, 0)", []uint64{10, 11, 12}, revs(r.Changes(9, 0)))
		equal(t, "Changes(0, 2)", []uint64{1, 2}, revs(r.Changes(0, 2)))
		equal(t, "Changes(12, 5)", []uint64(nil), revs(r.Changes(12, 5)))
		equal(t, "Changes(max, 5)", []uint64(nil), revs(r.Changes(^uint64(0), 5)))
		equal(t, "LatestChanges(0, 2)", []uint64{12, 11}, revs(r.LatestChanges(0, 2)))
		equal(t, "LatestChanges(3, 0)", []uint64{2, 1}, revs(r.LatestChanges(3, 0)))
		equal(t, "LatestChanges(12, 1)", []uint64{11}, revs(r.LatestChanges(12, 1)))
		equal(t, "LatestChanges(1, 5)", []uint64(nil), revs(r.LatestChanges(1, 5)))
		equal(t, "LatestChanges(99, 1)", []uint64{12}, revs(r.LatestChanges(99, 1)))
		return nil
	})
}
