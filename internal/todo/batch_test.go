package todo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"todo.example/internal/todo"
)

func TestBatchOfAllKinds(t *testing.T) {
	f := newFixture(t)
	made := f.add("edit", "complete", "reopen", "delete", "restore", "as it is")
	f.done(web, made[2].ID)
	ok(t)(f.Delete(t.Context(), ns, web, []string{made[4].ID}, todo.Options{}))
	text := "edited"
	f.now = f.now.Add(time.Hour)
	before := f.list(todo.Query{})
	ops := []todo.Op{
		{Op: todo.OpCreate, New: todo.New{Text: "new", Due: "tomorrow"}},
		{Op: todo.OpUpdate, ID: made[0].ID, Patch: todo.Patch{Text: &text}},
		{Op: todo.OpComplete, ID: made[1].ID},
		{Op: todo.OpComplete, ID: "nonesuch"},
		{Op: todo.OpReopen, ID: made[2].ID},
		{Op: todo.OpReopen, ID: made[5].ID},
		{Op: todo.OpDelete, ID: made[3].ID},
		{Op: todo.OpRestore, ID: made[4].ID},
		{Op: todo.OpDelete, ID: made[0].ID},
	}
	c, err := f.Batch(t.Context(), ns, claude, ops, todo.Options{})
	if err != nil || c.Kind != todo.Updated || len(c.Edits) != 6 || len(c.Unchanged) != 1 || len(c.Failures) != 2 {
		t.Fatalf("the change: %+v, %v", c, err)
	}
	for i, want := range []struct {
		text    string
		changed bool
		code    todo.Code
	}{
		{"new", true, ""},
		{"edited", true, ""},
		{"complete", true, ""},
		{"", false, todo.CodeNotFound},
		{"reopen", true, ""},
		{"as it is", false, ""},
		{"delete", true, ""},
		{"restore", true, ""},
		{"", false, todo.CodeInvalid},
	} {
		got, changed, err := c.Item(i)
		if got.Text != want.text || changed != want.changed || err != nil && todo.AsError(err).Code != want.code || (err != nil) != (want.code != "") {
			t.Errorf("item %d: %q, changed %t, %v; want %+v", i, got.Text, changed, err, want)
		}
	}
	f.undone(web, c.ID())
	after := f.list(todo.Query{})
	equal(t, "the list, undone", texts(before.Todos), texts(after.Todos))
}

// TestBatchBuildsOnItself wants each operation to see what those before it did.
func TestBatchBuildsOnItself(t *testing.T) {
	f := newFixture(t)
	p, a, b, other := f.family()
	text, none := "renamed", "none"
	c := ok(t)(f.Batch(t.Context(), ns, web, []todo.Op{
		{Op: todo.OpUpdate, ID: a.ID, Patch: todo.Patch{Text: &text}},
		{Op: todo.OpUpdate, ID: other.ID, Patch: todo.Patch{ParentID: &p.ID}},
		{Op: todo.OpUpdate, ID: b.ID, Patch: todo.Patch{ParentID: &none}},
		{Op: todo.OpComplete, ID: p.ID},
	}, todo.Options{}))
	if got := f.get(a.ID); !got.Completed || got.Text != "renamed" {
		t.Errorf("edited, then completed with its parent: %+v", got)
	}
	if got := f.get(other.ID); !got.Completed || got.List != "home" {
		t.Errorf("moved below its parent, then completed with it: %+v", got)
	}
	if got := f.get(b.ID); got.Completed {
		t.Errorf("moved away before its parent was completed: %+v", got)
	}
	seen := map[string]bool{}
	for _, e := range c.Edits {
		if seen[e.After.ID] {
			t.Errorf("%q has two edits in one change", e.After.Text)
		}
		seen[e.After.ID] = true
	}
	f.undone(web, c.ID())
	for _, was := range []todo.Todo{p, a, b, other} {
		equal(t, was.Text+", undone", content(was), content(f.get(was.ID)))
	}

	if got, changed, err := c.Item(0); err != nil || !changed || got.ID != a.ID {
		t.Errorf("what an operation was about is not its own any more: %+v, %t, %v", got, changed, err)
	}

	// What one operation brought along is the next one's own.
	c = ok(t)(f.Batch(t.Context(), ns, web, []todo.Op{{Op: todo.OpComplete, ID: p.ID}, {Op: todo.OpComplete, ID: a.ID}}, todo.Options{}))
	if got, changed, err := c.Item(1); err != nil || !changed || got.ID != a.ID {
		t.Errorf("item 1: %+v, %t, %v", got, changed, err)
	}
}

