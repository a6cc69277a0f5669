package todo_test

import (
	"fmt"
	"strings"
	"testing"

	"todo.example/internal/todo"
)

// create makes one todo, which must go through.
func (f *fixture) create(item todo.New) todo.Todo {
	f.t.Helper()
	return ok(f.t)(f.Create(f.t.Context(), ns, web, []todo.New{item}, todo.Options{})).Todos()[0]
}

// update changes one todo, which must go through.
func (f *fixture) update(p todo.Patch) todo.Todo {
	f.t.Helper()
	return ok(f.t)(f.Update(f.t.Context(), ns, web, []todo.Patch{p}, todo.Options{})).Todos()[0]
}

// createError and updateError return why one item fails.
func (f *fixture) createError(item todo.New) error {
	_, err := one(f.Create(f.t.Context(), ns, web, []todo.New{item}, todo.Options{}))
	return err
}

func (f *fixture) updateError(p todo.Patch) error {
	_, err := one(f.Update(f.t.Context(), ns, web, []todo.Patch{p}, todo.Options{}))
	return err
}

func TestPriority(t *testing.T) {
	f := newFixture(t)
	for in, want := range map[string]todo.Priority{
		"": todo.PriorityNone, "none": todo.PriorityNone, "NONE": todo.PriorityNone, " High ": todo.PriorityHigh,
		"medium": todo.PriorityMedium, "low": todo.PriorityLow,
	} {
		if got := f.create(todo.New{Text: "a", Priority: in}).Priority; got != want {
			t.Errorf("priority %q: %q, want %q", in, got, want)
		}
		set := f.create(todo.New{Text: "a", Priority: "low"})
		if got := f.update(todo.Patch{ID: set.ID, Priority: &in}).Priority; got != want {
			t.Errorf("priority %q in a patch: %q, want %q", in, got, want)
		}
	}
	for _, in := range []string{"p1", "1", "urgent", "highest", "high\x00"} {
		refused(t, in, f.createError(todo.New{Text: "a", Priority: in}), todo.CodeInvalid, "priority")
	}
}

func TestListNames(t *testing.T) {
	long := strings.Repeat("ü", todo.MaxName)
	for _, test := range []struct {
		in, want string
		refused  bool
	}{
		{in: "", want: ""},
		{in: "inbox", want: ""},
		{in: " INBOX ", want: ""},
		{in: "none", want: ""},
		{in: "Home", want: "Home"},
		{in: "  two \u00a0 words ", want: "two words"},
		{in: long, want: long},
		{in: "e\u0301te\u0301", want: "\u00e9t\u00e9"},
		{in: "R&D: 50% (new)", want: "R&D: 50% (new)"},
		{in: "買い物 🥛", want: "買い物 🥛"},
		{in: long + "x", refused: true},
		{in: "a\x00b", refused: true},
		{in: "a\tb", refused: true},
		{in: "\xff", refused: true},
		{in: "-home", refused: true},
		{in: "+home", refused: true},
		{in: "#home", refused: true},
		{in: " .. ", refused: true},
		{in: ".", refused: true},
		{in: "@home", refused: true},
		{in: "!home", refused: true},
		{in: `say "x"`, refused: true},
	} {
		f := newFixture(t)
		if test.refused {
			refused(t, test.in, f.createError(todo.New{Text: "a", List: test.in}), todo.CodeInvalid, "list")
			continue
		}
		made := f.create(todo.New{Text: "a", List: test.in})
		if made.List != test.want {
			t.Errorf("list %q is kept as %q, want %q", test.in, made.List, test.want)
		}
		other := f.create(todo.New{Text: "b", List: "Other"})
		if got := f.update(todo.Patch{ID: other.ID, List: &test.in}).List; got != test.want {
			t.Errorf("list %q in a patch is kept as %q, want %q", test.in, got, test.want)
		}
	}
}

func TestListSpelling(t *testing.T) {
	f := newFixture(t)
	c := ok(t)(f.Create(t.Context(), ns, web, []todo.New{{Text: "a", List: "Été"}, {Text: "b", List: "ÉTÉ"}}, todo.Options{}))
	for _, made := range c.Todos() { // the first of a batch says how
		equal(t, "the list of "+made.Text, "Été", made.List)
	}
	equal(t, "a list that exists", "Été", f.create(todo.New{Text: "c", List: "e\u0301te\u0301"}).List)
	for _, made := range c.Todos() {
		ok(t)(f.SetCompleted(t.Context(), ns, web, []string{made.ID}, true, todo.Options{}))
	}
	equal(t, "a list that exists among completed todos too", "Été", f.create(todo.New{Text: "d", List: "été"}).List)
	equal(t, "another list", "etes", f.create(todo.New{Text: "e", List: "etes"}).List)
}

func TestTags(t *testing.T) {
	many := make([]string, todo.MaxTags)
	for i := range many {
		many[i] = fmt.Sprintf("t%02d", i)
	}
	for _, test := range []struct {
		name     string
		in, want []string
		refused  bool
	}{
		{name: "none", in: nil, want: nil},
		{name: "empty ones", in: []string{"", " ", "none", "#"}, want: nil},
		{name: "sorted, each once, lower case, without signs", in: []string{"#Home", "@errands", "home", "ÄRGER"}, want: []string{"errands", "home", "ärger"}},
		{name: "blanks", in: []string{" two  words "}, want: []string{"two-words"}},
		{name: "as many as allowed", in: many, want: many},
		{name: "the same one again", in: append([]string{"T00"}, many...), want: many},
		{name: "normalized", in: []string{"e\u0301"}, want: []string{"\u00e9"}},
		{name: "too many", in: append([]string{"x"}, many...), refused: true},
		{name: "too long", in: []string{strings.Repeat("x", todo.MaxName+1)}, refused: true},
		{name: "control character", in: []string{"a\x00"}, refused: true},
		{name: "a sign", in: []string{"-x"}, refused: true},
		{name: "quotes", in: []string{`"x"`}, refused: true},
	} {
		f := newFixture(t)
		if test.refused {
			refused(t, test.name, f.createError(todo.New{Text: "a", Tags: test.in}), todo.CodeInvalid, "tags")
			continue
		}
		equal(t, test.name, test.want, f.create(todo.New{Text: "a", Tags: test.in}).Tags)
		other := f.create(todo.New{Text: "a", Tags: []string{"old"}})
		equal(t, test.name+", in a patch", test.want, f.update(todo.Patch{ID: other.ID, Tags: &test.in}).Tags)
	}
}

func TestAddAndRemoveTags(t *testing.T) {
	f := newFixture(t)
	a := f.create(todo.New{Text: "a", Tags: []string{"a", "b"}})
	c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, AddTags: []string{"#B"}, RemoveTags: []string{"nonesuch"}}}, todo.Options{}))
	if c.Rev != 0 || len(c.Unchanged) != 1 {
		t.Errorf("tags that change nothing: %+v", c)
	}
	equal(t, "added and removed", []string{"b", "c"}, f.update(todo.Patch{ID: a.ID, AddTags: []string{"C"}, RemoveTags: []string{"@A"}}).Tags)
	equal(t, "replaced, added and removed", []string{"y", "z"}, f.update(todo.Patch{ID: a.ID, Tags: &[]string{"x", "y"}, AddTags: []string{"z"}, RemoveTags: []string{"x"}}).Tags)
	equal(t, "the journal's tags are its own", []string{"a", "b"}, a.Tags)
	refused(t, "a bad one", f.updateError(todo.Patch{ID: a.ID, RemoveTags: []string{"\x00"}}), todo.CodeInvalid, "tags")
}
