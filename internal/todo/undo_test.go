package todo_test

import (
	"strings"
	"testing"
	"time"

	"todo.example/internal/todo"
)

// undone undoes a change, or the actor's last one, and wants that to go through.
func (f *fixture) undone(actor todo.Actor, id string) todo.Change {
	f.t.Helper()
	f.now = f.now.Add(time.Minute)
	return ok(f.t)(f.Undo(f.t.Context(), ns, actor, id, todo.Options{}))
}

// content is a todo without what every change stamps and what is counted when read.
func content(t todo.Todo) todo.Todo {
	t.Rev, t.UpdatedAt, t.UpdatedBy, t.Subtasks = 0, time.Time{}, "", todo.Progress{}
	return t
}

func TestUndo(t *testing.T) {
	text, notes := "changed", "new"
	for _, test := range []struct {
		name string
		do   func(*fixture, []string) (todo.Change, error)
	}{
		{"update", func(f *fixture, ids []string) (todo.Change, error) {
			return f.Update(f.t.Context(), ns, claude, []todo.Patch{{ID: ids[0], Text: &text, Notes: &notes}}, todo.Options{})
		}},
		{"complete", func(f *fixture, ids []string) (todo.Change, error) {
			return f.SetCompleted(f.t.Context(), ns, claude, ids[:1], true, todo.Options{})
		}},
		{"reopen", func(f *fixture, ids []string) (todo.Change, error) {
			return f.SetCompleted(f.t.Context(), ns, claude, ids[1:2], false, todo.Options{})
		}},
		{"delete", func(f *fixture, ids []string) (todo.Change, error) {
			return f.Delete(f.t.Context(), ns, claude, ids[:1], todo.Options{})
		}},
		{"restore", func(f *fixture, ids []string) (todo.Change, error) {
			return f.Restore(f.t.Context(), ns, claude, ids[2:3], todo.Options{})
		}},
		{"batch", func(f *fixture, ids []string) (todo.Change, error) {
			return f.Delete(f.t.Context(), ns, claude, ids[:2], todo.Options{})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			var ids []string
			for _, made := range f.add("open", "completed", "deleted") {
				ids = append(ids, made.ID)
			}
			ok(t)(f.SetCompleted(t.Context(), ns, web, ids[1:2], true, todo.Options{}))
			ok(t)(f.Delete(t.Context(), ns, web, ids[2:], todo.Options{}))
			var before, after []todo.Todo
			for _, id := range ids {
				before = append(before, content(f.get(id)))
			}
			f.now = f.now.Add(time.Hour)
			c := ok(t)(test.do(f, ids))
			for _, id := range ids {
				after = append(after, content(f.get(id)))
			}

			undo := f.undone(web, c.ID())
			if undo.Kind != todo.Undone || undo.Undoes != c.Rev || undo.By != "web" {
				t.Errorf("the undo: %+v", undo)
			}
			redo := f.undone(claude, undo.ID()) // and back
			for i, id := range ids {
				equal(t, "after undoing the undo", after[i], content(f.get(id)))
			}
			again := f.undone(web, redo.ID())
			for i, id := range ids {
				equal(t, "after undoing that", before[i], content(f.get(id)))
			}
			if got := again.Todos()[0]; got.Rev != again.Rev || got.UpdatedBy != "web" || !got.UpdatedAt.Equal(f.now) {
				t.Errorf("an undone todo is stamped %+v", got)
			}
		})
	}
}

func TestUndoCreate(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b")
	undo := f.undone(web, "c1")
	if p := f.list(todo.Query{Status: todo.StatusTrash}); len(p.Todos) != 2 || p.Counts.Open != 0 {
		t.Errorf("undone creations belong in the trash: %+v", p)
	}
	f.undone(web, undo.ID())
	equal(t, "the list, after undoing the undo", []string{"a", "b"}, texts(f.list(todo.Query{}).Todos))
	equal(t, "the todo", content(made[0]), content(f.get(made[0].ID)))
}

// TestUndoStepByStep undoes all that happened to one todo, newest first.
func TestUndoStepByStep(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	text := "b"
	ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, Text: &text}}, todo.Options{}))
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{a.ID}, true, todo.Options{}))
	f.undone(web, "")
	if got := f.get(a.ID); got.Completed || got.Text != "b" {
		t.Errorf("after one undo: %+v", got)
	}
	f.undone(web, "")
	if got := f.get(a.ID); got.Text != "a" {
		t.Errorf("after two: %+v", got)
	}
	f.undone(web, "")
	if got := f.get(a.ID); !got.Deleted() {
		t.Errorf("after three: %+v", got)
	}
	_, err := f.Undo(t.Context(), ns, web, "", todo.Options{})
	refused(t, "after four", err, todo.CodeNotFound, "changeID")
}

func TestUndoLastOfMine(t *testing.T) {
	f := newFixture(t)
	f.add("mine")
	ok(t)(f.Create(t.Context(), ns, claude, []todo.New{{Text: "Claude's"}}, todo.Options{}))
	if c := f.undone(web, ""); c.Undoes != 1 {
		t.Errorf("web's last change is c1, undone was c%d", c.Undoes)
	}
	_, err := f.Undo(t.Context(), ns, web, "", todo.Options{})
	refused(t, "nothing of one's own is left", err, todo.CodeNotFound, "changeID")
	other := claude
	other.ClientID = "another"
	_, err = f.Undo(t.Context(), ns, other, "", todo.Options{})
	refused(t, "another client of the same name", err, todo.CodeNotFound, "changeID")
	if c := f.undone(web, "c2"); c.Undoes != 2 {
		t.Errorf("undoing another's change: %+v", c)
	}
}

