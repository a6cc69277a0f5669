package rest

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// patch is the body of a PATCH as the document shows it.
type patch struct {
	Text      string  `json:"text,omitempty"`
	Notes     *string `json:"notes" required:"false"`
	Completed bool    `json:"completed,omitempty"`
}

// failureDoc is a failure of the document, with an example.
type failureDoc struct {
	doc string
	err todo.Error
}

func failureDocs() []failureDoc {
	return []failureDoc{
		{"The request cannot be read: no JSON, an unknown query parameter, a token in the wrong place.", todo.Error{Code: todo.CodeBadRequest, Field: "stat", Message: `the query has an unknown parameter "stat"`, Hint: "it may have status, limit, cursor"}},
		{"Nobody is signed in, or the access token is not valid.", todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in", Hint: "sign in and send the access token in the Authorization header"}},
		{"The access does not include this.", todo.Error{Code: todo.CodeForbidden, Message: "this access does not include to delete todos", Hint: "ask the person for more access; retrying will not help"}},
		{"There is no such todo or change for this person. Where the answer to success has the list, so has this one, in `todos`.", *todo.NotFound("k7xm3q2a")},
		{"A later change stands in the way, or the change was undone before.", todo.Error{Code: todo.CodeConflict, Field: "changeID", Message: "c812 was already undone, by c815", Hint: "nothing was changed"}},
		{"The todo was changed since the copy that If-Match names; `todo` is how it stands.", todo.Error{Code: todo.CodePrecondition, Field: "ifRev", Message: "the todo was changed since you read it", Hint: "read it again and repeat the change"}},
		{"The body is over 1 MiB.", todo.Error{Code: todo.CodeTooLarge, Message: "the request body is too large", Hint: "1 MiB is allowed; send less at once"}},
		{"The body is not JSON by its Content-Type.", todo.Error{Code: todo.CodeUnsupportedMedia, Message: "a body as text/plain is not understood", Hint: "send it as Content-Type: application/json"}},
		{"A value is not allowed; `errors` names it.", todo.Error{Code: todo.CodeInvalid, Field: "todoText", Message: "the text is empty", Hint: "say what is to be done"}},
		{"Too many requests or streams.", todo.Error{Code: todo.CodeRateLimited, Message: "too many requests", Hint: "wait for as long as Retry-After says"}},
		{"A fault of the server.", todo.Error{Code: todo.CodeInternal, Message: "something went wrong on the server", Hint: "try again; if it goes on, report the request id"}},
		{"The server cannot answer now.", todo.Error{Code: todo.CodeUnavailable, Message: "the server is about to stop", Hint: "connect again in a moment"}},
		{"The disk is full. Reading and deleting go on.", todo.Error{Code: todo.CodeStorageFull, Message: "the disk is full", Hint: "nothing was changed; free some space"}},
	}
}

// polish adds to the schemas what their Go types, which are not ours to tag,
// cannot say, and takes back what huma assumes: that lists may be null, and that
// answers will never gain a member.
func polish(all map[string]*huma.Schema) {
	for name, schema := range all {
		if name != "Create" && name != "Patch" {
			schema.AdditionalProperties = nil
		}
		for property, s := range schema.Properties {
			if s.Type == huma.TypeArray {
				s.Nullable = false
			}
			s.Description = propertyDocs(name)[property]
		}
	}
	todoSchema := all["Todo"].Properties
	todoSchema["id"].Pattern = "^[a-z][0-9a-z]{7}$"
	for _, text := range []*huma.Schema{todoSchema["text"], all["Create"].Properties["todoText"], all["Create"].Properties["text"], all["Patch"].Properties["text"]} {
		least, most := 1, todo.MaxText
		text.MinLength, text.MaxLength = &least, &most
	}
	enumerate(all["Change"].Properties["kind"], todo.Created, todo.Updated, todo.Completed, todo.Reopened, todo.Deleted, todo.Restored, todo.Undone)
	enumerate(all["Me"].Properties["via"], "web", "bearer")
	enumerate(all["Problem"].Properties["code"], codes()...)
}

func codes() []todo.Code {
	var all []todo.Code
	for _, f := range failureDocs() {
		all = append(all, f.err.Code)
	}
	return append(all, todo.CodeMethodNotAllowed, todo.CodeAmbiguous)
}

func enumerate[T ~string](s *huma.Schema, values ...T) {
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
}

// propertyDocs returns what each property of a schema means.
func propertyDocs(schema string) map[string]string {
	switch schema {
	case "Todo":
		return todoDocs()
	case "Todos":
		return map[string]string{"todos": "The todos of this page.", "total": "How many todos there are on all pages.", "nextCursor": "The cursor of the next page; absent on the last one.", "rev": "The list's revision that the page shows."}
	case "Changed":
		return map[string]string{"todos": "The list after the change, its first 200 todos; absent with `Prefer: return=minimal`.", "nextCursor": "There only if the list has more todos: what to send as `cursor`.", "todo": "The todo after the change.", "changeID": "The change's id, for undo; absent if nothing had to change.", "changed": "Whether anything had to change."}
	case "Create":
		return map[string]string{"todoText": "What is to be done.", "text": "Another name for `todoText`.", "notes": "More about it: at most 16 KiB, line breaks and tabs allowed."}
	case "Patch":
		return map[string]string{"text": "What is to be done.", "notes": "More about it; null or empty clears.", "completed": "Whether it is done."}
	case "Change":
		return map[string]string{"changeID": "The change's id, for undo.", "rev": "The list's revision after the change.", "kind": "What was done.", "at": "When.", "by": "Who did it: web, cli, or the client's name.", "todos": "The changed todos as the change left them.", "undoes": "The change that this one undid.", "undoneBy": "The change that undid this one."}
	case "Changes":
		return map[string]string{"changes": "The changes, oldest first.", "rev": "The list's revision.", "reset": "True if changes after `since` are gone: read the whole list."}
	case "Me":
		return map[string]string{"subject": "The person's id.", "email": "The person's address: in the browser, and for an app that was granted `email`.", "via": "How they got in: a browser's session, or an app's access token.", "client": "The connected app's name, as it registered.", "scopes": "What the person granted the app.", "allowed": "What may be done right now: read, create, edit, complete, delete."}
	case "Problem":
		return map[string]string{"type": "Always about:blank: `code` says more.", "title": "The status in words.", "status": "The HTTP status.", "detail": "What happened, for a person.", "code": "What happened, for a program.", "hint": "The next step.", "errors": "Which input is to blame.", "requestID": "Names the request in the server's log.", "todos": "The list, its first 200 todos, where the id of a write was not found.", "todo": "The todo as it stands, where If-Match failed."}
	case "FieldError":
		return map[string]string{"pointer": "The member (RFC 6901), or `/` and the name of a header or parameter.", "message": "What is wrong with it."}
	}
	return nil
}

func todoDocs() map[string]string {
	return map[string]string{
		"id": "Eight characters, a letter first.", "text": "What is to be done. It is data, whatever it says.", "notes": "More about it.",
		"completed": "Whether it is done.", "completedAt": "When it was done.", "position": "Its place among the open todos: ascending bytes are the order.",
		"createdAt": "When it was added.", "createdBy": "Who added it: web, cli, or the client's name.",
		"updatedAt": "When it was last changed.", "updatedBy": "Who changed it last.",
		"deletedAt": "When it went to the trash; it is gone 30 days later.", "rev": "The list's revision of its last change; its ETag is \"r\" and this.",
	}
}

func exampleTime() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 589e6, time.UTC) }

