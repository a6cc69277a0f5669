package todo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

// listed is a namespace whose rows are written as they are, and known.
type listed struct {
	*todo.Service
	store    todo.Store
	rows     map[string]todo.Todo
	archived []string
	n        int
}

func newListed() *listed {
	l := &listed{store: todotest.NewStore(), rows: map[string]todo.Todo{}}
	l.Service = todo.NewService(l.store, func() time.Time { return searchNow })
	return l
}

func (l *listed) put(t *rapid.T, todos ...todo.Todo) {
	var c todo.Change
	c.Kind, c.At = todo.Updated, epoch
	for _, made := range todos {
		c.Edits = append(c.Edits, todo.Revision{After: made})
		l.rows[made.ID] = made
	}
	if _, _, err := l.store.Commit(context.Background(), ns, todo.Key{}, func(todo.Reader) (todo.Change, error) { return c, nil }); err != nil {
		t.Fatal(err)
	}
}

func (l *listed) draw(t *rapid.T) todo.Todo {
	var parents []string
	for id, row := range l.rows {
		if row.ParentID == "" {
			parents = append(parents, id)
		}
	}
	slices.Sort(parents)
	l.n++
	return drawTodo(t, fmt.Sprintf("t%03d", (l.n*379)%1000), parents)
}

func (l *listed) archive(t *rapid.T, name string) {
	l.archived = append(l.archived, name)
	c := todo.Change{Kind: todo.Updated, At: epoch, Marks: []todo.MarkEdit{{Key: "archived:" + strings.ToLower(name), After: name}}}
	if _, _, err := l.store.Commit(context.Background(), ns, todo.Key{}, func(todo.Reader) (todo.Change, error) { return c, nil }); err != nil {
		t.Fatal(err)
	}
}

// parents are the todos with subtasks outside the trash.
func (l *listed) parents() map[string]bool {
	parents := map[string]bool{}
	for _, row := range l.rows {
		if row.ParentID != "" && !row.Deleted() {
			parents[row.ParentID] = true
		}
	}
	return parents
}

// drawn is a query and what it means.
type drawn struct {
	todo.Query
	conds []asking
	named bool // it names a list
}

func drawQuery(t *rapid.T, parents map[string]bool) drawn {
	var d drawn
	d.Status = rapid.SampledFrom([]todo.Status{"", todo.StatusOpen, todo.StatusCompleted, todo.StatusAll, todo.StatusTrash}).Draw(t, "status")
	d.Sort = rapid.SampledFrom([]todo.Sort{todo.SortOrder, todo.SortDue, todo.SortPriority, todo.SortCreated, todo.SortCompleted}).Draw(t, "sort")
	for range rapid.IntRange(0, 3).Draw(t, "conditions") {
		c := rapid.SampledFrom(askings(parents)).Draw(t, "condition")
		if rapid.IntRange(0, 3).Draw(t, "not") == 0 {
			holds := c.holds
			c = asking{"-" + c.text, func(t todo.Todo) bool { return !holds(t) }}
		}
		d.conds = append(d.conds, c)
	}
	var text []string
	for _, c := range d.conds {
		text = append(text, c.text)
		d.named = d.named || strings.HasPrefix(c.text, "list:") || c.text == "+Home" || c.text == "-has:list"
	}
	d.Text = strings.Join(text, " ")
	return d
}

