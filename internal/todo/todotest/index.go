package todotest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"todo.example/internal/todo"
)

// endOfKeys is above every index key: they are UTF-8, or begin with it.
const endOfKeys = "\xff"

// derived is what follows from todos, as package todo says.
type derived struct {
	Keys     []string
	Counters []todo.Counter
}

func derive(todos []todo.Todo) (d derived) {
	counters := map[string]int{}
	for _, t := range todos {
		d.Keys = append(d.Keys, todo.IndexKeys(t)...)
		for _, name := range todo.CounterKeys(t) {
			counters[name]++
		}
	}
	slices.Sort(d.Keys)
	for _, name := range slices.Sorted(maps.Keys(counters)) {
		d.Counters = append(d.Counters, todo.Counter{Name: name, N: counters[name]})
	}
	return d
}

// indexed returns what a namespace has in its index and counters, and the todos
// that the index leads to.
func indexed(r todo.Reader) (d derived, todos []todo.Todo, err error) {
	keys, errKeys := r.Keys("", endOfKeys, 0)
	counters, errCounters := r.Counters("")
	ids := map[string]bool{}
	for _, k := range keys {
		ids[todo.KeyID(k)] = true
	}
	todos, errTodos := r.Todos(slices.Sorted(maps.Keys(ids)))
	if len(todos) != len(ids) && errTodos == nil {
		errTodos = fmt.Errorf("the index leads to %d todos, of which %d are there", len(ids), len(todos))
	}
	return derived{keys, counters}, todos, errors.Join(errKeys, errCounters, errTodos)
}

// wantIndex wants the index and the counters of ada's list to be what follows from
// its rows.
func wantIndex(t *testing.T, store todo.Store) {
	t.Helper()
	view(t, store, "ada", func(r todo.Reader) error {
		got, todos, err := indexed(r)
		equal(t, "the index and the counters", derive(todos), got)
		return err
	})
}

// rich returns a todo with something in every member.
func rich(id string) todo.Todo {
	t := newTodo(id)
	t.Text, t.Notes = "buy milk & bread <"+id+">", "both of them\nfresh"
	t.Due, t.Timezone, t.Repeat = "2026-11-27T17:00:00+01:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=FR"
	t.Priority, t.List, t.Tags, t.UID = todo.PriorityHigh, "Groceries", []string{"home", "shop"}, "uid-"+id
	return t
}

// testMembers stores todos with every member, and takes and changes them again.
func testMembers(t *testing.T, store todo.Store) {
	made := mustCommit(t, store, "ada", change(todo.Imported, create(rich("a")), create(rich("b")))).Todos()
	sub := newTodo("c")
	sub.ParentID, sub.List = "a", "Groceries"
	mustCommit(t, store, "ada", change(todo.Created, create(sub)))
	view(t, store, "ada", func(r todo.Reader) error {
		got, err := r.Todo("a")
		want := rich("a")
		want.Rev = 1
		equal(t, "the todo", want, got)
		return err
	})
	wantIndex(t, store)

	plain := newTodo("a")
	plain.Tags = []string{"home", "office"}
	mustCommit(t, store, "ada", change(todo.Updated, edit(made[0], plain), complete(made[1], epoch)))
	wantIndex(t, store)
	all := read(t, store, "ada")
	equal(t, "open", []string{"a", "c"}, ids(all.Open))
	equal(t, "the tags in the journal", rich("a").Tags, all.Changes[2].Edits[0].Before.Tags)
}

func testKeyRanges(t *testing.T, store todo.Store) {
	var todos []todo.Todo
	for i := range 12 {
		todos = append(todos, mustCommit(t, store, "ada", change(todo.Created, create(rich(name("t", i))))).Todos()...)
	}
	other := rich("z")
	mustCommit(t, store, "bob", change(todo.Created, create(other)))
	keys := derive(todos).Keys
	n := len(keys)
	view(t, store, "ada", func(r todo.Reader) error {
		for _, test := range []struct {
			from, to string
			limit    int
			want     []string
		}{
			{"", endOfKeys, 0, keys},
			{"", endOfKeys, 5, keys[:5]},
			{"", endOfKeys, n, keys},
			{"", endOfKeys, n + 1, keys},
			{keys[3], keys[7], 0, keys[3:7]},
			{keys[3], keys[7], 2, keys[3:5]},
			{keys[3] + "\x00", keys[7], 0, keys[4:7]},
			{keys[3], keys[7] + "\x00", 0, keys[3:8]},
			{keys[n-1], endOfKeys, 0, keys[n-1:]},
			{keys[3], keys[3], 0, nil},
			{keys[7], keys[3], 0, nil},
			{keys[7], "", 0, nil},
			{endOfKeys, endOfKeys + endOfKeys, 0, nil},
		} {
			got, err := r.Keys(test.from, test.to, test.limit)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("Keys(%q, %q, %d)", test.from, test.to, test.limit), test.want, got)
		}
		return nil
	})
}

