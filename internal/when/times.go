package when

import (
	"fmt"
	"strings"
	"time"
)

// What the parts of a day mean as a time.
const (
	morning   = 9 * 60
	noon      = 12 * 60
	afternoon = 15 * 60
	evening   = 19 * 60
	night     = 20 * 60
)

var partsOfDay = map[string]int{"morning": morning, "noon": noon, "afternoon": afternoon, "evening": evening, "night": night}

// timeOfDay reads "17:00", "5pm", "9:30 am", "noon", each with or without "at",
// as a minute of the day.
func (p *parser) timeOfDay() (int, bool) {
	at := p.acceptAny("at", "@")
	if p.acceptAny("noon", "midday") {
		return noon, true
	}
	if p.accept("midnight") {
		p.refuse(`"midnight" can be the start or the end of a day: say 00:00 or 23:59`)
		return 0, false
	}
	word := p.peek(0)
	p.pos++
	half, bare := "", word
	if rest, ok := cutAnySuffix(word, "am", "pm"); ok {
		half, bare = word[len(rest):], rest
	} else if next := p.peek(0); next == "am" || next == "pm" {
		half = next
		p.pos++
	}
	hour, minute, colon := clockDigits(bare)
	switch {
	case hour < 0:
		return 0, false
	case half != "":
		return p.halfDay(hour, minute, half)
	case !colon && !at:
		return 0, false
	case !colon && hour <= 12:
		p.refuse(`"%s" can be before or after noon: say %02d:00 or %dpm`, bare, hour, max(hour, 1))
		return 0, false
	case hour > 23:
		p.refuse(`"%s" is not a time: the day ends at 23:59`, bare)
		return 0, false
	}
	return hour*60 + minute, true
}

func (p *parser) halfDay(hour, minute int, half string) (int, bool) {
	if hour < 1 || hour > 12 {
		p.refuse(`"%d%s" is not a time`, hour, half)
		return 0, false
	}
	hour %= 12
	if half == "pm" {
		hour += 12
	}
	return hour*60 + minute, true
}

// clockDigits reads "9", "9:30" and "09:30:00"; the hour is -1 if it is no clock.
func clockDigits(word string) (hour, minute int, colon bool) {
	parts := strings.Split(word, ":")
	hour, ok := digits(parts[0], 2)
	if !ok || len(parts) > 3 {
		return -1, 0, false
	}
	for i, part := range parts[1:] {
		n, ok := digits(part, 2)
		if !ok || len(part) != 2 || n > 59 {
			return -1, 0, false
		}
		if i == 0 {
			minute = n
		}
	}
	return hour, minute, len(parts) > 1
}

func cutAnySuffix(word string, suffixes ...string) (string, bool) {
	for _, suffix := range suffixes {
		if rest, ok := strings.CutSuffix(word, suffix); ok && rest != "" {
			return rest, true
		}
	}
	return word, false
}

// instant reads what is so far from now, and a time with its offset.
func (p *parser) instant() (time.Time, bool) {
	if p.accept("now") {
		return wholeMinute(p.clock.Now), true
	}
	for _, form := range []func() (time.Time, bool){p.exactTime, p.duration} {
		if t, ok := try(p, form); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// exactTime reads 2026-11-27T17:00+01:00 and 2026-11-27T17:00Z.
func (p *parser) exactTime() (time.Time, bool) {
	word := strings.ToUpper(p.peek(0))
	p.pos++
	for _, layout := range []string{"2006-01-02T15:04Z07:00", time.RFC3339, "2006-01-02T15:04Z0700", "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, word); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// duration reads "in 2 hours", "in an hour", "45 minutes from now".
func (p *parser) duration() (time.Time, bool) {
	in := p.accept("in")
	if in && p.acceptAny("half") && p.accept("an", "hour") {
		return wholeMinute(p.clock.Now.Add(30 * time.Minute)), true
	}
	n, ok := p.number()
	if !ok {
		return time.Time{}, false
	}
	var unit time.Duration
	switch {
	case p.acceptAny("hour", "hours", "hr", "hrs"):
		unit = time.Hour
	case p.acceptAny("minute", "minutes", "min", "mins"):
		unit = time.Minute
	default:
		return time.Time{}, false
	}
	if !in && !p.accept("from", "now") {
		return time.Time{}, false
	}
	return wholeMinute(p.clock.Now.Add(time.Duration(n) * unit)), true
}

// wholeMinute rounds up: what is due in an hour is not due before.
func wholeMinute(t time.Time) time.Time {
	if whole := t.Truncate(time.Minute); whole.Before(t) {
		return whole.Add(time.Minute)
	}
	return t
}

// refuse notes why something that looks like a date is none.
func (p *parser) refuse(format string, args ...any) {
	if p.reason == "" {
		p.reason = fmt.Sprintf(format, args...)
	}
}