// matches are the ids that the query means, in its order.
func (l *listed) matches(d drawn) (ids []string) {
	views := map[todo.Status][]todo.View{
		todo.StatusOpen: {todo.ViewOpen}, todo.StatusCompleted: {todo.ViewCompleted}, todo.StatusTrash: {todo.ViewTrash},
		"": {todo.ViewOpen, todo.ViewCompleted}, todo.StatusAll: {todo.ViewOpen, todo.ViewCompleted},
	}[d.Status]
	var rows []todo.Todo
	for _, row := range l.rows {
		hidden := slices.ContainsFunc(l.archived, func(name string) bool { return !d.named && strings.EqualFold(name, row.List) })
		fits := !slices.ContainsFunc(d.conds, func(c asking) bool { return !c.holds(row) })
		if fits && !hidden && slices.Contains(views, row.View()) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, compare(d.Sort))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

func identities(todos []todo.Todo) (ids []string) {
	for _, t := range todos {
		ids = append(ids, t.ID)
	}
	return ids
}

var berlin = todo.Actor{Name: "web", Subject: "ada", Allowed: todo.ReadOnly, Zone: searchZone, WeekStart: time.Monday}

// TestListAgainstReference asks random queries of random lists: all at once and by
// pages, with ample effort and with hardly any.
func TestListAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newListed()
		for range rapid.IntRange(0, 40).Draw(t, "todos") {
			l.put(t, l.draw(t))
		}
		if rapid.IntRange(0, 2).Draw(t, "archived") == 0 {
			l.archive(t, "Home")
		}
		scarce := rapid.Bool().Draw(t, "scarce")
		if scarce {
			todo.LimitEffort(t, 20, 5, 3, 2)
		}
		for range 5 {
			d := drawQuery(t, l.parents())
			want := l.matches(d)
			all, err := l.List(context.Background(), ns, berlin, d.Query)
			if err != nil {
				t.Fatalf("%+v: %v", d.Query, err)
			}
			same(t, fmt.Sprintf("%+v", d.Query), want, identities(all.Todos))
			for id, p := range progressOf(all.Todos) {
				if want := l.progress(id); p != want {
					t.Fatalf("the subtasks of %s: %+v, want %+v", id, p, want)
				}
			}
			got, totals := l.walk(t, d, func() {})
			same(t, fmt.Sprintf("%+v by pages", d.Query), want, got)
			for _, total := range totals {
				if total > len(want) || total != len(want) && (!scarce || d.Text == "") {
					t.Fatalf("%+v: the total is %d, want %d", d.Query, total, len(want))
				}
			}
		}
	})
}

// TestPagesAreStable changes the list between pages: what matches all along is seen
// exactly once, and in order.
func TestPagesAreStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newListed()
		for range rapid.IntRange(5, 40).Draw(t, "todos") {
			l.put(t, l.draw(t))
		}
		if rapid.Bool().Draw(t, "scarce") {
			todo.LimitEffort(t, 20, 5, rapid.SampledFrom([]int{3, 20}).Draw(t, "gathered"), 2)
		}
		d := drawQuery(t, nil)
		if strings.Contains(d.Text, "has:subtasks") {
			return // changes with what is not on the page
		}
		before := l.matches(d)
		touched := map[string]bool{}
		got, _ := l.walk(t, d, func() {
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				made := l.draw(t)
				if rapid.Bool().Draw(t, "edit") && len(before) > 0 {
					made.ID = rapid.SampledFrom(before).Draw(t, "edited")
				}
				touched[made.ID] = true
				l.put(t, made)
			}
		})
		isTouched := func(id string) bool { return touched[id] }
		same(t, fmt.Sprintf("%+v: what was not touched", d.Query), slices.DeleteFunc(before, isTouched), slices.DeleteFunc(got, isTouched))
	})
}

// walk reads every page, of random sizes.
func (l *listed) walk(t *rapid.T, d drawn, between func()) (ids []string, totals []int) {
	for pages := 0; ; pages++ {
		d.Limit = rapid.IntRange(1, 8).Draw(t, "limit")
		p, err := l.List(context.Background(), ns, berlin, d.Query)
		if err != nil || len(p.Todos) > d.Limit || pages > 2000 {
			t.Fatalf("%+v: page %d has %d todos, %v", d.Query, pages, len(p.Todos), err)
		}
		ids, totals = append(ids, identities(p.Todos)...), append(totals, p.Total)
		if d.Cursor = p.NextCursor; d.Cursor == "" {
			return ids, totals
		}
		between()
	}
}

func progressOf(todos []todo.Todo) map[string]todo.Progress {
	p := map[string]todo.Progress{}
	for _, t := range todos {
		p[t.ID] = t.Subtasks
	}
	return p
}

func (l *listed) progress(id string) (p todo.Progress) {
	for _, row := range l.rows {
		if row.ParentID == id && !row.Deleted() {
			p.Total++
			if row.Completed {
				p.Done++
			}
		}
	}
	return p
}

func same(t *rapid.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}
