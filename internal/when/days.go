package when

import (
	"strings"
	"time"
)

// day reads a day and notes in m what Find must know of how it was said.
func (p *parser) day(m *moment) bool {
	for _, form := range []func(*moment) bool{p.dayWord, p.date, p.weekday, p.thisOrNext, p.endOf, p.daysAhead} {
		pos, before := p.pos, *m
		if form(m) {
			return true
		}
		p.pos, *m = pos, before
	}
	return false
}

func (p *parser) dayWord(m *moment) bool {
	today := p.clock.today()
	switch {
	case p.accept("today"):
		m.day = today
	case p.accept("tonight"):
		m.day = today
		if wall(today, night, p.clock.zone()).After(p.clock.Now) {
			m.minute = night
		}
	case p.accept("tomorrow"):
		m.day = today.AddDate(0, 0, 1)
	case p.accept("yesterday"):
		m.day = today.AddDate(0, 0, -1)
	case p.accept("day", "after", "tomorrow"), p.accept("the", "day", "after", "tomorrow"):
		m.day = today.AddDate(0, 0, 2)
	default:
		return false
	}
	return true
}

// date reads a date of the calendar, with or without its weekday, which must fit.
func (p *parser) date(m *moment) bool {
	weekday, named := lookup(p, weekdays)
	if named {
		p.accept(",")
	}
	for _, form := range []func(*moment) bool{p.isoDate, p.dayMonth, p.monthDay, p.dayOfMonth} {
		pos := p.pos
		if !form(m) {
			p.pos = pos
			continue
		}
		if named && m.day.Weekday() != weekday {
			p.refuse("%s is a %s", m.day.Format(time.DateOnly), strings.ToLower(m.day.Weekday().String()))
			return false
		}
		return true
	}
	return false
}

// isoDate reads 2026-11-27, 2026/11/27 and 2026-11-27T17:00.
func (p *parser) isoDate(m *moment) bool {
	word := p.peek(0)
	p.pos++
	date, clock, hasClock := strings.Cut(word, "t")
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	if len(parts) == 2 || len(parts) == 3 {
		p.refuseNumeric(word, parts)
	}
	if len(parts) != 3 || len(parts[0]) != 4 {
		return false
	}
	year, ok1 := digits(parts[0], 4)
	month, ok2 := digits(parts[1], 2)
	day, ok3 := digits(parts[2], 2)
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	t, ok := civil(year, time.Month(month), day)
	if !ok {
		p.refuse("%s is not in the calendar", date)
		return false
	}
	m.day = t
	if !hasClock {
		return true
	}
	hour, minute, colon := clockDigits(clock)
	m.minute = hour*60 + minute
	return hour >= 0 && hour <= 23 && colon
}

// refuseNumeric says of 11/12 and 27.11.2026 why they are refused.
func (p *parser) refuseNumeric(word string, parts []string) {
	for i, part := range parts {
		if _, ok := digits(part, 4); !ok || i < 2 && len(part) > 2 {
			return
		}
	}
	p.refuse("%q is another day in other countries: write the year first or the month as a word", word)
}

// dayMonth reads "27 nov", "the 27th of november 2026".
func (p *parser) dayMonth(m *moment) bool {
	p.accept("the")
	day, ok := p.dayNumber(m)
	if !ok {
		return false
	}
	p.accept("of")
	month, ok := lookup(p, months)
	return ok && p.dayIn(m, month, day)
}

// monthDay reads "nov 27", "november 27th, 2026".
func (p *parser) monthDay(m *moment) bool {
	month, ok := lookup(p, months)
	if !ok {
		return false
	}
	p.accept("the")
	day, ok := p.dayNumber(m)
	return ok && p.dayIn(m, month, day)
}

// dayNumber reads 27 or 27th; without its suffix it may be any number.
func (p *parser) dayNumber(m *moment) (int, bool) {
	n, ok := suffixed(p.peek(0))
	if !ok {
		n, ok = digits(p.peek(0), 2)
		m.chance = ok
	}
	p.pos++
	return n, ok
}

// dayIn takes the year if it follows, else the next one that has the day to come.
func (p *parser) dayIn(m *moment, month time.Month, day int) bool {
	pos := p.pos
	p.accept(",")
	if year, ok := digits(p.peek(0), 4); ok && len(p.peek(0)) == 4 {
		p.pos++
		m.chance = false
		m.day, ok = civil(year, month, day)
		if !ok {
			p.refuse("%d %s %d is not in the calendar", day, strings.ToLower(month.String()), year)
		}
		return ok
	}
	p.pos = pos
	today := p.clock.today()
	for year := today.Year(); year <= today.Year()+8; year++ { // 29 february can be eight years off
		if t, ok := civil(year, month, day); ok && !t.Before(today) {
			m.day = t
			return true
		}
	}
	p.refuse("%d %s is not in the calendar", day, strings.ToLower(month.String()))
	return false
}

