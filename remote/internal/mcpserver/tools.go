package mcpserver

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// Tool is a tool as the permission tests see it.
type Tool struct {
	Name   string
	Action todo.Action // what a principal must be permitted to call it
	Extra  bool        // only at an address that asks for it
}

// Tools returns every tool there is, in the order of tools/list.
func Tools() []Tool {
	var tools []Tool
	for _, t := range toolTable() {
		tools = append(tools, Tool{t.name, t.action, t.extra})
	}
	return tools
}

// tool is one row of the table that everything about a tool comes from: its place
// in tools/list, its annotations, its permission and its arguments.
type tool struct {
	name        string
	title       string
	description string
	action      todo.Action
	destructive bool // what it does away with does not come back by calling it again
	idempotent  bool // calling it again changes nothing more
	extra       bool // not in the default set
	input       string
	output      string
	run         func(context.Context, caller, args) (answer, error)

	arguments  *schema   // parsed input
	definition *mcp.Tool // made of the above
}

// toolTable returns the tools in order of name, which is the SDK's.
func toolTable() []*tool {
	tools := slices.Concat(readTools(), writeTools(), openAITools())
	for _, t := range tools {
		t.complete()
	}
	slices.SortFunc(tools, func(a, b *tool) int { return strings.Compare(a.name, b.name) })
	return tools
}

func readTools() []*tool {
	return []*tool{
		{
			name: "listTodos", title: "List TODOs", action: todo.Read, run: listTodos, idempotent: true, input: inList, output: outList,
			description: "Find or list TODOs. With no arguments: the open ones, in list order. Filters combine with AND.",
		},
		{
			name: "getTodo", title: "Get TODO", action: todo.Read, run: getTodo, idempotent: true, input: inTodo, output: outTodo,
			description: "One TODO in full: notes, subtasks and recent history.",
		},
		{
			name: "getOverview", title: "Overview", action: todo.Read, run: getOverview, idempotent: true, input: inNothing, output: outOverview,
			description: "For planning: current time and zone, counts, and the list and tag names in use. Holds no TODOs: those are in listTodos.",
		},
		{
			name: "listChanges", title: "List changes", action: todo.Read, run: listChanges, idempotent: true, input: inChanges, output: outChanges,
			description: `History of who changed what, newest first: for "what did I finish last week?" and "what changed since…?".`,
		},
	}
}

func writeTools() []*tool {
	return []*tool{
		{
			name: "createTodo", title: "Create TODO", action: todo.Create, run: createTodo, input: inCreate, output: outChange,
			description: "Add a new TODO task. For several at once use createTodos.",
		},
		{
			name: "createTodos", title: "Create several TODOs", action: todo.Create, run: createTodos, input: inCreateMany, output: outChange,
			description: "Add up to 50 TODOs in one call, in the order given. One bad item does not stop the others: re-send only those in failures.",
		},
		{
			name: "updateTodos", title: "Update TODOs", action: todo.Edit, run: updateTodos, destructive: true, idempotent: true, input: inUpdate, output: outChange,
			description: "Edit, reschedule, move or reorder up to 50 TODOs. Send only the fields that change. To complete or reopen use setTodosCompleted.",
		},
		{
			name: "markTodoComplete", title: "Complete TODO", action: todo.Complete, run: markTodoComplete, idempotent: true, input: inTodo, output: outChange,
			description: "Mark a TODO as complete. A repeating TODO moves to its next date.",
		},
		{
			name: "setTodosCompleted", title: "Complete or reopen TODOs", action: todo.Complete, run: setTodosCompleted, idempotent: true, input: inSetCompleted, output: outChange,
			description: "Complete several TODOs, or reopen them with completed=false.",
		},
		{
			name: "deleteTodo", title: "Delete TODO", action: todo.Delete, run: deleteTodo, destructive: true, idempotent: true, input: inTodo, output: outChange,
			description: "Mark a TODO as deleted (30 days in the trash; undoChange brings it back). For finished work use markTodoComplete.",
		},
		{
			name: "deleteTodos", title: "Delete several TODOs", action: todo.Delete, run: deleteTodos, destructive: true, idempotent: true, input: inIDs, output: outChange,
			description: "Delete several TODOs to the trash.",
		},
		{
			// The least that an undo can need, as in REST; the Service asks for the rest.
			// Not idempotent: without an argument, each call undoes one more.
			name: "undoChange", title: "Undo", action: todo.Complete, run: undoChange, input: inUndo, output: outChange,
			description: "Reverse one earlier change, whoever made it; also restores from the trash. Refused if a later change touched the same TODO.",
		},
	}
}

// complete makes what follows from the rest of the row.
func (t *tool) complete() {
	t.arguments = mustParseSchema(t.input)
	no := false
	t.definition = &mcp.Tool{
		Name: t.name, Title: t.title, Description: t.description,
		InputSchema: json.RawMessage(t.input), OutputSchema: json.RawMessage(t.output),
		Annotations: &mcp.ToolAnnotations{
			Title: t.title, ReadOnlyHint: !t.action.Writes(), DestructiveHint: &t.destructive, IdempotentHint: t.idempotent, OpenWorldHint: &no,
		},
	}
}
