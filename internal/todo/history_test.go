package todo_test

import (
	"fmt"
	"testing"
	"time"

	"todo.example/internal/todo"
)

func (f *fixture) history(q todo.HistoryQuery) todo.HistoryPage {
	f.t.Helper()
	p, err := f.History(f.t.Context(), ns, web, q)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

// changeIDs reads the history by pages of a size.
func (f *fixture) changeIDs(q todo.HistoryQuery, size int) (ids []string) {
	f.t.Helper()
	q.Limit = size
	for range 1000 {
		p := f.history(q)
		if size > 0 && len(p.Changes) > size {
			f.t.Fatalf("a page of at most %d has %d changes", size, len(p.Changes))
		}
		for _, c := range p.Changes {
			ids = append(ids, c.ID())
		}
		if q.Cursor = p.NextCursor; q.Cursor == "" {
			return ids
		}
	}
	f.t.Fatal("the history does not end")
	return nil
}

// lived is a list with a past, one change a minute.
func lived(t *testing.T) (f *fixture, a, b todo.Todo) {
	f = newFixture(t)
	yes, no, text := true, false, "x"
	a = f.add("a")[0] // c1
	step := func(c todo.Change, err error) {
		t.Helper()
		ok(t)(c, err)
		f.now = f.now.Add(time.Minute)
	}
	f.now = f.now.Add(time.Minute)
	made, err := f.Create(t.Context(), ns, claude, []todo.New{{Text: "b"}, {Text: "c"}}, todo.Options{}) // c2
	step(made, err)
	b = made.Todos()[0]
	step(f.SetCompleted(t.Context(), ns, claude, []string{a.ID, b.ID}, true, todo.Options{}))                               // c3
	step(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, Completed: &no}, {ID: b.ID, Text: &text}}, todo.Options{})) // c4
	step(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, Text: &text, Completed: &yes}}, todo.Options{}))            // c5
	step(f.Delete(t.Context(), ns, web, []string{b.ID}, todo.Options{}))                                                    // c6
	step(f.Undo(t.Context(), ns, claude, "c6", todo.Options{}))                                                             // c7
	step(f.Undo(t.Context(), ns, web, "c5", todo.Options{}))                                                                // c8
	step(f.Undo(t.Context(), ns, web, "c8", todo.Options{}))                                                                // c9
	return f, a, b
}