// TestFailedItemLeavesNothing wants what an item did before it failed to be taken back.
func TestFailedItemLeavesNothing(t *testing.T) {
	f := newFixture(t)
	p, a, b, _ := f.family()
	work, text, bad := "work", "x", "someday"
	c, err := f.Batch(t.Context(), ns, web, []todo.Op{
		{Op: todo.OpUpdate, ID: a.ID, Patch: todo.Patch{Text: &text}},
		{Op: todo.OpUpdate, ID: p.ID, Patch: todo.Patch{List: &work, Due: &bad}}, // takes a and b along, then fails
		{Op: todo.OpDelete, ID: b.ID},
	}, todo.Options{})
	if err != nil || len(c.Failures) != 1 || c.Failures[0].Item != 1 || len(c.Edits) != 2 {
		t.Fatalf("the change: %+v, %v", c, err)
	}
	if got := f.get(a.ID); got.List != "home" || got.Text != "x" {
		t.Errorf("a: %+v", got)
	}
	if got := f.get(b.ID); got.List != "home" || !got.Deleted() {
		t.Errorf("b: %+v", got)
	}
	equal(t, "p", content(p), content(f.get(p.ID)))
}

// TestFailedItemLeavesNoNeighbour wants an item that failed to be nowhere in the order
// that the next ones see.
func TestFailedItemLeavesNoNeighbour(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b")
	f.Service = todo.NewService(&countingStore{Store: f.store, more: todo.MaxOpen - 2}, f.Now) // nothing more fits
	c, err := f.Batch(t.Context(), ns, web, []todo.Op{
		{Op: todo.OpUpdate, ID: made[1].ID, Patch: todo.Patch{Position: "bottom"}},
		{Op: todo.OpCreate, New: todo.New{Text: "too many", Position: "top"}},
		{Op: todo.OpUpdate, ID: made[0].ID, Patch: todo.Patch{Position: "top"}},
	}, todo.Options{})
	if err != nil || len(c.Failures) != 1 || len(c.Unchanged) != 2 {
		t.Errorf("the change: %+v, %v", c, err)
	}
}

func TestAtomicBatchNamesTheItem(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b")
	before := f.list(todo.Query{})
	_, err := f.Batch(t.Context(), ns, web, []todo.Op{{Op: todo.OpComplete, ID: made[0].ID}, {Op: todo.OpCreate}}, todo.Options{Atomic: true})
	refused(t, "an atomic batch", err, todo.CodeInvalid, "text")
	if err == nil || !strings.Contains(err.Error(), "[1]") {
		t.Errorf("%v does not name the item", err)
	}
	equal(t, "the list", before, f.list(todo.Query{}))
	_, err = f.Create(t.Context(), ns, web, []todo.New{{}}, todo.Options{Atomic: true})
	if err == nil || strings.Contains(err.Error(), "[") {
		t.Errorf("one item alone: %v", err)
	}
}

func TestBatchKind(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b")
	f.done(web, made[1].ID)
	for _, test := range []struct {
		op   todo.OpKind
		id   string
		want todo.Kind
	}{
		{todo.OpCreate, "", todo.Created},
		{todo.OpUpdate, made[0].ID, todo.Updated},
		{todo.OpComplete, made[0].ID, todo.Completed},
		{todo.OpReopen, made[1].ID, todo.Reopened},
		{todo.OpDelete, made[0].ID, todo.Deleted},
		{todo.OpRestore, made[0].ID, todo.Restored},
	} {
		text := "x"
		c := ok(t)(f.Batch(t.Context(), ns, web, []todo.Op{{Op: test.op, ID: test.id, New: todo.New{Text: "n"}, Patch: todo.Patch{Text: &text}}}, todo.Options{}))
		if c.Kind != test.want || c.Rev == 0 {
			t.Errorf("%s: %+v", test.op, c)
		}
	}
	for _, n := range []int{0, todo.MaxBatch + 1} {
		_, err := f.Batch(t.Context(), ns, web, make([]todo.Op, n), todo.Options{})
		refused(t, fmt.Sprintf("a batch of %d", n), err, todo.CodeInvalid, "todos")
	}
	_, err := f.Batch(t.Context(), ns, web, []todo.Op{{Op: "purge", ID: made[0].ID}}, todo.Options{})
	refused(t, "an unknown operation", err, todo.CodeInvalid, "op")
}

// TestBatchPermissions wants an actor to have the right to every operation.
func TestBatchPermissions(t *testing.T) {
	text, yes := "x", true
	for _, test := range []struct {
		op    todo.OpKind
		patch todo.Patch
		needs todo.Actions
	}{
		{todo.OpCreate, todo.Patch{}, todo.Actions(todo.Create)},
		{todo.OpUpdate, todo.Patch{Text: &text}, todo.Actions(todo.Edit)},
		{todo.OpUpdate, todo.Patch{Completed: &yes}, todo.Actions(todo.Edit | todo.Complete)},
		{todo.OpComplete, todo.Patch{}, todo.Actions(todo.Complete)},
		{todo.OpReopen, todo.Patch{}, todo.Actions(todo.Complete)},
		{todo.OpDelete, todo.Patch{}, todo.Actions(todo.Delete)},
		{todo.OpRestore, todo.Patch{}, todo.Actions(todo.Delete)},
	} {
		for set := range todo.Everything + 1 {
			f := newFixture(t)
			made := f.add("a", "b")
			actor := todo.Actor{Name: "x", Subject: "x", Allowed: set | todo.Actions(todo.Complete)}
			_, err := f.Batch(t.Context(), ns, actor, []todo.Op{
				{Op: todo.OpComplete, ID: made[1].ID},
				{Op: test.op, ID: made[0].ID, New: todo.New{Text: "n"}, Patch: test.patch},
			}, todo.Options{})
			may := actor.Allowed&test.needs == test.needs
			if may != (err == nil) || !may && !errors.Is(err, todo.ErrForbidden) {
				t.Errorf("%s with %05b: %v, want allowed: %t", test.op, actor.Allowed, err, may)
			}
			if !may && f.get(made[1].ID).Completed {
				t.Errorf("%s with %05b: part of it went through", test.op, actor.Allowed)
			}
		}
	}
}