func TestUndoConflicts(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b") // c1
	text := "later"
	ok(t)(f.Update(t.Context(), ns, claude, []todo.Patch{{ID: made[1].ID, Text: &text}}, todo.Options{})) // c2
	before := f.list(todo.Query{})
	_, err := f.Undo(t.Context(), ns, web, "c1", todo.Options{})
	refused(t, "a superseded change", err, todo.CodeConflict, "changeID")
	if err == nil || !strings.Contains(err.Error(), "later") || !strings.Contains(err.Error(), "Claude") || !strings.Contains(err.Error(), "c2") {
		t.Errorf("the conflict does not say what, who and when: %v", err)
	}
	equal(t, "the list: all or nothing", before, f.list(todo.Query{}))

	f.undone(web, "c2")
	_, err = f.Undo(t.Context(), ns, web, "c2", todo.Options{})
	refused(t, "undone already", err, todo.CodeConflict, "changeID")
	f.undone(web, "c1") // what superseded it is undone: it stands again

	for id, code := range map[string]todo.Code{"c99": todo.CodeNotFound, "c0": todo.CodeInvalid, "x": todo.CodeInvalid, "c01": todo.CodeInvalid} {
		_, err := f.Undo(t.Context(), ns, web, id, todo.Options{})
		refused(t, id, err, code, "changeID")
	}
}

func TestUndoOfWhatIsGone(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	ok(t)(f.Delete(t.Context(), ns, web, []string{a.ID}, todo.Options{}))
	f.now = epoch.Add(time.Hour)
	b := f.add("b")[0]
	ok(t)(f.Delete(t.Context(), ns, web, []string{b.ID}, todo.Options{})) // c4
	if err := f.store.Prune(t.Context(), epoch, epoch.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	_, err := f.Undo(t.Context(), ns, web, "c2", todo.Options{})
	refused(t, "a change that was forgotten", err, todo.CodeNotFound, "changeID")
	f.undone(web, "c4")
	_, err = f.Get(t.Context(), ns, web, a.ID)
	refused(t, "a todo that left the trash", err, todo.CodeNotFound, "id")
}

func TestUndoIsIdempotent(t *testing.T) {
	f := newFixture(t)
	f.add("a")
	f.add("b")
	key := todo.Options{IdempotencyKey: "k"}
	first := ok(t)(f.Undo(t.Context(), ns, web, "", key))
	first.Replayed = true
	equal(t, "the retry", first, ok(t)(f.Undo(t.Context(), ns, web, "", key)))
	equal(t, "the list", []string{"a"}, texts(f.list(todo.Query{}).Todos))
}

// TestUndoOfADeletionInATrashThatChanged brings back what a deletion took away though
// it is not quite as it was: what was changed in the trash since stays.
func TestUndoOfADeletionInATrashThatChanged(t *testing.T) {
	f := newFixture(t)
	a := f.add("a", "other")[0]
	list, text := "work", "b"
	ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, List: &list, AddTags: []string{"x"}}}, todo.Options{}))
	edit := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, Text: &text}}, todo.Options{}))
	deletion := ok(t)(f.Delete(t.Context(), ns, web, []string{a.ID}, todo.Options{}))
	f.now = f.now.Add(time.Minute)
	ok(t)(f.RenameList(t.Context(), ns, web, "work", "office", todo.Options{}))
	ok(t)(f.RenameTag(t.Context(), ns, web, "x", "y", todo.Options{}))

	undo := f.undone(claude, deletion.ID())
	if undo.Kind != todo.Undone || undo.Undoes != deletion.Rev {
		t.Errorf("the undo: %+v", undo)
	}
	got := f.get(a.ID)
	if got.Deleted() || got.List != "office" || got.Text != "b" || len(got.Tags) != 1 || got.Tags[0] != "y" {
		t.Errorf("after the undo: %+v", got)
	}
	_, err := f.Undo(t.Context(), ns, web, edit.ID(), todo.Options{})
	refused(t, "the edit before, which would take back the names too", err, todo.CodeConflict, "changeID")
	redo := f.undone(web, undo.ID())
	if got := f.get(a.ID); !got.Deleted() || got.List != "office" {
		t.Errorf("after undoing the undo: %+v", got)
	}
	f.undone(web, redo.ID())
	if got := f.get(a.ID); got.Deleted() || got.List != "office" {
		t.Errorf("after undoing that: %+v", got)
	}
}

func TestUndoOfADeletionThatWasTakenBackOtherwise(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	first := ok(t)(f.Delete(t.Context(), ns, web, []string{a.ID}, todo.Options{}))
	ok(t)(f.Restore(t.Context(), ns, web, []string{a.ID}, todo.Options{}))
	f.now = f.now.Add(time.Minute)
	ok(t)(f.Delete(t.Context(), ns, web, []string{a.ID}, todo.Options{}))
	_, err := f.Undo(t.Context(), ns, web, first.ID(), todo.Options{})
	refused(t, "the first of two deletions", err, todo.CodeConflict, "changeID")
}

func TestUndoNamesWhatIsInTheWay(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	ok(t)(f.SetCompleted(t.Context(), ns, claude, []string{a.ID}, true, todo.Options{})) // c2
	_, err := f.Undo(t.Context(), ns, web, "c1", todo.Options{})
	if e := todo.AsError(err); !strings.HasPrefix(e.Hint, "undo c2 first") {
		t.Errorf("the hint is %q", e.Hint)
	}
}
