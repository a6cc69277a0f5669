package when_test

import (
	"slices"
	"testing"
	"time"

	"todo.example/internal/when"
)

var berlinEvening = when.Due{At: "2026-11-27T17:00:00+01:00", Zone: "Europe/Berlin"}

func TestValid(t *testing.T) {
	for _, test := range []struct {
		at, zone string
		want     when.Due
	}{
		{"", "", when.Due{}},
		{"2026-11-27", "", dateOnly("2026-11-27")},
		{"1970-01-01", "", dateOnly("1970-01-01")},
		{"2026-11-27T17:00:00+01:00", "Europe/Berlin", berlinEvening},
		{"2026-11-27T17:00", "Europe/Berlin", berlinEvening},
		{"2026-11-27T17:00:00", "Europe/Berlin", berlinEvening},
		{"2026-11-27T16:00:00Z", "Europe/Berlin", berlinEvening},
		{"2026-11-27T11:00:00-05:00", "Europe/Berlin", berlinEvening},
		{"2026-11-27T17:00:59.999+01:00", "Europe/Berlin", berlinEvening},
		{"2026-11-27T17:00:00Z", "", when.Due{At: "2026-11-27T17:00:00Z", Zone: "UTC"}},
		{"2026-10-25T02:30:00+01:00", "Europe/Berlin", when.Due{At: "2026-10-25T02:30:00+01:00", Zone: "Europe/Berlin"}}, // the second
	} {
		if due, err := when.Valid(test.at, test.zone); err != nil || due != test.want {
			t.Errorf("%q, %q is %v, %v; want %v", test.at, test.zone, due, err, test.want)
		}
	}
}

func TestValidRefuses(t *testing.T) {
	for _, test := range []struct{ at, zone, message string }{
		{"2026-11-27", "Europe/Berlin", "has a zone"},
		{"2026-11-27T17:00:00+01:00", "", "a time needs a zone"},
		{"2026-11-27T17:00", "", "a time needs a zone"},
		{"", "Europe/Berlin", "is not a date"},
		{"tomorrow", "Europe/Berlin", "is not a date"},
		{"2026-02-30", "UTC", "is not a date"},
		{"2026-11-27T25:00", "UTC", "is not a date"},
		{"2026-11-27 17:00", "UTC", "is not a date"},
		{"1969-12-31", "", "out of range"},
		{"2201-01-01T00:00:00Z", "", "out of range"},
		{"2026-11-27T17:00:00Z", "Local", "is not a time zone"},
		{"2026-11-27T17:00:00Z", "localtime", "is not a time zone"},
		{"2026-11-27T17:00:00Z", "right/Europe/Berlin", "is not a time zone"},
		{"2026-11-27T17:00:00Z", "posix/Europe/Berlin", "is not a time zone"},
		{"2026-11-27T17:00:00Z", "../etc/passwd", "is not a time zone"},
		{"2026-11-27T17:00:00Z", "Europe", "is not a time zone"},
		{"2026-11-27T17:00:00Z", "Mars/Olympus", "is not a time zone"},
		{"1971-01-01T00:00:00Z", "Africa/Monrovia", "whole offset"}, // -00:44:30
	} {
		due, err := when.Valid(test.at, test.zone)
		if !due.IsZero() {
			t.Errorf("%q, %q is %v", test.at, test.zone, due)
		}
		refused(t, err, test.message)
	}
}

func TestHuman(t *testing.T) {
	inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
		for due, want := range map[when.Due]string{
			{}:                     "",
			dateOnly("2026-11-27"): "Fri 2026-11-27",
			{At: "2026-11-27T17:00:00+13:00", Zone: "Pacific/Tongatapu"}: "Fri 2026-11-27 17:00 Pacific/Tongatapu",
		} {
			if got := due.Human(c); got != want {
				t.Errorf("%v reads %q, want %q", due, got, want)
			}
			if back, err := when.Parse(want, c); err != nil || back != due {
				t.Errorf("%q reads back as %v, %v", want, back, err)
			}
		}
		due, err := when.Parse("friday 17:00", c)
		if err != nil || due.Human(c) != "Fri 2026-11-27 17:00" {
			t.Errorf("a time of one's own zone reads %q, %v", due.Human(c), err)
		}
	})
}

