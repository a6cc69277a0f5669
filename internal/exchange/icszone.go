package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// A calendar must describe each zone that it names. Package time knows a zone's
// changes one by one; here they become rules again where they are regular.

// usedZone is a zone that todos are due in, and in which years.
type usedZone struct {
	loc         *time.Location
	first, last int
}

// Repeating todos go on beyond the last date in a calendar.
const yearsAhead = 10

func zonesOf(todos []todo.Todo) []usedZone {
	used := map[string]usedZone{}
	for _, t := range todos {
		d := t.When()
		loc, err := when.Zone(t.Timezone)
		if !d.HasTime() || err != nil || t.Timezone == "UTC" {
			continue
		}
		year := d.Instant(nil).Year()
		zone, known := used[t.Timezone]
		if !known {
			zone = usedZone{loc, year, year}
		}
		zone.first, zone.last = min(zone.first, year), max(zone.last, year)
		used[t.Timezone] = zone
	}
	zones := make([]usedZone, 0, len(used))
	for _, zone := range used {
		zones = append(zones, zone)
	}
	slices.SortFunc(zones, func(a, b usedZone) int { return strings.Compare(a.loc.String(), b.loc.String()) })
	return zones
}

// observance is a run of changes of the clock to the same offset and name.
type observance struct {
	name     string
	daylight bool
	from, to int // seconds east of UTC
	onsets   []time.Time
}

func (w *icsWriter) timezone(z usedZone) {
	w.prop("BEGIN", "VTIMEZONE")
	w.prop("TZID", z.loc.String())
	for _, o := range z.observances() {
		kind := "STANDARD"
		if o.daylight {
			kind = "DAYLIGHT"
		}
		w.prop("BEGIN", kind)
		w.prop("DTSTART", o.wall(o.onsets[0]))
		if rule := o.rule(); rule != "" {
			w.prop("RRULE", rule)
		} else {
			for _, onset := range o.onsets[1:] {
				w.prop("RDATE", o.wall(onset))
			}
		}
		w.prop("TZOFFSETFROM", offset(o.from))
		w.prop("TZOFFSETTO", offset(o.to))
		w.prop("TZNAME", o.name)
		w.prop("END", kind)
	}
	w.prop("END", "VTIMEZONE")
}

// observances returns what the clock is set to at the start of the years, and all
// changes until some years after them.
func (z usedZone) observances() []observance {
	begin := time.Date(z.first-1, time.January, 1, 0, 0, 0, 0, z.loc)
	end := time.Date(z.last+yearsAhead, time.December, 31, 0, 0, 0, 0, z.loc)
	name, seconds := begin.Zone()
	list := []observance{{name, begin.IsDST(), seconds, seconds, []time.Time{begin}}}
	runs := map[string]int{}
	for at := nextChange(begin); !at.IsZero() && at.Before(end); at = nextChange(at) {
		next := observance{daylight: at.IsDST(), from: seconds}
		next.name, next.to = at.Zone()
		if next.name == name && next.to == seconds {
			continue
		}
		key := fmt.Sprint(next.name, next.daylight, next.from, next.to)
		run, known := runs[key]
		if !known {
			run = len(list)
			runs[key] = run
			list = append(list, next)
		}
		list[run].onsets = append(list[run].onsets, at)
		name, seconds = next.name, next.to
	}
	return list
}

// nextChange returns when the clock may change next, or the zero time. Go 1.26
// takes every year to end with its 365th day where it has no table: on the last
// of a leap year it answers with t itself, or with a change that is none.
func nextChange(t time.Time) time.Time {
	for ahead := time.Duration(0); ahead <= 48*time.Hour; ahead += 12 * time.Hour {
		if _, end := t.Add(ahead).ZoneBounds(); end.IsZero() || end.After(t) {
			return end
		}
	}
	return time.Time{}
}

// wall returns an onset as the clock showed it before the change.
func (o observance) wall(onset time.Time) string {
	return onset.In(time.FixedZone("", o.from)).Format(icsLocal)
}

// rule returns the yearly rule that makes exactly these onsets, or "".
func (o observance) rule() string {
	first := o.onsets[0].In(time.FixedZone("", o.from))
	if len(o.onsets) < 3 {
		return ""
	}
	nth, last := (first.Day()-1)/7+1, true
	sameWeek := true
	for i, onset := range o.onsets {
		at := onset.In(time.FixedZone("", o.from))
		if at.Year() != first.Year()+i || at.Month() != first.Month() || at.Weekday() != first.Weekday() || at.Format("150405") != first.Format("150405") {
			return ""
		}
		sameWeek = sameWeek && (at.Day()-1)/7+1 == nth
		last = last && at.AddDate(0, 0, 7).Month() != at.Month()
	}
	day := strings.ToUpper(first.Weekday().String()[:2])
	switch {
	case last:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=-1%s", first.Month(), day)
	case sameWeek:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", first.Month(), nth, day)
	}
	return ""
}

func offset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += fmt.Sprintf("%02d", seconds%60)
	}
	return text
}

var (
	untilUTC = pattern(`(?i)UNTIL=(\d{8}T\d{6}Z)`)
	untilDay = pattern(`UNTIL=(\d{8})(?:;|$)`)
)

// untilDate returns a rule whose end is a date, as our rules have it, of one that
// ends at an instant.
func untilDate(rule string, loc *time.Location) string {
	return untilUTC().ReplaceAllStringFunc(rule, func(part string) string {
		t, err := time.Parse(icsUTC, strings.ToUpper(part[len("UNTIL="):]))
		if err != nil {
			return part
		}
		return "UNTIL=" + t.In(loc).Format(icsDate)
	})
}

// untilInstant is its reverse: the rule ends with the last minute of that day.
func untilInstant(rule string, d when.Due) string {
	loc, err := when.Zone(d.Zone)
	if err != nil {
		loc = time.UTC
	}
	return untilDay().ReplaceAllStringFunc(rule, func(part string) string {
		digits := part[len("UNTIL="):]
		day, err := time.ParseInLocation(icsDate, digits[:len(icsDate)], loc)
		if err != nil {
			return part
		}
		return "UNTIL=" + day.AddDate(0, 0, 1).Add(-time.Second).UTC().Format(icsUTC) + digits[len(icsDate):]
	})
}
