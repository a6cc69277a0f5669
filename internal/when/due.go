package when

import (
	"fmt"
	"strings"
	"time"
)

// Clock is the moment and the place a text is understood in.
type Clock struct {
	Now       time.Time
	Zone      *time.Location // the person's; nil: UTC. A time can only be understood in a zone with an IANA name.
	WeekStart time.Weekday
}

// Due is when something is due: a date, or a time with its zone. The zero Due is
// none. Dues compare with ==.
type Due struct {
	// At is "2026-11-27", or "2026-11-27T17:00:00+01:00": RFC 3339 in the zone's
	// offset, seconds 00.
	At string
	// Zone is an IANA name, and only there with a time.
	Zone string
}

// The years a due may lie in.
const (
	firstYear = 1970
	lastYear  = 2200
)

const (
	dateLength = len(time.DateOnly)
	timeLength = len("2006-01-02T15:04")
)

// IsZero reports whether nothing is due.
func (d Due) IsZero() bool { return d == Due{} }

// HasTime reports whether it is due at a time, not on a day.
func (d Due) HasTime() bool { return len(d.At) > dateLength }

// Date returns the date in the due's own zone, as "2006-01-02"; "" for none.
func (d Due) Date() string { return d.At[:min(dateLength, len(d.At))] }

// Instant returns when it is due. A date is due at the start of its day in loc
// (nil: UTC), which is not always 00:00. For none it is the zero time.
func (d Due) Instant(loc *time.Location) time.Time {
	if d.HasTime() {
		t, _ := time.Parse(time.RFC3339, d.At)
		return t
	}
	day, err := time.Parse(time.DateOnly, d.At)
	if err != nil {
		return time.Time{}
	}
	return wall(day, 0, Clock{Zone: loc}.zone())
}

// DateIn returns the date that a person in loc sees on the calendar when it is
// due. A date is the same everywhere.
func (d Due) DateIn(loc *time.Location) string {
	if !d.HasTime() {
		return d.At
	}
	return d.Instant(loc).In(Clock{Zone: loc}.zone()).Format(time.DateOnly)
}

// Overdue reports whether it should be done by now: a date before today, a time
// before now.
func (d Due) Overdue(c Clock) bool {
	switch {
	case d.IsZero():
		return false
	case d.HasTime():
		return d.Instant(nil).Before(c.Now)
	}
	return d.At < c.Today()
}

// Human returns the due as a person reads it: "Fri 2026-11-27", "Fri 2026-11-27
// 17:00", and with the zone's name behind it if that is not the person's. Parse
// reads it back. For none it is "".
func (d Due) Human(c Clock) string {
	day, err := time.Parse(time.DateOnly, d.Date())
	if err != nil {
		return ""
	}
	text := day.Format("Mon 2006-01-02")
	if !d.HasTime() {
		return text
	}
	text += " " + d.At[dateLength+1:timeLength]
	if d.Zone != c.zone().String() {
		text += " " + d.Zone
	}
	return text
}

// NearDay returns the word for a date close to today: "yesterday", "today",
// "tomorrow", or "Fri" for one of the five days after that, which a weekday alone can
// mean. ok is false for any other.
func (c Clock) NearDay(date string) (word string, ok bool) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "", false
	}
	switch days := int(day.Sub(c.today()) / (24 * time.Hour)); {
	case days == -1:
		return "yesterday", true
	case days == 0:
		return "today", true
	case days == 1:
		return "tomorrow", true
	case days > 1 && days < 7:
		return day.Format("Mon"), true
	}
	return "", false
}

// Key returns a string whose byte order is the order of the wall clock, each due
// read in its own zone. A date comes after all times of its day, none after all.
func (d Due) Key() string {
	if d.HasTime() {
		return d.At[:timeLength]
	}
	return d.At + "~"
}

// Valid returns the due that is stored or imported as this pair, in its one form.
// At may have another offset than the zone's (the instant counts) or none (it is
// the zone's wall clock); "Z" needs no zone. It knows no words.
func Valid(at, zone string) (Due, error) {
	if at == "" && zone == "" {
		return Due{}, nil
	}
	if day, err := time.Parse(time.DateOnly, at); err == nil {
		if zone != "" {
			return Due{}, invalidPair("the date %s has a zone (%q)", at, cut(zone))
		}
		return dateDue(day)
	}
	if zone == "" && strings.HasSuffix(at, "Z") {
		zone = "UTC"
	}
	loc, err := zoneOf(zone)
	if err != nil {
		return Due{}, err
	}
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		return timeDue(t, loc)
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, at); err == nil {
			return timeDue(wall(midnight(t), t.Hour()*60+t.Minute(), loc), loc)
		}
	}
	return Due{}, invalidPair("%q is not a date or a time", cut(at))
}

func dateDue(day time.Time) (Due, error) {
	if err := checkYear(day); err != nil {
		return Due{}, err
	}
	return Due{At: day.Format(time.DateOnly)}, nil
}

func timeDue(t time.Time, loc *time.Location) (Due, error) {
	t = t.Add(-time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond())).In(loc)
	if err := checkYear(t); err != nil {
		return Due{}, err
	}
	// An offset with seconds, as before 1972 in some places, has no RFC 3339 form.
	if _, offset := t.Zone(); offset%60 != 0 {
		return Due{}, invalidPair("%s had no whole offset in %d", loc, t.Year())
	}
	at := t.Format("2006-01-02T15:04:05Z07:00")
	return Due{At: at, Zone: loc.String()}, nil
}

func checkYear(t time.Time) error {
	if year := t.Year(); year < firstYear || year > lastYear {
		return invalidPair("the year %d is out of range: %d to %d are allowed", year, firstYear, lastYear)
	}
	return nil
}

func invalidPair(format string, args ...any) *Error {
	return &Error{
		Message: fmt.Sprintf(format, args...),
		Hint:    `use a date (2026-11-27), or a time with a zone (2026-11-27T17:00:00+01:00 and Europe/Berlin)`,
	}
}
