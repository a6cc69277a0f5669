package todo_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"todo.example/internal/todo"
)

// state is all that a namespace holds, without what undoing does not put back: what
// every change stamps, and the todos it made, which are in the trash.
func (f *fixture) state(known map[string]bool) map[string]todo.Todo {
	f.t.Helper()
	state := map[string]todo.Todo{}
	for _, status := range []todo.Status{todo.StatusAll, todo.StatusTrash} {
		for _, t := range f.list(todo.Query{Status: status}).Todos {
			if known == nil || known[t.ID] {
				state[t.ID] = content(t)
			} else if !t.Deleted() {
				f.t.Errorf("%q was made since and is not in the trash", t.Text)
			}
		}
	}
	return state
}

// op draws an operation on one of the todos.
func op(t *rapid.T, ids []string) todo.Op {
	o := todo.Op{
		Op: rapid.SampledFrom([]todo.OpKind{todo.OpCreate, todo.OpUpdate, todo.OpUpdate, todo.OpUpdate, todo.OpComplete, todo.OpReopen, todo.OpDelete, todo.OpRestore}).Draw(t, "op"),
		ID: rapid.SampledFrom(append([]string{"nonesuch"}, ids...)).Draw(t, "id"),
	}
	due := rapid.SampledFrom([]string{"none", "tomorrow", "tomorrow 17:00", "2026-03-01", "someday"})
	repeat := rapid.SampledFrom([]string{"none", "daily", "every friday", "FREQ=DAILY;COUNT=2"})
	list := rapid.SampledFrom([]string{"", "inbox", "home", "HOME", "work", "-bad"})
	parent := rapid.SampledFrom(append([]string{"", "none"}, ids...))
	position := rapid.SampledFrom(append([]string{"", "top", "bottom"}, "before:"+o.ID, "after:"+ids[0]))
	if o.Op == todo.OpCreate {
		o.ID = ""
		o.New = todo.New{Text: "new", Due: due.Draw(t, "due"), Repeat: repeat.Draw(t, "repeat"), List: list.Draw(t, "list"), ParentID: parent.Draw(t, "parent"), Position: position.Draw(t, "position"), Tags: []string{"x"}}
	}
	if o.Op != todo.OpUpdate {
		return o
	}
	draw := func(name string, g *rapid.Generator[string]) *string {
		if rapid.IntRange(0, 2).Draw(t, "has "+name) > 0 {
			return nil
		}
		s := g.Draw(t, name)
		return &s
	}
	yes := rapid.Bool().Draw(t, "completed")
	o.Patch = todo.Patch{
		Text: draw("text", rapid.SampledFrom([]string{"a", "b", ""})), Due: draw("due", due), Repeat: draw("repeat", repeat),
		List: draw("list", list), ParentID: draw("parent", parent), Priority: draw("priority", rapid.SampledFrom([]string{"high", "none"})),
		Position: position.Draw(t, "position"),
	}
	if rapid.IntRange(0, 4).Draw(t, "has completed") == 0 {
		o.Patch.Completed = &yes
	}
	return o
}

// TestUndoPutsEverythingBack makes any changes, then undoes them, newest first, and
// does them again and undoes them once more.
func TestUndoPutsEverythingBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t)
		f.add("a", "b", "c", "d")
		type step struct {
			before map[string]todo.Todo
			change string
		}
		var steps []step
		for range rapid.IntRange(1, 8).Draw(rt, "changes") {
			before := f.state(nil)
			ids := slices.Sorted(keysOf(before))
			f.now = f.now.Add(time.Minute)
			ops := make([]todo.Op, rapid.IntRange(1, 4).Draw(rt, "operations"))
			for i := range ops {
				ops[i] = op(rt, ids)
			}
			c, err := f.Batch(t.Context(), ns, web, ops, todo.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			f.checkFamilies(rt)
			if c.Rev > 0 {
				steps = append(steps, step{before, c.ID()})
			}
		}
		for _, s := range slices.Backward(steps) {
			after := f.state(nil)
			undo := f.undone(web, s.change)
			known := map[string]bool{}
			for id := range s.before {
				known[id] = true
			}
			equal(t, s.change+" undone", s.before, f.state(known))
			redo := f.undone(web, undo.ID())
			for id, was := range after {
				equal(t, s.change+" done again", was, content(f.get(id)))
			}
			f.undone(web, redo.ID())
			equal(t, s.change+" undone again", s.before, f.state(known))
			f.checkFamilies(rt)
		}
		if t.Failed() {
			rt.Fatalf("undo")
		}
	})
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// checkFamilies wants each subtask to be in its parent's list, and each parent to be
// none itself.
func (f *fixture) checkFamilies(t *rapid.T) {
	all := f.state(nil)
	for _, sub := range all {
		if sub.ParentID == "" || sub.Deleted() {
			continue
		}
		p := all[sub.ParentID]
		if p.ID == "" || p.ParentID != "" || p.List != sub.List || p.Deleted() {
			t.Fatalf("%+v is a subtask of %+v", sub, p)
		}
	}
}

// TestUndoOfMuch wants an undo to read each change that it must know of once, however
// many todos are in it.
func TestUndoOfMuch(t *testing.T) {
	f := newFixture(t)
	made := f.add(slices.Repeat([]string{"x"}, todo.MaxBatch)...)
	later := f.done(web, ids(made)...)
	f.undone(web, later.ID())
	counted := &countingStore{Store: f.store}
	f.Service = todo.NewService(counted, f.Now)
	f.undone(web, "c1")
	if counted.changes > 3 {
		t.Errorf("the undo of %d creations read %d changes", len(made), counted.changes)
	}
	if p := f.list(todo.Query{Limit: 1}); p.Counts.Trash != todo.MaxBatch {
		t.Errorf("%d are in the trash", p.Counts.Trash)
	}
}

// TestUndoOfMarks archives a list, which is a mark and no todo's.
func TestUndoOfMarks(t *testing.T) {
	f := newFixture(t)
	f.create(todo.New{Text: "a", List: "home"})
	marks := func() (got map[string]string) {
		err := f.store.View(t.Context(), ns, func(r todo.Reader) (err error) {
			got, err = r.Marks("")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	archive := ok(t)(f.ArchiveList(t.Context(), ns, web, "home", true, todo.Options{}))
	archived := marks()
	if len(archived) != 1 {
		t.Fatalf("archived: %v", archived)
	}
	undo := f.undone(web, archive.ID())
	equal(t, "the marks, undone", map[string]string{}, marks())
	f.undone(web, undo.ID())
	equal(t, "the marks, done again", archived, marks())

	again := ok(t)(f.ArchiveList(t.Context(), ns, web, "home", false, todo.Options{}))
	ok(t)(f.ArchiveList(t.Context(), ns, web, "home", true, todo.Options{}))
	_, err := f.Undo(t.Context(), ns, web, again.ID(), todo.Options{})
	refused(t, "a mark that was set anew", err, todo.CodeConflict, "changeID")
	_, err = f.Undo(t.Context(), ns, todo.Actor{Allowed: todo.ReadOnly}, "", todo.Options{})
	if err == nil {
		t.Error("who may only read undid something")
	}
}