func TestBatchUndoNeedsTheActionsItAmountsTo(t *testing.T) {
	text := "x"
	for name, test := range map[string]struct {
		ops   func(made []todo.Todo) []todo.Op
		needs todo.Actions
	}{
		"an edit and a creation": {func(made []todo.Todo) []todo.Op {
			return []todo.Op{{Op: todo.OpUpdate, ID: made[0].ID, Patch: todo.Patch{Text: &text}}, {Op: todo.OpCreate, New: todo.New{Text: "n"}}}
		}, todo.Actions(todo.Edit | todo.Delete)},
		"an edit and a completion": {func(made []todo.Todo) []todo.Op {
			return []todo.Op{{Op: todo.OpUpdate, ID: made[0].ID, Patch: todo.Patch{Text: &text}}, {Op: todo.OpComplete, ID: made[1].ID}}
		}, todo.Actions(todo.Edit | todo.Complete)},
		"a completion that made the next, and a deletion": {func(made []todo.Todo) []todo.Op {
			return []todo.Op{{Op: todo.OpComplete, ID: made[1].ID}, {Op: todo.OpDelete, ID: made[0].ID}}
		}, todo.Actions(todo.Complete | todo.Delete)},
	} {
		for set := range todo.Everything + 1 {
			f := newFixture(t)
			made := []todo.Todo{f.add("a")[0], f.create(todo.New{Text: "b", Repeat: "daily"})}
			c := ok(t)(f.Batch(t.Context(), ns, web, test.ops(made), todo.Options{}))
			actor := todo.Actor{Name: "x", Allowed: set | todo.ReadOnly}
			_, err := f.Undo(t.Context(), ns, actor, c.ID(), todo.Options{})
			if may := set&test.needs == test.needs; may != (err == nil) {
				t.Errorf("undo %s with %05b: %v, want allowed: %t", name, actor.Allowed, err, may)
			}
		}
	}
}

func TestBatchIsIdempotent(t *testing.T) {
	f := newFixture(t)
	a := f.create(todo.New{Text: "a", Repeat: "daily"})
	ops := []todo.Op{{Op: todo.OpComplete, ID: a.ID}, {Op: todo.OpCreate, New: todo.New{Text: "n"}}}
	key := todo.Options{IdempotencyKey: "k"}
	first := ok(t)(f.Batch(t.Context(), ns, web, ops, key))
	before := f.list(todo.Query{})
	first.Replayed = true
	equal(t, "a retry", first, ok(t)(f.Batch(t.Context(), ns, web, ops, key)))
	equal(t, "the list", before, f.list(todo.Query{}))
	_, err := f.Batch(t.Context(), ns, web, ops[:1], key)
	refused(t, "the key of another batch", err, todo.CodeInvalid, "Idempotency-Key")
}

func TestMaxOpen(t *testing.T) {
	f := newFixture(t)
	a := f.create(todo.New{Text: "a", Repeat: "daily"})
	b, gone := f.add("b")[0], f.add("gone")[0]
	del := ok(t)(f.Delete(t.Context(), ns, web, []string{gone.ID}, todo.Options{}))
	f.done(web, b.ID)
	f.Service = todo.NewService(&countingStore{Store: f.store, more: todo.MaxOpen - 2}, f.Now) // one more fits
	c, err := f.Create(t.Context(), ns, web, []todo.New{{Text: "fits"}, {Text: "does not"}}, todo.Options{})
	if err != nil || len(c.Edits) != 1 || len(c.Failures) != 1 || c.Failures[0].Code != todo.CodeQuota || !strings.Contains(c.Failures[0].Message, fmt.Sprint(todo.MaxOpen)) {
		t.Errorf("created %+v, %v", c, err)
	}
	f.done(web, a.ID) // one goes, the next comes
	_, err = one(f.SetCompleted(t.Context(), ns, web, []string{b.ID}, false, todo.Options{}))
	refused(t, "reopen", err, todo.CodeQuota, "todos")
	_, err = one(f.Restore(t.Context(), ns, web, []string{gone.ID}, todo.Options{}))
	refused(t, "restore", err, todo.CodeQuota, "todos")
	_, err = f.Undo(t.Context(), ns, web, del.ID(), todo.Options{})
	refused(t, "undo", err, todo.CodeQuota, "todos")
	ok(t)(f.Batch(t.Context(), ns, web, []todo.Op{{Op: todo.OpDelete, ID: c.Edits[0].After.ID}, {Op: todo.OpReopen, ID: b.ID}}, todo.Options{}))
}
