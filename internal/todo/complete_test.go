package todo_test

import (
	"testing"
	"time"

	"todo.example/internal/todo"
)

// done completes todos, which must go through.
func (f *fixture) done(actor todo.Actor, ids ...string) todo.Change {
	f.t.Helper()
	return ok(f.t)(f.SetCompleted(f.t.Context(), ns, actor, ids, true, todo.Options{}))
}

func (f *fixture) parts(parent string, status todo.Status) []todo.Todo {
	f.t.Helper()
	var parts []todo.Todo
	for _, t := range f.list(todo.Query{Status: status}).Todos {
		if t.ParentID == parent {
			parts = append(parts, t)
		}
	}
	return parts
}

func TestRepeat(t *testing.T) {
	everywhere(t, func(t *testing.T, f *dueFixture) {
		for _, test := range []struct {
			name, due, repeat  string
			wantDue, wantRepat string // "" none is made
		}{
			{"a date", "2026-11-26", "daily", "2026-11-27", "FREQ=DAILY"},
			{"a time", "2026-11-26 17:00", "daily", f.at("2026-11-27T17:00"), "FREQ=DAILY"},
			{"a time across the clock change", "2027-03-01 17:00", "FREQ=MONTHLY;INTERVAL=4", f.at("2027-07-01T17:00"), "FREQ=MONTHLY;INTERVAL=4"},
			{"nothing piles up", "2026-11-01", "every 2 days", "2026-11-25", "FREQ=DAILY;INTERVAL=2"},
			{"late by a week", "2026-11-18", "every week", "2026-11-25", "FREQ=WEEKLY"},
			{"early", "2026-12-24", "every week", "2026-12-31", "FREQ=WEEKLY"},
			{"some are left", "2026-11-25", "FREQ=DAILY;COUNT=3", "2026-11-26", "FREQ=DAILY;COUNT=2"},
			{"the last of them", "2026-11-25", "FREQ=DAILY;COUNT=1", "", ""},
			{"past its end", "2026-11-25", "FREQ=DAILY;UNTIL=20261125", "", ""},
		} {
			made := f.create(todo.New{Text: test.name, Notes: "n", Priority: "high", List: "home", Tags: []string{"x"}, Due: test.due, Repeat: test.repeat})
			before := f.list(todo.Query{Status: todo.StatusOpen})
			c := f.done(f.self, made.ID)
			was, err := c.One()
			if err != nil || !was.Completed || was.Repeat != "" || was.Due != made.Due || !was.CompletedAt.Equal(f.now) {
				t.Errorf("%s: the done one is %+v, %v", test.name, was, err)
			}
			next, made2 := c.Next()
			if made2 != (test.wantDue != "") || next.Due != test.wantDue || next.Repeat != test.wantRepat {
				t.Errorf("%s: the next is due %q, repeats %q; want %q, %q", test.name, next.Due, next.Repeat, test.wantDue, test.wantRepat)
			}
			if made2 {
				want := made
				want.ID, want.Rev, want.Due, want.Repeat = next.ID, c.Rev, test.wantDue, test.wantRepat
				equal(t, test.name+": the next", want, next)
			}
			// Undone, it is as before, and the next one is in the trash.
			undo := f.undone(f.self, c.ID())
			equal(t, test.name+": undone", content(made), content(f.get(made.ID)))
			equal(t, test.name+": the list", texts(before.Todos), texts(f.list(todo.Query{Status: todo.StatusOpen}).Todos))
			if made2 && !f.get(next.ID).Deleted() {
				t.Errorf("%s: the next outlived the undo", test.name)
			}
			if _, again := undo.Next(); again {
				t.Errorf("%s: the undo made something", test.name)
			}
			f.undone(f.self, undo.ID())
			if made2 {
				equal(t, test.name+": done again", content(next), content(f.get(next.ID)))
			}
			ok(t)(f.Delete(t.Context(), ns, f.self, []string{made.ID}, todo.Options{}))
			f.now = f.now.Truncate(24 * time.Hour)
			f.now = time.Date(2026, time.November, 25, 12, 0, 0, 0, f.loc)
		}
	})
}

func TestRepeatKeepsItsPlace(t *testing.T) {
	f := newFixture(t)
	f.add("a")
	b := f.create(todo.New{Text: "b", Repeat: "daily"})
	f.add("c")
	f.done(web, b.ID)
	equal(t, "the list", []string{"a", "b", "c", "b"}, texts(f.list(todo.Query{}).Todos))
	// Reopened, the old one stays beside the next and repeats no more.
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{b.ID}, false, todo.Options{}))
	if c := f.done(web, b.ID); len(c.Edits) != 1 {
		t.Errorf("completed again: %+v", c)
	}
}

