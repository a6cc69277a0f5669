package when

import (
	"math"
	"slices"
	"time"
)

// First returns the first date of the rule on or after today. What the rule
// leaves open (the day of "every month") is then fixed by that date.
func First(rule string, c Clock) (Due, error) {
	r, reason := parseRule(rule, c.zone())
	if reason == "" {
		reason = r.check()
	}
	if reason != "" {
		return Due{}, c.refuse(repeatExamples, "%q is not a repeat: %s", cut(rule), reason)
	}
	r.interval = 1 // the first occurrence is where the intervals begin
	today := c.today()
	day, ok := r.occurrence(today, today, lastYear)
	if !ok {
		return Due{}, c.refuse(repeatExamples, "%q has no date from today on", cut(DescribeRepeat(rule)))
	}
	return dateDue(day)
}

// Next returns the first occurrence after d that is not before today, so that
// nothing piles up: what was missed is passed over. Intervals count from d. A
// time stays the same on the wall clock of its zone; one that a clock change
// skipped goes on from where it was moved to. With no due it is the first
// occurrence after today.
//
// It is false when the rule has ended: after UNTIL, after 2200, with COUNT=1 (the
// one that d is), and for a text that is no rule. COUNT counts what is left,
// d included; NextRule says what the follow-up carries.
func Next(rule string, d Due, c Clock) (Due, bool) {
	r, reason := parseRule(rule, c.zone())
	if reason != "" || r.check() != "" || r.count == 1 {
		return Due{}, false
	}
	loc := c.zone()
	if d.HasTime() {
		var err error
		if loc, err = zoneOf(d.Zone); err != nil {
			return Due{}, false
		}
	}
	today := midnight(c.Now.In(loc))
	anchor := today
	if !d.IsZero() {
		var err error
		if anchor, err = time.Parse(time.DateOnly, d.Date()); err != nil {
			return Due{}, false
		}
	}
	floor := anchor.AddDate(0, 0, 1)
	if floor.Before(today) {
		floor = today
	}
	r = r.anchored(anchor)
	day, ok := r.occurrence(anchor, floor, lastYear)
	if !ok {
		return Due{}, false
	}
	next, err := dateDue(day)
	if d.HasTime() {
		next, err = timeDue(wall(day, minuteOf(d), loc), loc)
	}
	return next, err == nil
}

// NextRule returns the rule for the todo that follows: COUNT one less, "" after
// the last one, and anything else unchanged. Occurrences that Next passes over
// are not counted.
func NextRule(rule string) string {
	r, reason := parseRule(rule, time.UTC)
	if reason != "" || r.count == 0 {
		return rule
	}
	if r.count == 1 {
		return ""
	}
	r.count--
	return r.canonical().String()
}

// minuteOf returns the minute of the day on the due's own wall clock.
func minuteOf(d Due) int {
	t, _ := time.Parse("2006-01-02T15:04", d.At[:min(timeLength, len(d.At))])
	return t.Hour()*60 + t.Minute()
}

// anchored fills in what the rule takes from the day it starts on: "every month"
// is on the day of the month that day has.
func (r rule) anchored(day time.Time) rule {
	switch {
	case len(r.byDay) > 0 || len(r.byMonthDay) > 0 || len(r.byYearDay) > 0 || r.freq == daily:
	case r.freq == weekly || len(r.byWeekNo) > 0:
		r.byDay = []nthWeekday{{day: day.Weekday()}}
	default:
		r.byMonthDay = []int{day.Day()}
		if r.freq == yearly && len(r.byMonth) == 0 {
			r.byMonth = []int{int(day.Month())}
		}
	}
	return r
}

// happens reports whether any day fits the rule.
func (r rule) happens() bool {
	if len(r.byMonth) > 0 && len(r.byMonthDay) > 0 && !r.datesExist() {
		return false // the usual mistake, found without going through them
	}
	r.interval, r.until = 1, time.Time{}
	// In 28 years every kind of year begins on every day of the week.
	start := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
	_, ok := r.occurrence(start, start, 2028)
	return ok
}

