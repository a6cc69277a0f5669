package todo_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"todo.example/internal/todo"
)

func (f *fixture) open() []todo.Todo {
	f.t.Helper()
	return f.list(todo.Query{Status: todo.StatusOpen}).Todos
}

func TestMove(t *testing.T) {
	f := newFixture(t)
	ids := map[string]string{}
	for _, made := range f.add("a", "b", "c", "d", "e") {
		ids[made.Text] = made.ID
	}
	for _, test := range []struct{ text, to, next, want string }{
		{"c", "top", "", "cabde"},
		{"c", " Bottom ", "", "abdec"},
		{"d", "before:", "a", "dabec"},
		{"d", "after:", "a", "adbec"},
		{"a", "after:", "c", "dbeca"},
		{"a", "before:", "d", "adbec"},
		{"b", "before:", "e", "adbec"},
		{"a", "top", "", "adbec"},
		{"c", "bottom", "", "adbec"},
		{"d", "after:", "a", "adbec"},
	} {
		c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: ids[test.text], Position: test.to + ids[test.next]}}, todo.Options{}))
		got := ""
		for _, t := range f.open() {
			got += t.Text
		}
		if got != test.want {
			t.Errorf("%s %s%s: %s, want %s", test.text, test.to, test.next, got, test.want)
		}
		if len(c.Edits) > 1 {
			t.Errorf("%s %s%s moved others: %+v", test.text, test.to, test.next, c)
		}
	}
	if c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: ids["b"], Position: "before:" + ids["e"]}}, todo.Options{})); c.Rev != 0 {
		t.Errorf("moved to where it is: %+v", c)
	}
	ok(t)(f.Delete(t.Context(), ns, web, []string{ids["d"]}, todo.Options{})) // leaves a wide gap
	for text, where := range map[string]string{"a": "top", "b": "after:" + ids["a"], "e": "before:" + ids["c"], "c": "bottom"} {
		if c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: ids[text], Position: where}}, todo.Options{})); c.Rev != 0 {
			t.Errorf("%s moved to where it is: %+v", text, c)
		}
	}
	f.create(todo.New{Text: "f", Position: "before:" + ids["b"]})
	f.create(todo.New{Text: "g", Position: "top"})
	equal(t, "new ones", []string{"g", "a", "f", "b", "e", "c"}, texts(f.open()))
}

// TestMoveBesideOneThatLeft wants a todo that has moved away in the same change to be
// no neighbour any more.
func TestMoveBesideOneThatLeft(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b", "c")
	move := func(id, where string) todo.Op {
		return todo.Op{Op: todo.OpUpdate, ID: id, Patch: todo.Patch{Position: where}}
	}
	c := ok(t)(f.Batch(t.Context(), ns, web, []todo.Op{move(made[1].ID, "bottom"), move(made[2].ID, "after:"+made[0].ID), move(made[0].ID, "before:"+made[2].ID)}, todo.Options{}))
	if len(c.Edits) != 1 || len(c.Unchanged) != 2 {
		t.Errorf("the change: %+v", c)
	}
}

func TestMoveRefused(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "done", "gone")
	f.done(web, made[1].ID)
	ok(t)(f.Delete(t.Context(), ns, web, []string{made[2].ID}, todo.Options{}))
	for where, code := range map[string]todo.Code{
		"up":                   todo.CodeInvalid,
		"before:":              todo.CodeNotFound,
		"after:nonesuch":       todo.CodeNotFound,
		"before:" + made[0].ID: todo.CodeInvalid,
		"before:" + made[1].ID: todo.CodeInvalid,
		"before:" + made[2].ID: todo.CodeInvalid,
	} {
		refused(t, where, f.updateError(todo.Patch{ID: made[0].ID, Position: where}), code, "position")
		if where != "before:"+made[0].ID {
			refused(t, where, f.createError(todo.New{Text: "x", Position: where}), code, "position")
		}
	}
}

// model is the order as a slice has it.
type model []string

func (m model) move(id, where, next string) model {
	m = slices.DeleteFunc(slices.Clone(m), func(s string) bool { return s == id })
	switch i := slices.Index(m, next); where {
	case "top":
		return slices.Insert(m, 0, id)
	case "bottom":
		return append(m, id)
	case "before:":
		return slices.Insert(m, i, id)
	default:
		return slices.Insert(m, i+1, id)
	}
}

func ids(todos []todo.Todo) (ids []string) {
	for _, t := range todos {
		ids = append(ids, t.ID)
	}
	return ids
}

