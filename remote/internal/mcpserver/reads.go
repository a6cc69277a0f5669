package mcpserver

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"todo.example/internal/todo"
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
	Hint       string `json:"hint,omitempty"` // why nothing was found
	present
}

func listTodos(ctx context.Context, c caller, a args) (answer, error) {
	q := todo.Query{
		Status: todo.Status(a.text("status")), Text: a.text("query"), Due: a.text("due"), List: a.text("list"), Tag: a.text("tag"),
		Priority: a.text("priority"), ParentID: cleanID(a.text("parentID")), Sort: todo.Sort(a.text("sort")),
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
	if p.Total == 0 {
		if r.Hint, err = c.unmatched(ctx, q); err != nil {
			return answer{}, err
		}
	}
	for i, t := range p.Todos {
		r.Todos[i] = c.item(t)
		if q.Status == todo.StatusTrash {
			r.Todos[i].Deleted = false // all are
		}
	}
	return answerOf(r, strings.TrimSuffix(pageWords(p)+" "+r.Hint, " "))
}

// unmatched says why a query may have found nothing: there is no such list or tag. A
// parent that is not there is an error.
func (c caller) unmatched(ctx context.Context, q todo.Query) (string, error) {
	if q.ParentID != "" {
		if _, err := c.svc.Get(ctx, c.ns, c.actor, q.ParentID); err != nil {
			return "", c.explained(ctx, as("parentID", err), q.ParentID)
		}
	}
	hint, err := unknownName("list", q.List, todo.FoldList, func() ([]todo.Name, error) { return c.svc.Lists(ctx, c.ns, c.actor) })
	if hint == "" && err == nil {
		hint, err = unknownName("tag", q.Tag, todo.FoldTag, func() ([]todo.Name, error) { return c.svc.Tags(ctx, c.ns, c.actor) })
	}
	return hint, err
}

// unknownName says that a name is none of those there are, "" if it is one.
func unknownName(kind, given string, fold func(string) string, all func() ([]todo.Name, error)) (string, error) {
	if given == "" || strings.EqualFold(given, clearing) {
		return "", nil
	}
	known, err := all()
	if err != nil || slices.ContainsFunc(known, func(n todo.Name) bool { return fold(n.Name) == fold(given) }) {
		return "", err
	}
	shown := []string{}
	for _, n := range names(known) {
		shown = append(shown, quote(n.Name))
	}
	return fmt.Sprintf("There is no %s %s; there are: %s.", kind, quote(cut(given)), cmp.Or(strings.Join(shown, ", "), clearing)), nil
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
	return answerOf(r, c.stateWords(ctx, t))
}

// stateWords says in a line how a todo stands.
func (c caller) stateWords(ctx context.Context, t todo.Todo) string {
	state, then := "open", ""
	switch {
	case t.Deleted():
		state, then = "in the trash", " "+c.restoring(ctx, t)+"."
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
	return s + "." + then
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
	s := fmt.Sprintf("%d open, %d of them overdue and %d due today; %d completed today. listTodos has the TODOs.", o.Open, o.Overdue, o.DueToday, o.CompletedToday)
	if c.actor.Zone == nil {
		s += " The user's time zone is not known: dates are read in UTC until it is in the app's settings."
	}
	return answerOf(r, s)
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

// cleanID returns the id in what a model gives for one: it may be a resource's URI.
func cleanID(id string) string {
	return strings.TrimPrefix(strings.TrimSpace(id), uriTodo)
}
