package rest

import (
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

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
	body    *content  // nil: none
	bodies  []content // the same in other media types
	status  int       // when it goes well
	answer  content
	other   []content    // of the same answer in other media types
	also    *alternative // another answer, when it also goes well
	answers []parameter  // headers of the answer
	fails   []int        // statuses, beyond those that every operation can have
	topic   string
}

// alternative is another good answer.
type alternative struct {
	status int
	doc    string
	answer content
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
	return slices.Concat(
		about(topicTodos, todoReadings(), todoWritings(), todoActions()),
		about(topicLists, listOperations(), tagOperations(), overviewOperations()),
		about(topicChanges, changeOperations(), eventOperations()),
		about(topicFiles, fileOperations()),
		about(topicAccount, meOperations(), accountOperations()),
	)
}

// The topics under which the document lists operations.
const (
	topicTodos   = "Todos"
	topicLists   = "Lists and tags"
	topicChanges = "Changes"
	topicFiles   = "Files"
	topicAccount = "Account"
)

// topics says what there is below each topic, in the document's order.
func topics() []*huma.Tag {
	return []*huma.Tag{
		{Name: topicTodos, Description: "Read, add, change, move, complete and delete todos."},
		{Name: topicLists, Description: "Lists and tags are made by use: one is there as long as a todo is in it."},
		{Name: topicChanges, Description: "What was changed, by whom, and how to take it back."},
		{Name: topicFiles, Description: "Take todos out, and bring others in, in the formats of other programs."},
		{Name: topicAccount, Description: "The person: settings, personal access tokens, the calendar feed, webhooks."},
	}
}

func about(topic string, groups ...[]operation) []operation {
	all := slices.Concat(groups...)
	for i := range all {
		all[i].topic = topic
	}
	return all
}

func jsonMedia() []string { return []string{mediaJSON} }

// writeFails returns the statuses with which any write may fail, and more.
func writeFails(more ...int) []int {
	return append(more, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInsufficientStorage)
}

func limitParameter(of string) parameter {
	return parameter{name: "limit", doc: "How many " + of + ".", example: 50, min: 1, max: todo.MaxPage}
}

func cursorParameter(with string) parameter {
	return parameter{name: "cursor", doc: "`nextCursor` of the page before, " + with + ".", example: "b3BlbgpoMDAwMDAwMCBrN3htM3EyYQ"}
}

func linkHeader() parameter {
	return parameter{name: "Link", doc: "The next page, as `rel=\"next\"` (RFC 8288); absent on the last one.", example: `</api/todos?cursor=b3BlbgpoMDAwMDAwMCBrN3htM3EyYQ&limit=50>; rel="next"`}
}

// flagParameter is a yes or no.
func flagParameter(name, doc string) parameter {
	return parameter{name: name, doc: doc, example: "1", values: []string{"1", "true", "0", "false"}}
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

func createdHeaders() []parameter {
	return append(changedHeaders(), etagHeader("the new todo's revision"), parameter{name: "Location", doc: "The new todo's path.", example: "/api/todos/k7xm3q2a"})
}

func changedHeaders() []parameter {
	return []parameter{replayed(), {name: "Preference-Applied", doc: "`return=minimal` if the list was left out.", example: api.PreferMinimal}}
}
