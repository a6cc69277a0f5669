package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// Operation is what everybody may know of one thing that the API does. Whatever
// must hold for each operation is tested by ranging over Operations.
type Operation struct {
	ID     string // OpenAPI's operationId
	Method string
	Path   string // OpenAPI's path template, which is also the ServeMux pattern
	// Action is what the guard is asked for, besides being signed in; 0: nothing.
	// The Service asks again, for what the write turns out to be.
	Action todo.Action
}

// Operations returns every operation of the API.
func Operations() []Operation {
	var all []Operation
	for _, op := range operations() {
		all = append(all, op.Operation)
	}
	return all
}

// operation is one row of the table: the handler, and what the document says.
type operation struct {
	Operation
	handle  func(*Server, *call) error
	summary string
	doc     string
	query   []parameter
	headers []parameter
	body    *content // nil: none
	status  int      // when it goes well
	answer  content
	answers []parameter // headers of the answer
	fails   []int       // statuses, beyond those that every operation can have
}

// parameter is a query parameter or a header.
type parameter struct {
	name, doc string
	example   any
	min, max  float64  // of a number; max 0: it is no number
	values    []string // of an enumeration
}

// content is a body: its media type, its Go type and an example.
type content struct {
	media   []string
	example any // a value of the type
}

// operations is the table.
func operations() []operation {
	return append(readings(), writings()...)
}

func readings() []operation {
	since := parameter{name: "since", doc: "The revision after which changes are wanted; `rev` of an earlier answer.", example: 811, max: 1 << 53}
	return []operation{
		{
			Operation: Operation{"listTodos", http.MethodGet, api.PathTodos, todo.Read},
			handle:    (*Server).list,
			summary:   "Read the list",
			doc:       "The whole list, open todos first in manual order, then completed ones, newest first. With `limit` it comes in pages.",
			query: []parameter{
				{name: "status", doc: "Which todos: without it `all`, which is open and completed ones.", example: "open", values: []string{"open", "completed", "all", "trash"}},
				limitParameter("todos on a page; without it all"),
				{name: "cursor", doc: "`nextCursor` of the page before, with the same `status`.", example: "b3BlbgpoMDAwMDAwMCBrN3htM3EyYQ"},
			},
			headers: []parameter{ifNoneMatch()},
			status:  http.StatusOK,
			answer:  content{jsonMedia(), exampleTodos()},
			answers: []parameter{etagHeader("the list's revision")},
			fails:   []int{http.StatusNotModified, http.StatusUnprocessableEntity},
		},
		{
			Operation: Operation{"getTodo", http.MethodGet, api.PathTodos + "/{id}", todo.Read},
			handle:    (*Server).get,
			summary:   "Read one todo",
			doc:       "One todo, also from the trash.",
			headers:   []parameter{ifNoneMatch()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleTodo()},
			answers:   []parameter{etagHeader("the todo's revision, for If-Match")},
			fails:     []int{http.StatusNotModified, http.StatusNotFound},
		},
		{
			Operation: Operation{"listChanges", http.MethodGet, api.PathChanges, todo.Read},
			handle:    (*Server).changes,
			summary:   "Read what was changed",
			doc:       "The journal of the last 30 days, oldest change first. Ask again with `since` set to the last change's `rev` for more. `reset` says that changes in between are gone: read the whole list.",
			query:     []parameter{since, limitParameter("changes; without it 100")},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Changes{Changes: []api.Change{exampleChange()}, Rev: 812}},
			fails:     []int{http.StatusUnprocessableEntity},
		},
		{
			Operation: Operation{"streamEvents", http.MethodGet, api.PathEvents, todo.Read},
			handle:    (*Server).events,
			summary:   "Hear of changes as they are made",
			doc: "Server-sent events. Each change is one event `todo.created`, `todo.updated`, `todo.completed`, `todo.reopened`, `todo.deleted`, `todo.restored` or `todo.undone`, whose id is its revision and whose data is a Change. " +
				"A client that comes back with `Last-Event-ID` misses nothing; `resync` tells it to read the whole list, as changes in between are gone. A comment every 20 seconds keeps the connection open. The stream ends when the server stops or the access does.",
			query:   []parameter{since},
			headers: []parameter{{name: "Last-Event-ID", doc: "The id of the last event that was received; it wins over `since`.", example: "811"}},
			status:  http.StatusOK,
			answer:  content{[]string{"text/event-stream"}, exampleEvents},
			fails:   []int{http.StatusUnprocessableEntity},
		},
		{
			Operation: Operation{"getMe", http.MethodGet, api.PathMe, 0},
			handle:    (*Server).me,
			summary:   "Read who is signed in",
			doc:       "The person, the client that acts for them, and what it may do at this moment.",
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Me{Subject: "user-live-1f2e", Email: "ada@example.com", Via: "web", Allowed: []string{"read", "create", "edit", "complete", "delete"}}},
		},
	}
}

