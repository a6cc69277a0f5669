package when

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A rule is a recurrence rule of RFC 5545 that repeats by days. Its lists are
// sorted and hold nothing twice.
type rule struct {
	freq       frequency
	interval   int       // at least 1
	count      int       // 0: without end
	until      time.Time // a day; zero: without end
	byMonth    []int
	byWeekNo   []int
	byYearDay  []int
	byMonthDay []int
	byDay      []nthWeekday
	bySetPos   []int
	weekStart  time.Weekday
}

type frequency int

const (
	daily frequency = iota
	weekly
	monthly
	yearly
)

var frequencies = []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// nthWeekday is a weekday, or with n other than 0 the nth of its month or year,
// counted from the end if n is negative.
type nthWeekday struct {
	n   int
	day time.Weekday
}

var weekdayCodes = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// Limits of a rule, so that no arithmetic on it overflows.
const (
	maxRule     = 500 // bytes
	maxInterval = 9999
	maxCount    = 9999
)

// ParseRepeat reads how something repeats, as an RRULE or in words, and returns
// the RRULE in one canonical form without DTSTART: "FREQ=WEEKLY;BYDAY=MO". An
// UNTIL becomes a date in the person's zone. "none" and "" are "". What repeats
// within a day, or never happens, is refused. The error is an *Error.
func ParseRepeat(text string, c Clock) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxRule {
		return "", c.refuse(repeatExamples, "%q is too long for a repeat", cut(text))
	}
	switch strings.ToLower(text) {
	case "", "none", "never", "no repeat":
		return "", nil
	}
	r, minute, reason := c.readRepeat(text)
	if minute >= 0 {
		reason = withTime
	}
	if reason != "" {
		return "", c.refuse(repeatExamples, "%q is not a repeat: %s", cut(text), reason)
	}
	return r.canonical().String(), nil
}

// readRepeat reads either form, and the minute of the day that words may hold.
func (c Clock) readRepeat(text string) (r rule, minute int, reason string) {
	minute = -1
	if upper := strings.ToUpper(text); strings.Contains(upper, "FREQ=") || strings.HasPrefix(upper, "RRULE:") {
		r, reason = parseRule(upper, c.zone())
	} else {
		r, minute, reason = c.repeatWords(text)
	}
	if reason == "" {
		reason = r.check()
	}
	return r, minute, reason
}

// parseRule reads an RRULE in upper case; the reason is "" if it could.
func parseRule(text string, zone *time.Location) (r rule, reason string) {
	r = rule{freq: -1, interval: 1, weekStart: time.Monday}
	text = strings.TrimPrefix(text, "RRULE:")
	if strings.ContainsAny(text, "\r\n") {
		return r, "it has more than one line"
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.TrimSuffix(text, ";"), ";") {
		name, value, _ := strings.Cut(part, "=")
		if seen[name] {
			return r, name + " is there twice"
		}
		seen[name] = true
		if reason := r.set(name, value, zone); reason != "" {
			return r, reason
		}
	}
	if r.freq < daily {
		return r, "it has no FREQ"
	}
	return r, ""
}

// set takes one part of an RRULE, and says why if it cannot.
func (r *rule) set(name, value string, zone *time.Location) (reason string) {
	var ok bool
	switch name {
	case "FREQ":
		if slices.Contains([]string{"SECONDLY", "MINUTELY", "HOURLY"}, value) {
			return withinDay
		}
		r.freq = frequency(slices.Index(frequencies, value))
		ok = r.freq >= daily
	case "INTERVAL":
		r.interval, ok = upTo(value, maxInterval)
	case "COUNT":
		r.count, ok = upTo(value, maxCount)
	case "UNTIL":
		r.until, ok = untilDay(value, zone)
	case "WKST":
		day := slices.Index(weekdayCodes, value)
		r.weekStart, ok = time.Weekday(day), day >= 0
	case "BYMONTH":
		r.byMonth, ok = list(value, func(s string) (int, bool) { return upTo(s, 12) })
	case "BYWEEKNO":
		r.byWeekNo, ok = list(value, func(s string) (int, bool) { return plusMinus(s, 53) })
	case "BYYEARDAY":
		r.byYearDay, ok = list(value, func(s string) (int, bool) { return plusMinus(s, 366) })
	case "BYMONTHDAY":
		r.byMonthDay, ok = list(value, func(s string) (int, bool) { return plusMinus(s, 31) })
	case "BYSETPOS":
		r.bySetPos, ok = list(value, func(s string) (int, bool) { return plusMinus(s, 366) })
	case "BYDAY":
		r.byDay, ok = list(value, parseNthWeekday)
	case "BYHOUR", "BYMINUTE", "BYSECOND":
		return withTime
	default:
		return fmt.Sprintf("the part %q is not known", cut(name))
	}
	if !ok {
		return name + "=" + cut(value) + " is not allowed"
	}
	return ""
}

// Reasons that more than one place gives.
const (
	withinDay = "it would repeat within a day, and a todo repeats by days at the most"
	withTime  = "the time of the day belongs to the due date"
)

// upTo reads a number from 1 to most.
func upTo(s string, most int) (int, bool) {
	n, ok := digits(s, 4)
	return n, ok && n >= 1 && n <= most
}

// plusMinus reads a number from 1 to most, or from the end.
func plusMinus(s string, most int) (int, bool) {
	bare, negative := strings.CutPrefix(s, "-")
	if !negative {
		bare = strings.TrimPrefix(s, "+")
	}
	n, ok := upTo(bare, most)
	if negative {
		n = -n
	}
	return n, ok
}

