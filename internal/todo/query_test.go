package todo_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
	"todo.example/internal/when"
)

var queryClock = when.Clock{Now: searchNow, Zone: searchZone, WeekStart: time.Monday}

func TestParseQuery(t *testing.T) {
	word := func(words ...string) todo.Condition { return todo.Condition{On: todo.OnWords, Words: words} }
	quoted := func(words ...string) todo.Condition {
		return todo.Condition{On: todo.OnWords, Words: words, Whole: true}
	}
	literal := func(text string) todo.Condition { return todo.Condition{On: todo.OnLiteral, Value: text} }
	is := func(on todo.On, value string) todo.Condition { return todo.Condition{On: on, Value: value} }
	not := func(c todo.Condition) todo.Condition { c.Not = !c.Not; return c }
	due := func(r when.Range) todo.Condition { return todo.Condition{On: todo.OnDue, Due: r} }
	for text, want := range map[string][]todo.Condition{
		"":                                  nil,
		" \t ":                              nil,
		"-":                                 nil,
		`""`:                                nil,
		"Milk  BRÉAD":                       {word("milk"), word("bread")},
		`"Oat Milk" -bread`:                 {quoted("oat", "milk"), not(word("bread"))},
		`-"oat milk"`:                       {not(quoted("oat", "milk"))},
		`"not closed yet`:                   {quoted("not", "closed", "yet")},
		`"a""b"`:                            {quoted("a"), quoted("b")},
		"e-mail":                            {word("e", "mail")},
		"牛奶":                                {word("牛", "奶")},
		"☃ & -":                             {literal("☃"), literal("&")},
		"tag:home #Home @HOME":              {is(todo.OnTag, "home"), is(todo.OnTag, "home"), is(todo.OnTag, "home")},
		`-#home tag:"two words"`:            {not(is(todo.OnTag, "home")), is(todo.OnTag, "two-words")},
		"list:Home +home":                   {is(todo.OnList, "home"), is(todo.OnList, "home")},
		`list:"Two  Words" +"x y" -+z`:      {is(todo.OnList, "two words"), is(todo.OnList, "x y"), not(is(todo.OnList, "z"))},
		"list:Inbox":                        {is(todo.OnList, "")},
		"due:week":                          {due(when.Range{To: "2026-11-29"})},
		`due:"next week"`:                   {due(when.Range{From: "2026-11-30", To: "2026-12-06"})},
		"due:2026-12-01..":                  {due(when.Range{From: "2026-12-01"})},
		"-due:none":                         {not(due(when.Range{None: true}))},
		"!high priority:LOW !none !2":       {is(todo.OnPriority, "high"), is(todo.OnPriority, "low"), is(todo.OnPriority, ""), is(todo.OnPriority, "medium")},
		"has:notes -has:repeat":             {is(todo.OnHas, "notes"), not(is(todo.OnHas, "repeat"))},
		"no:due no:tag no:list no:priority": {due(when.Range{None: true}), not(is(todo.OnHas, "tag")), is(todo.OnList, ""), is(todo.OnPriority, "")},
		"-no:tags no:subtasks":              {is(todo.OnHas, "tag"), not(is(todo.OnHas, "subtasks"))},
		`by:Claude by:"Claude Code"`:        {is(todo.OnBy, "claude"), is(todo.OnBy, "claude code")},

		// What has a colon or a sign and is text all the same.
		"re:invent":               {word("re", "invent")},
		"17:00 at 9:30":           {word("17", "00"), word("at"), word("9", "30")},
		"https://a.example/x?y=1": {word("https", "a", "example", "x", "y", "1")},
		"mailto:ada@example.com":  {word("mailto", "ada", "example", "com")},
		"Call: mum":               {word("call"), word("mum")},
		"Meeting:Bob":             {word("meeting", "bob")},
		"tag: x":                  {word("tag"), word("x")},
		"ratio 3:2 a::b":          {word("ratio"), word("3", "2"), word("a", "b")},
		`"foo:bar" "tag:x"`:       {quoted("foo", "bar"), quoted("tag", "x")},
		"+1 C++ #-":               {word("1"), word("c"), literal("#-")},
		"ada@example.com a!b":     {word("ada", "example", "com"), word("a", "b")},
	} {
		status, got, err := todo.ParseQuery(text, queryClock)
		if err != nil || status != "" {
			t.Errorf("%q: status %q, %v", text, status, err)
		}
		equal(t, fmt.Sprintf("%q", text), want, got)
	}
	for text, want := range map[string]todo.Status{
		"is:open": todo.StatusOpen, "milk is:DONE": todo.StatusCompleted, "is:completed is:done": todo.StatusCompleted, "is:all": todo.StatusAll, "IS:trash x": todo.StatusTrash,
	} {
		if got, _, err := todo.ParseQuery(text, queryClock); got != want || err != nil {
			t.Errorf("%q: status %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseQueryRefused(t *testing.T) {
	for text, test := range map[string]struct {
		code todo.Code
		says string // in the message or the hint
	}{
		"foo:bar":                    {todo.CodeInvalid, "tag, list, due, priority, is, has, no and by"},
		"status:open":                {todo.CodeInvalid, `"status:open"`},
		`label:"x y"`:                {todo.CodeInvalid, `"label"`},
		"-sort:due":                  {todo.CodeInvalid, `"sort"`},
		"due:someday":                {todo.CodeInvalidDate, "someday"},
		`due:""`:                     {todo.CodeInvalidDate, "no date"},
		"due:2026-12-02..2026-12-01": {todo.CodeInvalidDate, "ends before"},
		"!urgent":                    {todo.CodeInvalid, "high, medium, low or none"},
		"priority:5":                 {todo.CodeInvalid, "high, medium, low or none"},
		"is:late":                    {todo.CodeInvalid, "is:open"},
		"-is:open":                   {todo.CodeInvalid, "negated"},
		"is:open is:trash":           {todo.CodeInvalid, "contradict"},
		"has:wings":                  {todo.CodeInvalid, "subtasks"},
		"no:thanks":                  {todo.CodeInvalid, "subtasks"},
		`by:""`:                      {todo.CodeInvalid, "name"},
		`tag:"#"`:                    {todo.CodeInvalid, "name"},
		"a\x00b":                     {todo.CodeInvalid, "control"},
		"\xff":                       {todo.CodeInvalid, "UTF-8"},
		strings.Repeat("x", 1001):    {todo.CodeInvalid, "1000"},
		strings.Repeat("x ", 33):     {todo.CodeInvalid, "32"},
	} {
		_, _, err := todo.ParseQuery(text, queryClock)
		refused(t, fmt.Sprintf("%.40q", text), err, test.code, "q")
		if e := todo.AsError(err); !strings.Contains(e.Message+" "+e.Hint, test.says) {
			t.Errorf("%.40q: %q, %q; want it to say %q", text, e.Message, e.Hint, test.says)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{`milk "oat milk" -bread #home +"a b" due:week !high is:open no:due by:x`, `-"`, "tag:", "https://x", "#", "-#\"x", "牛奶 ẞ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		status, conds, err := todo.ParseQuery(text, queryClock)
		if err != nil {
			if e := todo.AsError(err); e.Field != "q" || e.Code == todo.CodeInternal || e.Hint == "" {
				t.Errorf("%q: %+v", text, e)
			}
			return
		}
		again, same, err := todo.ParseQuery(" "+text, queryClock)
		if err != nil && len(text) < 1000 || err == nil && (again != status || !reflect.DeepEqual(same, conds)) {
			t.Errorf("%q means another thing after a blank: %v, %v", text, conds, same)
		}
		if _, err := todo.NewService(todotest.NewStore(), time.Now).List(context.Background(), ns, web, todo.Query{Text: text}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func TestQueryRefused(t *testing.T) {
	f := newFixture(t)
	f.add("a", "b", "c")
	first := f.list(todo.Query{Limit: 1, Text: "-x"})
	for what, test := range map[string]struct {
		q     todo.Query
		code  todo.Code
		field string
	}{
		"a sort":                    {todo.Query{Sort: "text"}, todo.CodeInvalid, "sort"},
		"a due":                     {todo.Query{Due: "someday"}, todo.CodeInvalidDate, "due"},
		"a priority":                {todo.Query{Priority: "urgent"}, todo.CodeInvalid, "priority"},
		"a tag":                     {todo.Query{Tag: "#"}, todo.CodeInvalid, "tag"},
		"a text":                    {todo.Query{Text: "foo:bar"}, todo.CodeInvalid, "q"},
		"a cursor of another text":  {todo.Query{Limit: 1, Text: "-y", Cursor: first.NextCursor}, todo.CodeInvalid, "cursor"},
		"a cursor of another sort":  {todo.Query{Limit: 1, Text: "-x", Sort: todo.SortDue, Cursor: first.NextCursor}, todo.CodeInvalid, "cursor"},
		"a cursor without a filter": {todo.Query{Limit: 1, Cursor: first.NextCursor}, todo.CodeInvalid, "cursor"},
	} {
		_, err := f.List(t.Context(), ns, web, test.q)
		refused(t, what, err, test.code, test.field)
	}
	if p := f.list(todo.Query{Limit: 2, Text: "-x", Cursor: first.NextCursor}); len(p.Todos) != 2 {
		t.Errorf("a page of another size: %+v", p)
	}
	for what, q := range map[string]todo.Query{"a list": {List: "nonesuch"}, "a tag": {Tag: "nonesuch"}, "a parent": {ParentID: "nonesuch"}} {
		if p := f.list(q); p.Todos == nil || len(p.Todos) != 0 || p.Total != 0 {
			t.Errorf("%s that is not there: %+v", what, p)
		}
	}
}

// TestDefaultSort is by due where a range of dues is asked for.
func TestDefaultSort(t *testing.T) {
	f := newFixture(t)
	f.imports([]todo.Import{{Todo: todo.Todo{Text: "late", Due: "2026-01-09"}}, {Todo: todo.Todo{Text: "soon", Due: "2026-01-05"}}, {Todo: todo.Todo{Text: "never"}}}, todo.ImportOptions{})
	equal(t, "a due", []string{"soon", "late"}, texts(f.list(todo.Query{Due: "2026-01-01.."}).Todos))
	equal(t, "a due in the text", []string{"soon", "late"}, texts(f.list(todo.Query{Text: "due:2026-01-01.."}).Todos))
	equal(t, "a due in the text, all but", []string{"late", "never"}, texts(f.list(todo.Query{Text: "-due:2026-01-05"}).Todos))
	equal(t, "manual order is asked for", []string{"late", "soon"}, texts(f.list(todo.Query{Due: "2026-01-01..", Sort: todo.SortOrder}).Todos))
	equal(t, "none", []string{"never"}, texts(f.list(todo.Query{Due: "none"}).Todos))
}

// TestFilters combine with the text and with each other.
func TestFilters(t *testing.T) {
	f := newFixture(t)
	made := ok(t)(f.Create(t.Context(), ns, web, []todo.New{
		{Text: "p", List: "Home", Priority: "high", Tags: []string{"x"}},
		{Text: "q", List: "Home", Tags: []string{"x"}},
		{Text: "r", Priority: "high"},
	}, todo.Options{})).Todos()
	ok(t)(f.Create(t.Context(), ns, web, []todo.New{{Text: "s", ParentID: made[0].ID}, {Text: "t", ParentID: made[0].ID}}, todo.Options{}))
	for what, test := range map[string]struct {
		q    todo.Query
		want []string
	}{
		"list":            {todo.Query{List: "HOME"}, []string{"p", "q", "s", "t"}},
		"inbox":           {todo.Query{List: "inbox"}, []string{"r"}},
		"tag":             {todo.Query{Tag: "#X"}, []string{"p", "q"}},
		"priority":        {todo.Query{Priority: "High"}, []string{"p", "r"}},
		"no priority":     {todo.Query{Priority: "none"}, []string{"q", "s", "t"}},
		"parent":          {todo.Query{ParentID: made[0].ID}, []string{"s", "t"}},
		"list and tag":    {todo.Query{List: "home", Tag: "x", Priority: "none"}, []string{"q"}},
		"tag and text":    {todo.Query{Tag: "x", Text: "-q"}, []string{"p"}},
		"the text's view": {todo.Query{Status: todo.StatusOpen, Text: "is:done"}, nil},
	} {
		p := f.list(test.q)
		equal(t, what, test.want, texts(p.Todos))
		if p.Total != len(test.want) {
			t.Errorf("%s: the total is %d", what, p.Total)
		}
	}
	all := f.list(todo.Query{})
	equal(t, "progress", todo.Progress{Total: 2}, all.Todos[0].Subtasks)
	got, err := f.Get(t.Context(), ns, web, made[0].ID)
	if err != nil || got.Subtasks != (todo.Progress{Total: 2}) {
		t.Errorf("progress of one: %+v, %v", got.Subtasks, err)
	}
}

// TestLongList holds pages to what they may read.
func TestLongList(t *testing.T) {
	f := newFixture(t)
	var items []todo.Import
	for i := range 6000 {
		due := ""
		if i%3 == 0 {
			due = epoch.AddDate(0, 0, i%7).Format(time.DateOnly)
		}
		items = append(items, todo.Import{Todo: todo.Todo{Text: fmt.Sprintf("word%d both%d common", i, i%2), Due: due, CreatedAt: epoch.Add(-time.Duration(i) * time.Minute)}})
	}
	f.imports(items, todo.ImportOptions{})
	for what, test := range map[string]struct {
		q            todo.Query
		first, total int  // of the first page
		short        bool // and yet not the last
	}{
		"all":                            {todo.Query{Limit: 10}, 10, 6000, false},
		"a word that all have":           {todo.Query{Text: "common", Limit: 10}, 10, todo.MaxTotal, false},
		"a word that one has":            {todo.Query{Text: "word5999", Limit: 10}, 1, 1, false},
		"a beginning of many words":      {todo.Query{Text: "word", Limit: 10}, 10, todo.MaxTotal, false},
		"what no row has, looked for":    {todo.Query{Text: "by:nobody", Limit: 10}, 0, 0, true},
		"words that do not meet":         {todo.Query{Text: "both0 both1", Limit: 10}, 0, 0, false},
		"by due":                         {todo.Query{Sort: todo.SortDue, Text: "common", Limit: 10}, 10, todo.MaxTotal, false},
		"few, by due":                    {todo.Query{Sort: todo.SortDue, Text: "word1", Limit: 10}, 1, 1, false},
		"those due, as they were made":   {todo.Query{Sort: todo.SortCreated, Due: "2026-01-02..2026-01-03", Limit: 10}, 10, todo.MaxTotal, false},
		"fewer of them":                  {todo.Query{Sort: todo.SortCreated, Due: "2026-01-02", Text: "word59", Limit: 10}, 5, 5, false},
		"a beginning of some words":      {todo.Query{Text: "word59", Limit: 10}, 10, 111, false},
		"many that are due, as they lie": {todo.Query{Sort: todo.SortOrder, Due: "2026-01-02..", Limit: 10}, 10, todo.MaxTotal, false},
	} {
		if what == "a beginning of many words" {
			test.q.Text = "wor"
		}
		if what == "few, by due" {
			test.q.Text = `"word1"`
		}
		p := f.list(test.q)
		if len(p.Todos) != test.first || p.Total != test.total || test.short && p.NextCursor == "" {
			t.Errorf("%s: %d todos, total %d, cursor %q; want %d and %d", what, len(p.Todos), p.Total, p.NextCursor, test.first, test.total)
		}
	}
}

// TestBeginnings has more keys under each word than are read at once.
func TestBeginnings(t *testing.T) {
	f := newFixture(t)
	var items []todo.Import
	for i := range 90 {
		word := []string{"mill", "millet", "milky"}[i%3]
		items = append(items, todo.Import{Todo: todo.Todo{Text: fmt.Sprintf("%s millions plan%02d", word, i), Completed: i%2 == 0}})
	}
	items = append(items, todo.Import{Todo: todo.Todo{Text: "mil plans mi"}})
	f.imports(items, todo.ImportOptions{})
	for text, want := range map[string]int{
		"mil": 91, "mill": 90, "mille": 30, "milk": 30, "mi": 1, `"mill"`: 30, "-mille": 61,
		"plan": 91, "plan0": 10, "-plan": 0, "mille plan": 30, `"mill millions"`: 30, "mill-millions": 30, "millions-pla": 90,
	} {
		p := f.list(todo.Query{Text: text})
		if len(p.Todos) != want || p.Total != want {
			t.Errorf("%s: %d todos, total %d; want %d", text, len(p.Todos), p.Total, want)
		}
		if p := f.list(todo.Query{Text: text, Limit: 5}); p.Total != want || len(p.Todos) != min(want, 5) {
			t.Errorf("%s: a page of %d todos, total %d; want %d", text, len(p.Todos), p.Total, want)
		}
	}
}
