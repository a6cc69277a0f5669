package mcpserver

import (
	"context"
	"fmt"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

const (
	defaultPage  = 50  // todos or changes that a list returns if no limit is given
	historyOfOne = 10  // changes that getTodo shows
	maxNames     = 100 // lists, and tags, that getOverview names
)

type page struct {
	Todos      []item `json:"todos"`
	Total      int    `json:"total"`
	NextCursor string `json:"nextCursor,omitempty"`
	present
}

func listTodos(ctx context.Context, c caller, a args) (answer, error) {
	q := todo.Query{
		Status: todo.Status(a.text("status")), Text: a.text("query"), Due: a.text("due"), List: a.text("list"), Tag: a.text("tag"),
		Priority: a.text("priority"), ParentID: a.text("parentID"), Sort: todo.Sort(a.text("sort")),
		Limit: a.number("limit", defaultPage), Cursor: a.text("cursor"),
	}
	if q.Status == "" {
		q.Status = todo.StatusOpen
	}
	p, err := c.svc.List(ctx, c.ns, c.actor, q)
	if err != nil {
		return answer{}, err
	}
	r := page{Todos: make([]item, len(p.Todos)), Total: p.Total, NextCursor: p.NextCursor, present: c.present()}
	for i, t := range p.Todos {
		r.Todos[i] = c.item(t)
		if q.Status == todo.StatusTrash {
			r.Todos[i].Deleted = false // all are
		}
	}
	return answerOf(r, pageWords(p))
}

func pageWords(p todo.Page) string {
	total := fmt.Sprint(p.Total)
	if p.Total >= todo.MaxTotal {
		total += " or more"
	}
	s := fmt.Sprintf("%d of %s.", len(p.Todos), total)
	if p.Total == 0 {
		s = "No TODOs match."
	}
	if p.NextCursor != "" {
		s += " For more, call again with nextCursor."
	}
	return s
}

type oneTodo struct {
	Todo     item    `json:"todo"`
	Subtasks []brief `json:"subtasks,omitempty"`
	History  []event `json:"history,omitempty"`
}

// event is one change in a todo's history.
type event struct {
	ChangeID string    `json:"changeID"`
	At       string    `json:"at"`
	By       string    `json:"by"`
	Action   todo.Kind `json:"action"`
}

func getTodo(ctx context.Context, c caller, a args) (answer, error) {
	id := cleanID(a.text("todoID"))
	t, err := c.svc.Get(ctx, c.ns, c.actor, id)
	if err != nil {
		return answer{}, c.explained(ctx, err, id)
	}
	r := oneTodo{Todo: c.item(t)}
	r.Todo.Notes, r.Todo.HasNotes = t.Notes, false
	r.Todo.CreatedAt, r.Todo.UpdatedAt, r.Todo.CreatedBy = c.local(t.CreatedAt), c.local(t.UpdatedAt), t.CreatedBy
	if t.Subtasks.Total > 0 {
		children, err := c.svc.List(ctx, c.ns, c.actor, todo.Query{Status: todo.StatusAll, ParentID: id, Limit: todo.MaxSubtasks})
		if err != nil {
			return answer{}, err
		}
		for _, s := range children.Todos {
			r.Subtasks = append(r.Subtasks, brief{s.ID, s.Text, s.Completed})
		}
	}
	past, err := c.svc.History(ctx, c.ns, c.actor, todo.HistoryQuery{TodoID: id, Limit: historyOfOne})
	if err != nil {
		return answer{}, err
	}
	for _, change := range past.Changes {
		r.History = append(r.History, event{change.ID(), c.local(change.At), change.By, change.Kind})
	}
	return answerOf(r, c.stateWords(t))
}

// stateWords says in a line how a todo stands.
func (c caller) stateWords(t todo.Todo) string {
	state := "open"
	switch {
	case t.Deleted():
		state = "in the trash; " + restoring(t)
	case t.Completed:
		state = "completed " + t.CompletedAt.In(c.clock.Zone).Format("Mon 2006-01-02")
	}
	s := fmt.Sprintf("%s is %s", quote(t.Text), state)
	if t.Due != "" {
		s += ", due " + c.human(t)
	}
	if t.Repeat != "" {
		s += ", repeats " + words(t.Repeat)
	}
	return s + "."
}

type overview struct {
	present
	Open           int    `json:"open"`
	Overdue        int    `json:"overdue"`
	DueToday       int    `json:"dueToday"`
	CompletedToday int    `json:"completedToday"`
	Lists          []name `json:"lists"`
	Tags           []name `json:"tags"`
}

// name is a list or a tag in use.
type name struct {
	Name string `json:"name"`
	Open int    `json:"open"`
}

func getOverview(ctx context.Context, c caller, _ args) (answer, error) {
	o, err := c.svc.Overview(ctx, c.ns, c.actor)
	if err != nil {
		return answer{}, err
	}
	r := overview{
		present: c.present(), Open: o.Open, Overdue: o.Overdue, DueToday: o.DueToday, CompletedToday: o.CompletedToday,
		Lists: names(o.Lists), Tags: names(o.Tags),
	}
	return answerOf(r, fmt.Sprintf("%d open, %d of them overdue and %d due today; %d completed today. listTodos has the TODOs.", o.Open, o.Overdue, o.DueToday, o.CompletedToday))
}

// names leaves out what is archived, as the lists do.
func names(all []todo.Name) []name {
	shown := []name{}
	for _, n := range all {
		if n.Archived || len(shown) == maxNames {
			continue
		}
		if n.Name == "" {
			n.Name = todo.Inbox
		}
		shown = append(shown, name{n.Name, n.Open})
	}
	return shown
}

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

// moment reads one end of a span of time. The end of a date is that of its day.
func (c caller) moment(field, text string, end bool) (time.Time, error) {
	due, err := when.Parse(text, c.clock)
	if err != nil {
		return time.Time{}, badDate(field, err)
	}
	if due.IsZero() {
		return time.Time{}, nil
	}
	t := due.Instant(c.clock.Zone)
	if end && !due.HasTime() {
		y, m, d := t.Date()
		t = time.Date(y, m, d+1, 0, 0, 0, 0, c.clock.Zone)
	}
	return t, nil
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
		if q.TodoID != "" && edit.After.ID != q.TodoID || edit.Follows && edit.Before == nil || q.Kind == todo.Completed && !completes(edit) {
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

func completes(e todo.Revision) bool {
	return e.After.Completed && (e.Before == nil || !e.Before.Completed)
}

// cleanID returns the id in what a model gives for one: it may be a resource's URI.
func cleanID(id string) string {
	return strings.TrimPrefix(strings.TrimSpace(id), uriTodo)
}
