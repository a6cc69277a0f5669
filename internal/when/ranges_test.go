package when_test

import (
	"testing"
	"time"

	"todo.example/internal/when"
)

func TestParseRange(t *testing.T) {
	table := map[string]when.Range{
		"":           {},
		"today":      {To: "2026-11-24"},
		" Today ":    {To: "2026-11-24"},
		"overdue":    {Overdue: true},
		"none":       {None: true},
		"no date":    {None: true},
		"tomorrow":   {From: "2026-11-25", To: "2026-11-25"},
		"friday":     {From: "2026-11-27", To: "2026-11-27"},
		"2026-11-01": {From: "2026-11-01", To: "2026-11-01"},
		"week":       {To: "2026-11-29"}, "this week": {To: "2026-11-29"},
		"next  week": {From: "2026-11-30", To: "2026-12-06"},
		"weekend":    {From: "2026-11-28", To: "2026-11-29"}, "next weekend": {From: "2026-12-05", To: "2026-12-06"},
		"month": {To: "2026-11-30"}, "next month": {From: "2026-12-01", To: "2026-12-31"},
		"2026-12-01..2026-12-07": {From: "2026-12-01", To: "2026-12-07"},
		"2026-12-01..2026-12-01": {From: "2026-12-01", To: "2026-12-01"},
		"today .. in 3 days":     {From: "2026-11-24", To: "2026-11-27"},
		"..friday":               {To: "2026-11-27"},
		"1 dec..":                {From: "2026-12-01"},
	}
	inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
		for text, want := range table {
			if got, err := when.ParseRange(text, c); err != nil || got != want {
				t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
			}
		}
	})
}

func TestParseRangeRefuses(t *testing.T) {
	c := clockAt(t, tuesday, "Europe/Berlin", time.Monday)
	for text, message := range map[string]string{
		"someday": `"someday" is not a date`, "..": "names no date", " .. ": "names no date", "today..someday": `"someday" is not a date`,
		"none..today": `"none" is not a date`, "today..none": `"none" is not a date`, "friday..today": "ends before it begins",
		"tomorrow 17:00": "has a time", "now..": "has a time", "a..b..c": "is not a date", "1 dec...5 dec": "is not a date",
		"11/12": "another day in other countries",
	} {
		got, err := when.ParseRange(text, c)
		if got != (when.Range{}) {
			t.Errorf("%q is %+v", text, got)
		}
		refused(t, err, message)
	}
}

func TestWeekEndsWhereThePersonSays(t *testing.T) {
	for start, want := range map[time.Weekday]when.Range{
		time.Monday:    {To: "2026-11-29"},
		time.Sunday:    {To: "2026-11-28"},
		time.Saturday:  {To: "2026-11-27"},
		time.Wednesday: {To: "2026-11-24"},
	} {
		c := clockAt(t, tuesday, "Pacific/Kiritimati", start)
		if got, err := when.ParseRange("week", c); err != nil || got != want {
			t.Errorf("a week from %v is %+v, %v; want %+v", start, got, err, want)
		}
	}
}
