package when_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"

	"todo.example/internal/when"
)

func TestFirst(t *testing.T) {
	table := map[string]string{
		"FREQ=DAILY": "2026-11-24", "FREQ=DAILY;INTERVAL=3": "2026-11-24", "FREQ=WEEKLY": "2026-11-24", "FREQ=MONTHLY": "2026-11-24", "FREQ=YEARLY": "2026-11-24",
		"FREQ=WEEKLY;BYDAY=TU": "2026-11-24", "FREQ=WEEKLY;BYDAY=MO": "2026-11-30", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO": "2026-11-30",
		"FREQ=MONTHLY;BYMONTHDAY=1": "2026-12-01", "FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=-1": "2026-11-30", "FREQ=MONTHLY;BYDAY=-1FR": "2026-11-27",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29": "2028-02-29", "FREQ=YEARLY;BYMONTH=2": "2027-02-01", "FREQ=DAILY;UNTIL=20261124": "2026-11-24",
		"FREQ=DAILY;COUNT=1": "2026-11-24", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU": "2027-01-03",
	}
	inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
		for rule, want := range table {
			if got, err := when.First(rule, c); err != nil || got != dateOnly(want) {
				t.Errorf("%s begins on %v, %v; want %s", rule, got, err, want)
			}
		}
		_, err := when.First("FREQ=DAILY;UNTIL=20261123", c)
		refused(t, err, "has no date from today on")
		for _, rule := range []string{"", "daily", "FREQ=HOURLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"} {
			_, err := when.First(rule, c)
			refused(t, err, "is not a repeat")
		}
	})
}

func TestNext(t *testing.T) {
	for _, test := range []struct{ rule, due, want string }{
		{"FREQ=DAILY", "2026-11-24", "2026-11-25"},
		{"FREQ=DAILY", "2026-12-31", "2027-01-01"},
		// what was missed is passed over, in steps of the rule
		{"FREQ=DAILY", "2026-11-01", "2026-11-24"},
		{"FREQ=DAILY;INTERVAL=5", "2026-11-01", "2026-11-26"},
		{"FREQ=DAILY", "1970-01-01", "2026-11-24"},
		{"FREQ=WEEKLY", "2026-11-18", "2026-11-25"},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-11-09", "2026-12-07"},
		{"FREQ=MONTHLY", "2026-01-15", "2026-12-15"},
		{"FREQ=YEARLY", "2020-11-24", "2026-11-24"},
		// early is not before
		{"FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-12-07"},
		{"FREQ=WEEKLY;BYDAY=MO,FR", "2026-11-27", "2026-11-30"},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "2026-11-27", "2026-12-07"},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "2026-11-29", "2026-12-07"},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "2026-11-29", "2026-11-30"},
		// a due that was moved off the rule goes back to it
		{"FREQ=WEEKLY;BYDAY=MO", "2026-12-02", "2026-12-07"},
		{"FREQ=MONTHLY;BYMONTHDAY=1", "2026-12-03", "2027-01-01"},
		// the ends of months and years
		{"FREQ=MONTHLY", "2027-01-31", "2027-03-31"},
		{"FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31", "2027-02-28"},
		{"FREQ=MONTHLY;BYMONTHDAY=-1", "2028-01-31", "2028-02-29"},
		{"FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31", "2027-03-31"},
		{"FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27", "2026-12-25"},
		{"FREQ=MONTHLY;BYDAY=5MO", "2026-11-30", "2027-03-29"},
		{"FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "2026-11-13", "2027-08-13"},
		{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2027-01-29", "2027-02-26"},
		{"FREQ=YEARLY", "2028-02-29", "2032-02-29"},
		{"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "2026-12-24", "2027-12-24"},
		{"FREQ=YEARLY;BYYEARDAY=-1", "2026-12-31", "2027-12-31"},
		{"FREQ=YEARLY;BYYEARDAY=366", "2028-12-31", "2032-12-31"},
		{"FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU", "2027-01-03", "2033-01-02"},
		{"FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU", "2033-01-02", "2038-01-03"},
		{"FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO", "2026-12-28", "2027-12-27"},
		{"FREQ=YEARLY;BYWEEKNO=20", "2026-12-02", "2027-05-19"}, // the wednesday of that week
		{"FREQ=WEEKLY;BYSETPOS=1;BYDAY=MO,FR", "2026-11-25", "2026-11-30"},
		// the end
		{"FREQ=DAILY;UNTIL=20261125", "2026-11-24", "2026-11-25"},
		{"FREQ=DAILY;UNTIL=20261125", "2026-11-25", ""},
		{"FREQ=DAILY;UNTIL=20261120", "2026-11-01", ""},
		{"FREQ=DAILY;COUNT=2", "2026-11-24", "2026-11-25"},
		{"FREQ=DAILY;COUNT=1", "2026-11-24", ""},
		{"FREQ=DAILY", "2200-12-31", ""},
		{"FREQ=YEARLY;INTERVAL=9999", "2026-11-24", ""},
		{"FREQ=MONTHLY;INTERVAL=12;BYMONTH=5", "2026-06-01", ""},
		{"", "2026-11-24", ""},
		{"daily", "2026-11-24", ""},
		{"FREQ=HOURLY", "2026-11-24", ""},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "2026-11-24", ""},
		// no due: as if it had been due today
		{"FREQ=DAILY", "", "2026-11-25"},
		{"FREQ=WEEKLY;BYDAY=TU", "", "2026-12-01"},
		{"FREQ=DAILY", "someday", ""},
	} {
		t.Run(test.rule+" after "+test.due, func(t *testing.T) {
			inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
				atMost50ms(t, func() {
					next, ok := when.Next(test.rule, dateOnly(test.due), c)
					if next != dateOnly(test.want) || ok != (test.want != "") {
						t.Errorf("is %v, %v; want %q", next, ok, test.want)
					}
				})
			})
		})
	}
}

