package api

import "todo.example/internal/todo"

// Create is the body of POST /api/todos. Text is another name for TodoText, which
// is the sample's. What the other members may say is todo.New's.
type Create struct {
	TodoText string   `json:"todoText,omitempty"`
	Text     string   `json:"text,omitempty"`
	Notes    string   `json:"notes,omitempty"`
	Due      string   `json:"due,omitempty"`
	Repeat   string   `json:"repeat,omitempty"`
	Priority string   `json:"priority,omitempty"`
	List     string   `json:"list,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	ParentID string   `json:"parentID,omitempty"`
	Position string   `json:"position,omitempty"`
}

// NewCreate returns the wire form of a todo to be made.
func NewCreate(n todo.New) Create {
	return Create{TodoText: n.Text, Notes: n.Notes, Due: n.Due, Repeat: n.Repeat, Priority: n.Priority, List: n.List, Tags: n.Tags, ParentID: n.ParentID, Position: n.Position}
}

// Move is the body of POST /api/todos/{id}/move. List "" is left out: the inbox is
// todo.Inbox. At most one of Position, Before and After says where.
type Move struct {
	List     string  `json:"list,omitempty"`
	ParentID *string `json:"parentID,omitempty"` // "" takes the todo out of its parent
	Position string  `json:"position,omitempty"` // top, bottom, before:ID or after:ID
	Before   string  `json:"before,omitempty"`   // the id of a todo: another way to say before:ID
	After    string  `json:"after,omitempty"`
}

// Batch is the body of POST /api/todos/batch: at most todo.MaxBatch operations,
// done in order, as one change.
type Batch struct {
	Operations []Operation `json:"operations"`
	Atomic     bool        `json:"atomic,omitempty"` // one that fails sinks them all
}

// Operation is one operation of a batch. With todo.OpCreate the members are those of
// Create, with todo.OpUpdate those of a patch, with all others ID alone.
type Operation struct {
	Op todo.OpKind `json:"op"`
	ID string      `json:"id,omitempty"` // in place of the patch's, which a create leaves out
	todo.Patch
}

// NewOperation returns the wire form of an operation.
func NewOperation(o todo.Op) Operation {
	w := Operation{Op: o.Op, ID: o.ID}
	switch n := o.New; o.Op {
	case todo.OpUpdate:
		w.Patch = o.Patch
	case todo.OpCreate:
		w.Patch = todo.Patch{Text: &n.Text, Position: n.Position}
		for _, member := range []struct {
			to   **string
			from string
		}{{&w.Notes, n.Notes}, {&w.Due, n.Due}, {&w.Repeat, n.Repeat}, {&w.Priority, n.Priority}, {&w.List, n.List}, {&w.ParentID, n.ParentID}} {
			if member.from != "" {
				*member.to = &member.from
			}
		}
		if len(n.Tags) > 0 {
			w.Tags = &n.Tags
		}
	}
	w.Patch.ID = ""
	return w
}

// Batched answers a batch. ChangeID is empty if nothing had to change.
type Batched struct {
	Results  []Result `json:"results"`
	ChangeID string   `json:"changeID,omitempty"`
}

// Result is what became of one operation of a batch.
type Result struct {
	Index   int          `json:"index"`  // of the operation
	Status  int          `json:"status"` // what the operation alone would have been answered with
	Changed bool         `json:"changed"`
	Todo    *todo.Todo   `json:"todo,omitempty"`
	Error   *ItemProblem `json:"error,omitempty"`
}

// ItemProblem is what a Problem says, of one operation.
type ItemProblem struct {
	Detail string       `json:"detail"`
	Code   todo.Code    `json:"code"`
	Hint   string       `json:"hint,omitempty"`
	Errors []FieldError `json:"errors,omitempty"`
}

// NewItemProblem returns the public part of an error.
func NewItemProblem(err error) *ItemProblem {
	p := NewProblem(err, "")
	return &ItemProblem{Detail: p.Detail, Code: p.Code, Hint: p.Hint, Errors: p.Errors}
}

// Err turns the problem back into the error it was made of.
func (p ItemProblem) Err() error {
	return Problem{Detail: p.Detail, Code: p.Code, Hint: p.Hint, Errors: p.Errors}.Err()
}

// QuickAdd is the body of POST /api/quickadd.
type QuickAdd struct {
	Text string `json:"text"`
}

// Draft is how a text was understood, and the todo that would be made of it: the
// answer of a quick add that is only tried out.
type Draft struct {
	Text     string        `json:"text"`
	Notes    string        `json:"notes,omitempty"`
	Due      string        `json:"due,omitempty"`
	Timezone string        `json:"timezone,omitempty"`
	Repeat   string        `json:"repeat,omitempty"`
	Priority todo.Priority `json:"priority,omitempty"`
	List     string        `json:"list,omitempty"`
	Tags     []string      `json:"tags,omitempty"`
}

// NewDraft returns the wire form of a todo that is not made.
func NewDraft(t todo.Todo) Draft {
	return Draft{Text: t.Text, Notes: t.Notes, Due: t.Due, Timezone: t.Timezone, Repeat: t.Repeat, Priority: t.Priority, List: t.List, Tags: t.Tags}
}

// EditName is the body of PATCH on a list or a tag: one of the two.
type EditName struct {
	Name     string `json:"name,omitempty"`     // the new name; if it is in use, the two become one
	Archived *bool  `json:"archived,omitempty"` // lists only
}

// NameEdited answers a change to a list or a tag.
type NameEdited struct {
	ChangeID string `json:"changeID,omitempty"` // empty: nothing had to change
	Changed  bool   `json:"changed"`
	Count    int    `json:"count"` // todos that were changed
}

// NewNameEdited returns the answer to a change of a list or a tag.
func NewNameEdited(c todo.Change) NameEdited {
	return NameEdited{ChangeID: c.ID(), Changed: c.Rev > 0, Count: len(c.Edits)}
}