// TestMoves makes any moves, one by one and in batches, beside todos that come and
// go, and wants the order that a slice has.
func TestMoves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t)
		order := model(ids(f.add(slices.Repeat([]string{"x"}, rapid.IntRange(2, 90).Draw(rt, "todos"))...)))
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			if rapid.IntRange(0, 5).Draw(rt, "done") == 0 && len(order) > 2 {
				i := rapid.IntRange(0, len(order)-1).Draw(rt, "which")
				f.done(web, order[i])
				order = slices.Delete(slices.Clone(order), i, i+1)
				continue
			}
			var ops []todo.Op
			movers := rapid.SliceOfNDistinct(rapid.SampledFrom(order), 1, min(8, len(order)), rapid.ID).Draw(rt, "movers")
			for _, id := range movers {
				where := rapid.SampledFrom([]string{"top", "bottom", "before:", "after:"}).Draw(rt, "where")
				next := rapid.SampledFrom(order).Filter(func(s string) bool { return s != id }).Draw(rt, "next")
				order = order.move(id, where, next)
				if where == "top" || where == "bottom" {
					next = ""
				}
				ops = append(ops, todo.Op{Op: todo.OpUpdate, ID: id, Patch: todo.Patch{Position: where + next}})
			}
			ok(t)(f.Batch(t.Context(), ns, web, ops, todo.Options{}))
			if got := ids(f.open()); !slices.Equal(got, order) {
				rt.Fatalf("after %+v: %v, want %v", ops, got, order)
			}
		}
	})
}

// TestMovesToOnePlace wants positions to stay short where all go to one place.
func TestMovesToOnePlace(t *testing.T) {
	for name, where := range map[string]func(order model, i int) (string, string){
		"behind the first":        func(o model, _ int) (string, string) { return "after:", o[0] },
		"before the last":         func(o model, _ int) (string, string) { return "before:", o[len(o)-1] },
		"by turns":                func(o model, i int) (string, string) { return []string{"after:", "before:"}[i%2], o[3] },
		"the second to the first": func(o model, i int) (string, string) { return "before:", o[1] },
		"to the top":              func(model, int) (string, string) { return "top", "" },
		"to the bottom":           func(model, int) (string, string) { return "bottom", "" },
	} {
		f := newFixture(t)
		order := model(ids(f.add(slices.Repeat([]string{"x"}, 150)...)))
		longest, spread, most := 0, 0, 0
		for i := range 700 {
			where, next := where(order, i)
			id := order[(i*7+5)%len(order)]
			if id == next {
				continue
			}
			c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: id, Position: where + next}}, todo.Options{}))
			order = order.move(id, where, next)
			if len(c.Edits) > 1 {
				spread++
			}
			most = max(most, len(c.Edits))
			for _, e := range c.Edits {
				longest = max(longest, len(e.After.Position))
				if e.Follows && (e.After.UpdatedBy != e.Before.UpdatedBy || !e.After.UpdatedAt.Equal(e.Before.UpdatedAt)) {
					t.Fatalf("%s: a neighbour that made room counts as changed: %+v", name, e)
				}
			}
		}
		equal(t, name, []string(order), ids(f.open()))
		if longest > 32 || spread > 20 {
			t.Errorf("%s: positions of %d digits, spread %d times, %d at most", name, longest, spread, most)
		}
	}
}

func TestUndoOfAMoveThatSpread(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b", "c", "d")
	for i := range 1000 {
		before := f.open()
		c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: made[1+i%3].ID, Position: "after:" + made[0].ID}}, todo.Options{}))
		if len(c.Edits) < 2 {
			continue
		}
		undo := f.undone(web, c.ID())
		for j, got := range f.open() {
			equal(t, fmt.Sprint("the todo at ", j), content(before[j]), content(got))
		}
		f.undone(web, undo.ID())
		return
	}
	t.Error("a thousand moves to one place spread nothing")
}

// TestMoveInALongList wants a move to read no more of a long list than of a short one.
func TestMoveInALongList(t *testing.T) {
	reads := func(n int) int {
		f := newFixture(t)
		var order []string
		for len(order) < n {
			order = append(order, ids(f.add(slices.Repeat([]string{"x"}, min(n-len(order), todo.MaxBatch))...))...)
		}
		counted := &countingStore{Store: f.store}
		f.Service = todo.NewService(counted, f.Now)
		for i, where := range []string{"top", "bottom", "before:" + order[n/2], "after:" + order[n/2]} {
			f.update(todo.Patch{ID: order[n/3+i], Position: where})
		}
		return counted.keys
	}
	short, long := reads(100), reads(5000)
	if long > short+100 {
		t.Errorf("four moves read %d keys of a list of 100 and %d of one of 5000", short, long)
	}
}