func TestHistory(t *testing.T) {
	f, a, b := lived(t)
	minute := func(n int) time.Time { return epoch.Add(time.Duration(n-1) * time.Minute) } // of change n
	for what, test := range map[string]struct {
		q    todo.HistoryQuery
		want []string
	}{
		"all":                               {todo.HistoryQuery{}, []string{"c9", "c8", "c7", "c6", "c5", "c4", "c3", "c2", "c1"}},
		"completed, in edits and undos too": {todo.HistoryQuery{Kind: todo.Completed}, []string{"c9", "c5", "c3"}},
		"reopened":                          {todo.HistoryQuery{Kind: todo.Reopened}, []string{"c8", "c4"}},
		"created":                           {todo.HistoryQuery{Kind: todo.Created}, []string{"c2", "c1"}},
		"updated":                           {todo.HistoryQuery{Kind: todo.Updated}, []string{"c5", "c4"}},
		"deleted":                           {todo.HistoryQuery{Kind: todo.Deleted}, []string{"c6"}},
		"restored, by an undo":              {todo.HistoryQuery{Kind: todo.Restored}, []string{"c7"}},
		"undone":                            {todo.HistoryQuery{Kind: todo.Undone}, []string{"c9", "c8", "c7"}},
		"imported":                          {todo.HistoryQuery{Kind: todo.Imported}, nil},
		"since":                             {todo.HistoryQuery{Since: minute(7)}, []string{"c9", "c8", "c7"}},
		"until":                             {todo.HistoryQuery{Until: minute(3)}, []string{"c2", "c1"}},
		"until before all":                  {todo.HistoryQuery{Until: minute(1)}, nil},
		"until after all":                   {todo.HistoryQuery{Until: minute(99)}, []string{"c9", "c8", "c7", "c6", "c5", "c4", "c3", "c2", "c1"}},
		"between":                           {todo.HistoryQuery{Since: minute(2), Until: minute(5)}, []string{"c4", "c3", "c2"}},
		"by":                                {todo.HistoryQuery{By: "CLAUDE"}, []string{"c7", "c3", "c2"}},
		"by a part of the name":             {todo.HistoryQuery{By: "laud"}, []string{"c7", "c3", "c2"}},
		"by nobody":                         {todo.HistoryQuery{By: "bob"}, nil},
		"all of these":                      {todo.HistoryQuery{By: "web", Kind: todo.Completed, Until: minute(9)}, []string{"c5"}},
		"of a todo":                         {todo.HistoryQuery{TodoID: a.ID}, []string{"c9", "c8", "c5", "c4", "c3", "c1"}},
		"of another todo":                   {todo.HistoryQuery{TodoID: b.ID}, []string{"c7", "c6", "c4", "c3", "c2"}},
		"of a todo, what others reopened":   {todo.HistoryQuery{TodoID: b.ID, Kind: todo.Reopened}, nil},
		"of a todo, completed":              {todo.HistoryQuery{TodoID: a.ID, Kind: todo.Completed, Since: minute(4)}, []string{"c9", "c5"}},
		"of a todo, until":                  {todo.HistoryQuery{TodoID: a.ID, Until: minute(4)}, []string{"c3", "c1"}},
	} {
		for _, size := range []int{0, 1, 2, 3, 100} {
			equal(t, fmt.Sprintf("%s by pages of %d", what, size), test.want, f.changeIDs(test.q, size))
		}
	}
	for _, c := range f.history(todo.HistoryQuery{TodoID: a.ID}).Changes {
		if len(c.Edits) != 1 || c.Edits[0].After.ID != a.ID {
			t.Errorf("%s in a todo's history is about %+v", c.ID(), c.Edits)
		}
	}
}

func TestHistoryIsCut(t *testing.T) {
	f, a, _ := lived(t)
	if err := f.store.Prune(t.Context(), epoch, epoch.Add(3*time.Minute)); err != nil {
		t.Fatal(err)
	}
	equal(t, "what is kept", []string{"c9", "c8", "c7", "c6", "c5", "c4"}, f.changeIDs(todo.HistoryQuery{}, 4))
	equal(t, "of a todo", []string{"c9", "c8", "c5", "c4"}, f.changeIDs(todo.HistoryQuery{TodoID: a.ID}, 3))
	equal(t, "until", []string{"c5", "c4"}, f.changeIDs(todo.HistoryQuery{Until: epoch.Add(5 * time.Minute)}, 1))
}

// TestLongHistory asks a long journal for what is rare in it: every page is bounded.
func TestLongHistory(t *testing.T) {
	f := newFixture(t)
	ok(t)(f.Create(t.Context(), ns, claude, []todo.New{{Text: "rare"}}, todo.Options{}))
	mark := todo.Change{Kind: todo.Updated, At: epoch, By: "web", Marks: []todo.MarkEdit{{Key: "archived:x", After: "x"}}}
	for range 1500 {
		if _, _, err := f.store.Commit(t.Context(), ns, todo.Key{}, func(todo.Reader) (todo.Change, error) { return mark, nil }); err != nil {
			t.Fatal(err)
		}
	}
	q := todo.HistoryQuery{By: "claude"}
	p := f.history(q)
	if len(p.Changes) != 0 || p.NextCursor == "" {
		t.Errorf("the first page has %d changes and the cursor %q; want none, and to go on", len(p.Changes), p.NextCursor)
	}
	equal(t, "all of it", []string{"c1"}, f.changeIDs(q, 0))
	if p := f.history(todo.HistoryQuery{}); len(p.Changes) != 50 {
		t.Errorf("a page of no size has %d changes", len(p.Changes))
	}
	if p := f.history(todo.HistoryQuery{Limit: 10_000}); len(p.Changes) != todo.MaxPage {
		t.Errorf("the largest page has %d changes", len(p.Changes))
	}
}

