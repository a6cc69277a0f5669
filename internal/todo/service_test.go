package todo_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"todo.example/internal/todo"
)

func TestCreate(t *testing.T) {
	f := newFixture(t)
	f.now = epoch.Add(1234567 * time.Nanosecond)
	at := epoch.Add(time.Millisecond)
	c := ok(t)(f.Create(t.Context(), ns, claude, []todo.New{{Text: "a", Notes: "n"}, {Text: "b"}}, todo.Options{}))
	made := c.Todos()
	want := todo.Todo{ID: made[0].ID, Text: "a", Notes: "n", Position: made[0].Position, CreatedAt: at, CreatedBy: "Claude", UpdatedAt: at, UpdatedBy: "Claude", Rev: 1}
	equal(t, "the first todo", want, made[0])
	equal(t, "the first todo, read", want, f.get(made[0].ID))
	if c.Kind != todo.Created || c.ID() != "c1" || c.By != "Claude" || c.Subject != "ada" || c.ClientID != "client" || !c.At.Equal(at) || c.Open != 2 {
		t.Errorf("the change: %+v", c)
	}
	f.add("c")
	equal(t, "the list, new ones at the bottom", []string{"a", "b", "c"}, texts(f.list(todo.Query{}).Todos))
	id := regexp.MustCompile(`^[a-z][0-9a-z]{7}$`)
	for _, made := range f.list(todo.Query{}).Todos {
		if !id.MatchString(made.ID) || strings.ContainsAny(made.ID, "ilou") {
			t.Errorf("the id %q", made.ID)
		}
	}
}

func TestUpdate(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	text, notes, yes, blank := "b", "n", true, ""
	f.now = epoch.Add(time.Hour)
	got := ok(t)(f.Update(t.Context(), ns, claude, []todo.Patch{{ID: a.ID, Text: &text, Notes: &notes, Completed: &yes, IfRev: 1}}, todo.Options{})).Todos()[0]
	want := a
	want.Text, want.Notes, want.Completed, want.CompletedAt, want.UpdatedAt, want.UpdatedBy, want.Rev = "b", "n", true, f.now, f.now, "Claude", 2
	equal(t, "the todo", want, got)

	got = ok(t)(f.Update(t.Context(), ns, claude, []todo.Patch{{ID: a.ID, Notes: &blank}}, todo.Options{})).Todos()[0]
	want.Notes, want.Rev = "", 3
	equal(t, "the todo without notes", want, got)

	c := ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, Text: &text}, {ID: f.add("z")[0].ID}}, todo.Options{}))
	if c.Rev != 0 || c.ID() != "" || len(c.Unchanged) != 2 {
		t.Errorf("a patch that changes nothing: %+v", c)
	}
	for what, test := range map[string]struct {
		patch todo.Patch
		code  todo.Code
		field string
	}{
		"a stale revision": {todo.Patch{ID: a.ID, Text: &text, IfRev: 2}, todo.CodePrecondition, "ifRev"},
		"an unknown id":    {todo.Patch{ID: "nonesuch"}, todo.CodeNotFound, "id"},
		"an empty text":    {todo.Patch{ID: a.ID, Text: &blank}, todo.CodeInvalid, "text"},
	} {
		c, err := f.Update(t.Context(), ns, web, []todo.Patch{test.patch}, todo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.One()
		refused(t, what, err, test.code, test.field)
	}
}

func TestCompleteAndReopen(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	f.now = epoch.Add(time.Hour)
	c := ok(t)(f.SetCompleted(t.Context(), ns, web, []string{a.ID}, true, todo.Options{}))
	if got := c.Todos()[0]; c.Kind != todo.Completed || c.Open != 0 || !got.Completed || !got.CompletedAt.Equal(f.now) {
		t.Errorf("completed: %+v", c)
	}
	f.now = f.now.Add(time.Hour)
	again := ok(t)(f.SetCompleted(t.Context(), ns, web, []string{a.ID}, true, todo.Options{}))
	if again.Rev != 0 || !again.Unchanged[0].CompletedAt.Equal(epoch.Add(time.Hour)) {
		t.Errorf("completed twice: %+v", again)
	}
	c = ok(t)(f.SetCompleted(t.Context(), ns, web, []string{a.ID}, false, todo.Options{}))
	if got := c.Todos()[0]; c.Kind != todo.Reopened || c.Open != 1 || got.Completed || !got.CompletedAt.IsZero() || got.Position != a.Position {
		t.Errorf("reopened: %+v", c)
	}
}

