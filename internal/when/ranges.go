package when

import (
	"strings"
	"time"
)

// Range is which dues are meant. The zero Range is all of them.
type Range struct {
	From, To string // inclusive dates, "" for an open end
	None     bool   // those without a due
	Overdue  bool   // only what is overdue
}

// ParseRange reads "today" and "week" (both with what is overdue), "overdue",
// "none", "next week", "month", "weekend", a date in any form of Parse, and
// "a..b" with either end left out. "" is the zero Range. The error is an *Error.
func ParseRange(text string, c Clock) (Range, error) {
	text = strings.TrimSpace(text)
	if r, ok := c.namedRange(strings.Join(strings.Fields(strings.ToLower(text)), " ")); ok {
		return r, nil
	}
	from, to, isRange := strings.Cut(text, "..")
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	if !isRange {
		date, err := c.rangeEnd(text)
		return Range{From: date, To: date}, err
	}
	if from == "" && to == "" {
		return Range{}, c.refuse(rangeExamples, `".." names no date`)
	}
	var r Range
	var err error
	if from != "" {
		if r.From, err = c.rangeEnd(from); err != nil {
			return Range{}, err
		}
	}
	if to != "" {
		if r.To, err = c.rangeEnd(to); err != nil {
			return Range{}, err
		}
	}
	if r.From != "" && r.To != "" && r.To < r.From {
		return Range{}, c.refuse(rangeExamples, "%q ends before it begins (%s is after %s)", cut(text), r.From, r.To)
	}
	return r, nil
}

func (c Clock) namedRange(name string) (Range, bool) {
	today := c.today()
	monday := week(today, c.WeekStart)
	first := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch name {
	case "":
		return Range{}, true
	case "none", "no date", "no due date":
		return Range{None: true}, true
	case "overdue":
		return Range{Overdue: true}, true
	case "today":
		return span(time.Time{}, today), true
	case "week", "this week":
		return span(time.Time{}, monday.AddDate(0, 0, 6)), true
	case "next week":
		return span(monday.AddDate(0, 0, 7), monday.AddDate(0, 0, 13)), true
	case "weekend", "this weekend":
		return span(saturday(today), saturday(today).AddDate(0, 0, 1)), true
	case "next weekend":
		return span(saturday(today).AddDate(0, 0, 7), saturday(today).AddDate(0, 0, 8)), true
	case "month", "this month":
		return span(time.Time{}, lastOfMonth(first)), true
	case "next month":
		return span(addMonths(first, 1), lastOfMonth(addMonths(first, 1))), true
	}
	return Range{}, false
}

func span(from, to time.Time) Range {
	r := Range{To: to.Format(time.DateOnly)}
	if !from.IsZero() {
		r.From = from.Format(time.DateOnly)
	}
	return r
}

// rangeEnd reads a date without a time.
func (c Clock) rangeEnd(text string) (string, error) {
	due, err := Parse(text, c)
	switch {
	case err != nil:
		return "", c.refuse(rangeExamples, "%s", err)
	case due.IsZero():
		return "", c.refuse(rangeExamples, "%q is not a date", cut(text))
	case due.HasTime():
		return "", c.refuse(rangeExamples, "%q has a time: a range is of whole days", cut(text))
	}
	return due.At, nil
}
