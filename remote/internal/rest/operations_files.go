package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

// exported is an export in our own format, as the document shows it.
type exported struct {
	Todos []todo.Todo `json:"todos"`
}

func fileOperations() []operation {
	imported := api.Imported{ChangeID: "c812", Created: 41, Skipped: 2, Failed: 1, Lines: []api.LineError{{Line: 17, Message: `"someday" is not a date`, Hint: "use 2026-11-27"}}}
	return []operation{
		{
			Operation: Operation{"exportTodos", http.MethodGet, api.PathExport, todo.Read},
			handle:    (*Server).export,
			summary:   "Take todos out",
			doc:       "All todos, or those that the conditions select, as a file. JSON carries everything; what the other formats leave out is in docs/import-export.md.",
			query: append([]parameter{{name: "format", doc: "The file's format; without it `json`.", example: "csv", values: exchange.Writable()}},
				filterParameters()...),
			headers: []parameter{timezoneHeader()},
			status:  http.StatusOK,
			answer:  content{jsonMedia(), exported{[]todo.Todo{exampleTodo()}}},
			other:   exampleFiles(),
			answers: []parameter{{name: "Content-Disposition", doc: "A name for the file.", example: "attachment; filename=todos-2026-03-14.csv"}},
			fails:   []int{http.StatusUnprocessableEntity},
		},
		{
			Operation: Operation{"importTodos", http.MethodPost, api.PathImport, todo.Create},
			handle:    (*Server).importFile,
			summary:   "Bring todos in",
			doc: "Adds the todos of a file of at most 16 MiB and 10,000 todos, as one change, which is undone as one. Todos that are in the list already, by their `uid` or else by text, list and due date, are skipped. " +
				"If a todo of the file is not valid, or has a date, repeat or priority that cannot be understood, nothing is imported: the answer is 422, with the lines in `lines`. With `skipInvalid` the others are imported, and what cannot be understood goes into the notes.",
			query: []parameter{
				{name: "format", doc: "The file's format; without it the file's first bytes and its Content-Type tell.", example: "csv", values: exchange.Readable()},
				flagParameter("dryRun", "Whether to say what would happen, and change nothing."),
				flagParameter("skipInvalid", "Whether to import what is valid where not all is."),
			},
			headers: []parameter{idempotencyKey(), timezoneHeader()},
			body:    &content{[]string{mediaJSON}, exported{[]todo.Todo{exampleTodo()}}},
			bodies:  append(exampleFiles(), content{[]string{"application/octet-stream"}, exampleCSV}),
			status:  http.StatusOK,
			answer:  content{jsonMedia(), imported},
			answers: []parameter{replayed()},
			fails:   writeFails(http.StatusConflict),
		},
	}
}

const exampleCSV = "text,due,tags\nBuy milk,2026-03-15,home\n"

// exampleFiles returns a file in each format that is not JSON.
func exampleFiles() []content {
	return []content{
		{[]string{"application/x-ndjson"}, "{\"text\":\"Buy milk\"}\n"},
		{[]string{"text/csv"}, exampleCSV},
		{[]string{"text/tab-separated-values"}, "text\tdue\nBuy milk\t2026-03-15\n"},
		{[]string{"text/plain"}, "2026-03-14 Buy milk @home due:2026-03-15\n"},
		{[]string{"text/calendar"}, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:1\r\nSUMMARY:Buy milk\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"},
		{[]string{"text/markdown"}, "- [ ] Buy milk #home\n"},
	}
}
