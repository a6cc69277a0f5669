package mcpserver

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"todo.example/internal/todo"
)

// keyed returns the options of a call with an idempotency key.
func keyed(a args) todo.Options {
	return todo.Options{IdempotencyKey: a.text("idempotencyKey")}
}

func newTodo(a args) todo.New {
	return todo.New{
		Text: a.text("todoText"), Notes: a.text("notes"), Due: a.text("due"), Repeat: a.text("repeat"), Priority: a.text("priority"),
		List: a.text("list"), Tags: a.texts("tags"), ParentID: cleanID(a.text("parentID")),
	}
}

func createTodo(ctx context.Context, c caller, a args) (answer, error) {
	change, err := c.svc.Create(ctx, c.ns, c.actor, []todo.New{newTodo(a)}, keyed(a))
	return c.single(ctx, change, err, a.text("parentID"), "TODO added successfully")
}

func createTodos(ctx context.Context, c caller, a args) (answer, error) {
	b := a.batch("todos")
	var items []todo.New
	for _, t := range b.items {
		items = append(items, newTodo(t))
	}
	change, err := c.svc.Create(ctx, c.ns, c.actor, items, keyed(a))
	return c.several(ctx, b.whole(change), err, "Added", b.missing)
}

func updateTodos(ctx context.Context, c caller, a args) (answer, error) {
	b, empty := a.batch("todos"), false
	var patches []todo.Patch
	for _, t := range b.items {
		p := todo.Patch{
			ID: cleanID(t.text("todoID")), Text: t.optional("todoText"), Notes: t.optional("notes"), Due: t.optional("due"), Repeat: t.optional("repeat"),
			Priority: t.optional("priority"), List: t.optional("list"), AddTags: t.texts("addTags"), RemoveTags: t.texts("removeTags"),
			ParentID: t.optional("parentID"), Position: cleanPosition(t.text("position")),
		}
		if p.ParentID != nil {
			*p.ParentID = cleanID(*p.ParentID)
		}
		if p.Notes != nil && *p.Notes == clearing { // which in a note is a word
			*p.Notes = ""
		}
		patches, empty = append(patches, p), empty || p.Empty()
	}
	change, err := c.svc.Update(ctx, c.ns, c.actor, patches, todo.Options{})
	r, err := c.several(ctx, b.whole(change), err, "Updated", b.missing)
	if err == nil && empty && change.Rev == 0 { // it may have been meant to clear with ""
		r.blocks[1] += ` "none" clears a member; one that is "" or left out stays.`
	}
	return r, err
}

func markTodoComplete(ctx context.Context, c caller, a args) (answer, error) {
	id := cleanID(a.text("todoID"))
	change, err := c.svc.SetCompleted(ctx, c.ns, c.actor, []string{id}, true, todo.Options{})
	return c.single(ctx, change, err, id, "TODO completed successfully")
}

func setTodosCompleted(ctx context.Context, c caller, a args) (answer, error) {
	done, verb := a.flag("completed", true), "Completed"
	if !done {
		verb = "Reopened"
	}
	change, err := c.svc.SetCompleted(ctx, c.ns, c.actor, ids(a), done, todo.Options{})
	return c.several(ctx, change, err, verb, missing)
}

func deleteTodo(ctx context.Context, c caller, a args) (answer, error) {
	id := cleanID(a.text("todoID"))
	change, err := c.svc.Delete(ctx, c.ns, c.actor, []string{id}, todo.Options{})
	return c.single(ctx, change, err, id, "TODO deleted successfully")
}

func deleteTodos(ctx context.Context, c caller, a args) (answer, error) {
	change, err := c.svc.Delete(ctx, c.ns, c.actor, ids(a), todo.Options{})
	return c.several(ctx, change, err, "Deleted", missing)
}

// ids returns each of the todos that are named, once.
func ids(a args) []string {
	var ids []string
	for _, id := range a.texts("todoIDs") {
		if id = cleanID(id); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// cleanPosition returns a position with the id in what a model gives for one.
func cleanPosition(position string) string {
	where, id, ok := strings.Cut(position, ":")
	if !ok {
		return position
	}
	return where + ":" + cleanID(id)
}

// cleanChange returns the id in what a model gives for a change: it may be a number.
func cleanChange(id string) string {
	id = strings.ToLower(strings.TrimSpace(id))
	if _, err := strconv.ParseUint(id, 10, 64); err == nil {
		return "c" + id
	}
	return id
}

func undoChange(ctx context.Context, c caller, a args) (answer, error) {
	change, err := c.svc.Undo(ctx, c.ns, c.actor, cleanChange(a.text("changeID")), todo.Options{})
	return c.several(ctx, change, err, "Undid "+todo.Change{Rev: change.Undoes}.ID()+"; changed", missing)
}