func TestDeleteAndRestore(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b", "c")
	b := made[1].ID
	ok(t)(f.Delete(t.Context(), ns, web, []string{b}, todo.Options{}))
	equal(t, "the list", []string{"a", "c"}, texts(f.list(todo.Query{}).Todos))
	equal(t, "the trash", []string{"b"}, texts(f.list(todo.Query{Status: todo.StatusTrash}).Todos))
	if got := f.get(b); !got.DeletedAt.Equal(epoch) {
		t.Errorf("deleted: %+v", got)
	}
	if c := ok(t)(f.Delete(t.Context(), ns, web, []string{b}, todo.Options{})); c.Rev != 0 {
		t.Errorf("deleted twice: %+v", c)
	}
	text := "x"
	_, errComplete := one(f.SetCompleted(t.Context(), ns, web, []string{b}, true, todo.Options{}))
	refused(t, "complete from the trash", errComplete, todo.CodeNotFound, "id")
	_, errUpdate := one(f.Update(t.Context(), ns, web, []todo.Patch{{ID: b, Text: &text}}, todo.Options{}))
	refused(t, "edit from the trash", errUpdate, todo.CodeNotFound, "id")
	c := ok(t)(f.Restore(t.Context(), ns, web, []string{b}, todo.Options{}))
	if c.Kind != todo.Restored || c.Open != 3 {
		t.Errorf("restored: %+v", c)
	}
	equal(t, "the list, in its old order", []string{"a", "b", "c"}, texts(f.list(todo.Query{}).Todos))
	if c := ok(t)(f.Restore(t.Context(), ns, web, []string{b}, todo.Options{})); c.Rev != 0 {
		t.Errorf("restored twice: %+v", c)
	}
}

func one(c todo.Change, err error) (todo.Todo, error) {
	if err != nil {
		return todo.Todo{}, err
	}
	return c.One()
}

// TestPermissions tries each action with each set of permissions.
func TestPermissions(t *testing.T) {
	text, yes := "x", true
	for _, test := range []struct {
		name  string
		needs todo.Actions
		do    func(*fixture, context.Context, todo.Actor, todo.Todo) error
	}{
		{"list", todo.ReadOnly, func(f *fixture, ctx context.Context, a todo.Actor, _ todo.Todo) error {
			_, err := f.List(ctx, ns, a, todo.Query{})
			return err
		}},
		{"get", todo.ReadOnly, func(f *fixture, ctx context.Context, a todo.Actor, t todo.Todo) error {
			_, err := f.Get(ctx, ns, a, t.ID)
			return err
		}},
		{"changes", todo.ReadOnly, func(f *fixture, ctx context.Context, a todo.Actor, _ todo.Todo) error {
			_, err := f.Changes(ctx, ns, a, 0, 0)
			return err
		}},
		{"watch", todo.ReadOnly, func(f *fixture, _ context.Context, a todo.Actor, _ todo.Todo) error {
			w, err := f.Watch(ns, a)
			if err == nil {
				w.Close()
			}
			return err
		}},
		{"create", todo.Actions(todo.Create), func(f *fixture, ctx context.Context, a todo.Actor, _ todo.Todo) error {
			_, err := f.Create(ctx, ns, a, []todo.New{{Text: "x"}}, todo.Options{})
			return err
		}},
		{"update", todo.Actions(todo.Edit), func(f *fixture, ctx context.Context, a todo.Actor, t todo.Todo) error {
			_, err := f.Update(ctx, ns, a, []todo.Patch{{ID: t.ID, Text: &text}}, todo.Options{})
			return err
		}},
		{"complete by update", todo.Actions(todo.Edit | todo.Complete), func(f *fixture, ctx context.Context, a todo.Actor, t todo.Todo) error {
			_, err := f.Update(ctx, ns, a, []todo.Patch{{ID: t.ID, Completed: &yes}}, todo.Options{})
			return err
		}},
		{"complete", todo.Actions(todo.Complete), func(f *fixture, ctx context.Context, a todo.Actor, t todo.Todo) error {
			_, err := f.SetCompleted(ctx, ns, a, []string{t.ID}, true, todo.Options{})
			return err
		}},
		{"delete", todo.Actions(todo.Delete), func(f *fixture, ctx context.Context, a todo.Actor, t todo.Todo) error {
			_, err := f.Delete(ctx, ns, a, []string{t.ID}, todo.Options{})
			return err
		}},
		{"restore", todo.Actions(todo.Delete), func(f *fixture, ctx context.Context, a todo.Actor, t todo.Todo) error {
			_, err := f.Restore(ctx, ns, a, []string{t.ID}, todo.Options{})
			return err
		}},
		{"undo a creation", todo.Actions(todo.Read | todo.Delete), func(f *fixture, ctx context.Context, a todo.Actor, _ todo.Todo) error {
			_, err := f.Undo(ctx, ns, a, "c1", todo.Options{})
			return err
		}},
	} {
		for set := range todo.Everything + 1 {
			f := newFixture(t)
			before := f.add("a")[0]
			actor := todo.Actor{Name: "x", Subject: "x", Allowed: set}
			err := test.do(f, t.Context(), actor, before)
			may := set&test.needs == test.needs
			if may != (err == nil) || !may && !errors.Is(err, todo.ErrForbidden) {
				t.Errorf("%s with %05b: %v, want allowed: %t", test.name, set, err, may)
			}
			if e := todo.AsError(err); err != nil && !test.needs.Has(e.Action) {
				t.Errorf("%s with %05b names the action %s", test.name, set, e.Action)
			}
			if !may {
				equal(t, test.name+" refused: the todo", before, f.get(before.ID))
			}
		}
	}
}

