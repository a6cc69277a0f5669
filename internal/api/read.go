package api

import (
	"time"

	"todo.example/internal/todo"
)

// Lists answers GET /api/lists: the inbox first, archived ones last.
type Lists struct {
	Lists []todo.Name `json:"lists"`
}

// Tags answers GET /api/tags.
type Tags struct {
	Tags []todo.Name `json:"tags"`
}

// Overview is a list at a glance, and the moment it was taken in the person's zone.
type Overview struct {
	Now            time.Time   `json:"now"`      // with the zone's offset
	Timezone       string      `json:"timezone"` // IANA name
	Open           int         `json:"open"`
	Overdue        int         `json:"overdue"`
	DueToday       int         `json:"dueToday"`
	CompletedToday int         `json:"completedToday"`
	Lists          []todo.Name `json:"lists"`
	Tags           []todo.Name `json:"tags"`
}

// NewOverview returns the wire form of an overview taken at now, which is in the
// person's zone.
func NewOverview(o todo.Overview, now time.Time) Overview {
	return Overview{
		Now: now.Truncate(time.Second), Timezone: now.Location().String(),
		Open: o.Open, Overdue: o.Overdue, DueToday: o.DueToday, CompletedToday: o.CompletedToday,
		Lists: o.Lists, Tags: o.Tags,
	}
}

// History is a page of what was changed, newest first. It may be short, even empty,
// and yet have a NextCursor.
type History struct {
	Changes    []Change `json:"changes"`
	NextCursor string   `json:"nextCursor,omitempty"`
}

// MaxImportBytes is how long a file to import may be. Other bodies are shorter.
const MaxImportBytes = 16 << 20

// Imported says what an import did or, of a dry run, would do.
type Imported struct {
	ChangeID string      `json:"changeID,omitempty"` // empty: nothing was imported
	Created  int         `json:"created"`
	Skipped  int         `json:"skipped"`         // already in the list
	Failed   int         `json:"failed"`          // not valid, and left out
	Lines    []LineError `json:"lines,omitempty"` // what is wrong with the file, in its order
	DryRun   bool        `json:"dryRun,omitempty"`
}

// LineError is what is wrong with one line of a file.
type LineError struct {
	Line    int    `json:"line"` // where its todo begins, from 1; 0: the file as a whole
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Kept says that the todo is imported all the same, without what is amiss.
	Kept bool `json:"kept,omitempty"`
	// Lost says that this is something that the todo would have in its notes only,
	// like a date that nobody understands: it wants to be asked for, too.
	Lost bool `json:"lost,omitempty"`
}
