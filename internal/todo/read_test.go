package todo_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"todo.example/internal/todo"
)

// pages lists by pages of a size, calling between before each but the first.
func (f *fixture) pages(status todo.Status, size int, between func()) (all []string) {
	f.t.Helper()
	q := todo.Query{Status: status, Limit: size}
	for {
		p := f.list(q)
		if len(p.Todos) > size {
			f.t.Fatalf("a page of at most %d has %d todos", size, len(p.Todos))
		}
		all = append(all, texts(p.Todos)...)
		if p.NextCursor == "" {
			return all
		}
		q.Cursor = p.NextCursor
		between()
	}
}

func mixed(t *testing.T) *fixture {
	f := newFixture(t)
	for i := range 9 {
		made := f.add(fmt.Sprint("t", i))
		f.now = f.now.Add(time.Second)
		if i%3 == 1 {
			ok(t)(f.SetCompleted(t.Context(), ns, web, []string{made[0].ID}, true, todo.Options{}))
		}
		if i%3 == 2 {
			ok(t)(f.Delete(t.Context(), ns, web, []string{made[0].ID}, todo.Options{}))
		}
	}
	return f
}

func TestList(t *testing.T) {
	f := mixed(t)
	for status, want := range map[todo.Status][]string{
		"":                   {"t0", "t3", "t6", "t7", "t4", "t1"},
		todo.StatusAll:       {"t0", "t3", "t6", "t7", "t4", "t1"},
		todo.StatusOpen:      {"t0", "t3", "t6"},
		todo.StatusCompleted: {"t7", "t4", "t1"},
		todo.StatusTrash:     {"t8", "t5", "t2"},
	} {
		p := f.list(todo.Query{Status: status})
		equal(t, "the whole list", want, texts(p.Todos))
		if p.Total != len(want) || p.NextCursor != "" || p.Rev != 15 || p.Counts != (todo.Counts{Open: 3, Completed: 3, Trash: 3}) {
			t.Errorf("%q: %+v", status, p)
		}
		for size := 1; size <= len(want)+1; size++ {
			equal(t, fmt.Sprintf("%q by pages of %d", status, size), want, f.pages(status, size, func() {}))
		}
	}
	_, err := f.List(t.Context(), ns, web, todo.Query{Status: "done"})
	refused(t, "an unknown status", err, todo.CodeInvalid, "status")
	_, err = f.List(t.Context(), ns, web, todo.Query{Limit: -1})
	refused(t, "a negative limit", err, todo.CodeInvalid, "limit")
	empty, err := f.List(t.Context(), "bob", web, todo.Query{})
	if err != nil || empty.Todos == nil || len(empty.Todos) != 0 {
		t.Errorf("an empty list: %#v, %v; want an empty slice", empty.Todos, err)
	}
}

func TestListLimit(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		f.add(make100()...)
	}
	if p := f.list(todo.Query{Limit: math.MaxInt}); len(p.Todos) != todo.MaxPage || p.NextCursor == "" || p.Total != 300 {
		t.Errorf("the largest page has %d of %d todos", len(p.Todos), p.Total)
	}
	if p := f.list(todo.Query{}); len(p.Todos) != 300 {
		t.Errorf("the whole list has %d todos", len(p.Todos))
	}
}

func make100() (texts []string) {
	for i := range 100 {
		texts = append(texts, fmt.Sprint(i))
	}
	return texts
}

// TestCursorIsStable changes the list between pages: what was there all along is
// seen exactly once.
func TestCursorIsStable(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b", "c", "d", "e")
	n := 0
	seen := f.pages(todo.StatusOpen, 2, func() {
		if n++; n == 1 {
			ok(t)(f.Delete(t.Context(), ns, web, []string{made[1].ID}, todo.Options{})) // the cursor's own
			f.add("f")
		}
	})
	equal(t, "the pages", []string{"a", "b", "c", "d", "e", "f"}, seen)
}

func TestCursor(t *testing.T) {
	f := mixed(t)
	open := f.list(todo.Query{Status: todo.StatusOpen, Limit: 1}).NextCursor
	trash := f.list(todo.Query{Status: todo.StatusTrash, Limit: 1}).NextCursor
	for cursor, status := range map[string]todo.Status{
		"garbage!":             todo.StatusAll,
		open + "x":             todo.StatusTrash,
		open:                   todo.StatusCompleted,
		trash:                  todo.StatusAll,
		"b3Blbg":               todo.StatusAll, // a view and no key
		"c2VjcmV0Cmg":          todo.StatusAll, // another view
		"\xff":                 todo.StatusAll,
		"b3BlbgpoMDAwMDAwMA==": todo.StatusAll, // padded
	} {
		_, err := f.List(t.Context(), ns, web, todo.Query{Status: status, Cursor: cursor})
		refused(t, fmt.Sprintf("cursor %q for %s", cursor, status), err, todo.CodeInvalid, "cursor")
	}
	p, err := f.List(t.Context(), "bob", web, todo.Query{Status: todo.StatusOpen, Cursor: open})
	if err != nil || len(p.Todos) != 0 {
		t.Errorf("another's cursor: %+v, %v; want one's own list and nothing else", p.Todos, err)
	}
}

func TestChanges(t *testing.T) {
	f := mixed(t)
	read := func(since uint64, limit int) todo.Log {
		t.Helper()
		log, err := f.Changes(t.Context(), ns, web, since, limit)
		if err != nil {
			t.Fatal(err)
		}
		return log
	}
	if log := read(0, 0); len(log.Changes) != 15 || log.Rev != 15 || log.Reset || log.Changes[0].ID() != "c1" {
		t.Errorf("all: %d changes, revision %d, reset %t", len(log.Changes), log.Rev, log.Reset)
	}
	if log := read(10, 3); len(log.Changes) != 3 || log.Changes[0].Rev != 11 || log.Reset {
		t.Errorf("since 10, at most 3: %+v", log)
	}
	if log := read(15, 0); len(log.Changes) != 0 || log.Reset {
		t.Errorf("since the last: %+v", log)
	}
	for _, since := range []uint64{16, math.MaxUint64} {
		if !read(since, 0).Reset {
			t.Errorf("since %d, which is not yet: want a reset", since)
		}
	}
	if err := f.store.Prune(t.Context(), epoch, epoch.Add(4*time.Second)); err != nil {
		t.Fatal(err)
	}
	oldest := read(15-1, 0).Changes[0].Rev
	for _, c := range read(0, 0).Changes {
		oldest = min(oldest, c.Rev)
	}
	for since, reset := range map[uint64]bool{0: true, oldest - 2: true, oldest - 1: false, oldest: false, 15: false} {
		if got := read(since, 0).Reset; got != reset {
			t.Errorf("since %d, with changes from %d on: reset %t, want %t", since, oldest, got, reset)
		}
	}
	if err := f.store.Prune(t.Context(), epoch, epoch.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if !read(14, 0).Reset || read(15, 0).Reset {
		t.Error("with all changes gone only the last revision needs no reset")
	}
	_, err := f.Changes(t.Context(), ns, web, 0, -1)
	refused(t, "a negative limit", err, todo.CodeInvalid, "limit")
}
