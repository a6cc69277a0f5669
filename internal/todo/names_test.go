package todo_test

import (
	"fmt"
	"testing"

	"todo.example/internal/todo"
)

// filed is a list with todos in lists and with tags, in every view.
func filed(t *testing.T) *fixture {
	f := newFixture(t)
	made := ok(t)(f.Create(t.Context(), ns, web, []todo.New{
		{Text: "a", List: "Home", Tags: []string{"x", "y"}},
		{Text: "b", List: "home", Tags: []string{"y"}},
		{Text: "c", List: "Work"},
		{Text: "d", List: "Home"},
		{Text: "e"},
		{Text: "f", List: "Gone", Tags: []string{"z"}},
	}, todo.Options{})).Todos()
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{made[1].ID}, true, todo.Options{}))
	ok(t)(f.Delete(t.Context(), ns, web, []string{made[3].ID, made[5].ID}, todo.Options{}))
	return f
}

func (f *fixture) lists() []todo.Name {
	f.t.Helper()
	names, err := f.Lists(f.t.Context(), ns, web)
	if err != nil {
		f.t.Fatal(err)
	}
	return names
}

func (f *fixture) tags() []todo.Name {
	f.t.Helper()
	names, err := f.Tags(f.t.Context(), ns, web)
	if err != nil {
		f.t.Fatal(err)
	}
	return names
}

func TestNames(t *testing.T) {
	f := filed(t)
	equal(t, "the lists", []todo.Name{{Name: "Inbox", Open: 1}, {Name: "Home", Open: 1, Completed: 1}, {Name: "Work", Open: 1}}, f.lists())
	equal(t, "the tags", []todo.Name{{Name: "x", Open: 1}, {Name: "y", Open: 1, Completed: 1}}, f.tags())
	empty := newFixture(t)
	equal(t, "no lists", []todo.Name{{Name: "Inbox"}}, empty.lists())
	if tags := empty.tags(); tags == nil || len(tags) != 0 {
		t.Errorf("no tags: %#v, want an empty slice", tags)
	}
}

func TestRenameList(t *testing.T) {
	f := filed(t)
	c := ok(t)(f.RenameList(t.Context(), ns, claude, "HOME", " House  hold ", todo.Options{}))
	if c.Kind != todo.Updated || len(c.Edits) != 3 || c.By != "Claude" {
		t.Errorf("the change: %+v; want open, completed and deleted todos in it", c)
	}
	equal(t, "renamed", []todo.Name{{Name: "Inbox", Open: 1}, {Name: "House hold", Open: 1, Completed: 1}, {Name: "Work", Open: 1}}, f.lists())
	equal(t, "in the trash too", []string{"d"}, texts(f.list(todo.Query{Status: todo.StatusTrash, List: "house hold"}).Todos))

	ok(t)(f.RenameList(t.Context(), ns, web, "House hold", "work", todo.Options{}))
	equal(t, "merged, under the name there was", []todo.Name{{Name: "Inbox", Open: 1}, {Name: "Work", Open: 2, Completed: 1}}, f.lists())
	ok(t)(f.RenameList(t.Context(), ns, web, "Work", "WORK", todo.Options{}))
	equal(t, "spelled anew", "WORK", f.lists()[1].Name)
	if c := ok(t)(f.RenameList(t.Context(), ns, web, "work", "WORK", todo.Options{})); c.Rev != 0 {
		t.Errorf("to the name it has: %+v", c)
	}
	last := ok(t)(f.RenameList(t.Context(), ns, web, "work", "inbox", todo.Options{}))
	equal(t, "emptied into the inbox", []todo.Name{{Name: "Inbox", Open: 3, Completed: 1}}, f.lists())
	ok(t)(f.Undo(t.Context(), ns, web, last.ID(), todo.Options{}))
	equal(t, "undone", []todo.Name{{Name: "Inbox", Open: 1}, {Name: "WORK", Open: 2, Completed: 1}}, f.lists())
}

func TestRenameTag(t *testing.T) {
	f := filed(t)
	c := ok(t)(f.RenameTag(t.Context(), ns, web, "#Y", "x", todo.Options{}))
	equal(t, "merged", []todo.Name{{Name: "x", Open: 1, Completed: 1}}, f.tags())
	equal(t, "each once", []string{"x"}, f.list(todo.Query{Text: "a"}).Todos[0].Tags)
	ok(t)(f.Undo(t.Context(), ns, web, c.ID(), todo.Options{}))
	ok(t)(f.RenameTag(t.Context(), ns, web, "x", "", todo.Options{}))
	equal(t, "taken away", []todo.Name{{Name: "y", Open: 1, Completed: 1}}, f.tags())
	ok(t)(f.RenameTag(t.Context(), ns, web, "z", "In Trash", todo.Options{}))
	equal(t, "in the trash too", []string{"in-trash"}, f.list(todo.Query{Status: todo.StatusTrash, Tag: "in-trash"}).Todos[0].Tags)
}

