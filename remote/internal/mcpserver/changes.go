package mcpserver

import (
	"context"
	"fmt"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

type history struct {
	Changes    []pastChange `json:"changes"`
	NextCursor string       `json:"nextCursor,omitempty"`
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
	if q.Since, err = c.moment("since", a.text("since"), false); err != nil {
		return answer{}, err
	}
	if q.Until, err = c.moment("until", a.text("until"), true); err != nil {
		return answer{}, err
	}
	p, err := c.svc.History(ctx, c.ns, c.actor, q)
	if err != nil {
		return answer{}, err
	}
	r := history{Changes: []pastChange{}, NextCursor: p.NextCursor}
	for _, change := range p.Changes {
		r.Changes = append(r.Changes, c.past(change, q, maxRows/max(1, len(p.Changes)))...)
	}
	s := fmt.Sprintf("%d changes.", len(p.Changes))
	if p.NextCursor != "" {
		s += " For older ones, call again with nextCursor."
	}
	return answerOf(r, s)
}

// moment reads one end of a span of time. The end of a date is that of its day, and
// of a week or month that of its last.
func (c caller) moment(field, text string, end bool) (time.Time, error) {
	if from, to, ok := c.span(text); ok {
		if end {
			return to, nil
		}
		return from, nil
	}
	due, err := when.Parse(text, c.clock)
	if err != nil {
		return time.Time{}, badDate(field, err)
	}
	if due.IsZero() {
		return time.Time{}, nil
	}
	t := due.Instant(c.clock.Zone)
	if end && !due.HasTime() {
		t = c.day(t, 1)
	}
	return t, nil
}

// span returns what words about the past cover, which a due date never is: this or
// last week or month, last monday.
func (c caller) span(text string) (from, to time.Time, ok bool) {
	which, unit, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), " ")
	if which != "last" && which != "this" {
		return from, to, false
	}
	back := 0
	if which == "last" {
		back = 1
	}
	today := c.clock.Now
	switch unit {
	case "week":
		first := c.day(today, -(int(today.Weekday()-c.clock.WeekStart)+7)%7-7*back)
		return first, c.day(first, 7), true
	case "month":
		first := time.Date(today.Year(), today.Month()-time.Month(back), 1, 0, 0, 0, 0, c.clock.Zone)
		return first, first.AddDate(0, 1, 0), true
	}
	for day := 1; day <= 7 && which == "last"; day++ {
		if d := c.day(today, -day); strings.ToLower(d.Weekday().String()) == unit {
			return d, c.day(d, 1), true
		}
	}
	return from, to, false
}

// day returns when the day begins that is some after that of t.
func (c caller) day(t time.Time, after int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+after, 0, 0, 0, 0, c.clock.Zone)
}

const (
	maxRows = 400 // of listChanges, about
	minRows = 3   // of one change
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
	if most = max(most, minRows); len(rows) > most {
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
