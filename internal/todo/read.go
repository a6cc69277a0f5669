package todo

import (
	"context"
	"strings"
)

// List returns a page. Its cost is the page's: what cannot be found within a bounded
// effort is left to the next page, which may be why a page is short or empty and yet
// has a NextCursor. Errors are CodeInvalid, of the member of q that is not allowed, and
// CodeInvalidDate.
func (s *Service) List(ctx context.Context, ns Namespace, actor Actor, q Query) (Page, error) {
	if err := actor.require(Read); err != nil {
		return Page{}, err
	}
	if err := checkLimit(q.Limit); err != nil {
		return Page{}, err
	}
	var p Page
	err := s.store.View(ctx, ns, func(r Reader) error {
		plan, err := q.plan(actor, s.now())
		if err != nil {
			return err
		}
		from, err := placeFrom(q.question(), q.Cursor)
		if err != nil {
			return err
		}
		p, err = plan.page(r, q, from)
		return err
	})
	return p, err
}

func (p *plan) page(r Reader, q Query, from string) (page Page, err error) {
	p.r, p.filtered, p.endless = r, len(p.conds) > 0, q.Limit == 0
	if page.Rev, err = r.Rev(); err != nil {
		return page, err
	}
	if page.Counts, err = counts(r); err != nil {
		return page, err
	}
	hidden, err := p.hide()
	if err != nil {
		return page, err
	}
	all := page.Counts.of(p.views) - hidden
	if p.endless && !p.filtered {
		p.room = all
	}
	var next string
	page.Todos, next, page.Total, err = p.answer(from, min(q.Limit, MaxPage))
	if err != nil {
		return page, err
	}
	if !p.filtered {
		page.Total = all
	}
	if page.Todos == nil {
		page.Todos = []Todo{}
	}
	page.NextCursor = cursorOf(q.question(), next)
	return page, addProgress(r, page.Todos)
}

// hide leaves out what is in archived lists, unless the query names a list, and
// returns how many todos that are.
func (p *plan) hide() (n int, err error) {
	if p.showsArchived() {
		return 0, nil
	}
	archived, err := archivedLists(p.r)
	if err != nil {
		return 0, err
	}
	for _, name := range archived {
		p.conds = append(p.conds, Condition{Not: true, On: OnList, Value: FoldName(name)})
		if p.filtered {
			continue
		}
		inViews, err := countName(p.r, countList, name)
		if err != nil {
			return 0, err
		}
		n += inViews.of(p.views)
	}
	return n, nil
}

// addProgress fills in how far the subtasks of each todo are.
func addProgress(r Reader, todos []Todo) error {
	any, err := r.Counters(countSubtasks)
	if err != nil || len(any) == 0 {
		return err
	}
	for i := range todos {
		if todos[i].ParentID != "" {
			continue
		}
		if todos[i].Subtasks, err = progress(r, todos[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// progress returns how far the subtasks of a todo are.
func progress(r Reader, id string) (p Progress, err error) {
	kids, err := r.Counters(countParent + id)
	for _, c := range kids {
		p.Total += c.N
		if strings.HasSuffix(c.Name, viewPrefix[ViewCompleted]) {
			p.Done += c.N
		}
	}
	return p, err
}

// counts returns how many todos each view holds.
func counts(r Reader) (Counts, error) {
	counters, err := r.Counters(countView)
	by := map[string]int{}
	for _, c := range counters {
		by[c.Name] = c.N
	}
	return Counts{by[CounterOf(ViewOpen)], by[CounterOf(ViewCompleted)], by[CounterOf(ViewTrash)]}, err
}

func (c Counts) of(views []View) int {
	n := 0
	for _, v := range views {
		n += map[View]int{ViewOpen: c.Open, ViewCompleted: c.Completed, ViewTrash: c.Trash}[v]
	}
	return n
}

// Get returns one todo, also from the trash or an archived list. ErrNotFound.
func (s *Service) Get(ctx context.Context, ns Namespace, actor Actor, id string) (Todo, error) {
	if err := actor.require(Read); err != nil {
		return Todo{}, err
	}
	var t Todo
	err := s.store.View(ctx, ns, func(r Reader) (err error) {
		if t, err = r.Todo(id); err == nil {
			t.Subtasks, err = progress(r, id)
		}
		return err
	})
	return t, err
}

// Log is a part of the journal.
type Log struct {
	Changes []Change // oldest first
	Rev     uint64   // the namespace's revision
	Reset   bool     // changes after since are gone: read the whole list again
}

// Changes returns at most limit changes made after revision since; limit 0 means all.
func (s *Service) Changes(ctx context.Context, ns Namespace, actor Actor, since uint64, limit int) (Log, error) {
	if err := actor.require(Read); err != nil {
		return Log{}, err
	}
	if err := checkLimit(limit); err != nil {
		return Log{}, err
	}
	var l Log
	err := s.store.View(ctx, ns, func(r Reader) (err error) {
		l = Log{}
		if l.Rev, err = r.Rev(); err != nil {
			return err
		}
		l.Changes, err = r.Changes(since, limit)
		first := l.Rev + 1
		if len(l.Changes) > 0 {
			first = l.Changes[0].Rev
		}
		l.Reset = since > l.Rev || first > since+1
		return err
	})
	return l, err
}
