package todo_test

import (
	"fmt"
	"testing"
	"time"

	"todo.example/internal/todo"
)

// family is a parent in the list "home", its two subtasks, and one todo more.
func (f *fixture) family() (p, a, b, other todo.Todo) {
	f.t.Helper()
	p = f.create(todo.New{Text: "p", List: "home"})
	a = f.create(todo.New{Text: "a", ParentID: p.ID})
	b = f.create(todo.New{Text: "b", ParentID: p.ID, List: "HOME"})
	other = f.create(todo.New{Text: "other"})
	return p, a, b, other
}

func TestSubtasksHaveOneLevel(t *testing.T) {
	f := newFixture(t)
	p, a, b, other := f.family()
	if a.ParentID != p.ID || a.List != "home" || b.List != "home" {
		t.Errorf("subtasks: %+v, %+v", a, b)
	}
	gone := f.add("gone")[0]
	ok(t)(f.Delete(t.Context(), ns, web, []string{gone.ID}, todo.Options{}))
	for what, test := range map[string]struct {
		id, parent string
		code       todo.Code
	}{
		"an unknown parent":       {other.ID, "nonesuch", todo.CodeNotFound},
		"one in the trash":        {other.ID, gone.ID, todo.CodeNotFound},
		"a subtask as parent":     {other.ID, a.ID, todo.CodeInvalid},
		"a parent as subtask":     {p.ID, other.ID, todo.CodeInvalid},
		"itself":                  {other.ID, other.ID, todo.CodeInvalid},
		"a subtask of its parent": {p.ID, a.ID, todo.CodeInvalid},
	} {
		refused(t, what, f.updateError(todo.Patch{ID: test.id, ParentID: &test.parent}), test.code, "parentID")
		if test.id == other.ID && test.parent != other.ID {
			refused(t, what+", new", f.createError(todo.New{Text: "x", ParentID: test.parent}), test.code, "parentID")
		}
	}
	work := "work"
	refused(t, "another list than the parent's", f.updateError(todo.Patch{ID: a.ID, List: &work}), todo.CodeInvalid, "list")
	refused(t, "another list than the parent's, new", f.createError(todo.New{Text: "x", ParentID: p.ID, List: "work"}), todo.CodeInvalid, "list")
	none := "none"
	if got := f.update(todo.Patch{ID: a.ID, ParentID: &none, List: &work}); got.ParentID != "" || got.List != "work" {
		t.Errorf("on its own: %+v", got)
	}
	if got := f.update(todo.Patch{ID: a.ID, ParentID: &p.ID}); got.ParentID != p.ID || got.List != "home" {
		t.Errorf("back with its parent: %+v", got)
	}
}

func TestSubtasksMoveWithTheirParent(t *testing.T) {
	f := newFixture(t)
	p, a, b, _ := f.family()
	f.done(web, a.ID)
	ok(t)(f.Delete(t.Context(), ns, web, []string{b.ID}, todo.Options{}))
	work := "work"
	c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: p.ID, List: &work}}, todo.Options{}))
	for _, id := range []string{p.ID, a.ID, b.ID} {
		equal(t, "the list", "work", f.get(id).List)
	}
	f.undone(web, c.ID())
	for _, id := range []string{p.ID, a.ID, b.ID} {
		equal(t, "the list, undone", "home", f.get(id).List)
	}
}

func TestSubtasksAndTheTrash(t *testing.T) {
	f := newFixture(t)
	p, a, b, _ := f.family()
	ok(t)(f.Delete(t.Context(), ns, web, []string{b.ID}, todo.Options{})) // by itself
	f.now = f.now.Add(time.Minute)
	c := ok(t)(f.Delete(t.Context(), ns, web, []string{p.ID}, todo.Options{}))
	if len(c.Edits) != 2 || !f.get(a.ID).Deleted() {
		t.Errorf("deleted: %+v", c)
	}
	f.now = f.now.Add(time.Minute)
	ok(t)(f.Restore(t.Context(), ns, web, []string{p.ID}, todo.Options{}))
	if f.get(p.ID).Deleted() || f.get(a.ID).Deleted() || !f.get(b.ID).Deleted() {
		t.Error("restoring brings back those deleted with it, and no others")
	}

	// A subtask brings its parent back, and only that; in either order of a batch.
	for _, ids := range [][]string{{a.ID}, {a.ID, p.ID}, {p.ID, a.ID}} {
		extra := f.create(todo.New{Text: "extra", ParentID: p.ID})
		ok(t)(f.Delete(t.Context(), ns, web, []string{p.ID}, todo.Options{}))
		f.now = f.now.Add(time.Minute)
		c := ok(t)(f.Restore(t.Context(), ns, web, ids, todo.Options{}))
		if f.get(p.ID).Deleted() || f.get(a.ID).Deleted() || f.get(extra.ID).Deleted() != (len(ids) == 1) {
			t.Errorf("restored %d: %+v", len(ids), c)
		}
		for i, id := range ids {
			if got, changed, err := c.Item(i); err != nil || !changed || got.ID != id {
				t.Errorf("item %d of %d: %+v, %t, %v", i, len(ids), got, changed, err)
			}
		}
	}
}