// A time stays on the wall clock of its own zone, wherever the person is.
func TestNextKeepsTime(t *testing.T) {
	for _, test := range []struct{ zone, rule, due, want string }{
		{"Europe/Berlin", "FREQ=DAILY", "2027-03-27T17:00:00+01:00", "2027-03-28T17:00:00+02:00"},
		{"Europe/Berlin", "FREQ=DAILY", "2027-03-27T02:30:00+01:00", "2027-03-28T03:30:00+02:00"}, // skipped
		{"Europe/Berlin", "FREQ=DAILY", "2027-10-30T02:30:00+02:00", "2027-10-31T02:30:00+02:00"}, // comes twice
		{"Europe/Berlin", "FREQ=DAILY", "2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00"},
		{"Europe/Berlin", "FREQ=DAILY", "2027-10-31T02:30:00+01:00", "2027-11-01T02:30:00+01:00"},
		{"America/New_York", "FREQ=WEEKLY", "2027-03-07T09:00:00-05:00", "2027-03-14T09:00:00-04:00"},
		{"Australia/Lord_Howe", "FREQ=MONTHLY", "2027-03-31T23:45:00+11:00", "2027-05-31T23:45:00+10:30"},
		{"Australia/Lord_Howe", "FREQ=DAILY", "2027-10-02T02:10:00+10:30", "2027-10-03T02:40:00+11:00"},
		{"Pacific/Kiritimati", "FREQ=YEARLY", "2026-12-31T00:30:00+14:00", "2027-12-31T00:30:00+14:00"},
		{"Pacific/Pago_Pago", "FREQ=DAILY", "2026-12-31T23:30:00-11:00", "2027-01-01T23:30:00-11:00"},
	} {
		inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
			due, want := when.Due{At: test.due, Zone: test.zone}, when.Due{At: test.want, Zone: test.zone}
			if next, ok := when.Next(test.rule, due, c); !ok || next != want {
				t.Errorf("%s after %s is %v, %v; want %s", test.rule, test.due, next, ok, test.want)
			}
		})
	}
}

// Today is that of the due's zone: in Kiritimati it is wednesday already.
func TestNextNotBeforeToday(t *testing.T) {
	c := clockAt(t, "2026-11-24 12:00", "Europe/Berlin", time.Monday)
	for zone, want := range map[string]string{
		"Europe/Berlin": "2026-11-24T09:00:00+01:00", "Pacific/Kiritimati": "2026-11-25T09:00:00+14:00", "Pacific/Pago_Pago": "2026-11-24T09:00:00-11:00",
	} {
		old, err := when.Valid("2026-11-10T09:00", zone)
		if err != nil {
			t.Fatal(err)
		}
		if next, ok := when.Next("FREQ=DAILY", old, c); !ok || next.At != want {
			t.Errorf("in %s it is %v, %v; want %s", zone, next, ok, want)
		}
	}
	if next, ok := when.Next("FREQ=DAILY", when.Due{At: "2026-11-10T09:00:00+01:00", Zone: "Mars/Olympus"}, c); ok {
		t.Errorf("in no zone it is %v", next)
	}
}

func TestNextRule(t *testing.T) {
	for rule, want := range map[string]string{
		"FREQ=DAILY;COUNT=3": "FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=2": "FREQ=DAILY;COUNT=1", "FREQ=DAILY;COUNT=1": "",
		"FREQ=DAILY": "FREQ=DAILY", "FREQ=DAILY;UNTIL=20270101": "FREQ=DAILY;UNTIL=20270101", "": "", "junk": "junk",
	} {
		if got := when.NextRule(rule); got != want {
			t.Errorf("after %q comes %q, want %q", rule, got, want)
		}
	}
}

