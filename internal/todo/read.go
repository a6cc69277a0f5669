package todo

import (
	"context"
	"encoding/base64"
	"strings"
)

var statusViews = map[Status][]View{
	"":              {ViewOpen, ViewCompleted},
	StatusAll:       {ViewOpen, ViewCompleted},
	StatusOpen:      {ViewOpen},
	StatusCompleted: {ViewCompleted},
	StatusTrash:     {ViewTrash},
}

// List returns a page. Its cost is the page's.
func (s *Service) List(ctx context.Context, ns Namespace, actor Actor, q Query) (Page, error) {
	if err := actor.require(Read); err != nil {
		return Page{}, err
	}
	views, ok := statusViews[q.Status]
	if !ok {
		return Page{}, invalid("status", "use open, completed, all or trash", "%q is not a status", q.Status)
	}
	if err := checkLimit(q.Limit); err != nil {
		return Page{}, err
	}
	from, after, err := parseCursor(q.Cursor, views)
	if err != nil {
		return Page{}, err
	}
	var p Page
	err = s.store.View(ctx, ns, func(r Reader) error {
		p = Page{Todos: []Todo{}}
		return p.fill(r, views, from, after, min(q.Limit, MaxPage))
	})
	return p, err
}

func (p *Page) fill(r Reader, views []View, from int, after string, limit int) (err error) {
	if p.Rev, err = r.Rev(); err != nil {
		return err
	}
	if p.Counts, err = counts(r); err != nil {
		return err
	}
	p.Total = p.Counts.of(views)
	for i := from; i < len(views); i++ {
		want := 0
		if limit > 0 {
			want = limit - len(p.Todos) + 1 // one more, to know whether there is a next page
		}
		todos, err := viewPage(r, views[i], after, want)
		if err != nil {
			return err
		}
		p.Todos, after = append(p.Todos, todos...), ""
		if limit > 0 && len(p.Todos) > limit {
			p.Todos = p.Todos[:limit]
			p.NextCursor = cursor(p.Todos[limit-1])
			return nil
		}
	}
	return nil
}

// viewPage returns at most limit todos of a view, after a place and id in it.
func viewPage(r Reader, v View, after string, limit int) ([]Todo, error) {
	from, to := termRange(v, termAll)
	if after != "" {
		from += after + "\x00"
	}
	keys, err := r.Keys(from, to, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = KeyID(k)
	}
	return r.Todos(ids)
}

// counts returns how many todos each view holds.
func counts(r Reader) (Counts, error) {
	counters, err := r.Counters("v")
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

func cursor(last Todo) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(last.View()) + "\n" + last.SortKey()))
}

// parseCursor returns the view a cursor continues in, as an index of views, and
// the key after which it does.
func parseCursor(c string, views []View) (from int, after string, err error) {
	if c == "" {
		return 0, "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(c)
	if err == nil {
		view, key, ok := strings.Cut(string(raw), "\n")
		for i, v := range views {
			if ok && string(v) == view {
				return i, key, nil
			}
		}
	}
	return 0, "", invalid("cursor", "take nextCursor of the page before, with the same status", "the cursor is not one of this list's")
}

// Get returns one todo, also from the trash.
func (s *Service) Get(ctx context.Context, ns Namespace, actor Actor, id string) (Todo, error) {
	if err := actor.require(Read); err != nil {
		return Todo{}, err
	}
	var t Todo
	err := s.store.View(ctx, ns, func(r Reader) (err error) {
		t, err = r.Todo(id)
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