// TestRepeatIsNotWhatWasImported wants a UID to stay with the todo that has it.
func TestRepeatIsNotWhatWasImported(t *testing.T) {
	f := newFixture(t)
	r, err := f.Import(t.Context(), ns, web, []todo.Import{{Todo: todo.Todo{Text: "a", UID: "uid", Due: "2026-01-02", Repeat: "FREQ=DAILY"}}}, todo.ImportOptions{})
	if err != nil || r.Created != 1 {
		t.Fatalf("imported %+v, %v", r, err)
	}
	c := f.done(web, r.Change.Edits[0].After.ID)
	if next, made := c.Next(); !made || next.UID != "" || c.Edits[0].After.UID != "uid" {
		t.Errorf("the change: %+v", c)
	}
}

func TestRepeatByUpdate(t *testing.T) {
	f := newFixture(t)
	a := f.create(todo.New{Text: "a", Due: "2026-01-02", Repeat: "daily"})
	text, yes, weekly := "b", true, "every week"
	c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, Text: &text, Repeat: &weekly, Completed: &yes}}, todo.Options{}))
	next, made := c.Next()
	if !made || next.Text != "b" || next.Due != "2026-01-09" || next.Repeat != "FREQ=WEEKLY" || c.Edits[0].After.Repeat != "" {
		t.Errorf("completed and changed in one: %+v", c)
	}
}

func TestCompleteTakesSubtasksAlong(t *testing.T) {
	f := newFixture(t)
	p := f.create(todo.New{Text: "p"})
	a := f.create(todo.New{Text: "a", ParentID: p.ID, Due: "2026-01-05", Repeat: "daily"})
	b := f.create(todo.New{Text: "b", ParentID: p.ID})
	f.done(web, b.ID)
	f.now = f.now.Add(time.Hour)
	c := f.done(web, p.ID)
	if len(c.Edits) != 2 || c.Edits[0].Follows || !c.Edits[1].Follows || len(c.Todos()) != 1 || c.Open != 0 {
		t.Errorf("the change: %+v", c)
	}
	if got := f.get(a.ID); !got.Completed || !got.CompletedAt.Equal(f.now) || got.Repeat != "FREQ=DAILY" {
		t.Errorf("an open subtask: %+v", got)
	}
	if got := f.get(b.ID); !got.CompletedAt.Equal(epoch) {
		t.Errorf("one that was done before: %+v", got)
	}
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{a.ID}, false, todo.Options{}))
	if !f.get(p.ID).Completed {
		t.Error("reopening a subtask reopened its parent")
	}
	_, err := f.Undo(t.Context(), ns, web, c.ID(), todo.Options{})
	refused(t, "a subtask was changed since", err, todo.CodeConflict, "changeID")
}

func TestRepeatWithSubtasks(t *testing.T) {
	everywhere(t, func(t *testing.T, f *dueFixture) {
		p := f.create(todo.New{Text: "p", Due: "2026-11-25", Repeat: "every week", List: "home"})
		var subs []string
		for _, item := range []todo.New{
			{Text: "plain"},
			{Text: "done"},
			{Text: "dated", Due: "2026-11-24 17:00"},
			{Text: "own rule", Due: "2026-11-25", Repeat: "daily"},
			{Text: "gone"},
		} {
			item.ParentID = p.ID
			subs = append(subs, f.create(item).ID)
		}
		f.done(f.self, subs[1])
		f.done(f.self, subs[3]) // leaves a done one and an open one, due on the 26th
		ok(t)(f.Delete(t.Context(), ns, f.self, subs[4:], todo.Options{}))
		var before []todo.Todo
		for _, had := range f.list(todo.Query{}).Todos {
			before = append(before, content(had))
		}

		c := f.done(f.self, p.ID)
		next, made := c.Next()
		if !made || next.Text != "p" || next.Due != "2026-12-02" {
			t.Fatalf("the next: %+v", next)
		}
		copies := f.parts(next.ID, todo.StatusOpen)
		equal(t, "the copies", []string{"plain", "done", "dated", "own rule"}, texts(copies))
		if len(copies) == 4 {
			equal(t, "the date of one", f.at("2026-12-01T17:00"), copies[2].Due)
			equal(t, "the date of the one with a rule", "2026-12-03", copies[3].Due)
			equal(t, "its rule", "FREQ=DAILY", copies[3].Repeat)
			equal(t, "its list", "home", copies[3].List)
		}
		for _, old := range f.parts(p.ID, todo.StatusAll) {
			if !old.Completed || old.Repeat != "" {
				t.Errorf("a subtask of the done one: %+v", old)
			}
		}
		f.undone(f.self, c.ID())
		var after []todo.Todo
		for _, had := range f.list(todo.Query{}).Todos {
			after = append(after, content(had))
		}
		equal(t, "undone", before, after)
	})
}