func parseNthWeekday(s string) (nthWeekday, bool) {
	if len(s) < 2 {
		return nthWeekday{}, false
	}
	prefix, code := s[:len(s)-2], s[len(s)-2:]
	day := slices.Index(weekdayCodes, code)
	if day < 0 || prefix == "" {
		return nthWeekday{day: time.Weekday(day)}, day >= 0
	}
	n, ok := plusMinus(prefix, 53)
	return nthWeekday{n, time.Weekday(day)}, ok
}

func list[T any](value string, parse func(string) (T, bool)) ([]T, bool) {
	var all []T
	for s := range strings.SplitSeq(value, ",") {
		item, ok := parse(s)
		if !ok {
			return nil, false
		}
		all = append(all, item)
	}
	return all, true
}

// untilDay reads the three forms of UNTIL as a day on the person's calendar.
func untilDay(value string, zone *time.Location) (time.Time, bool) {
	day, err := time.Parse("20060102", value)
	if err != nil {
		day, err = time.Parse("20060102T150405", value)
	}
	if err != nil {
		day, err = time.Parse("20060102T150405Z", value)
		day = day.In(zone)
	}
	return midnight(day), err == nil && checkYear(day) == nil
}

// check says what RFC 5545 does not allow together, and what never happens.
func (r rule) check() (reason string) {
	numbered := slices.ContainsFunc(r.byDay, func(d nthWeekday) bool { return d.n != 0 })
	beyond := func(most int) bool {
		return slices.ContainsFunc(r.byDay, func(d nthWeekday) bool { return max(d.n, -d.n) > most })
	}
	inMonth := r.freq == monthly || r.freq == yearly && len(r.byMonth) > 0
	parts := len(r.byMonth) + len(r.byWeekNo) + len(r.byYearDay) + len(r.byMonthDay) + len(r.byDay)
	switch {
	case r.count > 0 && !r.until.IsZero():
		return "it ends both at a date and after a number of times"
	case r.freq != yearly && len(r.byWeekNo) > 0:
		return "only a year has numbered weeks"
	case r.freq != yearly && len(r.byYearDay) > 0:
		return "only a year has numbered days of the year"
	case r.freq == weekly && len(r.byMonthDay) > 0:
		return "a week has no days of the month"
	case numbered && (r.freq < monthly || len(r.byWeekNo) > 0):
		return "only a month or a year has a numbered weekday"
	case beyond(5) && inMonth:
		return "a month has a weekday five times at the most"
	case beyond(53), anyBeyond(r.byWeekNo, 53), anyBeyond(r.byMonthDay, 31):
		return "one of its numbers is too large"
	case len(r.bySetPos) > 0 && parts == 0:
		return "there is nothing to choose from"
	case !r.happens():
		return "there is no such day"
	}
	return ""
}

func anyBeyond(numbers []int, most int) bool {
	return slices.ContainsFunc(numbers, func(n int) bool { return max(n, -n) > most })
}

// canonical returns the rule with sorted lists, and without what says nothing.
func (r rule) canonical() rule {
	r.byMonth, r.byWeekNo, r.byYearDay = sorted(r.byMonth), sorted(r.byWeekNo), sorted(r.byYearDay)
	r.byMonthDay, r.bySetPos = sorted(r.byMonthDay), sorted(r.bySetPos)
	r.byDay = slices.Clone(r.byDay)
	slices.SortFunc(r.byDay, func(a, b nthWeekday) int {
		return cmp.Or(cmp.Compare(order(a.n), order(b.n)), cmp.Compare(daysUntil(time.Monday, a.day), daysUntil(time.Monday, b.day)))
	})
	r.byDay = slices.Compact(r.byDay)
	if !r.weekMatters() {
		r.weekStart = time.Monday
	}
	return r
}

// weekMatters reports whether the first day of the week changes what the rule is.
func (r rule) weekMatters() bool {
	return r.freq == weekly && (r.interval > 1 && len(r.byDay) > 1 || len(r.bySetPos) > 0) || len(r.byWeekNo) > 0
}

// sorted puts what counts from the end behind what counts from the start.
func sorted(numbers []int) []int {
	numbers = slices.Clone(numbers)
	slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(order(a), order(b)) })
	return slices.Compact(numbers)
}

func order(n int) int {
	if n < 0 {
		return 1000 + n
	}
	return n
}

// String returns the RRULE, without its name.
func (r rule) String() string {
	text := "FREQ=" + frequencies[r.freq]
	if r.interval > 1 {
		text += ";INTERVAL=" + strconv.Itoa(r.interval)
	}
	if r.count > 0 {
		text += ";COUNT=" + strconv.Itoa(r.count)
	}
	if !r.until.IsZero() {
		text += ";UNTIL=" + r.until.Format("20060102")
	}
	text += join(";BYMONTH=", r.byMonth, strconv.Itoa) + join(";BYWEEKNO=", r.byWeekNo, strconv.Itoa) +
		join(";BYYEARDAY=", r.byYearDay, strconv.Itoa) + join(";BYMONTHDAY=", r.byMonthDay, strconv.Itoa) +
		join(";BYDAY=", r.byDay, nthWeekday.String) + join(";BYSETPOS=", r.bySetPos, strconv.Itoa)
	if r.weekStart != time.Monday {
		text += ";WKST=" + weekdayCodes[r.weekStart]
	}
	return text
}

func (d nthWeekday) String() string {
	if d.n == 0 {
		return weekdayCodes[d.day]
	}
	return strconv.Itoa(d.n) + weekdayCodes[d.day]
}

func join[T any](name string, items []T, format func(T) string) string {
	if len(items) == 0 {
		return ""
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = format(item)
	}
	return name + strings.Join(texts, ",")
}
