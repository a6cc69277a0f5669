package when

import (
	"fmt"
	"strings"
	"time"
)

// Days are reckoned as midnights in UTC, where every day has 24 hours; only wall
// turns one into an instant.

// zone returns the person's zone, never nil.
func (c Clock) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// today returns the person's day.
func (c Clock) today() time.Time { return midnight(c.Now.In(c.zone())) }

// Today returns the date on the person's calendar, as "2006-01-02".
func (c Clock) Today() string { return c.today().Format(time.DateOnly) }

// midnight returns the day that t has on its own calendar.
func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// civil returns a day, or false if that month has no such day.
func civil(year int, month time.Month, day int) (time.Time, bool) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == day && t.Month() == month
}

// wall returns the instant at which the clocks of loc show that minute of the
// day: the first if there are two, and if there is none the one they would have
// shown without the change. time.Date does not say which it takes.
func wall(day time.Time, minute int, loc *time.Location) time.Time {
	asUTC := day.Add(time.Duration(minute) * time.Minute)
	shown := func(offset time.Duration) (time.Time, bool) {
		t := asUTC.Add(-offset).In(loc)
		return t, offsetAt(t) == offset
	}
	// No offset is beyond 15 hours, so these lie on either side of any change
	// that can matter.
	before, after := offsetAt(asUTC.Add(-30*time.Hour).In(loc)), offsetAt(asUTC.Add(30*time.Hour).In(loc))
	first, ok := shown(max(before, after))
	if ok {
		return first
	}
	if second, ok := shown(min(before, after)); ok {
		return second
	}
	return asUTC.Add(-before).In(loc)
}

func offsetAt(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// maxZone is the longest name of a zone that is looked for, in bytes.
const maxZone = 64

// Zone finds a zone by its IANA name. It refuses what package time would read
// besides: the machine's own zone, and the files of a system's database whose names
// no other machine knows. The error is an *Error.
func Zone(name string) (*time.Location, error) {
	if isZoneName(name) {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, &Error{Message: fmt.Sprintf("%q is not a time zone", cut(name)), Hint: "use a name of the IANA database, like Europe/Berlin"}
}

func isZoneName(name string) bool {
	if name == "" || len(name) > maxZone || strings.ContainsFunc(name, notInZone) {
		return false
	}
	switch first, _, _ := strings.Cut(name, "/"); strings.ToLower(first) {
	case "", "local", "localtime", "posix", "right", "posixrules", "factory":
		return false
	}
	return true
}

func notInZone(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && (r < '0' || r > '9') && !strings.ContainsRune("/_+-", r)
}

// zoneOf is Zone for the zone of a time, which must have one.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return nil, invalidPair("a time needs a zone")
	}
	loc, err := Zone(name)
	if err != nil {
		return nil, invalidPair("%s", err)
	}
	return loc, nil
}

// week returns the first day of the week that day is in.
func week(day time.Time, start time.Weekday) time.Time {
	return day.AddDate(0, 0, -daysUntil(start, day.Weekday()))
}

// daysUntil returns how many days after a weekday the other comes: 0 to 6.
func daysUntil(from, to time.Weekday) int { return int(to-from+7) % 7 }

// addMonths stays in the month it comes to: a month after 31 january is the last
// of february.
func addMonths(day time.Time, months int) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(day.Day(), lastOfMonth(first).Day())-1)
}

func lastOfMonth(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC)
}