// dayOfMonth reads "the 15th": of this month, or the next that has it to come.
func (p *parser) dayOfMonth(m *moment) bool {
	p.accept("the")
	day, ok := suffixed(p.peek(0))
	if !ok || day > 31 {
		return false
	}
	p.pos++
	m.chance = true
	today := p.clock.today()
	for i := range 3 { // of two months that follow one another, one has 31 days or the next has
		first := addMonths(today.AddDate(0, 0, 1-today.Day()), i)
		if t, ok := civil(first.Year(), first.Month(), day); ok && !t.Before(today) {
			m.day = t
			return true
		}
	}
	return false
}

// weekday reads "friday", and "friday next week".
func (p *parser) weekday(m *moment) bool {
	word := p.peek(0)
	weekday, ok := lookup(p, weekdays)
	if !ok {
		return false
	}
	if p.accept("next", "week") {
		m.day = p.clock.nextWeek(weekday)
		return true
	}
	today := p.clock.today()
	m.day = today.AddDate(0, 0, 1+daysUntil(today.AddDate(0, 0, 1).Weekday(), weekday))
	m.plainDay, m.shortDay = true, len(word) <= 5
	return true
}

// thisOrNext reads "this friday", "next week", "this weekend", "this evening".
func (p *parser) thisOrNext(m *moment) bool {
	today := p.clock.today()
	next := p.accept("next")
	if !next && !p.accept("this") {
		return p.acceptWeekend(m, today)
	}
	if weekday, ok := lookup(p, weekdays); ok {
		m.day = today.AddDate(0, 0, daysUntil(today.Weekday(), weekday))
		if next {
			m.day = p.clock.nextWeek(weekday)
		}
		return true
	}
	if !next {
		if minute, ok := lookup(p, partsOfDay); ok {
			m.day, m.minute = today, minute
			return true
		}
		return p.acceptWeekend(m, today)
	}
	switch {
	case p.accept("week"):
		m.day = p.clock.nextWeek(time.Monday)
	case p.accept("month"):
		m.day = time.Date(today.Year(), today.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	case p.accept("year"):
		m.day = time.Date(today.Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC)
	case p.accept("weekend"):
		m.day = saturday(today).AddDate(0, 0, 7)
	default:
		return false
	}
	return true
}

func (p *parser) acceptWeekend(m *moment, today time.Time) bool {
	if !p.accept("weekend") {
		return false
	}
	m.day = saturday(today)
	if m.day.Before(today) {
		m.day = today
	}
	return true
}

// saturday returns that of the weekend which is on or comes next.
func saturday(today time.Time) time.Time {
	return week(today, time.Monday).AddDate(0, 0, 5)
}

// nextWeek returns a day of the week after this one.
func (c Clock) nextWeek(weekday time.Weekday) time.Time {
	return week(c.today(), c.WeekStart).AddDate(0, 0, 7+daysUntil(c.WeekStart, weekday))
}

// endOf reads "end of month", "the end of next year", "eow".
func (p *parser) endOf(m *moment) bool {
	unit, ok := lookup(p, map[string]string{"eow": "week", "eom": "month", "eoy": "year"})
	ahead := 0
	if !ok {
		p.accept("the")
		if !p.accept("end", "of") {
			return false
		}
		if p.accept("next") {
			ahead = 1
		} else {
			p.acceptAny("the", "this")
		}
		unit = p.peek(0)
		p.pos++
	}
	today := p.clock.today()
	switch unit {
	case "week":
		m.day = week(today, p.clock.WeekStart).AddDate(0, 0, 6+7*ahead)
	case "month":
		m.day = lastOfMonth(addMonths(today, ahead))
	case "year":
		m.day = time.Date(today.Year()+ahead, time.December, 31, 0, 0, 0, 0, time.UTC)
	default:
		return false
	}
	return true
}

// daysAhead reads "in 3 days", "in a week", "2 months from now".
func (p *parser) daysAhead(m *moment) bool {
	in := p.accept("in")
	m.chance = p.peek(0) == "a"
	n, ok := p.number()
	if !ok {
		return false
	}
	today := p.clock.today()
	switch {
	case p.acceptAny("day", "days"):
		m.day = today.AddDate(0, 0, n)
	case p.acceptAny("week", "weeks"):
		m.day = today.AddDate(0, 0, 7*n)
	case p.acceptAny("month", "months"):
		m.day = addMonths(today, n)
	case p.acceptAny("year", "years"):
		m.day = addMonths(today, 12*n)
	default:
		return false
	}
	return in || p.accept("from", "now") || p.accept("from", "today")
}
