package mcpserver

import (
	"context"

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
	var items []todo.New
	for _, t := range a.objects("todos") {
		items = append(items, newTodo(t))
	}
	change, err := c.svc.Create(ctx, c.ns, c.actor, items, keyed(a))
	return c.several(ctx, change, err, "Added")
}

func updateTodos(ctx context.Context, c caller, a args) (answer, error) {
	var patches []todo.Patch
	for _, t := range a.objects("todos") {
		p := todo.Patch{
			ID: cleanID(t.text("todoID")), Text: t.optional("todoText"), Notes: t.optional("notes"), Due: t.optional("due"), Repeat: t.optional("repeat"),
			Priority: t.optional("priority"), List: t.optional("list"), AddTags: t.texts("addTags"), RemoveTags: t.texts("removeTags"),
			ParentID: t.optional("parentID"), Position: t.text("position"),
		}
		if p.Notes != nil && *p.Notes == clearing { // which in a note is a word
			*p.Notes = ""
		}
		patches = append(patches, p)
	}
	change, err := c.svc.Update(ctx, c.ns, c.actor, patches, todo.Options{})
	return c.several(ctx, change, err, "Updated")
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
	return c.several(ctx, change, err, verb)
}

func deleteTodo(ctx context.Context, c caller, a args) (answer, error) {
	id := cleanID(a.text("todoID"))
	change, err := c.svc.Delete(ctx, c.ns, c.actor, []string{id}, todo.Options{})
	return c.single(ctx, change, err, id, "TODO deleted successfully")
}

func deleteTodos(ctx context.Context, c caller, a args) (answer, error) {
	change, err := c.svc.Delete(ctx, c.ns, c.actor, ids(a), todo.Options{})
	return c.several(ctx, change, err, "Deleted")
}

func ids(a args) []string {
	ids := a.texts("todoIDs")
	for i := range ids {
		ids[i] = cleanID(ids[i])
	}
	return ids
}

func undoChange(ctx context.Context, c caller, a args) (answer, error) {
	change, err := c.svc.Undo(ctx, c.ns, c.actor, a.text("changeID"), todo.Options{})
	return c.several(ctx, change, err, "Undid "+todo.Change{Rev: change.Undoes}.ID()+"; changed")
}