// A rule with COUNT makes that many todos, the first one included.
func TestCount(t *testing.T) {
	c := clockAt(t, tuesday, "Europe/Berlin", time.Monday)
	rule := "FREQ=DAILY;COUNT=5"
	due, err := when.First(rule, c)
	if err != nil {
		t.Fatal(err)
	}
	dates := []string{due.At}
	for {
		next, ok := when.Next(rule, due, c)
		if !ok {
			break
		}
		due, rule = next, when.NextRule(rule)
		dates = append(dates, due.At)
	}
	if want := []string{"2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28"}; !slices.Equal(dates, want) {
		t.Errorf("it was due on %v, want %v", dates, want)
	}
}

// TestAgreesWithLibrary holds Next against rrule-go, over rules that the library
// has right: no numbered weeks, no weekday both numbered and not.
func TestAgreesWithLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := when.Clock{Now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	compared := 0
	for range 250 {
		rule, err := when.ParseRepeat(randomRule(random), c)
		if err != nil {
			continue
		}
		start := time.Date(2000, 1, 1+random.IntN(20000), 0, 0, 0, 0, time.UTC)
		want := library(t, rule, start)
		var got []string
		for due := dateOnly(start.Format(time.DateOnly)); len(got) < len(want)+1; {
			next, ok := when.Next(rule, due, c)
			if !ok {
				break
			}
			due = next
			got = append(got, due.At)
		}
		if len(got) > len(want) && len(want) == someDates {
			got = got[:someDates]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s from %s:\n got %v\nwant %v", rule, start.Format(time.DateOnly), got, want)
		}
		compared++
	}
	if compared < 100 {
		t.Errorf("only %d rules were compared", compared)
	}
}

const someDates = 8

// library returns the first dates after start. What the rule takes from start is
// written out, and the library begins with the whole week: it would count BYSETPOS
// from start.
func library(t *testing.T, rule string, start time.Time) []string {
	t.Helper()
	option, err := rrule.StrToROption(rule)
	if err != nil {
		t.Fatal(err)
	}
	option.Dtstart = start
	if option.Freq == rrule.WEEKLY {
		day := (int(start.Weekday()) + 6) % 7
		if len(option.Byweekday) == 0 {
			option.Byweekday = []rrule.Weekday{[]rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}[day]}
		}
		option.Dtstart = start.AddDate(0, 0, -(day-option.Wkst.Day()+7)%7)
	}
	recurrence, err := rrule.NewRRule(*option)
	if err != nil {
		t.Fatal(err)
	}
	var dates []string
	next := recurrence.Iterator()
	for len(dates) < someDates {
		day, ok := next()
		if !ok || day.Year() > 2200 {
			break
		}
		if day.After(start) {
			dates = append(dates, day.Format(time.DateOnly))
		}
	}
	return dates
}

func randomRule(random *rand.Rand) string {
	freq := []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}[random.IntN(4)]
	parts := []string{"FREQ=" + freq}
	add := func(chance float64, name string, value func() string) {
		if random.Float64() > chance {
			return
		}
		values := make([]string, 1+random.IntN(3))
		for i := range values {
			values[i] = value()
		}
		parts = append(parts, name+"="+strings.Join(values, ","))
	}
	signed := func(most int) func() string {
		return func() string {
			n := 1 + random.IntN(most)
			if random.IntN(3) == 0 {
				n = -n
			}
			return fmt.Sprint(n)
		}
	}
	prefix := func() string { return "" }
	if freq == "MONTHLY" && random.IntN(2) == 0 {
		prefix = signed(5)
	}
	if freq == "YEARLY" && random.IntN(2) == 0 {
		prefix = signed(53)
	}
	if random.IntN(2) == 0 {
		parts = append(parts, fmt.Sprintf("INTERVAL=%d", 1+random.IntN(5)))
	}
	add(0.3, "BYMONTH", func() string { return fmt.Sprint(1 + random.IntN(12)) })
	add(0.3, "BYMONTHDAY", signed(31))
	add(0.2, "BYYEARDAY", signed(366))
	add(0.5, "BYDAY", func() string { return prefix() + []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}[random.IntN(7)] })
	add(0.3, "BYSETPOS", signed(4))
	if random.IntN(3) == 0 {
		parts = append(parts, "WKST="+[]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}[random.IntN(7)])
	}
	return strings.Join(parts, ";")
}