func TestRestoreWhereTheParentCannotHaveIt(t *testing.T) {
	f := newFixture(t)
	p, a, b, other := f.family()
	ok(t)(f.Delete(t.Context(), ns, web, []string{a.ID, b.ID}, todo.Options{}))
	f.update(todo.Patch{ID: p.ID, ParentID: &other.ID})
	ok(t)(f.Restore(t.Context(), ns, web, []string{a.ID}, todo.Options{}))
	if got := f.get(a.ID); got.Deleted() || got.ParentID != "" {
		t.Errorf("its parent is a subtask now: %+v", got)
	}
}

func TestMaxSubtasks(t *testing.T) {
	f := newFixture(t)
	p, _, _, other := f.family()
	items := make([]todo.New, todo.MaxSubtasks)
	for i := range items {
		items[i] = todo.New{Text: fmt.Sprint(i), ParentID: p.ID}
	}
	c, err := f.Create(t.Context(), ns, web, items, todo.Options{})
	if err != nil || len(c.Edits) != todo.MaxSubtasks-2 || len(c.Failures) != 2 || c.Failures[0].Code != todo.CodeQuota || c.Failures[0].Field != "parentID" {
		t.Errorf("%d were made, failures %+v, %v", len(c.Edits), c.Failures, err)
	}
	refused(t, "one moved there", f.updateError(todo.Patch{ID: other.ID, ParentID: &p.ID}), todo.CodeQuota, "parentID")
	first := c.Todos()[0].ID
	ok(t)(f.Delete(t.Context(), ns, web, []string{first}, todo.Options{}))
	f.update(todo.Patch{ID: other.ID, ParentID: &p.ID})
	_, err = one(f.Restore(t.Context(), ns, web, []string{first}, todo.Options{}))
	refused(t, "one restored", err, todo.CodeQuota, "parentID")
}

// TestUndoAndFamilies undoes what would leave a subtask without its parent.
func TestUndoAndFamilies(t *testing.T) {
	for name, test := range map[string]func(*fixture) string{
		"a new todo got a subtask": func(f *fixture) string {
			p := f.add("p")[0]
			f.create(todo.New{Text: "a", ParentID: p.ID})
			return todo.Change{Rev: p.Rev}.ID()
		},
		"the parent is in the trash": func(f *fixture) string {
			p, a, _, _ := f.family()
			c := ok(f.t)(f.Delete(f.t.Context(), ns, web, []string{a.ID}, todo.Options{}))
			ok(f.t)(f.Delete(f.t.Context(), ns, web, []string{p.ID}, todo.Options{}))
			return c.ID()
		},
		"the parent is elsewhere": func(f *fixture) string {
			p, a, _, _ := f.family()
			none, work := "none", "work"
			c := ok(f.t)(f.Update(f.t.Context(), ns, web, []todo.Patch{{ID: a.ID, ParentID: &none}}, todo.Options{}))
			f.update(todo.Patch{ID: p.ID, List: &work})
			return c.ID()
		},
		"the parent is a subtask": func(f *fixture) string {
			p := f.add("p")[0]
			a := f.create(todo.New{Text: "a", ParentID: p.ID})
			none := ""
			c := ok(f.t)(f.Update(f.t.Context(), ns, web, []todo.Patch{{ID: a.ID, ParentID: &none}}, todo.Options{}))
			other := f.add("other")[0]
			f.update(todo.Patch{ID: p.ID, ParentID: &other.ID})
			return c.ID()
		},
		"the list was changed before a subtask came": func(f *fixture) string {
			p, work := f.add("p")[0], "work"
			c := ok(f.t)(f.Update(f.t.Context(), ns, web, []todo.Patch{{ID: p.ID, List: &work}}, todo.Options{}))
			f.create(todo.New{Text: "a", ParentID: p.ID})
			return c.ID()
		},
	} {
		f := newFixture(t)
		id := test(f)
		before := f.list(todo.Query{})
		_, err := f.Undo(t.Context(), ns, web, id, todo.Options{})
		refused(t, name, err, todo.CodeConflict, "changeID")
		equal(t, name+": the list", before, f.list(todo.Query{}))
	}
}
