package todo

import (
	"strconv"
	"strings"
	"time"
)

// Kind says what a change did.
type Kind string

// The kinds of change.
const (
	Created   Kind = "created"
	Updated   Kind = "updated"
	Completed Kind = "completed"
	Reopened  Kind = "reopened"
	Deleted   Kind = "deleted"
	Restored  Kind = "restored"
	Undone    Kind = "undone"
	Imported  Kind = "imported"
)

// Kinds returns the kinds of change.
func Kinds() []Kind {
	return []Kind{Created, Updated, Completed, Reopened, Deleted, Restored, Undone, Imported}
}

// Change is one entry of the journal: everything that one request did, in one
// transaction. A batch is one change.
type Change struct {
	Rev       uint64     `json:"rev"` // the namespace's revision after it; 0: nothing was changed
	Kind      Kind       `json:"kind"`
	At        time.Time  `json:"at"`
	By        string     `json:"by"`
	Subject   string     `json:"subject"`
	ClientID  string     `json:"clientID,omitempty"`
	Edits     []Revision `json:"edits,omitempty"`
	Marks     []MarkEdit `json:"marks,omitempty"`     // what it changed besides todos, such as a list's being archived
	Unchanged []Todo     `json:"unchanged,omitempty"` // named by the request, and already as asked
	Failures  []Failure  `json:"failures,omitempty"`  // items of a batch that did not go through
	Undoes    uint64     `json:"undoes,omitempty"`    // the revision this one reverses
	UndoneBy  uint64     `json:"undoneBy,omitempty"`  // the revision that reversed this one
	Open      int        `json:"open"`                // open todos after it
	Replayed  bool       `json:"-"`                   // a retry's: the change was made, and answered, before
}

// Revision is one todo before and after a change. Before is nil where the change
// made it.
type Revision struct {
	Before *Todo `json:"before,omitempty"`
	After  Todo  `json:"after"`
	Item   int   `json:"item,omitempty"` // index of the request's item that led to it
	// Follows marks what the item was not about but brought along: the next of a
	// repeating todo, a parent's subtasks.
	Follows bool `json:"follows,omitempty"`
}

// was returns the todo before the change; the zero Todo if the change made it.
func (e Revision) was() Todo {
	if e.Before == nil {
		return Todo{}
	}
	return *e.Before
}

// MarkEdit changes one of the small things that a namespace remembers besides its
// todos. "" is absence.
type MarkEdit struct {
	Key    string `json:"key"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Failure is one item of a batch that did not go through.
type Failure struct {
	Item    int    `json:"item"` // its index in the request
	ID      string `json:"id,omitempty"`
	Code    Code   `json:"code"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func failure(item int, id string, err error) Failure {
	e := AsError(err)
	return Failure{Item: item, ID: id, Code: e.Code, Field: e.Field, Message: e.Message, Hint: e.Hint}
}

// Err turns the failure back into an error.
func (f Failure) Err() error {
	return &Error{Code: f.Code, Field: f.Field, Message: f.Message, Hint: f.Hint}
}

// ID is how people and programs name a change: "c" and its revision. Empty for a
// change that changed nothing.
func (c Change) ID() string {
	if c.Rev == 0 {
		return ""
	}
	return "c" + strconv.FormatUint(c.Rev, 10)
}

// ParseChangeID returns the revision that a change's ID names.
func ParseChangeID(id string) (uint64, error) {
	digits, ok := strings.CutPrefix(id, "c")
	rev, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || rev == 0 || digits[0] == '0' {
		return 0, invalid("changeID", "a change id looks like c812; every write answers with one", "%q is not a change id", id)
	}
	return rev, nil
}

// Todos returns what the change left of the todos it was about, in the order of the
// request's items: the changed ones, then those that already were as asked. What
// they brought along is only in Edits.
func (c Change) Todos() []Todo {
	todos := make([]Todo, 0, len(c.Edits)+len(c.Unchanged))
	for _, e := range c.Edits {
		if !e.Follows {
			todos = append(todos, e.After)
		}
	}
	return append(todos, c.Unchanged...)
}

// Next returns the todo that completing a repeating one made, if any.
func (c Change) Next() (Todo, bool) {
	for _, e := range c.Edits {
		if e.Follows && e.Before == nil {
			return e.After, true
		}
	}
	return Todo{}, false
}

// Item returns what became of one item of a batch: its todo, and whether that was
// changed, or why it failed.
func (c Change) Item(i int) (t Todo, changed bool, err error) {
	same := i
	for _, e := range c.Edits {
		if e.Item == i && !e.Follows {
			return e.After, true, nil
		}
		if e.Item < i && !e.Follows {
			same--
		}
	}
	for _, f := range c.Failures {
		if f.Item == i {
			return Todo{}, false, f.Err()
		}
		if f.Item < i {
			same--
		}
	}
	if same < 0 || same >= len(c.Unchanged) {
		return Todo{}, false, ErrNotFound
	}
	return c.Unchanged[same], false, nil
}

// One returns the todo of a request that named exactly one, or why it failed.
func (c Change) One() (Todo, error) {
	if len(c.Failures) > 0 {
		return Todo{}, c.Failures[0].Err()
	}
	return c.Todos()[0], nil
}