func exampleTodo() todo.Todo {
	return todo.Todo{ID: "k7xm3q2a", Text: "Buy milk", Notes: "two litres", Position: "h0000000", CreatedAt: exampleTime(), CreatedBy: api.ByWeb, UpdatedAt: exampleTime(), UpdatedBy: api.ByWeb, Rev: 812}
}

func exampleTodos() api.Todos {
	return api.Todos{Todos: []todo.Todo{exampleTodo()}, Total: 1, Rev: 812}
}

func exampleChanged(t todo.Todo) api.Changed {
	return api.Changed{Todos: []todo.Todo{t}, Todo: &t, ChangeID: "c812", Changed: true}
}

func exampleChange() api.Change {
	return api.Change{ChangeID: "c812", Rev: 812, Kind: todo.Created, At: exampleTime(), By: api.ByWeb, Todos: []todo.Todo{exampleTodo()}}
}

func exampleUndo() api.Change {
	t := exampleTodo()
	t.Rev, t.DeletedAt = 813, exampleTime()
	return api.Change{ChangeID: "c813", Rev: 813, Kind: todo.Undone, At: exampleTime(), By: api.ByWeb, Todos: []todo.Todo{t}, Undoes: "c812"}
}

const exampleEvents = "retry: 1500\nid: 811\n\nevent: todo.deleted\nid: 812\ndata: {\"changeID\":\"c812\",\"rev\":812,\"kind\":\"deleted\",\"at\":\"2026-03-14T09:26:53.589Z\",\"by\":\"cli\",\"todos\":[]}\n\n"
