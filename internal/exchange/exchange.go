// Package exchange turns todos into other programs' formats and back: JSON, CSV
// and TSV, todo.txt, iCalendar and Markdown, and what Todoist and Taskwarrior
// export. docs/import-export.md says what each of them can carry.
//
// It is pure: bytes in, todos out, and back. It has no network, no clock of its
// own, and no say in what a valid todo is: that is todo.Service.Import's. Text is
// data in every format: a reader interprets no more of it than the format does,
// and a writer escapes what a spreadsheet, a calendar or a renderer would run.
package exchange

import (
	"fmt"
	"io"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// Limits of what is read. All of it is held in memory.
const (
	MaxBytes  = 16 << 20  // of a file: CodeTooLarge beyond
	maxLine   = 256 << 10 // bytes of a line, a JSON item or an iCalendar property, which notes of todo.MaxNotes never reach
	maxErrors = 1000      // broken lines after which a file is taken for something else
)

// Options of both directions.
type Options struct {
	Now    time.Time      // what relative dates in a file are relative to, and when an export was made
	Zone   *time.Location // for times that name none and dates without a time; nil: UTC
	Events bool           // iCalendar only: dated todos as events, for calendars that show no todos
	Name   string         // written: what the whole is called; read: the list of todos that name none
}

// zone returns a zone that has a name, so that a todo can say it.
func (o Options) zone() *time.Location {
	if o.Zone == nil || o.Zone.String() == "Local" || o.Zone.String() == "" {
		return time.UTC
	}
	return o.Zone
}

func (o Options) clock() when.Clock {
	return when.Clock{Now: o.Now, Zone: o.zone(), WeekStart: time.Monday}
}

// Write writes todos in their order, one after the other. Subtasks name parents
// that are among them, and no others.
func Write(w io.Writer, f Format, todos []todo.Todo, o Options) error {
	for _, info := range formats {
		if info.Format == f && info.write != nil {
			return info.write(w, todos, o)
		}
	}
	return unknown(string(f), Writable())
}

// Read reads the todos of a file, in its order. A line that is no todo is in the
// LineErrors and the others are returned: whether to go on is the caller's choice.
// The error is for a file that cannot be read at all: not UTF-8, over MaxBytes or
// todo.MaxImport, or nothing of what the format says.
func Read(r io.Reader, f Format, o Options) ([]todo.Import, []LineError, error) {
	for _, info := range formats {
		if info.Format != f || info.read == nil {
			continue
		}
		text, err := readAll(r, f == ICS)
		if err != nil {
			return nil, nil, err
		}
		c := &collector{Options: o}
		info.read(text, c)
		if c.fatal != nil {
			return nil, c.errors, c.fatal
		}
		return c.finish(), c.errors, nil
	}
	return nil, nil, unknown(string(f), Readable())
}

func unknown(name string, names []string) error {
	return &todo.Error{
		Code: todo.CodeInvalid, Field: "format",
		Message: fmt.Sprintf("%q is not a format", name),
		Hint:    "use one of " + strings.Join(names, ", "),
	}
}
