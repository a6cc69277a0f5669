package todo

import (
	"slices"
	"time"
)

// Query asks for a page of the list. Its conditions combine with AND.
type Query struct {
	Status   Status
	Text     string // the query syntax of ParseQuery: words, tag:home, due:week, !high, -bread …
	Due      string // when.ParseRange: today, overdue, tomorrow, week, none, a date, a..b
	List     string // a name, or Inbox; archived lists' todos show only where they are named
	Tag      string // a name
	Priority string // high, medium, low or none
	ParentID string // only subtasks of this todo
	Sort     Sort
	Cursor   string // of the page before; "" begins
	Limit    int    // at most MaxPage; 0 means all
}

// Sort is the order of a page.
type Sort string

// The sorts. The zero Sort is SortOrder, but SortDue where the query has a due range.
// With StatusAll the other orders are of open and completed todos together.
const (
	SortOrder     Sort = "order"     // open: manual; completed and trash: newest first
	SortDue       Sort = "due"       // soonest first by the clock on the wall, those without a due date last
	SortPriority  Sort = "priority"  // high first, then as SortOrder
	SortCreated   Sort = "created"   // newest first
	SortCompleted Sort = "completed" // newest first; open ones before, in manual order: as SortOrder
)

// Status selects todos by what became of them.
type Status string

// The statuses. The zero Status is StatusAll.
const (
	StatusOpen      Status = "open"
	StatusCompleted Status = "completed"
	StatusAll       Status = "all" // open first, then completed
	StatusTrash     Status = "trash"
)

// Page is a part of the list.
type Page struct {
	Todos      []Todo
	Total      int    // todos that the query matches, on all pages; of a query with conditions see MaxTotal
	NextCursor string // "" on the last page; a page may be short and yet have one
	Rev        uint64 // the namespace's revision the page shows
	Counts     Counts
}

// MaxTotal is how far the matches of a query with conditions are counted: Total is
// MaxTotal if there are as many or more. Where a condition cannot be answered from the
// index (words one after the other, a beginning that many words share, by:, has:subtasks)
// and too many rows would have to be read, Total is how many were found until then.
// Counting further would cost more than the page does.
const MaxTotal = 200

// Counts says how many todos a namespace holds, by view.
type Counts struct {
	Open, Completed, Trash int
}

var statusViews = map[Status][]View{
	"":              {ViewOpen, ViewCompleted},
	StatusAll:       {ViewOpen, ViewCompleted},
	StatusOpen:      {ViewOpen},
	StatusCompleted: {ViewCompleted},
	StatusTrash:     {ViewTrash},
}

// plan returns what the query asks of an actor's list, without what a Reader must say.
func (q Query) plan(actor Actor, now time.Time) (*plan, error) {
	p := &plan{sort: q.Sort, clock: actor.Clock(now), words: map[string][]string{}}
	status, conds, err := ParseQuery(q.Text, p.clock)
	if err != nil {
		return nil, err
	}
	if status == "" {
		status = q.Status
	}
	p.conds = conds
	var ok bool
	if p.views, ok = statusViews[status]; !ok {
		return nil, invalid("status", "use open, completed, all or trash", "%q is not a status", q.Status)
	}
	if err := p.filter(q); err != nil {
		return nil, err
	}
	switch p.sort {
	case "":
		if _, ranged := p.ranged(); ranged {
			p.sort = SortDue
		}
	case SortOrder, SortDue, SortPriority, SortCreated, SortCompleted:
	default:
		return nil, invalid("sort", "use order, due, priority, created or completed", "%q is not an order", q.Sort)
	}
	return p, nil
}

// filter adds the conditions of the query that are not in its text.
func (p *plan) filter(q Query) error {
	if q.List != "" {
		p.conds = append(p.conds, listCondition(q.List))
	}
	if q.ParentID != "" {
		p.conds = append(p.conds, Condition{On: OnParent, Value: q.ParentID})
	}
	if q.Tag != "" {
		c, err := tagCondition("tag", q.Tag)
		if err != nil {
			return err
		}
		p.conds = append(p.conds, c)
	}
	if q.Priority != "" {
		c, err := priorityCondition("priority", q.Priority)
		if err != nil {
			return err
		}
		p.conds = append(p.conds, c)
	}
	if q.Due != "" {
		c, err := dueCondition("due", q.Due, p.clock)
		if err != nil {
			return err
		}
		p.conds = append(p.conds, c)
	}
	return nil
}

// showsArchived reports whether the query names a list or a todo, so that what is
// archived is not hidden from it.
func (p *plan) showsArchived() bool {
	return slices.ContainsFunc(p.conds, func(c Condition) bool { return !c.Not && (c.On == OnList || c.On == OnParent) })
}
