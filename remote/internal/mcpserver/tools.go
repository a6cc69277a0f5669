package mcpserver

import (
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// Tool is a tool as the permission tests see it.
type Tool struct {
	Name   string
	Action todo.Action // what a principal must be permitted to call it
}

// Tools returns every tool there is, in the order of tools/list.
func Tools() []Tool {
	var tools []Tool
	for _, t := range toolTable() {
		tools = append(tools, Tool{t.name, t.action})
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
	input       string
	output      string
	run         runner

	arguments  *schema   // parsed input
	definition *mcp.Tool // made of the above
}

// Schemas are written by hand: no unions and nothing optional that is null, which
// some models' providers refuse. Outputs allow further members and require none at
// the top, since strict clients hold a failed result to them too.
const (
	argTodoID = `{"type":"string","description":"ID as returned by listTodos."}`
	argText   = `{"type":"string","minLength":1,"maxLength":500,"description":"Short, actionable title. One TODO per call; details go in notes."}`

	outChange = `{"type":"object","properties":{` +
		`"todos":{"type":"array","description":"The TODOs as the change left them.","items":{"type":"object","properties":{"id":{"type":"string"},"text":{"type":"string"},"completed":{"type":"boolean"}},"required":["id","text","completed"]}},` +
		`"changed":{"type":"boolean","description":"False if all was as asked already."},` +
		`"changeID":{"type":"string","description":"Pass to undoChange."},` +
		`"openCount":{"type":"integer"},` +
		`"failures":{"type":"array","items":{"type":"object","properties":{"item":{"type":"string","description":"TODO ID, or index in the request."},"code":{"type":"string"},"error":{"type":"string"}},"required":["item","code","error"]}}}}`
	outList = `{"type":"object","properties":{` +
		`"todos":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"text":{"type":"string"},"completed":{"type":"boolean"},"completedAt":{"type":"string"},"hasNotes":{"type":"boolean"}},"required":["id","text","completed"]}},` +
		`"total":{"type":"integer","description":"Matches on all pages."},` +
		`"nextCursor":{"type":"string"}}}`
)

// toolTable returns the tools in order of name, which is the SDK's.
func toolTable() []tool {
	tools := []tool{
		{
			name: "createTodo", title: "Create TODO", action: todo.Create, run: with(createTodo), output: outChange,
			description: "Add a new TODO task at the end of the list.",
			input: `{"type":"object","properties":{"todoText":` + argText + `,` +
				`"notes":{"type":"string","description":"Longer details. Markdown."},` +
				`"idempotencyKey":{"type":"string","description":"Same key on a retry returns the first result and adds nothing twice."}},` +
				`"required":["todoText"],"additionalProperties":false}`,
		},
		{
			name: "deleteTodo", title: "Delete TODO", action: todo.Delete, run: with(deleteTodo), output: outChange,
			destructive: true, idempotent: true,
			description: "Mark a TODO as deleted (30 days in the trash; undoChange brings it back). For finished work use markTodoComplete.",
			input:       `{"type":"object","properties":{"todoID":` + argTodoID + `},"required":["todoID"],"additionalProperties":false}`,
		},
		{
			name: "listTodos", title: "List TODOs", action: todo.Read, run: with(listTodos), output: outList,
			idempotent:  true,
			description: "Find or list TODOs. With no arguments: the first 50 open TODOs, in list order.",
			input: `{"type":"object","properties":{` +
				`"status":{"type":"string","description":"Default open.","enum":["open","completed","all","trash"]},` +
				`"limit":{"type":"integer","minimum":1,"maximum":200,"description":"Default 50."},` +
				`"cursor":{"type":"string","description":"nextCursor of the previous page."}},"additionalProperties":false}`,
		},
		{
			name: "markTodoComplete", title: "Complete TODO", action: todo.Complete, run: with(markTodoComplete), output: outChange,
			idempotent:  true,
			description: "Mark a TODO as complete.",
			input:       `{"type":"object","properties":{"todoID":` + argTodoID + `},"required":["todoID"],"additionalProperties":false}`,
		},
		{
			name: "setTodosCompleted", title: "Complete or reopen TODOs", action: todo.Complete, run: with(setTodosCompleted), output: outChange,
			idempotent:  true,
			description: "Complete several TODOs, or reopen them with completed=false.",
			input: `{"type":"object","properties":{"todoIDs":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":100},` +
				`"completed":{"type":"boolean","description":"Default true."}},"required":["todoIDs"],"additionalProperties":false}`,
		},
		{
			// The least that an undo can need, as in REST; the Service asks for the rest.
			name: "undoChange", title: "Undo", action: todo.Complete, run: with(undoChange), output: outChange,
			description: "Reverse one earlier change, whoever made it. Refused if a later change touched the same TODO.",
			input:       `{"type":"object","properties":{"changeID":{"type":"string","description":"From a result, such as c12; omit for your own last change."}},"additionalProperties":false}`,
		},
		{
			name: "updateTodos", title: "Update TODOs", action: todo.Edit, run: with(updateTodos), output: outChange,
			destructive: true, idempotent: true,
			description: "Change the text or notes of up to 100 TODOs. Send only the fields that change. To complete or reopen use setTodosCompleted.",
			input: `{"type":"object","properties":{"todos":{"type":"array","minItems":1,"maxItems":100,"items":{"type":"object","properties":{` +
				`"todoID":{"type":"string"},` +
				`"todoText":{"type":"string","minLength":1,"maxLength":500,"description":"New title."},` +
				`"notes":{"type":"string","description":"New notes, or \"none\" to clear."}},` +
				`"required":["todoID"],"additionalProperties":false}}},"required":["todos"],"additionalProperties":false}`,
		},
	}
	for i := range tools {
		tools[i].complete()
	}
	return tools
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
