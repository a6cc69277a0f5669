package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// filterParameters select todos; reading and exporting take them.
func filterParameters() []parameter {
	return []parameter{
		{name: "status", doc: "Which todos: without it `all`, which is open and completed ones.", example: "open", values: []string{"open", "completed", "all", "trash"}},
		{name: "q", doc: "A search: words that all must be there, `\"a phrase\"`, `-word`, `#tag`, `+list`, `!high`, `due:week`, `is:open`, `has:notes`, `by:claude`.", example: "milk #home -oat"},
		{name: "due", doc: "When it is due: `today` (with what is overdue), `overdue`, `tomorrow`, `week`, `none`, a date, or a range `2026-12-01..2026-12-07`; in the person's zone.", example: "week"},
		{name: "list", doc: "The name of a list; `inbox` for todos that are in none. Todos of archived lists come only where the list is named.", example: "Shopping"},
		{name: "tag", doc: "The name of a tag.", example: "home"},
		{name: "priority", doc: "How much it matters.", example: "high", values: []string{"high", "medium", "low", "none"}},
		{name: "parentID", doc: "The id of a todo, for its subtasks.", example: "k7xm3q2a"},
		{name: "sort", doc: "The order: without it `order`, which is manual order for open todos and newest first for others; `due` where there is a due range.", example: "due", values: []string{"order", "due", "priority", "created", "completed"}},
	}
}

