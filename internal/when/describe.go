package when

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// DescribeRepeat says a rule in plain English that ParseRepeat reads back to the
// same rule: "every 2 weeks on monday and friday until 2027-01-01". What is no
// rule comes back as it is.
func DescribeRepeat(rule string) string {
	r, reason := parseRule(rule, time.UTC)
	if reason != "" || r.check() != "" {
		return rule
	}
	r = r.canonical()
	text := r.describeDays()
	if len(r.bySetPos) > 0 {
		text += ", only the " + names(r.bySetPos, ordinalName) + " of them"
	}
	if r.weekMatters() {
		text += ", weeks from " + dayName(r.weekStart)
	}
	if !r.until.IsZero() {
		text += " until " + r.until.Format(time.DateOnly)
	}
	if r.count > 0 {
		text += " " + quantity(r.count, "time")
	}
	return text
}

func (r rule) describeDays() string {
	text := "every "
	switch unit := []string{"day", "week", "month", "year"}[r.freq]; {
	case r.freq == weekly && r.interval == 1 && len(r.byDay) > 0 && len(r.byMonth) == 0:
		return text + r.describeWeekdays()
	case r.interval == 1:
		text += unit
	default:
		text += quantity(r.interval, unit)
	}
	if r.isDate() {
		return text + " on " + dateName(r.byMonthDay[0], r.byMonth[0])
	}
	if len(r.byMonth) > 0 {
		text += " in " + names(r.byMonth, monthName)
	}
	if len(r.byWeekNo) > 0 {
		text += " in the " + names(r.byWeekNo, ordinalName) + " week"
	}
	if len(r.byDay) > 0 {
		text += " on " + r.describeWeekdays()
	}
	if len(r.byMonthDay) > 0 {
		text += " on the " + names(r.byMonthDay, ordinalName) + r.dayNoun()
	}
	if len(r.byYearDay) > 0 {
		text += " on the " + names(r.byYearDay, ordinalName) + " day of the year"
	}
	return text
}

// isDate reports whether the rule is one date of the year and nothing besides.
func (r rule) isDate() bool {
	return r.freq == yearly && len(r.byMonth) == 1 && len(r.byMonthDay) == 1 && r.byMonthDay[0] > 0 &&
		len(r.byDay) == 0 && len(r.byWeekNo) == 0 && len(r.byYearDay) == 0
}

func (r rule) describeWeekdays() string {
	weekdays := []nthWeekday{{day: 1}, {day: 2}, {day: 3}, {day: 4}, {day: 5}}
	if slices.Equal(r.byDay, weekdays) {
		return map[bool]string{false: "weekday", true: "weekdays"}[r.freq != weekly || r.interval > 1 || len(r.byMonth) > 0]
	}
	text := names(r.byDay, func(d nthWeekday) string {
		if d.n == 0 {
			return dayName(d.day)
		}
		return "the " + ordinalName(d.n) + " " + dayName(d.day)
	})
	if r.freq == yearly && len(r.byMonth) == 0 && r.byDay[len(r.byDay)-1].n != 0 {
		text += " of the year"
	}
	return text
}

// dayNoun is "day" where "the last" alone would be unclear, and "day of the month"
// where the year could be meant.
func (r rule) dayNoun() string {
	switch {
	case r.freq == yearly && len(r.byMonth) == 0:
		return " day of the month"
	case r.byMonthDay[len(r.byMonthDay)-1] < 0:
		return " day"
	}
	return ""
}

func dayName(day time.Weekday) string { return strings.ToLower(day.String()) }

func monthName(month int) string { return strings.ToLower(time.Month(month).String()) }

func dateName(day, month int) string {
	return strconv.Itoa(day) + " " + monthName(month)
}

// names joins as English does: "a, b and c".
func names[T any](items []T, name func(T) string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = name(item)
	}
	last := len(texts) - 1
	if last == 0 {
		return texts[0]
	}
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}

// quantity writes "5 times" and "1 time".
func quantity(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}
