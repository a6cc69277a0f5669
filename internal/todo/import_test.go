package todo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"todo.example/internal/todo"
)

func (f *fixture) imports(items []todo.Import, o todo.ImportOptions) todo.ImportResult {
	f.t.Helper()
	r, err := f.Import(f.t.Context(), ns, claude, items, o)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

func TestImport(t *testing.T) {
	f := newFixture(t)
	f.add("first")
	long := epoch.Add(-48 * time.Hour)
	items := []todo.Import{
		{Todo: todo.Todo{
			ID: "ignored", Text: " all fields ", Notes: "n\r\nm", Due: "2026-02-01T17:00:00+01:00", Timezone: "Europe/Berlin", Repeat: "RRULE:FREQ=WEEKLY;BYDAY=SU",
			Priority: todo.PriorityHigh, List: "Home", Tags: []string{"#B", "a", "b"}, UID: "uid-1", Position: "z", CreatedBy: "x", UpdatedBy: "x", Rev: 9,
			CreatedAt: long.Add(time.Microsecond), ParentID: "ignored",
		}},
		{Todo: todo.Todo{Text: "done", Completed: true, CompletedAt: long, Repeat: "FREQ=DAILY", List: "home"}},
		{Todo: todo.Todo{Text: "from the future", Completed: true, CompletedAt: epoch.Add(time.Hour), CreatedAt: epoch.Add(time.Hour)}},
		{Todo: todo.Todo{Text: "plain"}},
	}
	r := f.imports(items, todo.ImportOptions{})
	if r.Created != 4 || r.Skipped != 0 || r.Change.Kind != todo.Imported || r.Change.Rev != 2 || r.Change.By != "Claude" {
		t.Errorf("the result: %+v", r)
	}
	made := r.Change.Todos()
	want := todo.Todo{
		ID: made[0].ID, Text: "all fields", Notes: "n\nm", Due: "2026-02-01T17:00:00+01:00", Timezone: "Europe/Berlin", Repeat: "FREQ=WEEKLY;BYDAY=SU",
		Priority: todo.PriorityHigh, List: "Home", Tags: []string{"a", "b"}, UID: "uid-1", Position: made[0].Position,
		CreatedAt: long, CreatedBy: "Claude", UpdatedAt: epoch, UpdatedBy: "Claude", Rev: 2,
	}
	equal(t, "all fields", want, f.get(made[0].ID))
	if done := made[1]; !done.CompletedAt.Equal(long) || done.Repeat != "" || done.List != "Home" {
		t.Errorf("done: %+v", done)
	}
	if future := made[2]; !future.CompletedAt.Equal(epoch) || !future.CreatedAt.Equal(epoch) {
		t.Errorf("from the future: %+v", future)
	}
	equal(t, "the order", []string{"first", "all fields", "plain"}, texts(f.list(todo.Query{Status: todo.StatusOpen}).Todos))
	for i := range items {
		got, changed, err := r.Change.Item(i)
		if err != nil || !changed || got.ID != made[i].ID {
			t.Errorf("item %d: %+v, %t, %v", i, got, changed, err)
		}
	}

	again := f.imports(items, todo.ImportOptions{})
	if again.Created != 0 || again.Skipped != 4 || again.Change.Rev != 0 {
		t.Errorf("imported again: %+v", again)
	}
	ok(t)(f.Undo(t.Context(), ns, claude, r.Change.ID(), todo.Options{}))
	equal(t, "undone", []string{"first"}, texts(f.list(todo.Query{}).Todos))
	if third := f.imports(items, todo.ImportOptions{}); third.Created != 4 {
		t.Errorf("what is in the trash is not there: %+v", third)
	}
}

func TestImportSkips(t *testing.T) {
	f := newFixture(t)
	there := func(text, list, due, uid string) todo.Import {
		return todo.Import{Todo: todo.Todo{Text: text, List: list, Due: due, UID: uid}}
	}
	f.imports([]todo.Import{
		there("milk and bread", "Home", "2026-02-01", ""), there("☃", "", "", ""), there("with uid", "", "", "u1"), there("twice", "", "", ""), there("twice", "", "", ""),
	}, todo.ImportOptions{})
	for i := range 30 {
		f.add(fmt.Sprint("milk ", i), fmt.Sprint("bread ", i))
	}
	for what, test := range map[string]struct {
		item todo.Import
		skip bool
	}{
		"the same":               {there("milk and bread", "HOME", "2026-02-01", ""), true},
		"with blanks around it":  {there(" milk and bread\n", "Home", "2026-02-01", ""), false}, // a line end is refused
		"other text":             {there("milk or bread", "Home", "2026-02-01", ""), false},
		"other case":             {there("Milk and bread", "Home", "2026-02-01", ""), false},
		"another list":           {there("milk and bread", "Work", "2026-02-01", ""), false},
		"another due":            {there("milk and bread", "Home", "2026-02-02", ""), false},
		"text without words":     {there("☃", "inbox", "", ""), true},
		"the same UID":           {there("renamed", "Home", "", "u1"), true},
		"the text, another UID":  {there("with uid", "", "", "u2"), false},
		"a text that is twice":   {there("twice", "", "", ""), true},
		"the text of a UID todo": {there("with uid", "", "", ""), true},
	} {
		r := f.imports([]todo.Import{test.item}, todo.ImportOptions{DryRun: true})
		if (r.Skipped == 1) != test.skip {
			t.Errorf("%s: %+v, want skipped %t", what, r, test.skip)
		}
	}
	r := f.imports([]todo.Import{there("a", "", "", "u9"), there("b", "", "", "u9")}, todo.ImportOptions{})
	if r.Created != 1 || r.Skipped != 1 {
		t.Errorf("a UID twice in one import: %+v", r)
	}
}

func TestImportParents(t *testing.T) {
	f := newFixture(t)
	item := func(uid, parent, list string) todo.Import {
		return todo.Import{Todo: todo.Todo{Text: uid, UID: uid, List: list}, Parent: parent}
	}
	r := f.imports([]todo.Import{
		item("child", "parent", "Work"), // before its parent
		item("parent", "", "Home"),
		item("grandchild", "child", ""),
		item("orphan", "nonesuch", ""),
		item("ring1", "ring2", ""), item("ring2", "ring1", ""),
		{Todo: todo.Todo{UID: "bad"}},
		item("of bad", "bad", ""),
	}, todo.ImportOptions{})
	byText := map[string]todo.Todo{}
	for _, made := range r.Change.Todos() {
		byText[made.Text] = made
	}
	parent := byText["parent"]
	for _, sub := range []string{"child", "grandchild"} {
		if got := byText[sub]; got.ParentID != parent.ID || got.List != "Home" {
			t.Errorf("%s: %+v, want a subtask of %s in its list", sub, got, parent.ID)
		}
	}
	equal(t, "the order is the file's", []string{"child", "parent", "grandchild"}, texts(f.list(todo.Query{}).Todos))
	failed := map[int]string{}
	for _, fail := range r.Change.Failures {
		failed[fail.Item] = string(fail.Code) + " " + fail.Field
	}
	equal(t, "the failures", map[int]string{
		3: "invalid_argument parentID", 4: "invalid_argument parentID", 5: "invalid_argument parentID", 6: "invalid_argument text", 7: "invalid_argument parentID",
	}, failed)

	r = f.imports([]todo.Import{item("parent", "", ""), item("late", "parent", ""), item("later", "child", "")}, todo.ImportOptions{})
	for _, made := range r.Change.Todos() {
		if made.ParentID != parent.ID {
			t.Errorf("%s: %+v, want a subtask of what was imported before", made.Text, made)
		}
	}
	if r.Created != 2 || r.Skipped != 1 {
		t.Errorf("the second import: %+v", r)
	}
	var many []todo.Import
	for i := range todo.MaxSubtasks {
		many = append(many, item(fmt.Sprint("sub", i), "parent", ""))
	}
	r = f.imports(many, todo.ImportOptions{})
	if r.Created != todo.MaxSubtasks-4 || len(r.Change.Failures) != 4 || r.Change.Failures[0].Code != todo.CodeQuota {
		t.Errorf("too many subtasks: %d made, failures %+v", r.Created, r.Change.Failures)
	}
}

func TestImportRefused(t *testing.T) {
	f := newFixture(t)
	good := todo.Import{Todo: todo.Todo{Text: "good"}}
	for what, test := range map[string]struct {
		item  todo.Todo
		code  todo.Code
		field string
	}{
		"no text":        {todo.Todo{}, todo.CodeInvalid, "text"},
		"a priority":     {todo.Todo{Text: "x", Priority: "urgent"}, todo.CodeInvalid, "priority"},
		"a list":         {todo.Todo{Text: "x", List: strings.Repeat("x", 61)}, todo.CodeInvalid, "list"},
		"a due in words": {todo.Todo{Text: "x", Due: "tomorrow"}, todo.CodeInvalidDate, "due"},
		"a zone":         {todo.Todo{Text: "x", Due: "2026-01-01T10:00:00Z", Timezone: "Mars"}, todo.CodeInvalidDate, "due"},
		"a rule":         {todo.Todo{Text: "x", Repeat: "FREQ=SECONDLY"}, todo.CodeInvalidDate, "repeat"},
		"a long UID":     {todo.Todo{Text: "x", UID: strings.Repeat("x", 256)}, todo.CodeInvalid, "uid"},
		"a UID with NUL": {todo.Todo{Text: "x", UID: "a\x00b"}, todo.CodeInvalid, "uid"},
		"from the trash": {todo.Todo{Text: "x", DeletedAt: epoch}, todo.CodeInvalid, "deletedAt"},
	} {
		items := []todo.Import{good, {Todo: test.item}}
		r := f.imports(items, todo.ImportOptions{DryRun: true})
		if r.Created != 1 || len(r.Change.Failures) != 1 || r.Change.Failures[0].Item != 1 {
			t.Errorf("%s: %+v", what, r)
			continue
		}
		refused(t, what, r.Change.Failures[0].Err(), test.code, test.field)
		_, err := f.Import(t.Context(), ns, web, items, todo.ImportOptions{Options: todo.Options{Atomic: true}})
		refused(t, what+", atomic", err, test.code, test.field)
	}
	_, err := f.Import(t.Context(), ns, web, nil, todo.ImportOptions{})
	refused(t, "nothing", err, todo.CodeInvalid, "todos")
	_, err = f.Import(t.Context(), ns, web, make([]todo.Import, todo.MaxImport+1), todo.ImportOptions{})
	refused(t, "too many", err, todo.CodeInvalid, "todos")
	reader := web
	reader.Allowed = todo.ReadOnly
	for _, dry := range []bool{true, false} {
		_, err = f.Import(t.Context(), ns, reader, []todo.Import{good}, todo.ImportOptions{DryRun: dry})
		refused(t, "without the right to create", err, todo.CodeForbidden, "")
	}
	if p := f.list(todo.Query{}); p.Rev != 0 || p.Total != 0 {
		t.Errorf("something was written: %+v", p)
	}
}

func TestImportRetried(t *testing.T) {
	f := newFixture(t)
	o := todo.ImportOptions{Options: todo.Options{IdempotencyKey: "k"}}
	items := []todo.Import{{Todo: todo.Todo{Text: "a"}}, {Todo: todo.Todo{}}}
	first, again := f.imports(items, o), f.imports(items, o)
	if !again.Change.Replayed || again.Created != 1 || again.Skipped != 0 {
		t.Errorf("the retry: %+v", again)
	}
	again.Change.Replayed = false
	equal(t, "the retry's answer", first, again)
}

// TestLargeImport imports as much as may be, into a list that has as much.
func TestLargeImport(t *testing.T) {
	f := newFixture(t)
	var items []todo.Import
	for i := range todo.MaxImport {
		items = append(items, todo.Import{Todo: todo.Todo{Text: fmt.Sprintf("todo number %d of many", i), List: fmt.Sprint("list ", i%20), UID: fmt.Sprint("u", i)}})
		if i%2 == 0 {
			items[i].Todo.UID = "" // found again by its text
		}
	}
	if r := f.imports(items, todo.ImportOptions{}); r.Created != todo.MaxImport {
		t.Fatalf("%d made, %d skipped, failures %+v", r.Created, r.Skipped, r.Change.Failures)
	}
	if r := f.imports(items, todo.ImportOptions{}); r.Skipped != todo.MaxImport {
		t.Errorf("again: %d made, %d skipped", r.Created, r.Skipped)
	}
	if p := f.list(todo.Query{Limit: 1}); p.Total != todo.MaxImport {
		t.Errorf("the list has %d todos", p.Total)
	}
}
