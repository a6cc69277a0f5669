package when_test

import (
	"strings"
	"testing"
	"time"

	"todo.example/internal/when"
)

func TestZone(t *testing.T) {
	for _, name := range append([]string{"UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+3"}, zones...) {
		if zone, err := when.Zone(name); err != nil || zone.String() != name {
			t.Errorf("%s is %v, %v", name, zone, err)
		}
	}
	for _, name := range []string{
		"", "Local", "LOCAL", "localtime", "posixrules", "posix/Europe/Berlin", "Right/Europe/Berlin", "Factory",
		"Europe/Nowhere", "Europe/Berlin ", "/Europe/Berlin", "../Europe/Berlin", "Europe/Berlin\x00", strings.Repeat("a", 65),
	} {
		_, err := when.Zone(name)
		refused(t, err, "is not a time zone")
	}
}

// TestToday has days at their first and last minute.
func TestToday(t *testing.T) {
	for _, now := range []string{"2026-11-27 00:00", "2026-11-27 23:59"} {
		inZones(t, now, time.Monday, func(t *testing.T, c when.Clock) {
			if got := c.Today(); got != "2026-11-27" {
				t.Errorf("today is %s", got)
			}
			for date, want := range map[string]string{
				"2026-11-25": "", "2026-11-26": "yesterday", "2026-11-27": "today", "2026-11-28": "tomorrow",
				"2026-11-29": "Sun", "2026-12-03": "Thu", "2026-12-04": "", "2027-11-27": "", "": "", "today": "",
			} {
				if word, ok := c.NearDay(date); word != want || ok != (want != "") {
					t.Errorf("%q is %q, %v; want %q", date, word, ok, want)
				}
			}
		})
	}
}
