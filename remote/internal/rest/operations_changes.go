package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func sinceRevision() parameter {
	return parameter{name: "since", doc: "The revision after which changes are wanted; `rev` of an earlier answer.", example: 811, max: 1 << 53}
}

func changeOperations() []operation {
	return []operation{
		{
			Operation: Operation{"listChanges", http.MethodGet, api.PathChanges, todo.Read},
			handle:    (*Server).changes,
			summary:   "Read on in what was changed",
			doc:       "The journal of the last 30 days, oldest change first, for programs that keep a copy. As long as `rev` is not that of the last change, ask again with `since` set to that one: an answer has fewer changes than `limit` where they are large. `reset` says that changes in between are gone: read the whole list.",
			query:     []parameter{sinceRevision(), limitParameter("changes; without it 100")},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Changes{Changes: []api.Change{exampleChange()}, Rev: 812}},
			fails:     []int{http.StatusUnprocessableEntity},
		},
		{
			Operation: Operation{"getHistory", http.MethodGet, api.PathHistory, todo.Read},
			handle:    (*Server).history,
			summary:   "Read who changed what",
			doc:       "The same journal for people, newest change first. Conditions combine with AND. A page may be short, even empty, and yet have a next one.",
			query: []parameter{
				{name: "kind", doc: "What was done.", example: "deleted", values: changeKinds()},
				{name: "since", doc: "From when: a time, or a date in the person's zone.", example: "2026-03-01"},
				{name: "until", doc: "Before when: a time, or a date in the person's zone.", example: "2026-03-15T00:00:00+01:00"},
				{name: "by", doc: "Who did it: web, cli, or a client's name.", example: "Claude"},
				{name: "todoID", doc: "The id of a todo, for its own history.", example: "k7xm3q2a"},
				limitParameter("changes on a page; without it 50"), cursorParameter("with the same conditions"),
			},
			headers: []parameter{timezoneHeader()},
			status:  http.StatusOK,
			answer:  content{jsonMedia(), api.History{Changes: []api.Change{exampleChange()}}},
			answers: []parameter{linkHeader()},
			fails:   []int{http.StatusNotFound, http.StatusUnprocessableEntity},
		},
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

func changeKinds() []string {
	kinds := []string{}
	for _, k := range todo.Kinds() {
		kinds = append(kinds, string(k))
	}
	return kinds
}

func eventOperations() []operation {
	return []operation{{
		Operation: Operation{"streamEvents", http.MethodGet, api.PathEvents, todo.Read},
		handle:    (*Server).events,
		summary:   "Hear of changes as they are made",
		doc: "Server-sent events. Each change is one event `todo.created`, `todo.updated`, `todo.completed`, `todo.reopened`, `todo.deleted`, `todo.restored`, `todo.undone` or `todo.imported`, whose id is its revision and whose data is a Change. " +
			"A client that comes back with `Last-Event-ID` misses nothing; `resync` tells it to read the whole list, as changes in between are gone. A comment every 20 seconds keeps the connection open. The stream ends when the server stops or the access does.",
		query:   []parameter{sinceRevision()},
		headers: []parameter{{name: "Last-Event-ID", doc: "The id of the last event that was received; it wins over `since`.", example: "811"}},
		status:  http.StatusOK,
		answer:  content{[]string{"text/event-stream"}, exampleEvents},
		fails:   []int{http.StatusUnprocessableEntity},
	}}
}

func meOperations() []operation {
	return []operation{{
		Operation: Operation{"getMe", http.MethodGet, api.PathMe, 0},
		handle:    (*Server).me,
		summary:   "Read who is signed in",
		doc:       "The person, the client that acts for them, and what it may do at this moment.",
		status:    http.StatusOK,
		answer:    content{jsonMedia(), api.Me{Subject: "user-live-1f2e", Email: "ada@example.com", Via: "web", Allowed: []string{"read", "create", "edit", "complete", "delete"}, Settings: exampleSettings()}},
	}}
}