func todoReadings() []operation {
	return []operation{
		{
			Operation: Operation{"listTodos", http.MethodGet, api.PathTodos, todo.Read},
			handle:    (*Server).list,
			summary:   "Read the list",
			doc:       "The whole list, open todos first in manual order, then completed ones, newest first. With `limit` it comes in pages. Conditions combine with AND. A page may be short and yet have a next one.",
			query:     append(filterParameters(), limitParameter("todos on a page; without it all"), cursorParameter("with the same conditions"), fieldsParameter()),
			headers:   []parameter{ifNoneMatch(), timezoneHeader()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleTodos()},
			answers:   []parameter{etagHeader("the list's revision, or of a search the content"), linkHeader()},
			fails:     []int{http.StatusNotModified, http.StatusUnprocessableEntity},
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
	}
}

func fieldsParameter() parameter {
	return parameter{name: "fields", doc: "Members of a todo, with commas between them: the todos have these and their id, and no others.", example: "text,due"}
}

// timezoneHeader is what dates are understood in where the person has set nothing.
func timezoneHeader() parameter {
	return parameter{name: api.HeaderTimezone, doc: "The IANA name of the zone in which dates are meant, where the person's settings have none; without either, UTC.", example: "Europe/Berlin"}
}

func todoWritings() []operation {
	return []operation{
		{
			Operation: Operation{"createTodo", http.MethodPost, api.PathTodos, todo.Create},
			handle:    (*Server).create,
			summary:   "Add a todo",
			doc:       "Adds a todo at the bottom of the list, or at `position`. `text` is another name for `todoText`; one of them must be sent. Dates and repeats may be said in plain English; the answer has what they were understood as.",
			headers:   []parameter{idempotencyKey(), prefer(), timezoneHeader()},
			body:      &content{jsonMedia(), api.Create{TodoText: "Buy milk", Notes: "two litres", Due: "tomorrow 17:00", Tags: []string{"home"}}},
			status:    http.StatusCreated,
			answer:    content{jsonMedia(), exampleChanged(exampleTodo())},
			answers:   createdHeaders(),
			fails:     writeFails(http.StatusNotFound, http.StatusConflict),
		},
		{
			Operation: Operation{"quickAdd", http.MethodPost, api.PathQuickAdd, todo.Create},
			handle:    (*Server).quickAdd,
			summary:   "Add a todo of one line",
			doc:       "Reads date, repeat, `#tag`, `!high`, `+list` and `//notes` out of the text and adds a todo of the rest. A backslash before a sign keeps it. With `dryRun` it only answers with what it read.",
			query:     []parameter{flagParameter("dryRun", "Whether to read the text and add nothing.")},
			headers:   []parameter{idempotencyKey(), prefer(), timezoneHeader()},
			body:      &content{jsonMedia(), api.QuickAdd{Text: "Buy milk tomorrow 17:00 #home !high +Shopping"}},
			status:    http.StatusCreated,
			answer:    content{jsonMedia(), exampleChanged(exampleTodo())},
			also:      &alternative{http.StatusOK, "What was read, with `dryRun`.", content{jsonMedia(), exampleDraft()}},
			answers:   createdHeaders(),
			fails:     writeFails(http.StatusNotFound, http.StatusConflict),
		},
		{
			Operation: Operation{"updateTodo", http.MethodPatch, api.PathTodos + "/{id}", todo.Edit},
			handle:    (*Server).patch,
			summary:   "Change a todo",
			doc:       "A JSON merge patch (RFC 7396): members that are left out stay as they are, and null clears. A new date without a time keeps the time there was, and never touches `repeat`. `addTags` and `removeTags` change single tags.",
			headers:   []parameter{idempotencyKey(), prefer(), timezoneHeader(), {name: "If-Match", doc: "The ETag of the copy that was changed. If the todo was changed since, the answer is 412 with the todo as it stands in `todo`.", example: `"r812"`}},
			body:      &content{[]string{mediaJSON, mediaPatch}, examplePatch()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleChanged(exampleTodo())},
			answers:   append(changedHeaders(), etagHeader("the todo's revision")),
			fails:     writeFails(http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed),
		},
		batchOperation(),
	}
}

func batchOperation() operation {
	return operation{
		// Which rights its operations need, the Service asks of each; this is the least
		// that a write can need.
		Operation: Operation{"batch", http.MethodPost, api.PathBatch, todo.Complete},
		handle:    (*Server).batch,
		summary:   "Do many things at once",
		doc: "Does at most 500 operations in order, as one change, which is undone as one. `op` is `create` with the members of a new todo, `update` with an `id` and those of a patch (and `ifRev`, the revision the todo must have), or `complete`, `reopen`, `delete` or `restore` with an `id`. " +
			"One that fails does not keep the others from being done: `results` says what became of each. With `atomic`, it does: then the answer is 422, names the operation in `errors`, and nothing is changed.",
		headers: []parameter{idempotencyKey(), timezoneHeader()},
		body:    &content{jsonMedia(), exampleBatch()},
		status:  http.StatusOK,
		answer:  content{jsonMedia(), exampleBatched()},
		answers: []parameter{replayed()},
		fails:   writeFails(http.StatusNotFound, http.StatusConflict),
	}
}

func todoActions() []operation {
	move := changeOne("moveTodo", http.MethodPost, api.VerbMove, todo.Edit, (*Server).move, "Move a todo", "Puts the todo at another place (`position`: `top`, `bottom`, `before:ID` or `after:ID`; or `before` or `after` with an id), into another list (null: the inbox), or below another todo (`parentID`; null takes it out). Its subtasks come along.")
	move.body = &content{jsonMedia(), exampleMove()}
	move.fails = append(move.fails, http.StatusConflict)
	return []operation{
		changeOne("completeTodo", http.MethodPost, api.VerbComplete, todo.Complete, (*Server).complete, "Complete a todo", "Marks the todo as done, and its open subtasks. Of a repeating one, `next` is the one that comes next. One that is done stays so, with `changed` false."),
		changeOne("reopenTodo", http.MethodPost, api.VerbReopen, todo.Complete, (*Server).reopen, "Reopen a todo", "Marks the todo as not done. One that is not done stays so, with `changed` false."),
		move,
		changeOne("deleteTodo", http.MethodDelete, "", todo.Delete, (*Server).remove, "Delete a todo", "Moves the todo to the trash, where it stays for 30 days. One that is there stays there, with `changed` false."),
		changeOne("restoreTodo", http.MethodPost, api.VerbRestore, todo.Delete, (*Server).restore, "Restore a todo", "Takes the todo out of the trash. One that is not there stays as it is, with `changed` false."),
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
