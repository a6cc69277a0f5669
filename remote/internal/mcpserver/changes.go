package mcpserver

import (
	"context"
	"time"

	"todo.example/internal/todo"
)

type history struct {
	Changes    []pastChange `json:"changes"`
	NextCursor string       `json:"nextCursor,omitempty"`
	Since      string       `json:"since,omitempty"` // as it was understood
	Until      string       `json:"until,omitempty"`
}

// pastChange is one todo of one change.
type pastChange struct {
	event
	TodoID string `json:"todoID,omitempty"`
	Text   string `json:"text,omitempty"`
	Undone bool   `json:"undone,omitempty"`
	More   int    `json:"more,omitempty"` // todos of the same change that are not listed
}

func listChanges(ctx context.Context, c caller, a args) (answer, error) {
	q := todo.HistoryQuery{
		Kind: todo.Kind(a.text("action")), By: a.text("by"), TodoID: cleanID(a.text("todoID")),
		Limit: a.number("limit", defaultPage), Cursor: a.text("cursor"),
	}
	var err error
	if q.Since, q.Until, err = c.period(a.text("since"), a.text("until")); err != nil {
		return answer{}, err
	}
	p, err := c.svc.History(ctx, c.ns, c.actor, q)
	if err != nil {
		return answer{}, c.explained(ctx, err, q.TodoID)
	}
	r := history{Changes: []pastChange{}, NextCursor: p.NextCursor, Since: c.local(q.Since), Until: c.local(q.Until)}
	for _, change := range p.Changes {
		r.Changes = append(r.Changes, c.past(change, q, maxRows/max(1, len(p.Changes)))...)
	}
	s := c.periodWords(len(p.Changes), q) + "."
	if p.NextCursor != "" {
		s += " For older ones, call again with nextCursor."
	}
	return answerOf(r, s)
}

// day returns when the day begins that is some after that of t.
func (c caller) day(t time.Time, after int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+after, 0, 0, 0, 0, c.clock.Zone)
}

const (
	maxRows  = 400 // of listChanges, about
	minRows  = 3   // of one change
	mostRows = 50  // of one change
)

// past returns the rows of a change: the todos that the query is about, and of a
// large one only the first.
func (c caller) past(change todo.Change, q todo.HistoryQuery, most int) []pastChange {
	e := event{change.ID(), c.local(change.At), change.By, change.Kind}
	if q.Kind != "" {
		e.Action = q.Kind
	}
	var rows []pastChange
	for _, edit := range change.Edits {
		if !concerns(edit, q) {
			continue
		}
		rows = append(rows, pastChange{event: e, TodoID: edit.After.ID, Text: edit.After.Text, Undone: change.UndoneBy != 0})
	}
	if len(rows) == 0 { // of a list, say, and no todo
		return []pastChange{{event: e, Undone: change.UndoneBy != 0}}
	}
	if most = min(max(most, minRows), mostRows); len(rows) > most {
		rows[most-1].More = len(rows) - most
		rows = rows[:most]
	}
	return rows
}

// concerns reports whether an edit is a row of what was asked: not one that only
// came along, such as a todo that made room for another.
func concerns(e todo.Revision, q todo.HistoryQuery) bool {
	switch {
	case q.TodoID != "":
		return e.After.ID == q.TodoID
	case q.Kind == todo.Completed:
		return completes(e)
	case e.Follows:
		return e.Before != nil && e.Before.View() != e.After.View()
	}
	return true
}

func completes(e todo.Revision) bool {
	return e.After.Completed && (e.Before == nil || !e.Before.Completed)
}
