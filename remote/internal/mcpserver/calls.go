package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// caller is who makes one call, and on whose list.
type caller struct {
	svc   *todo.Service
	ns    todo.Namespace
	actor todo.Actor
}

// runner does what a tool is for. The arguments are as its schema asks.
type runner func(ctx context.Context, c caller, arguments json.RawMessage) (answer, error)

// with makes a runner of a function that takes its arguments decoded.
func with[A any](run func(context.Context, caller, A) (answer, error)) runner {
	return func(ctx context.Context, c caller, arguments json.RawMessage) (answer, error) {
		var a A
		if err := json.Unmarshal(arguments, &a); err != nil {
			return answer{}, fmt.Errorf("decode accepted arguments: %w", err)
		}
		return run(ctx, c, a)
	}
}

// handlerOf returns the SDK's handler of a tool. Failures are results that a model
// can read and act on.
func (h *Handler) handlerOf(t tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		p := principalOf(req)
		c := caller{svc: h.svc, ns: p.Namespace(), actor: actorOf(p, req.ClientInfo())}
		arguments, err := t.arguments.accept(req.Params.Arguments, "")
		if err != nil {
			return h.failed(err)
		}
		a, err := t.run(ctx, c, arguments)
		if err != nil {
			return h.failed(ofArgument(err))
		}
		return a.result(), nil
	}
}

type createArgs struct {
	TodoText       string `json:"todoText"`
	Notes          string `json:"notes"`
	IdempotencyKey string `json:"idempotencyKey"`
}

func createTodo(ctx context.Context, c caller, a createArgs) (answer, error) {
	change, err := c.svc.Create(ctx, c.ns, c.actor, []todo.New{{Text: a.TodoText, Notes: a.Notes}}, todo.Options{IdempotencyKey: a.IdempotencyKey})
	return single(change, err, "TODO added successfully")
}

type todoArgs struct {
	TodoID string `json:"todoID"`
}

func markTodoComplete(ctx context.Context, c caller, a todoArgs) (answer, error) {
	change, err := c.svc.SetCompleted(ctx, c.ns, c.actor, []string{a.TodoID}, true, todo.Options{})
	return single(change, err, "TODO completed successfully")
}

func deleteTodo(ctx context.Context, c caller, a todoArgs) (answer, error) {
	change, err := c.svc.Delete(ctx, c.ns, c.actor, []string{a.TodoID}, todo.Options{})
	return single(change, err, "TODO deleted successfully")
}

type completedArgs struct {
	TodoIDs   []string `json:"todoIDs"`
	Completed *bool    `json:"completed"`
}

func setTodosCompleted(ctx context.Context, c caller, a completedArgs) (answer, error) {
	done, verb := true, "Completed"
	if a.Completed != nil && !*a.Completed {
		done, verb = false, "Reopened"
	}
	change, err := c.svc.SetCompleted(ctx, c.ns, c.actor, a.TodoIDs, done, todo.Options{})
	return several(change, err, verb)
}

type updateArgs struct {
	Todos []struct {
		TodoID   string  `json:"todoID"`
		TodoText *string `json:"todoText"`
		Notes    *string `json:"notes"`
	} `json:"todos"`
}

// clearNotes is what empties a todo's notes: "" means that the model left them out.
const clearNotes = "none"

func updateTodos(ctx context.Context, c caller, a updateArgs) (answer, error) {
	patches := make([]todo.Patch, len(a.Todos))
	for i, t := range a.Todos {
		if t.Notes != nil && *t.Notes == clearNotes {
			*t.Notes = ""
		}
		patches[i] = todo.Patch{ID: t.TodoID, Text: t.TodoText, Notes: t.Notes}
	}
	change, err := c.svc.Update(ctx, c.ns, c.actor, patches, todo.Options{})
	return several(change, err, "Updated")
}

type undoArgs struct {
	ChangeID string `json:"changeID"`
}

func undoChange(ctx context.Context, c caller, a undoArgs) (answer, error) {
	change, err := c.svc.Undo(ctx, c.ns, c.actor, a.ChangeID, todo.Options{})
	return several(change, err, "Undid "+todo.Change{Rev: change.Undoes}.ID()+",")
}

const defaultPage = 50 // todos that listTodos returns if no limit is given

type listArgs struct {
	Status todo.Status `json:"status"`
	Limit  int         `json:"limit"`
	Cursor string      `json:"cursor"`
}

func listTodos(ctx context.Context, c caller, a listArgs) (answer, error) {
	if a.Status == "" {
		a.Status = todo.StatusOpen
	}
	if a.Limit == 0 {
		a.Limit = defaultPage
	}
	page, err := c.svc.List(ctx, c.ns, c.actor, todo.Query{Status: a.Status, Limit: a.Limit, Cursor: a.Cursor})
	if err != nil {
		return answer{}, err
	}
	return listing(page)
}
