// Package api is the wire that the server and its clients share: paths, bodies,
// and the one table that maps the error vocabulary of internal/todo to HTTP
// statuses and exit codes, in both directions.
//
// It holds no behaviour of either side and must never import one of them.
package api

import (
	"fmt"
	"time"

	"todo.example/internal/todo"
)

// Paths of the REST API, below the server's origin.
const (
	PathTodos    = "/api/todos"
	PathBatch    = "/api/todos/batch"
	PathQuickAdd = "/api/quickadd"
	PathLists    = "/api/lists"
	PathTags     = "/api/tags"
	PathOverview = "/api/overview"
	PathChanges  = "/api/changes"
	PathHistory  = "/api/history"
	PathEvents   = "/api/events"
	PathExport   = "/api/export"
	PathImport   = "/api/import"
	PathMe       = "/api/me"
	PathOpenAPI  = "/api/openapi.json"
	PathDocs     = "/api/docs"
)

// What may be done to one todo or one change, below its own path.
const (
	VerbComplete = "/complete"
	VerbReopen   = "/reopen"
	VerbRestore  = "/restore"
	VerbMove     = "/move"
	VerbUndo     = "/undo"
)

// LastChange stands, in a path, for the id of the caller's own last change that
// still stands.
const LastChange = "last"

// ETag is the entity tag (RFC 9110 §8.8.3) of a todo, or of a list, as of a revision.
func ETag(rev uint64) string { return fmt.Sprintf(`"r%d"`, rev) }

// Headers beyond net/http's.
const (
	HeaderIdempotencyKey = "Idempotency-Key"      // draft-ietf-httpapi-idempotency-key-header-07
	HeaderReplayed       = "Idempotency-Replayed" // "true" on an answer given before
	HeaderPrefer         = "Prefer"               // RFC 7240
	PreferMinimal        = "return=minimal"       // answer with the change, not the list
	HeaderRequestID      = "X-Request-Id"
)

// ClientCLI is the client name under which the terminal registers; what it writes
// is shown as made by ByCLI.
const (
	ClientCLI = "todo CLI"
	ByCLI     = "cli"
	ByWeb     = "web"
)

// Todos is a list, the sample's {"todos": […]} and more.
type Todos struct {
	Todos      []todo.Todo `json:"todos"`
	Total      int         `json:"total"`
	NextCursor string      `json:"nextCursor,omitempty"`
	Rev        uint64      `json:"rev"`
}

// Changed answers a write to one todo. Todos is the list, as the sample has it, up
// to a page of todo.MaxPage; NextCursor says that there is more. Both are absent
// where the client prefers return=minimal.
type Changed struct {
	Todos      []todo.Todo `json:"todos,omitzero"`
	NextCursor string      `json:"nextCursor,omitempty"`
	Todo       *todo.Todo  `json:"todo,omitempty"`
	Next       *todo.Todo  `json:"next,omitempty"`     // what completing a repeating todo made
	ChangeID   string      `json:"changeID,omitempty"` // empty: nothing had to change
	Changed    bool        `json:"changed"`
}

// Change is an entry of the journal as the wire shows it.
type Change struct {
	ChangeID string          `json:"changeID"`
	Rev      uint64          `json:"rev"`
	Kind     todo.Kind       `json:"kind"`
	At       time.Time       `json:"at"`
	By       string          `json:"by"`
	Todos    []todo.Todo     `json:"todos"`           // as the change left them
	Marks    []todo.MarkEdit `json:"marks,omitempty"` // what it changed besides todos, such as a list's being archived
	Undoes   string          `json:"undoes,omitempty"`
	UndoneBy string          `json:"undoneBy,omitempty"`
}

// NewChange returns the wire form of a journal entry.
func NewChange(c todo.Change) Change {
	w := Change{ChangeID: c.ID(), Rev: c.Rev, Kind: c.Kind, At: c.At, By: c.By, Todos: make([]todo.Todo, 0, len(c.Edits)), Marks: c.Marks}
	for _, e := range c.Edits {
		w.Todos = append(w.Todos, e.After)
	}
	w.Undoes = todo.Change{Rev: c.Undoes}.ID()
	w.UndoneBy = todo.Change{Rev: c.UndoneBy}.ID()
	return w
}

// EventPrefix begins the names of the events that are changes.
const EventPrefix = "todo."

// EventOf names the event of a change, in a stream and to a webhook: "todo.created".
func EventOf(k todo.Kind) string { return EventPrefix + string(k) }

// StreamResync is the event by which a stream tells a client to read the whole list
// again: changes that it has not seen are no longer in the journal.
const StreamResync = "resync"

// Changes is a part of the journal. Reset says that changes in between are gone
// and the whole list must be read again.
type Changes struct {
	Changes []Change `json:"changes"`
	Rev     uint64   `json:"rev"`
	Reset   bool     `json:"reset,omitempty"`
}

// Me is who is signed in.
type Me struct {
	Subject string   `json:"subject"`
	Email   string   `json:"email,omitempty"`
	Via     string   `json:"via"`              // "web" or "bearer"
	Client  string   `json:"client,omitempty"` // the connected app's name
	Scopes  []string `json:"scopes,omitempty"`
	Allowed []string `json:"allowed"` // read, create, edit, complete, delete

	Settings Settings `json:"settings"`
}