func TestArchiveList(t *testing.T) {
	f := filed(t)
	archive := func(name string, archived bool) todo.Change {
		t.Helper()
		return ok(t)(f.ArchiveList(t.Context(), ns, web, name, archived, todo.Options{}))
	}
	c := archive("home", true)
	if c.Rev == 0 || archive("HOME", true).Rev != 0 {
		t.Error("archiving is one change, archiving again none")
	}
	equal(t, "last", []todo.Name{{Name: "Inbox", Open: 1}, {Name: "Work", Open: 1}, {Name: "Home", Open: 1, Completed: 1, Archived: true}}, f.lists())
	for what, test := range map[string]struct {
		q     todo.Query
		want  []string
		total int
	}{
		"hidden":                   {todo.Query{}, []string{"c", "e"}, 2},
		"hidden by pages":          {todo.Query{Limit: 1}, []string{"c"}, 2},
		"hidden in the trash":      {todo.Query{Status: todo.StatusTrash}, []string{"f"}, 1},
		"hidden from a condition":  {todo.Query{Tag: "y"}, nil, 0},
		"hidden from another list": {todo.Query{List: "Work"}, []string{"c"}, 1},
		"named":                    {todo.Query{List: "HOME"}, []string{"a", "b"}, 2},
		"named in the text":        {todo.Query{Text: "+home"}, []string{"a", "b"}, 2},
		"left out by name":         {todo.Query{Text: "-list:work"}, []string{"e"}, 1},
	} {
		p := f.list(test.q)
		equal(t, what, test.want, texts(p.Todos))
		if p.Total != test.total || p.Counts.Open != 3 {
			t.Errorf("%s: the total is %d, want %d; counts %+v", what, p.Total, test.total, p.Counts)
		}
	}
	o, err := f.Overview(t.Context(), ns, web)
	if err != nil || o.Open != 2 || o.CompletedToday != 0 {
		t.Errorf("the overview: %+v, %v; want what is archived left out", o, err)
	}

	ok(t)(f.RenameList(t.Context(), ns, web, "home", "House", todo.Options{}))
	equal(t, "archived under its new name", todo.Name{Name: "House", Open: 1, Completed: 1, Archived: true}, f.lists()[2])
	made := ok(t)(f.Create(t.Context(), ns, web, []todo.New{{Text: "g", List: "HOUSE"}}, todo.Options{})).Todos()
	equal(t, "a new todo in it", "House", made[0].List)
	merged := ok(t)(f.RenameList(t.Context(), ns, web, "house", "Work", todo.Options{}))
	equal(t, "merged into one that is shown", []todo.Name{{Name: "Inbox", Open: 1}, {Name: "Work", Open: 3, Completed: 1}}, f.lists())
	ok(t)(f.Undo(t.Context(), ns, web, merged.ID(), todo.Options{}))
	archive("House", false)
	equal(t, "shown again", []string{"a", "c", "e", "g", "b"}, texts(f.list(todo.Query{}).Todos))

	archive("work", true)
	c3 := f.list(todo.Query{List: "work"}).Todos[0]
	ok(t)(f.Delete(t.Context(), ns, web, []string{c3.ID}, todo.Options{}))
	equal(t, "archived and empty", todo.Name{Name: "Work", Archived: true}, f.lists()[2])
}

func TestNamesRefused(t *testing.T) {
	f := filed(t)
	reader := web
	reader.Allowed = todo.ReadOnly
	rename := func(actor todo.Actor, from, to string) error {
		_, err := f.RenameList(t.Context(), ns, actor, from, to, todo.Options{})
		return err
	}
	archive := func(actor todo.Actor, name string) error {
		_, err := f.ArchiveList(t.Context(), ns, actor, name, true, todo.Options{})
		return err
	}
	tag := func(actor todo.Actor, from, to string) error {
		_, err := f.RenameTag(t.Context(), ns, actor, from, to, todo.Options{})
		return err
	}
	refused(t, "an unknown list", rename(web, "nonesuch", "x"), todo.CodeNotFound, "list")
	refused(t, "archive an unknown list", archive(web, "nonesuch"), todo.CodeNotFound, "list")
	refused(t, "archive what is only in the trash", archive(web, "Gone"), todo.CodeNotFound, "list")
	refused(t, "an unknown tag", tag(web, "nonesuch", "x"), todo.CodeNotFound, "tag")
	refused(t, "the inbox", rename(web, "Inbox", "x"), todo.CodeInvalid, "from")
	refused(t, "archive the inbox", archive(web, ""), todo.CodeInvalid, "list")
	refused(t, "no tag", tag(web, "#", "x"), todo.CodeInvalid, "from")
	refused(t, "a name with a sign", rename(web, "Home", "!x"), todo.CodeInvalid, "list")
	for what, err := range map[string]error{"rename": rename(reader, "Home", "x"), "archive": archive(reader, "Home"), "tag": tag(reader, "x", "y")} {
		refused(t, what+" without the right to edit", err, todo.CodeForbidden, "")
	}
}

func TestRenameTooMany(t *testing.T) {
	f := newFixture(t)
	var items []todo.Import
	for i := range todo.MaxImport {
		items = append(items, todo.Import{Todo: todo.Todo{Text: fmt.Sprint(i), List: "Home"}})
	}
	if _, err := f.Import(t.Context(), ns, web, items, todo.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	c := ok(t)(f.RenameList(t.Context(), ns, web, "home", "House", todo.Options{}))
	if len(c.Edits) != todo.MaxImport {
		t.Errorf("%d todos were renamed", len(c.Edits))
	}
	ok(t)(f.Create(t.Context(), ns, web, []todo.New{{Text: "one more", List: "House"}}, todo.Options{}))
	_, err := f.RenameList(t.Context(), ns, web, "House", "Home", todo.Options{})
	refused(t, "one too many", err, todo.CodeQuota, "list")
}
