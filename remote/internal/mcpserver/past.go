package mcpserver

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// What people say of the past is no due date: "last week", "3 days ago", and
// "monday", which is the one that was.

// period reads the ends of a part of the history. The end of a date is that of its
// day, and of a week or month that of its last.
func (c caller) period(since, until string) (from, to time.Time, err error) {
	if from, _, err = c.moment("since", since); err != nil {
		return from, to, err
	}
	if _, to, err = c.moment("until", until); err != nil {
		return from, to, err
	}
	switch {
	case from.After(c.clock.Now):
		err = c.badMoment("since", fmt.Sprintf("%s has not begun yet", c.said(from)))
	case !to.IsZero() && !from.IsZero() && !to.After(from):
		err = c.badMoment("until", fmt.Sprintf("that ends %s, before it begins, %s", c.said(to), c.said(from)))
	}
	return from, to, err
}

// moment returns when what a text says begins and ends.
func (c caller) moment(field, text string) (from, to time.Time, err error) {
	if from, ok := c.lastWeekday(strings.ToLower(strings.TrimSpace(text)), 0); ok {
		return from, c.day(from, 1), nil
	}
	if from, to, ok := c.span(text); ok {
		return from, to, nil
	}
	due, err := when.Parse(text, c.clock)
	if err != nil {
		return from, to, c.badMoment(field, err.Error())
	}
	if due.IsZero() {
		return from, to, nil
	}
	from = due.Instant(c.clock.Zone)
	if due.HasTime() {
		return from, from, nil
	}
	return from, c.day(from, 1), nil
}

func (c caller) badMoment(field, message string) error {
	return &todo.Error{
		Code: todo.CodeInvalidDate, Field: field, Message: message,
		Hint: fmt.Sprintf(`use %s, "yesterday", "last monday", "last week" or "2 days ago"; now is %s %s`,
			c.day(c.clock.Now, -3).Format(time.DateOnly), c.said(c.clock.Now), c.clock.Zone),
	}
}

// span returns what words about the past cover.
func (c caller) span(text string) (from, to time.Time, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if before, ok := strings.CutSuffix(text, " ago"); ok {
		return c.ago(before)
	}
	which, unit, _ := strings.Cut(text, " ")
	switch which {
	case "this":
		return c.calendar(unit, 0)
	case "last":
		if from, ok := c.lastWeekday(unit, 1); ok {
			return from, c.day(from, 1), true
		}
		if from, to, ok := c.calendar(unit, 1); ok {
			return from, to, true
		}
	case "past":
	default:
		return from, to, false
	}
	if !strings.Contains(unit, " ") {
		unit = "1 " + unit
	}
	from, _, ok = c.ago(unit)
	return from, c.clock.Now, ok
}

// lastWeekday returns the day of a name that was last, at least so many days ago.
func (c caller) lastWeekday(name string, least int) (time.Time, bool) {
	for day := least; day < least+7; day++ {
		d := c.day(c.clock.Now, -day)
		if strings.ToLower(d.Weekday().String()) == name {
			return d, true
		}
	}
	return time.Time{}, false
}

// calendar returns a week, month or year so many before this one.
func (c caller) calendar(unit string, back int) (from, to time.Time, ok bool) {
	now, zone := c.clock.Now, c.clock.Zone
	switch unit {
	case "week":
		from = c.day(now, -(int(now.Weekday()-c.clock.WeekStart)+7)%7-7*back)
		return from, c.day(from, 7), true
	case "month":
		from = time.Date(now.Year(), now.Month()-time.Month(back), 1, 0, 0, 0, 0, zone)
		return from, from.AddDate(0, 1, 0), true
	case "year":
		from = time.Date(now.Year()-back, 1, 1, 0, 0, 0, 0, zone)
		return from, from.AddDate(1, 0, 0), true
	}
	return from, to, false
}

const maxAgo = 10_000 // of any unit

// ago returns the moment or day that lies as far back as "3 days", "a week", "2 hours".
func (c caller) ago(text string) (from, to time.Time, ok bool) {
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	if number == "a" || number == "an" || number == "one" {
		n, err = 1, nil
	}
	if err != nil || n < 0 || n > maxAgo {
		return from, to, false
	}
	now := c.clock.Now
	switch strings.TrimSuffix(unit, "s") {
	case "minute", "min":
		from = now.Add(-time.Duration(n) * time.Minute)
		return from, from, true
	case "hour":
		from = now.Add(-time.Duration(n) * time.Hour)
		return from, from, true
	case "day":
		from = c.day(now, -n)
	case "week":
		from = c.day(now, -7*n)
	case "month":
		from = c.months(n)
	case "year":
		from = c.months(12 * n)
	default:
		return from, to, false
	}
	return from, c.day(from, 1), true
}

// months returns the day so many months ago, the last where the month is too short.
func (c caller) months(n int) time.Time {
	y, m, d := c.clock.Now.Date()
	last := time.Date(y, m-time.Month(n)+1, 0, 0, 0, 0, 0, c.clock.Zone)
	return c.day(last, min(d, last.Day())-last.Day())
}

func (c caller) said(t time.Time) string {
	return t.In(c.clock.Zone).Format("Mon 2006-01-02 15:04")
}

// periodWords says how many changes there are and in which time, as it was understood.
func (c caller) periodWords(n int, q todo.HistoryQuery) string {
	s := fmt.Sprintf("%d changes", n)
	if n == 1 {
		s = "1 change"
	}
	if !q.Since.IsZero() {
		s += " from " + c.said(q.Since)
	}
	switch {
	case !q.Until.IsZero():
		s += " to " + c.said(q.Until)
	case !q.Since.IsZero():
		s += " to now, " + c.said(c.clock.Now)
	}
	return s
}