func TestUndoNeedsTheActionItAmountsTo(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	text, no := "b", false
	ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: a.ID, Text: &text}}, todo.Options{})) // c2
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{a.ID}, true, todo.Options{}))            // c3
	ok(t)(f.Delete(t.Context(), ns, web, []string{a.ID}, todo.Options{}))                        // c4
	b := f.add("b")[0]                                                                           // c5
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{b.ID}, true, todo.Options{}))            // c6
	text = "c"
	ok(t)(f.Update(t.Context(), ns, web, []todo.Patch{{ID: b.ID, Text: &text, Completed: &no}}, todo.Options{})) // c7
	for _, test := range []struct {
		id    string
		needs todo.Action
	}{{"c2", todo.Edit}, {"c3", todo.Complete}, {"c4", todo.Delete}, {"c7", todo.Edit}, {"c7", todo.Complete}} {
		_, err := f.Undo(t.Context(), ns, todo.Actor{Allowed: todo.Everything &^ todo.Actions(test.needs)}, test.id, todo.Options{})
		if e := todo.AsError(err); e.Code != todo.CodeForbidden || e.Action != test.needs {
			t.Errorf("undo %s without the right to %s: %v", test.id, test.needs, err)
		}
	}
}

func TestNamespacesAreApart(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	text := "stolen"
	_, errGet := f.Get(t.Context(), "bob", web, a.ID)
	refused(t, "get", errGet, todo.CodeNotFound, "id")
	_, errUpdate := one(f.Update(t.Context(), "bob", web, []todo.Patch{{ID: a.ID, Text: &text}}, todo.Options{}))
	refused(t, "update", errUpdate, todo.CodeNotFound, "id")
	_, errDelete := one(f.Delete(t.Context(), "bob", web, []string{a.ID}, todo.Options{}))
	refused(t, "delete", errDelete, todo.CodeNotFound, "id")
	_, errUndo := f.Undo(t.Context(), "bob", web, "c1", todo.Options{})
	refused(t, "undo", errUndo, todo.CodeNotFound, "changeID")
	_, absent := f.Get(t.Context(), ns, web, "nonesuch")
	if got, want := strings.ReplaceAll(errGet.Error(), a.ID, "ID"), strings.ReplaceAll(absent.Error(), "nonesuch", "ID"); got != want {
		t.Errorf("a foreign todo answers %q, an absent one %q", got, want)
	}
	equal(t, "the todo", a, f.get(a.ID))
}

func TestBatch(t *testing.T) {
	f := newFixture(t)
	made := f.add("a", "b")
	ids := []string{made[0].ID, "nonesuch", made[0].ID, made[1].ID}
	c, err := f.SetCompleted(t.Context(), ns, web, ids, true, todo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "what went through", []string{"a", "b"}, texts(c.Todos()))
	if len(c.Failures) != 2 || c.Failures[0].Item != 1 || c.Failures[0].Code != todo.CodeNotFound || c.Failures[1].Item != 2 || c.Failures[1].Code != todo.CodeInvalid || c.Failures[1].ID != made[0].ID {
		t.Errorf("the failures: %+v", c.Failures)
	}
	log, err := f.Changes(t.Context(), ns, web, 1, 0)
	if err != nil || len(log.Changes) != 1 || len(log.Changes[0].Edits) != 2 {
		t.Errorf("a batch is one change: %+v, %v", log, err)
	}

	_, err = f.SetCompleted(t.Context(), ns, web, []string{made[0].ID, "nonesuch"}, false, todo.Options{Atomic: true})
	refused(t, "an atomic batch with a bad item", err, todo.CodeNotFound, "id")
	if !f.get(made[0].ID).Completed {
		t.Error("an atomic batch went through in part")
	}
	_, err = f.Create(t.Context(), ns, web, []todo.New{{Text: "good"}, {Text: ""}}, todo.Options{Atomic: true})
	refused(t, "an atomic creation", err, todo.CodeInvalid, "text")
	c, err = f.Create(t.Context(), ns, web, []todo.New{{Text: ""}, {Text: "good"}}, todo.Options{})
	if err != nil || len(c.Edits) != 1 || len(c.Failures) != 1 || c.Failures[0].Item != 0 {
		t.Errorf("a creation with a bad item: %+v, %v", c, err)
	}
	for _, n := range []int{0, todo.MaxBatch + 1} {
		_, err := f.Create(t.Context(), ns, web, make([]todo.New, n), todo.Options{})
		refused(t, fmt.Sprintf("a batch of %d", n), err, todo.CodeInvalid, "todos")
		_, err = f.Delete(t.Context(), ns, web, make([]string, n), todo.Options{})
		refused(t, fmt.Sprintf("a deletion of %d", n), err, todo.CodeInvalid, "todos")
	}
}