func TestHistoryRefused(t *testing.T) {
	f, _, _ := lived(t)
	cursor := f.history(todo.HistoryQuery{Limit: 1}).NextCursor
	for what, test := range map[string]struct {
		q     todo.HistoryQuery
		code  todo.Code
		field string
	}{
		"an unknown kind":           {todo.HistoryQuery{Kind: "done"}, todo.CodeInvalid, "kind"},
		"a negative limit":          {todo.HistoryQuery{Limit: -1}, todo.CodeInvalid, "limit"},
		"garbage":                   {todo.HistoryQuery{Cursor: "garbage!"}, todo.CodeInvalid, "cursor"},
		"another question's cursor": {todo.HistoryQuery{By: "web", Cursor: cursor}, todo.CodeInvalid, "cursor"},
		"an unknown todo":           {todo.HistoryQuery{TodoID: "nonesuch"}, todo.CodeNotFound, "id"},
	} {
		_, err := f.History(t.Context(), ns, web, test.q)
		refused(t, what, err, test.code, test.field)
	}
	nobody := web
	nobody.Allowed = 0
	_, err := f.History(t.Context(), ns, nobody, todo.HistoryQuery{})
	refused(t, "without the right to read", err, todo.CodeForbidden, "")
}

// TestOverview looks at the same list from five places.
func TestOverview(t *testing.T) {
	f := newFixture(t)
	f.now = time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)
	day := func(n int) string { return f.now.AddDate(0, 0, n).Format(time.DateOnly) }
	items := []todo.Import{}
	for _, due := range []string{"", day(-3), day(-1), day(0), day(1), day(2)} {
		items = append(items, todo.Import{Todo: todo.Todo{Text: "due " + due, Due: due, List: "Home", Tags: []string{"x"}}})
	}
	for _, at := range []string{"2026-11-25T09:00:00Z", "2026-11-25T12:00:00Z", "2026-11-25T22:30:00Z", "2026-11-26T08:00:00Z"} {
		items = append(items, todo.Import{Todo: todo.Todo{Text: "at " + at, Due: at, Timezone: "UTC"}})
	}
	for _, hours := range []int{1, 9, 11, 23, 40} {
		items = append(items, todo.Import{Todo: todo.Todo{Text: "done", Completed: true, CompletedAt: f.now.Add(-time.Duration(hours) * time.Hour), Due: day(0)}})
	}
	if r, err := f.Import(t.Context(), ns, web, items, todo.ImportOptions{}); err != nil || r.Created != len(items) {
		t.Fatal(r, err)
	}
	for zone, want := range map[string][3]int{ // overdue, due today, completed today
		"UTC":                {3, 3, 2}, // midnight 9.5 hours ago
		"Europe/Berlin":      {3, 3, 2}, // 22:30 UTC is 23:30
		"America/New_York":   {3, 3, 1}, // 4:30
		"Pacific/Kiritimati": {3, 1, 4}, // 23:30, what is due at noon UTC tomorrow
		"Pacific/Pago_Pago":  {2, 1, 3}, // 22:30 the day before
	} {
		actor := web
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		actor.Zone = loc
		o, err := f.Overview(t.Context(), ns, actor)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]int{o.Overdue, o.DueToday, o.CompletedToday}; got != want || o.Open != 10 || len(o.Lists) != 2 || len(o.Tags) != 1 {
			t.Errorf("in %s: overdue, due today, completed today %v, want %v; %+v", zone, got, want, o)
		}
		today, err := f.List(t.Context(), ns, actor, todo.Query{Status: todo.StatusOpen, Due: "today", Limit: 50})
		if err != nil || today.Total != o.Overdue+o.DueToday {
			t.Errorf("in %s: %d todos are listed for today, %v; the overview counts %+v", zone, today.Total, err, o)
		}
	}
}
