package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"todo.example/internal/when"
)

// zones are where every table of dates is read: what a person says must come out
// the same on their own wall, wherever that hangs.
var zones = []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago"}

// inZones runs a test with a clock that shows now ("2006-01-02 15:04") in each.
func inZones(t *testing.T, now string, weekStart time.Weekday, test func(t *testing.T, c when.Clock)) {
	t.Helper()
	for _, zone := range zones {
		t.Run(zone, func(t *testing.T) { test(t, clockAt(t, now, zone, weekStart)) })
	}
}

func clockAt(t testing.TB, now, zone string, weekStart time.Weekday) when.Clock {
	t.Helper()
	loc := location(t, zone)
	at, err := time.ParseInLocation("2006-01-02 15:04", now, loc)
	if err != nil {
		t.Fatal(err)
	}
	// Not in its own zone: a clock's reading is an instant.
	return when.Clock{Now: at.UTC(), Zone: loc, WeekStart: weekStart}
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// wall is a due as the wall of its zone shows it: "2026-11-27", or "2026-11-27 17:00"
// after it was checked that the offset is that of the zone.
func wall(t *testing.T, d when.Due, c when.Clock) string {
	t.Helper()
	if valid, err := when.Valid(d.At, d.Zone); err != nil || valid != d {
		t.Errorf("%v is not valid: %v, %v", d, valid, err)
	}
	if !d.HasTime() {
		return d.At
	}
	if d.Zone != c.Zone.String() {
		t.Errorf("%v is not in %s", d, c.Zone)
	}
	shown := d.Instant(nil).In(c.Zone).Format("2006-01-02 15:04")
	if at := strings.Replace(d.At[:len(shown)], "T", " ", 1); at != shown {
		t.Errorf("%v is %s on the wall", d, shown)
	}
	return shown
}

// refused checks that an error says why, and shows what works.
func refused(t *testing.T, err error, message string) {
	t.Helper()
	refusal, ok := errors.AsType[*when.Error](err)
	if !ok || !strings.Contains(refusal.Message, message) || refusal.Hint == "" {
		t.Errorf("error is %+v, want one that says %q and a hint", err, message)
	}
}

// dateOnly is a due without a time.
func dateOnly(date string) when.Due { return when.Due{At: date} }
