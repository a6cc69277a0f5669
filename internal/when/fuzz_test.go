package when_test

import (
	"testing"
	"time"

	"todo.example/internal/when"
)

// fuzzClocks are the clocks on which everything must hold: an ordinary evening, a
// gap, an overlap, a leap day beside the date line, the end of the years.
func fuzzClocks(f *testing.F) []when.Clock {
	return []when.Clock{
		clockAt(f, tuesday, "Europe/Berlin", time.Monday),
		clockAt(f, "2026-03-08 01:59", "America/New_York", time.Sunday),
		clockAt(f, "2026-04-05 01:45", "Australia/Lord_Howe", time.Monday),
		clockAt(f, "2028-02-29 23:59", "Pacific/Kiritimati", time.Saturday),
		clockAt(f, "2200-12-31 23:59", "Pacific/Pago_Pago", time.Monday),
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"2026-11-27T17:00:00+01:00", "tomorrow at 5pm", "next friday", "in 3 days", "end of next month", "the 27th of november, 2026 9:30 am",
		"fri 2026-11-27 17:00 Europe/London", "none", "30 feb", "11/12", "week", "today..friday", "in half an hour", "midnight",
	} {
		f.Add(text)
	}
	clocks := fuzzClocks(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range clocks {
			atMost50ms(t, func() {
				due, err := when.Parse(text, c)
				if err != nil {
					refused(t, err, "")
				}
				holds(t, due, c)
				if _, err := when.ParseRange(text, c); err != nil {
					refused(t, err, "")
				}
			})
		}
	})
}

// holds checks what is true of any due.
func holds(t *testing.T, due when.Due, c when.Clock) {
	t.Helper()
	if valid, err := when.Valid(due.At, due.Zone); err != nil || valid != due {
		t.Errorf("%v is valid as %v, %v", due, valid, err)
	}
	back, err := when.Parse(due.Human(c), c)
	if err != nil || back.Key() != due.Key() || back.Zone != due.Zone {
		t.Errorf("%q reads back as %v, %v; it was %v", due.Human(c), back, err, due)
	}
}

func FuzzFind(f *testing.F) {
	for _, text := range []string{
		"Buy milk tomorrow 17:00 #home", "Pay rent every month on the 1st at 9am", `Read "tomorrow" friday`, "Call May 5 times", "every every day",
		"“today” in 3 days, then", "x every mon, wed and fri 18:00 until 2027-01-01 5 times",
	} {
		f.Add(text)
	}
	clocks := fuzzClocks(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 { // a todo's text ends before
			return
		}
		for _, c := range clocks {
			atMost50ms(t, func() {
				due, rule, rest, ok := when.Find(text, c)
				holds(t, due, c)
				if rule != "" {
					describedBack(t, rule, c)
				}
				switch {
				case ok && (rest == "" || due.IsZero() && rule == "" || len(rest) >= len(text)):
					t.Errorf("found %v, %q in %q, and %q is left", due, rule, text, rest)
				case !ok && (rest != text || !due.IsZero() || rule != ""):
					t.Errorf("found nothing in %q, and yet %v, %q; %q is left", text, due, rule, rest)
				}
			})
		}
	})
}

func FuzzParseRepeat(f *testing.F) {
	for _, text := range []string{
		"every other tuesday", "every month on the 1st, 15th and last day", "every 24 dec until 2030-01-01", "every year in the 20th week on monday",
		"every 2 weeks on sunday and monday, weeks from sunday 5 times", "every month on the last weekday", "every first monday of january and july",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=-1MO;BYSETPOS=1", "FREQ=YEARLY;BYWEEKNO=53,-1;BYDAY=SU;WKST=SU", "RRULE:FREQ=YEARLY;BYYEARDAY=366,-366",
		"FREQ=MONTHLY;INTERVAL=9999;BYDAY=5MO,-5TU;COUNT=9999", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20270101T000000Z",
	} {
		f.Add(text)
	}
	clocks := fuzzClocks(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range clocks {
			atMost50ms(t, func() {
				rule, err := when.ParseRepeat(text, c)
				if err != nil {
					refused(t, err, "")
					return
				}
				if rule == "" {
					return
				}
				describedBack(t, rule, c)
				first, err := when.First(rule, c)
				if err != nil {
					return // it has ended
				}
				holds(t, first, c)
				if next, ok := when.Next(rule, first, c); ok {
					holds(t, next, c)
					if next.At <= first.At {
						t.Errorf("%s: after %v comes %v", rule, first, next)
					}
				}
			})
		}
	})
}

func describedBack(t *testing.T, rule string, c when.Clock) {
	t.Helper()
	if again, err := when.ParseRepeat(rule, c); err != nil || again != rule {
		t.Errorf("%q is not canonical: %q, %v", rule, again, err)
	}
	text := when.DescribeRepeat(rule)
	if back, err := when.ParseRepeat(text, c); err != nil || back != rule {
		t.Errorf("%q is %q, which reads back as %q, %v", rule, text, back, err)
	}
}