func writings() []operation {
	return []operation{
		{
			Operation: Operation{"createTodo", http.MethodPost, api.PathTodos, todo.Create},
			handle:    (*Server).create,
			summary:   "Add a todo",
			doc:       "Adds a todo at the bottom of the list. `text` is another name for `todoText`; one of them must be sent.",
			headers:   []parameter{idempotencyKey(), prefer()},
			body:      &content{jsonMedia(), api.Create{TodoText: "Buy milk", Notes: "two litres"}},
			status:    http.StatusCreated,
			answer:    content{jsonMedia(), exampleChanged(exampleTodo())},
			answers:   append(changedHeaders(), etagHeader("the new todo's revision"), parameter{name: "Location", doc: "The new todo's path.", example: "/api/todos/k7xm3q2a"}),
			fails:     writeFails(),
		},
		{
			Operation: Operation{"updateTodo", http.MethodPatch, api.PathTodos + "/{id}", todo.Edit},
			handle:    (*Server).patch,
			summary:   "Change a todo",
			doc:       "A JSON merge patch (RFC 7396): members that are left out stay as they are, and null clears the notes.",
			headers:   []parameter{idempotencyKey(), prefer(), {name: "If-Match", doc: "The ETag of the copy that was changed. If the todo was changed since, the answer is 412 with the todo as it stands in `todo`.", example: `"r812"`}},
			body:      &content{[]string{mediaJSON, mediaPatch}, patch{Text: "Buy oat milk", Completed: true}},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleChanged(exampleTodo())},
			answers:   append(changedHeaders(), etagHeader("the todo's revision")),
			fails:     writeFails(http.StatusNotFound, http.StatusPreconditionFailed),
		},
		changeOne("completeTodo", http.MethodPost, api.VerbComplete, todo.Complete, (*Server).complete, "Complete a todo", "Marks the todo as done. One that is done stays so, with `changed` false."),
		changeOne("reopenTodo", http.MethodPost, api.VerbReopen, todo.Complete, (*Server).reopen, "Reopen a todo", "Marks the todo as not done. One that is not done stays so, with `changed` false."),
		changeOne("deleteTodo", http.MethodDelete, "", todo.Delete, (*Server).remove, "Delete a todo", "Moves the todo to the trash, where it stays for 30 days. One that is there stays there, with `changed` false."),
		changeOne("restoreTodo", http.MethodPost, api.VerbRestore, todo.Delete, (*Server).restore, "Restore a todo", "Takes the todo out of the trash. One that is not there stays as it is, with `changed` false."),
		{
			// Which right an undo needs shows when the change is found; this is the
			// least that a write can need, and the Service asks for the rest.
			Operation: Operation{"undoChange", http.MethodPost, api.PathChanges + "/{changeID}" + api.VerbUndo, todo.Complete},
			handle:    (*Server).undo,
			summary:   "Undo a change",
			doc:       "Puts every todo of the change back as it was before. `last` as the id means the caller's own last change that still stands. If the change was undone, or a later one touched the same todo, nothing is undone and the answer is 409.",
			headers:   []parameter{idempotencyKey()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleUndo()},
			answers:   []parameter{replayed()},
			fails:     writeFails(http.StatusNotFound, http.StatusConflict),
		},
	}
}

func changeOne(id, method, suffix string, action todo.Action, handle func(*Server, *call) error, summary, doc string) operation {
	return operation{
		Operation: Operation{id, method, api.PathTodos + "/{id}" + suffix, action},
		handle:    handle,
		summary:   summary,
		doc:       doc,
		headers:   []parameter{idempotencyKey(), prefer()},
		status:    http.StatusOK,
		answer:    content{jsonMedia(), exampleChanged(exampleTodo())},
		answers:   changedHeaders(),
		fails:     writeFails(http.StatusNotFound),
	}
}

func jsonMedia() []string { return []string{mediaJSON} }

// writeFails returns the statuses with which any write may fail, and more.
func writeFails(more ...int) []int {
	return append(more, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInsufficientStorage)
}

func limitParameter(of string) parameter {
	return parameter{name: "limit", doc: "How many " + of + ".", example: 50, min: 1, max: todo.MaxPage}
}

func ifNoneMatch() parameter {
	return parameter{name: "If-None-Match", doc: "The ETag of the copy that the client has: the answer is 304 if it is still right.", example: `"r812"`}
}

func idempotencyKey() parameter {
	return parameter{name: api.HeaderIdempotencyKey, doc: "A random value, at most 255 printable characters. A retry with the same key within 24 hours changes nothing and answers for the first request; the same key with another request is refused with 422.", example: "5e1f0c7a9b2d4e6f8a0b1c2d3e4f5a6b"}
}

func prefer() parameter {
	return parameter{name: api.HeaderPrefer, doc: "`return=minimal` leaves the list out of the answer (RFC 7240).", example: api.PreferMinimal}
}

func etagHeader(of string) parameter {
	return parameter{name: "ETag", doc: "An entity tag: " + of + ".", example: `"r812"`}
}

func replayed() parameter {
	return parameter{name: api.HeaderReplayed, doc: "`true` if the change was made for an earlier request with the same key.", example: "true"}
}

func changedHeaders() []parameter {
	return []parameter{replayed(), {name: "Preference-Applied", doc: "`return=minimal` if the list was left out.", example: api.PreferMinimal}}
}
