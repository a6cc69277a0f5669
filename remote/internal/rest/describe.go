package rest

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"todo.example/internal/todo"
)

// patch is the body of a PATCH as the document shows it.
type patch struct {
	Text       string   `json:"text,omitempty"`
	Notes      *string  `json:"notes,omitempty" nullable:"true"`
	Due        *string  `json:"due,omitempty" nullable:"true"`
	Repeat     *string  `json:"repeat,omitempty" nullable:"true"`
	Priority   *string  `json:"priority,omitempty" nullable:"true"`
	List       *string  `json:"list,omitempty" nullable:"true"`
	Tags       []string `json:"tags,omitempty"`
	AddTags    []string `json:"addTags,omitempty"`
	RemoveTags []string `json:"removeTags,omitempty"`
	ParentID   *string  `json:"parentID,omitempty" nullable:"true"`
	Position   string   `json:"position,omitempty"`
	Completed  bool     `json:"completed,omitempty"`
}

// move is the body of a move as the document shows it.
type move struct {
	List     *string `json:"list,omitempty" nullable:"true"`
	ParentID *string `json:"parentID,omitempty" nullable:"true"`
	Position string  `json:"position,omitempty"`
	Before   string  `json:"before,omitempty"`
	After    string  `json:"after,omitempty"`
}

// batch is the body of a batch as the document shows it.
type batch struct {
	Operations []batchItem `json:"operations"`
	Atomic     bool        `json:"atomic,omitempty"`
}

// batchItem is one operation of a batch, with the members of all of them.
type batchItem struct {
	Op         todo.OpKind `json:"op"`
	ID         string      `json:"id,omitempty"`
	TodoText   string      `json:"todoText,omitempty"`
	Text       string      `json:"text,omitempty"`
	Notes      *string     `json:"notes,omitempty" nullable:"true"`
	Due        *string     `json:"due,omitempty" nullable:"true"`
	Repeat     *string     `json:"repeat,omitempty" nullable:"true"`
	Priority   *string     `json:"priority,omitempty" nullable:"true"`
	List       *string     `json:"list,omitempty" nullable:"true"`
	Tags       []string    `json:"tags,omitempty"`
	AddTags    []string    `json:"addTags,omitempty"`
	RemoveTags []string    `json:"removeTags,omitempty"`
	ParentID   *string     `json:"parentID,omitempty" nullable:"true"`
	Position   string      `json:"position,omitempty"`
	Completed  bool        `json:"completed,omitempty"`
	IfRev      uint64      `json:"ifRev,omitempty"`
}

// tagPatch is the body of a change to a tag as the document shows it.
type tagPatch struct {
	Name string `json:"name"`
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
		{"A later change stands in the way, the change was undone before, or it would be more than a list may hold.", todo.Error{Code: todo.CodeConflict, Field: "changeID", Message: "c812 was already undone, by c815", Hint: "nothing was changed"}},
		{"The todo was changed since the copy that If-Match names; `todo` is how it stands.", todo.Error{Code: todo.CodePrecondition, Field: "ifRev", Message: "the todo was changed since you read it", Hint: "read it again and repeat the change"}},
		{"The body is over 1 MiB, or a file to import over 16 MiB.", todo.Error{Code: todo.CodeTooLarge, Message: "the request body is too large", Hint: "1 MiB is allowed; send less at once"}},
		{"The body is not JSON by its Content-Type.", todo.Error{Code: todo.CodeUnsupportedMedia, Message: "a body as text/plain is not understood", Hint: "send it as Content-Type: application/json"}},
		{"A value is not allowed; `errors` names it. Of an atomic batch the operation that failed, whatever its `code`; of a file `lines` has the rest.", todo.Error{Code: todo.CodeInvalid, Field: "todoText", Message: "the text is empty", Hint: "say what is to be done"}},
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
		if !slices.Contains(closed(), name) {
			schema.AdditionalProperties = nil
		}
		for property, s := range schema.Properties {
			if s.Type == huma.TypeArray {
				s.Nullable = false
			}
			s.Description = propertyDocs(name)[property]
		}
	}
	polishTodos(all)
	polishAccount(all)
	enumerate(all["Me"].Properties["via"], "web", "bearer")
	enumerate(all["Problem"].Properties["code"], codes()...)
	enumerate(all["ItemProblem"].Properties["code"], codes()...)
}

// closed returns the schemas of bodies, whose members are all that there are.
func closed() []string {
	return []string{"Create", "Patch", "Move", "Batch", "BatchItem", "QuickAdd", "EditName", "TagPatch"}
}

func polishTodos(all map[string]*huma.Schema) {
	all["Todo"].Properties["id"].Pattern = "^[a-z][0-9a-z]{7}$"
	for _, text := range []*huma.Schema{all["Todo"].Properties["text"], all["Create"].Properties["todoText"], all["Create"].Properties["text"], all["Patch"].Properties["text"]} {
		least, most := 1, todo.MaxText
		text.MinLength, text.MaxLength = &least, &most
	}
	for _, name := range []string{"Todo", "Draft"} {
		enumerate(all[name].Properties["priority"], todo.PriorityHigh, todo.PriorityMedium, todo.PriorityLow)
	}
	enumerate(all["Change"].Properties["kind"], changeKinds()...)
	enumerate(all["BatchItem"].Properties["op"], opKinds()...)
	most := todo.MaxBatch
	all["Batch"].Properties["operations"].MaxItems = &most
}

func codes() []todo.Code {
	var all []todo.Code
	for _, f := range failureDocs() {
		all = append(all, f.err.Code)
	}
	return append(all, todo.CodeMethodNotAllowed, todo.CodeAmbiguous, todo.CodeInvalidDate, todo.CodeQuota)
}

func enumerate[T ~string](s *huma.Schema, values ...T) {
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	if s.Nullable {
		s.Enum = append(s.Enum, nil)
	}
}
