package when

import (
	"strings"
	"time"
)

// maxPhrase is the longest text that is looked at, in bytes; a date is shorter.
const maxPhrase = 200

// A moment is what a phrase says: a day, a minute of the day, or an instant. The
// flags say how, for Find must not take every word for a date.
type moment struct {
	day     time.Time // zero: it names none
	minute  int       // of the day; less than 0: it names none
	instant time.Time // not zero: it says it all
	zone    *time.Location

	marked   bool // "on", "by" or "at" came before it
	chance   bool // the day is words that a sentence can hold by chance: "may 5", "the 1st", "in a week"
	plainDay bool // the day is "friday" or "fri", without "this" or "next"
	shortDay bool // it is "fri"
}

// Parse reads a whole text as a due: "2026-11-27", "tomorrow 17:00", "5pm on
// friday", "27 nov", "in 3 days" and the like; "none" and "" are the zero Due.
// The error is an *Error.
func Parse(text string, c Clock) (Due, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "", "none", "no date", "no due date":
		return Due{}, nil
	}
	if len(text) > maxPhrase {
		return Due{}, c.refuse(c.dateExamples(), "%q is too long for a date", cut(text))
	}
	p := newParser(text, c)
	m, ok := p.moment()
	switch {
	case (!ok || !p.done()) && p.reason != "":
		return Due{}, c.refuse(c.dateExamples(), "%s", p.reason)
	case !ok || !p.done():
		return Due{}, c.refuse(c.dateExamples(), "%q is not a date", cut(text))
	}
	due, err := m.due(c)
	if err != nil {
		return Due{}, c.refuse(c.dateExamples(), "%s", err)
	}
	return due, nil
}

// moment reads a day with or without a time, in either order.
func (p *parser) moment() (moment, bool) {
	m := moment{minute: -1, marked: p.acceptAny("on", "by", "due")}
	m.marked = m.marked || p.peek(0) == "at"
	if t, ok := p.instant(); ok {
		m.instant = t
		return m, true
	}
	if minute, ok := try(p, p.timeOfDay); ok {
		m.minute = minute
		p.optional(func() bool {
			p.accept(",")
			p.accept("on")
			return p.day(&m)
		})
	} else {
		if !p.day(&m) {
			return m, false
		}
		p.timeAfterDay(&m)
	}
	if m.minute >= 0 {
		m.zone, _ = try(p, p.zone)
	}
	return m, true
}

// timeAfterDay reads "17:00", "at 5pm", "evening", "evening at 8pm".
func (p *parser) timeAfterDay(m *moment) {
	p.optional(func() bool {
		p.accept(",")
		minute, ok := lookup(p, partsOfDay)
		if ok {
			m.minute = minute
		}
		if later, also := try(p, p.timeOfDay); also {
			m.minute, ok = later, true
		}
		return ok
	})
}

// due places the moment in the zone it names, or else the person's.
func (m moment) due(c Clock) (Due, error) {
	if m.instant.IsZero() && m.minute < 0 {
		return dateDue(m.day)
	}
	loc := c.zone()
	if m.zone != nil {
		loc = m.zone
	}
	// A zone made by hand can be called as an IANA zone is and have another offset.
	loc, err := zoneOf(loc.String())
	if err != nil {
		return Due{}, err
	}
	if !m.instant.IsZero() {
		return timeDue(m.instant, loc)
	}
	if !m.day.IsZero() {
		return timeDue(wall(m.day, m.minute, loc), loc)
	}
	today := midnight(c.Now.In(loc))
	t := wall(today, m.minute, loc)
	if !t.After(c.Now) {
		t = wall(today.AddDate(0, 0, 1), m.minute, loc)
	}
	return timeDue(t, loc)
}

// zone reads the name of a zone that follows a time, in its own case. Only
// names with a slash count, and UTC: others are words or abbreviations.
func (p *parser) zone() (*time.Location, bool) {
	if p.done() {
		return nil, false
	}
	t := p.tokens[p.pos]
	name := p.text[t.start:t.end]
	if name != "UTC" && !strings.Contains(name, "/") {
		return nil, false
	}
	p.pos++
	loc, err := Zone(name)
	return loc, err == nil
}