func testTodos(t *testing.T, store todo.Store) {
	mustMake(t, store, "ada", "a", "b", "c")
	mustMake(t, store, "bob", "d")
	view(t, store, "ada", func(r todo.Reader) error {
		for _, test := range []struct{ ask, want []string }{
			{nil, nil},
			{[]string{"c", "a", "b"}, []string{"c", "a", "b"}},
			{[]string{"b", "nonesuch", "a", "d", ""}, []string{"b", "a"}},
			{[]string{"a", "b", "a"}, []string{"a", "b", "a"}},
			{[]string{"nonesuch"}, nil},
		} {
			got, err := r.Todos(test.ask)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("Todos(%q)", test.ask), test.want, ids(got))
		}
		return nil
	})
}

// testCounters takes counters up and down to nothing.
func testCounters(t *testing.T, store todo.Store) {
	made := mustCommit(t, store, "ada", change(todo.Created, create(rich("a")), create(rich("b")))).Todos()
	wantIndex(t, store)
	prefix := todo.CounterOf(todo.ViewOpen)
	view(t, store, "ada", func(r todo.Reader) error {
		some, err := r.Counters(prefix)
		equal(t, "the counters of a whole name", []todo.Counter{{Name: prefix, N: 2}}, some)
		none, errNone := r.Counters(prefix + "nonesuch")
		equal(t, "the counters of a name that no other begins with", []todo.Counter(nil), none)
		return errors.Join(err, errNone)
	})
	done := mustCommit(t, store, "ada", change(todo.Completed, complete(made[0], epoch), complete(made[1], epoch))).Todos()
	view(t, store, "ada", func(r todo.Reader) error {
		counters, err := r.Counters("")
		for _, c := range counters {
			if c.Name == prefix || c.N <= 0 {
				t.Errorf("the counter %q is kept at %d", c.Name, c.N)
			}
		}
		return err
	})
	mustCommit(t, store, "ada", change(todo.Deleted, trash(done[0], epoch), trash(done[1], epoch)))
	if err := store.Prune(t.Context(), epoch, epoch.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	view(t, store, "ada", func(r todo.Reader) error {
		got, _, err := indexed(r)
		equal(t, "what the last todo leaves", derived{}, got)
		return err
	})
}

func testMarks(t *testing.T, store todo.Store) {
	mark := func(marks ...todo.MarkEdit) todo.Change {
		c := change(todo.Updated)
		c.Marks = marks
		return mustCommit(t, store, "ada", c)
	}
	want := func(prefix string, want map[string]string) {
		t.Helper()
		view(t, store, "ada", func(r todo.Reader) error {
			got, err := r.Marks(prefix)
			equal(t, fmt.Sprintf("Marks(%q)", prefix), want, got)
			return err
		})
	}
	want("", nil)
	c := mark(todo.MarkEdit{Key: "archived/shop", After: "1"}, todo.MarkEdit{Key: "archived/office", After: "1"}, todo.MarkEdit{Key: "zone", After: "Europe/Berlin\x00"})
	if c.Rev != 1 {
		t.Errorf("a change of marks alone has revision %d, want 1", c.Rev)
	}
	equal(t, "the journal", []todo.Change{c}, read(t, store, "ada").Changes)
	want("", map[string]string{"archived/shop": "1", "archived/office": "1", "zone": "Europe/Berlin\x00"})
	want("archived/", map[string]string{"archived/shop": "1", "archived/office": "1"})
	want("archived/shop", map[string]string{"archived/shop": "1"})
	want("b", nil)
	mark(todo.MarkEdit{Key: "archived/shop", Before: "1"}, todo.MarkEdit{Key: "zone", Before: "Europe/Berlin\x00", After: "UTC"}, todo.MarkEdit{Key: "nonesuch"})
	want("", map[string]string{"archived/office": "1", "zone": "UTC"})
	mustMake(t, store, "bob", "a")
	view(t, store, "bob", func(r todo.Reader) error {
		got, err := r.Marks("")
		equal(t, "another's marks", map[string]string(nil), got)
		return err
	})
}

// testUnshared writes into what it gave and was given.
func testUnshared(t *testing.T, store todo.Store) {
	spoil := func(todos ...todo.Todo) {
		for _, a := range todos {
			for i := range a.Tags {
				a.Tags[i] = "spoilt"
			}
		}
	}
	in := change(todo.Created, create(rich("a")), create(rich("b")))
	in.Unchanged = []todo.Todo{rich("z")}
	key := keyAt(epoch)
	out, _, err := store.Commit(t.Context(), "ada", key, decided(in))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"home", "shop"}
	check := func(what string) {
		t.Helper()
		view(t, store, "ada", func(r todo.Reader) error {
			a, err := r.Todo("a")
			some, errTodos := r.Todos([]string{"b"})
			c, errChange := r.Change(1)
			again, _, errReplay := indexed(r)
			if err := errors.Join(err, errTodos, errChange, errReplay); err != nil {
				return err
			}
			equal(t, what+": the todo", want, a.Tags)
			equal(t, what+": the todos", want, some[0].Tags)
			equal(t, what+": the journal", want, c.Edits[0].After.Tags)
			equal(t, what+": the journal's unchanged", want, c.Unchanged[0].Tags)
			equal(t, what+": the index", derive([]todo.Todo{a, some[0]}), again)
			spoil(a, some[0], c.Edits[0].After, c.Unchanged[0])
			return nil
		})
	}
	spoil(in.Edits[0].After, in.Edits[1].After, in.Unchanged[0])
	check("after what was given was written to")
	spoil(append(out.Todos(), out.Unchanged...)...)
	check("after the answer was written to")
	check("after what was read was written to")
	replay, _, err := store.Commit(t.Context(), "ada", key, neverDecide(t))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "the replay", want, replay.Edits[0].After.Tags)
	_, _, err = store.Commit(t.Context(), "ada", todo.Key{}, func(r todo.Reader) (todo.Change, error) {
		a, err := r.Todo("a")
		spoil(a)
		return change(todo.Updated, edit(rich("a"), newTodo("a"))), err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantIndex(t, store)
}

// testBigChange makes, changes and forgets as much in one change as an import and
// the renaming of a list may.
func testBigChange(t *testing.T, store todo.Store) {
	const n = todo.MaxImport
	var creations []todo.Revision
	for i := range n {
		a := newTodo(name("t", i*7919%n)) // in no order
		a.Tags = []string{"big"}
		creations = append(creations, create(a))
	}
	made := mustCommit(t, store, "ada", change(todo.Imported, creations...))
	if made.Rev != 1 || made.Open != n {
		t.Fatalf("revision %d and %d open, want 1 and %d", made.Rev, made.Open, n)
	}
	var edits []todo.Revision
	for i, a := range made.Todos() {
		b := a
		b.List, b.Tags = "Moved", nil
		switch i % 3 {
		case 1:
			b.Completed, b.CompletedAt = true, epoch
		case 2:
			b.DeletedAt = epoch
		}
		edits = append(edits, edit(a, b))
	}
	want := mustCommit(t, store, "ada", change(todo.Updated, edits...)).Todos()
	view(t, store, "ada", func(r todo.Reader) error {
		got, todos, err := indexed(r)
		slices.SortFunc(want, func(a, b todo.Todo) int { return cmp.Compare(a.ID, b.ID) })
		if !slices.EqualFunc(todos, want, todo.Todo.Equal) {
			t.Errorf("the %d todos are not what the change left", len(todos))
		}
		if d := derive(want); !slices.Equal(got.Keys, d.Keys) || !slices.Equal(got.Counters, d.Counters) {
			t.Errorf("%d index keys and the counters %v, want %d and %v", len(got.Keys), got.Counters, len(d.Keys), d.Counters)
		}
		return err
	})
}

// testLongKeys has index keys as long as text and notes make them, and keys that
// differ only late.
func testLongKeys(t *testing.T, store todo.Store) {
	var edits []todo.Revision
	for i := range 3 {
		a := newTodo(name("t", i))
		a.Text = strings.Repeat("ä", todo.MaxText-1) + fmt.Sprint(i)
		a.Notes = strings.Repeat("n", todo.MaxNotes)
		a.List, a.UID = strings.Repeat("l", todo.MaxName), strings.Repeat("u", 1000)
		edits = append(edits, create(a))
	}
	made := mustCommit(t, store, "ada", change(todo.Created, edits...)).Todos()
	wantIndex(t, store)
	mustCommit(t, store, "ada", change(todo.Completed, complete(made[1], epoch)))
	wantIndex(t, store)
}