// datesExist reports whether one of the months can have one of the days.
func (r rule) datesExist() bool {
	return slices.ContainsFunc(r.byMonth, func(month int) bool {
		last := time.Date(2000, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day() // a leap year
		return slices.ContainsFunc(r.byMonthDay, func(day int) bool { return max(day, -day) <= last })
	})
}

// occurrence returns the first day of the rule from floor on, with intervals
// counted from the period that anchor is in. It ends with the last year, so it is
// done after some ten thousand days even if there is none.
func (r *rule) occurrence(anchor, floor time.Time, last int) (time.Time, bool) {
	for i := r.periodsBefore(anchor, floor); ; i++ {
		start, end := r.period(anchor, i)
		if start.Year() > last {
			return time.Time{}, false
		}
		for _, day := range r.days(start, end) {
			switch {
			case !r.until.IsZero() && day.After(r.until), day.Year() > last:
				return time.Time{}, false
			case !day.Before(floor):
				return day, true
			}
		}
	}
}

// period returns the first day of the ith period and of the one after it.
func (r *rule) period(anchor time.Time, i int) (start, end time.Time) {
	n := i * r.interval
	switch r.freq {
	case daily:
		start = anchor.AddDate(0, 0, n)
		return start, start.AddDate(0, 0, 1)
	case weekly:
		start = week(anchor, r.weekStart).AddDate(0, 0, 7*n)
		return start, start.AddDate(0, 0, 7)
	case monthly:
		start = time.Date(anchor.Year(), anchor.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		return start, start.AddDate(0, 1, 0)
	}
	start = time.Date(anchor.Year()+n, time.January, 1, 0, 0, 0, 0, time.UTC)
	return start, start.AddDate(1, 0, 0)
}

// periodsBefore returns how many periods surely lie before floor.
func (r *rule) periodsBefore(anchor, floor time.Time) int {
	longest := []float64{1, 7, 31, 366}[r.freq]
	days := floor.Sub(anchor).Hours() / 24
	return max(0, int(math.Floor(days/(longest*float64(r.interval))))-1)
}

// days returns the days of a period that the rule has.
func (r *rule) days(start, end time.Time) []time.Time {
	var all []time.Time
	for day := start; day.Before(end); day = day.Add(24 * time.Hour) {
		if r.fits(day) {
			all = append(all, day)
		}
	}
	if len(r.bySetPos) == 0 {
		return all
	}
	var chosen []time.Time
	for i, day := range all {
		if slices.Contains(r.bySetPos, i+1) || slices.Contains(r.bySetPos, i-len(all)) {
			chosen = append(chosen, day)
		}
	}
	return chosen
}

// fits reports whether a day passes every part of the rule.
func (r *rule) fits(day time.Time) bool {
	return r.fitsMonth(day) && r.fitsMonthDay(day) && r.fitsWeekday(day) && r.fitsYearDay(day) && r.fitsWeek(day)
}

func (r *rule) fitsMonth(day time.Time) bool {
	return len(r.byMonth) == 0 || slices.Contains(r.byMonth, int(day.Month()))
}

func (r *rule) fitsMonthDay(day time.Time) bool {
	return len(r.byMonthDay) == 0 || isNth(r.byMonthDay, day.Day(), lastOfMonth(day).Day())
}

func (r *rule) fitsYearDay(day time.Time) bool {
	return len(r.byYearDay) == 0 || isNth(r.byYearDay, day.YearDay(), daysInYear(day))
}

// isNth reports whether the list names the nth of so many, from either end.
func isNth(list []int, n, of int) bool {
	return slices.Contains(list, n) || slices.Contains(list, n-of-1)
}

func daysInYear(day time.Time) int {
	if _, leap := civil(day.Year(), time.February, 29); leap {
		return 366
	}
	return 365
}

func (r *rule) fitsWeekday(day time.Time) bool {
	if len(r.byDay) == 0 {
		return true
	}
	return slices.ContainsFunc(r.byDay, func(d nthWeekday) bool {
		if d.day != day.Weekday() {
			return false
		}
		if d.n == 0 {
			return true
		}
		n, of := day.Day(), lastOfMonth(day).Day()
		if r.freq == yearly && len(r.byMonth) == 0 {
			n, of = day.YearDay(), daysInYear(day)
		}
		return d.n == (n-1)/7+1 || d.n == -(of-n)/7-1
	})
}

// fitsWeek goes by the number of the week that the day is in, which can be one of
// the year before or after.
func (r *rule) fitsWeek(day time.Time) bool {
	if len(r.byWeekNo) == 0 {
		return true
	}
	// A week belongs to the year that has most of its days, so its fourth.
	fourth := week(day, r.weekStart).AddDate(0, 0, 3)
	weeks := (daysInYear(fourth)-fourth.YearDay())/7 + (fourth.YearDay()-1)/7 + 1
	return isNth(r.byWeekNo, (fourth.YearDay()-1)/7+1, weeks)
}
