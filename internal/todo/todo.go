// Package todo is the domain: todos, the changes made to them, who may make
// them, and the Service in which every rule lives. REST, MCP, the browser pages
// and every store are written against it.
//
// It imports nothing of ours but package when, and must never know of HTTP, MCP, a database or an
// identity provider. Todo text is data here as everywhere: it is stored and
// returned byte for byte and is never interpreted.
package todo

import (
	"crypto/rand"
	"reflect"
	"slices"
	"time"
)

// Namespace says whose list a todo is in: a user's id, or an organization's.
// It is always an explicit parameter; nothing fishes it out of a context.
type Namespace string

// Limits that every surface shares.
const (
	MaxText       = 500                 // characters (runes) of Todo.Text
	MaxNotes      = 16 << 10            // bytes of Todo.Notes
	MaxBatch      = 500                 // items in one request
	MaxPage       = 200                 // todos on one page
	MaxImport     = 10_000              // todos in one import
	MaxOpen       = 200_000             // open todos in one namespace: CodeQuota beyond
	MaxTags       = 20                  // tags of one todo
	MaxName       = 60                  // characters (runes) of a list's or a tag's name
	MaxSubtasks   = 200                 // subtasks of one todo
	MaxKey        = 255                 // bytes of an idempotency key
	Retention     = 30 * 24 * time.Hour // how long the journal and the trash are kept
	KeyRetention  = 24 * time.Hour      // how long an idempotency key is remembered
	TimePrecision = time.Millisecond    // times are UTC and truncated to this
)

// Todo is one entry of a list. It is also its own wire form: REST, MCP and the
// terminal's --json show exactly these members (design.md §3).
type Todo struct {
	ID          string    `json:"id"`
	Text        string    `json:"text"`
	Notes       string    `json:"notes,omitempty"`
	Completed   bool      `json:"completed"`
	CompletedAt time.Time `json:"completedAt,omitzero"`
	Due         string    `json:"due,omitempty"`      // "2026-11-27", or with a time "2026-11-27T17:00:00+01:00" (RFC 3339)
	Timezone    string    `json:"timezone,omitempty"` // IANA name of the zone Due's time was meant in; only with a time
	Repeat      string    `json:"repeat,omitempty"`   // RFC 5545 RRULE without DTSTART: "FREQ=WEEKLY;BYDAY=MO"
	Priority    Priority  `json:"priority,omitempty"`
	List        string    `json:"list,omitempty"` // "" is the inbox
	Tags        []string  `json:"tags,omitempty"` // lower case, sorted, without "#"
	ParentID    string    `json:"parentID,omitempty"`
	Subtasks    Progress  `json:"subtasks,omitzero"` // counted when read, never stored
	UID         string    `json:"uid,omitempty"`     // of the program it was imported from
	Position    string    `json:"position"`          // fractional rank: ascending bytes are the manual order
	CreatedAt   time.Time `json:"createdAt"`
	CreatedBy   string    `json:"createdBy"`
	UpdatedAt   time.Time `json:"updatedAt"`
	UpdatedBy   string    `json:"updatedBy"`
	DeletedAt   time.Time `json:"deletedAt,omitzero"`
	Rev         uint64    `json:"rev"` // namespace revision of its last change
}

// Priority is how much a todo matters.
type Priority string

// The priorities.
const (
	PriorityNone   Priority = ""
	PriorityLow    Priority = "low"
	PriorityMedium Priority = "medium"
	PriorityHigh   Priority = "high"
)

// Inbox is how people name the list of todos that are in none. No case matters.
const Inbox = "Inbox"

// Progress counts a todo's subtasks that are not in the trash.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// Equal reports whether the two are the same in every member.
func (t Todo) Equal(u Todo) bool {
	same := slices.Equal(t.Tags, u.Tags)
	t.Tags, u.Tags = nil, nil
	return same && reflect.DeepEqual(t, u)
}

// Deleted reports whether the todo is in the trash.
func (t Todo) Deleted() bool { return !t.DeletedAt.IsZero() }

const (
	idLength = 8
	// Crockford's base32 in lower case: no i, l, o or u to be misread.
	idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	idLetters  = "abcdefghjkmnpqrstvwxyz"
)

// newID returns a random id: eight characters, letter first, so that it is a
// word to a shell, a spreadsheet and a language model alike.
func newID() string {
	var b [idLength]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	id := make([]byte, idLength)
	id[0] = idLetters[int(b[0])%len(idLetters)]
	for i := 1; i < idLength; i++ {
		id[i] = idAlphabet[int(b[i])%len(idAlphabet)]
	}
	return string(id)
}
