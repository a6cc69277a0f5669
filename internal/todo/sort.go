package todo

import (
	"slices"
	"time"

	"todo.example/internal/when"
)

// A place is where a todo lies in the order of a page: ascending bytes. Its first
// bytes say in which segment, the rest is the slot there.

// viewRank orders views where they are shown together.
var viewRank = map[View]string{ViewOpen: "0", ViewCompleted: "1", ViewTrash: "2"}

var priorityRank = map[Priority]string{PriorityHigh: "0", PriorityMedium: "1", PriorityLow: "2", PriorityNone: "3"}

// In the order of dues, what has none comes after what has one.
const (
	rankDue   = "0"
	rankNoDue = "1"
)

// placeOf returns the place of a todo.
func (s Sort) placeOf(t *Todo) string {
	v := t.View()
	switch s {
	case SortDue:
		if t.Due != "" {
			return rankDue + t.dueSlot()
		}
		return rankNoDue + viewRank[v] + t.SortKey()
	case SortPriority:
		return priorityRank[t.Priority] + viewRank[v] + t.SortKey()
	case SortCreated:
		return t.createdSlot()
	}
	return viewRank[v] + t.SortKey()
}

// segment is a part of the order that the index has in one piece.
type segment struct {
	prefix string // of its places
	stream stream // of the slots in it
	checks []Condition
}

// segments returns the query's answer in order, as far as the index can give it.
func (p *plan) segments() ([]segment, error) {
	switch p.sort {
	case SortDue:
		return p.byDue()
	case SortPriority:
		return p.byPriority()
	case SortCreated:
		return []segment{{"", p.ordered(orderCreated), p.conds}}, nil
	}
	return p.inViews(nil, "", func(View) (more, less []stream) { return nil, nil })
}

// inViews appends one segment for each view, with what matches there.
func (p *plan) inViews(to []segment, prefix string, narrow func(View) (more, less []stream)) ([]segment, error) {
	for _, v := range p.views {
		more, less := narrow(v)
		s, checks, err := p.matching(v, more, less)
		if err != nil {
			return nil, err
		}
		to = append(to, segment{prefix + viewRank[v], s, checks})
	}
	return to, nil
}

func (p *plan) byDue() (segments []segment, err error) {
	_, ranged := p.ranged()
	undated := slices.ContainsFunc(p.conds, func(c Condition) bool { return c.On == OnDue && c.Due.None && !c.Not })
	if !undated {
		segments = append(segments, segment{rankDue, p.ordered(orderDue), p.conds})
	}
	if ranged {
		return segments, nil
	}
	return p.inViews(segments, rankNoDue, func(v View) (more, less []stream) {
		return nil, []stream{p.span(v, termHas+"due")}
	})
}

func (p *plan) byPriority() (segments []segment, err error) {
	for _, value := range append(slices.Clone(priorities), PriorityNone) {
		if slices.ContainsFunc(p.conds, func(c Condition) bool { return c.On == OnPriority && c.Not == (c.Value == string(value)) }) {
			continue
		}
		segments, err = p.inViews(segments, priorityRank[value], func(v View) (more, less []stream) {
			if value == PriorityNone {
				return nil, []stream{p.prioritized(v)}
			}
			return []stream{p.span(v, termPriority+string(value))}, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return segments, nil
}

// ordered is every todo in one of the orders, or those that may be due in the range
// that is asked for.
func (p *plan) ordered(order string) stream {
	var u union
	for _, v := range p.views {
		s := p.span(v, order)
		if c, ok := p.ranged(); ok && order == orderDue {
			s.from, s.to = p.dueBounds(s.prefix, c.Due)
		}
		u = append(u, s)
	}
	return u
}

// zoneSpread is by how much the dates of one moment may differ between two zones.
const zoneSpread = 2 * 24 * time.Hour

// dueBounds returns the range of an order of dues that has all of a range of dates,
// wherever they were meant.
func (p *plan) dueBounds(prefix string, r when.Range) (from, to string) {
	if r.Overdue {
		r = when.Range{To: p.clock.Today()}
	}
	to = prefix[:len(prefix)-1] + "\x01"
	if r.From != "" {
		from = shiftDate(r.From, -zoneSpread)
	}
	if r.To != "" {
		to = prefix + shiftDate(r.To, zoneSpread) + "\x7f"
	}
	return from, to
}

// shiftDate returns a date some days later.
func shiftDate(date string, by time.Duration) string {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date // not from when.ParseRange
	}
	return day.Add(by).Format(time.DateOnly)
}

// dueSlotWithin reports whether what has a slot in the order of dues is due in a range,
// on everybody's calendar; sure is false where that depends on the zone.
func dueSlotWithin(slot string, r when.Range) (in, sure bool) {
	if len(slot) <= len(time.DateOnly) {
		return false, false // no date
	}
	date := slot[:len(time.DateOnly)]
	if slot[len(date)] != 'T' {
		return within(date, r.From, r.To), true
	}
	from, to := r.From, r.To
	if from != "" {
		from = shiftDate(from, zoneSpread)
	}
	if to != "" {
		to = shiftDate(to, -zoneSpread)
	}
	in = within(date, from, to)
	return in, in
}

// within reports whether a date is in a range whose ends may be open.
func within(date, from, to string) bool {
	return (from == "" || date >= from) && (to == "" || date <= to)
}