func TestDateIn(t *testing.T) {
	for _, test := range []struct {
		due        when.Due
		zone, want string
	}{
		{berlinEvening, "Europe/Berlin", "2026-11-27"},
		{berlinEvening, "Pacific/Kiritimati", "2026-11-28"},
		{berlinEvening, "Pacific/Pago_Pago", "2026-11-27"},
		{when.Due{At: "2026-11-27T05:00:00+01:00", Zone: "Europe/Berlin"}, "Pacific/Pago_Pago", "2026-11-26"},
		{dateOnly("2026-11-27"), "Pacific/Kiritimati", "2026-11-27"},
		{dateOnly("2026-11-27"), "Pacific/Pago_Pago", "2026-11-27"},
		{when.Due{}, "UTC", ""},
	} {
		if got := test.due.DateIn(location(t, test.zone)); got != test.want {
			t.Errorf("%v in %s is on %q, want %q", test.due, test.zone, got, test.want)
		}
	}
	if got := berlinEvening.Date(); got != "2026-11-27" {
		t.Errorf("its own date is %q", got)
	}
}

func TestInstant(t *testing.T) {
	for _, test := range []struct {
		due        when.Due
		zone, want string
	}{
		{berlinEvening, "Pacific/Kiritimati", "2026-11-27T16:00:00Z"},
		{dateOnly("2026-11-27"), "Pacific/Kiritimati", "2026-11-26T10:00:00Z"},
		{dateOnly("2026-11-27"), "Pacific/Pago_Pago", "2026-11-27T11:00:00Z"},
		{dateOnly("2018-11-04"), "America/Sao_Paulo", "2018-11-04T03:00:00Z"}, // that day began at 01:00
		{dateOnly("2026-11-01"), "America/Havana", "2026-11-01T04:00:00Z"},    // at the first of two midnights
	} {
		if got := test.due.Instant(location(t, test.zone)).UTC().Format(time.RFC3339); got != test.want {
			t.Errorf("%v in %s is %s, want %s", test.due, test.zone, got, test.want)
		}
	}
	if got := dateOnly("2026-11-27").Instant(nil); !got.Equal(time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("without a zone it is %v", got)
	}
	if got := (when.Due{}).Instant(nil); !got.IsZero() {
		t.Errorf("none is at %v", got)
	}
}

func TestOverdue(t *testing.T) {
	inZones(t, "2026-11-24 00:00", time.Monday, func(t *testing.T, c when.Clock) {
		for date, want := range map[string]bool{"2026-11-23": true, "2026-11-24": false, "2026-11-25": false, "": false} {
			if got := dateOnly(date).Overdue(c); got != want {
				t.Errorf("%q overdue: %v, want %v", date, got, want)
			}
		}
		c.Now = c.Now.Add(24*time.Hour - time.Second)
		if dateOnly("2026-11-24").Overdue(c) {
			t.Error("today is overdue a second before midnight")
		}
		c.Now = berlinEvening.Instant(nil)
		if berlinEvening.Overdue(c) {
			t.Error("it is overdue on its minute")
		}
		c.Now = c.Now.Add(time.Second)
		if !berlinEvening.Overdue(c) {
			t.Error("it is not overdue a second later")
		}
	})
}

func TestKey(t *testing.T) {
	ascending := []when.Due{
		dateOnly("2026-11-26"),
		{At: "2026-11-27T00:00:00-11:00", Zone: "Pacific/Pago_Pago"},
		{At: "2026-11-27T09:00:00+14:00", Zone: "Pacific/Kiritimati"}, // on another wall it is long over
		berlinEvening,
		{At: "2026-11-27T23:59:00Z", Zone: "UTC"},
		dateOnly("2026-11-27"),
		{At: "2026-11-28T00:00:00Z", Zone: "UTC"},
		dateOnly("2200-12-31"),
		{},
	}
	if !slices.IsSortedFunc(ascending, func(a, b when.Due) int {
		if a.Key() < b.Key() {
			return -1
		}
		return 1
	}) {
		t.Errorf("the keys of %v do not ascend", ascending)
	}
}
