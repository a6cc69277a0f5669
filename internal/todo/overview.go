package todo

import (
	"cmp"
	"context"
	"time"

	"todo.example/internal/when"
)

// Overview is a list at a glance. What is in archived lists does not count in it.
type Overview struct {
	Open           int
	Overdue        int // of the open ones
	DueToday       int // of the open ones, overdue ones not counted
	CompletedToday int
	Lists, Tags    []Name
}

// Overview counts what a person asks first. Lists are never hidden by their length:
// its cost grows with the lists and tags in use and with what is due, not with the list.
func (s *Service) Overview(ctx context.Context, ns Namespace, actor Actor) (Overview, error) {
	if err := actor.require(Read); err != nil {
		return Overview{}, err
	}
	p := plan{clock: actor.Clock(s.now()), endless: true, words: map[string][]string{}}
	var o Overview
	err := s.store.View(ctx, ns, func(r Reader) (err error) {
		p.r, p.conds, o = r, nil, Overview{}
		o, err = p.overview()
		return err
	})
	return o, err
}

func (p *plan) overview() (o Overview, err error) {
	if o.Lists, err = listNames(p.r); err != nil {
		return o, err
	}
	if o.Tags, err = tagNames(p.r); err != nil {
		return o, err
	}
	for _, l := range o.Lists {
		if !l.Archived {
			o.Open += l.Open
		}
	}
	if _, err = p.hide(); err != nil {
		return o, err
	}
	if err = p.countDue(&o); err != nil {
		return o, err
	}
	o.CompletedToday, err = p.completedSince(when.Due{At: p.clock.Today()}.Instant(p.clock.Zone))
	return o, err
}

// countDue counts what is overdue and what is due today.
func (p *plan) countDue(o *Overview) error {
	today := p.clock.Today()
	until := when.Range{To: today}
	p.views = []View{ViewOpen}
	hidden := p.conds
	p.conds = append([]Condition{{On: OnDue, Due: until}}, hidden...)
	var slots []string
	count := func() error {
		rows, err := p.r.Todos(idsOf(slots))
		slots = slots[:0]
		for i := range rows {
			ok, err := p.matchesAll(&rows[i], hidden)
			switch {
			case err != nil:
				return err
			case !ok:
			case rows[i].Overdue(p.clock):
				o.Overdue++
			case rows[i].When().DateIn(p.clock.Zone) == today:
				o.DueToday++
			}
		}
		return err
	}
	var failed error
	err := drain(p.ordered(orderDue), "", func(slot string) bool {
		if slots = append(slots, slot); len(slots) == lastChunk {
			failed = count()
		}
		return failed == nil
	})
	p.conds = hidden
	if err != nil || failed != nil {
		return cmp.Or(err, failed)
	}
	return count()
}

// completedSince counts what was completed from a moment on. The newest come first.
func (p *plan) completedSince(start time.Time) (n int, err error) {
	s, _, err := p.matching(ViewCompleted, nil, nil)
	if err != nil {
		return 0, err
	}
	end := newestFirst(start.UnixMilli() - 1)
	err = drain(s, "", func(slot string) bool {
		if slot >= end {
			return false
		}
		n++
		return true
	})
	return n, err
}