func TestIdempotency(t *testing.T) {
	f := newFixture(t)
	key := todo.Options{IdempotencyKey: "k"}
	items := []todo.New{{Text: "a"}}
	first := ok(t)(f.Create(t.Context(), ns, web, items, key))
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{first.Todos()[0].ID}, true, todo.Options{}))
	f.now = epoch.Add(todo.KeyRetention - time.Millisecond)
	first.Replayed = true
	equal(t, "a retry's answer", first, ok(t)(f.Create(t.Context(), ns, web, items, key)))

	_, err := f.Create(t.Context(), ns, web, []todo.New{{Text: "b"}}, key)
	refused(t, "the key of another request", err, todo.CodeInvalid, "Idempotency-Key")
	_, err = f.Delete(t.Context(), ns, web, []string{first.Todos()[0].ID}, key)
	refused(t, "the key of another kind of request", err, todo.CodeInvalid, "Idempotency-Key")
	if c := ok(t)(f.Create(t.Context(), ns, claude, items, key)); c.Rev == first.Rev {
		t.Error("the key of another client was taken for its own")
	}
	f.now = epoch.Add(todo.KeyRetention)
	if c := ok(t)(f.Create(t.Context(), ns, web, items, key)); c.Rev == first.Rev {
		t.Error("a key was remembered for longer than promised")
	}
}

// TestParallelAdds is T13 of the targets.
func TestParallelAdds(t *testing.T) {
	f := newFixture(t)
	var wg sync.WaitGroup
	for i := range 400 {
		wg.Go(func() {
			if _, err := f.Create(t.Context(), ns, web, []todo.New{{Text: fmt.Sprint(i)}}, todo.Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ids, positions := map[string]bool{}, map[string]bool{}
	for _, made := range f.list(todo.Query{}).Todos {
		ids[made.ID], positions[made.Position] = true, true
	}
	if len(ids) != 400 || len(positions) != 400 {
		t.Errorf("%d ids and %d positions, want 400 of both", len(ids), len(positions))
	}
}

func TestWatch(t *testing.T) {
	f := newFixture(t)
	w, err := f.Watch(ns, web)
	if err != nil {
		t.Fatal(err)
	}
	other, err := f.Watch("bob", web)
	if err != nil {
		t.Fatal(err)
	}
	key := todo.Options{IdempotencyKey: "k"}
	a := ok(t)(f.Create(t.Context(), ns, web, []todo.New{{Text: "a"}}, key)).Todos()[0]
	f.add("b") // nobody has received the first word: they share one
	if !told(w) || told(w) {
		t.Error("two changes in a row should be one word")
	}
	ok(t)(f.Create(t.Context(), ns, web, []todo.New{{Text: "a"}}, key))
	ok(t)(f.SetCompleted(t.Context(), ns, web, []string{a.ID}, false, todo.Options{}))
	if told(w) {
		t.Error("word of a replay, or of a change that changed nothing")
	}
	if told(other) {
		t.Error("word of another namespace's change")
	}
	w.Close()
	f.add("c")
	if told(w) {
		t.Error("word after Close")
	}
}

func told(w *todo.Watch) bool {
	select {
	case <-w.C:
		return true
	default:
		return false
	}
}

func TestRunPrunes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.Service = todo.NewService(f.store, time.Now)
		f.now = time.Now()
		a := f.add("a")[0]
		ok(t)(f.Delete(t.Context(), ns, web, []string{a.ID}, todo.Options{}))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx, slog.New(slog.DiscardHandler)) }()
		time.Sleep(todo.Retention - time.Minute) // the bubble's clock, not ours
		synctest.Wait()
		f.get(a.ID)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if _, err := f.Get(t.Context(), ns, web, a.ID); !errors.Is(err, todo.ErrNotFound) {
			t.Errorf("after its retention the todo is still there: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
