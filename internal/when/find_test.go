package when_test

import (
	"strings"
	"testing"
	"time"

	"todo.example/internal/when"
)

func TestFind(t *testing.T) {
	for _, test := range []struct{ text, due, rule, rest string }{
		// dates
		{"Buy milk tomorrow 17:00", "2026-11-25 17:00", "", "Buy milk"},
		{"Buy milk tomorrow at 5pm for Ann", "2026-11-25 17:00", "", "Buy milk for Ann"},
		{"Tomorrow, call Bob", "2026-11-25", "", "call Bob"},
		{"Call Bob tomorrow, then Ann", "2026-11-25", "", "Call Bob, then Ann"},
		{"Call Bob tomorrow.", "2026-11-25", "", "Call Bob."},
		{"Buy milk tomorrow 17:00 #home !high +Shopping ^p", "2026-11-25 17:00", "", "Buy milk #home !high +Shopping ^p"},
		{"Buy milk friday #home", "2026-11-27", "", "Buy milk #home"},
		{"  Buy   milk   today  ", "2026-11-24", "", "Buy   milk"},
		{"Send report monday", "2026-11-30", "", "Send report"},
		{"Send report on monday to Bob", "2026-11-30", "", "Send report to Bob"},
		{"Send report by fri", "2026-11-27", "", "Send report"},
		{"by friday finish it", "2026-11-27", "", "finish it"},
		{"Pay next friday the rent", "2026-12-04", "", "Pay the rent"},
		{"Call Bob in 3 days about it", "2026-11-27", "", "Call Bob about it"},
		{"Do it in a week", "2026-12-01", "", "Do it"},
		{"Turn the oven off in 2 hours", "2026-11-25 00:10", "", "Turn the oven off"},
		{"Meet on 2 dec with Bob", "2026-12-02", "", "Meet with Bob"},
		{"Party may 5th at Ann's", "2027-05-05", "", "Party at Ann's"},
		{"Renew passport 27 nov 2027 in town", "2027-11-27", "", "Renew passport in town"},
		{"Review 2026-12-01 numbers", "2026-12-01", "", "Review numbers"},
		{"Pay on the 1st", "2026-12-01", "", "Pay"},
		{"Standup 23:00", "2026-11-24 23:00", "", "Standup"},
		{"Meet at 5pm with Ann", "2026-11-25 17:00", "", "Meet with Ann"},
		{"Lunch at noon", "2026-11-25 12:00", "", "Lunch"},
		{"Close the books end of month", "2026-11-30", "", "Close the books"},
		{"Call Ann friday evening", "2026-11-27 19:00", "", "Call Ann"},
		{`Read "tomorrow never dies" friday`, "2026-11-27", "", `Read "tomorrow never dies"`},
		{`Nail 5" long today`, "2026-11-24", "", `Nail 5" long`},
		{"Über die Straße 買う tomorrow 🥛", "2026-11-25", "", "Über die Straße 買う 🥛"},
		// repeats, and both
		{"Pay rent every month on the 1st", "", "FREQ=MONTHLY;BYMONTHDAY=1", "Pay rent"},
		{"Pay rent every month on the 1st at the bank", "", "FREQ=MONTHLY;BYMONTHDAY=1", "Pay rent at the bank"},
		{"Every weekday water the plants", "", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "water the plants"},
		{"Back up every 2nd", "", "FREQ=MONTHLY;BYMONTHDAY=2", "Back up"},
		{"Call mum every sunday, really", "", "FREQ=WEEKLY;BYDAY=SU", "Call mum, really"},
		{"Take pill every day at 9am", "2026-11-25 09:00", "FREQ=DAILY", "Take pill"},
		{"Take pill every day at 11pm", "2026-11-24 23:00", "FREQ=DAILY", "Take pill"},
		{"At 9am take pill every day", "2026-11-25 09:00", "FREQ=DAILY", "take pill"},
		{"Bins every tuesday 8am", "2026-12-01 08:00", "FREQ=WEEKLY;BYDAY=TU", "Bins"},
		{"Gym every mon, wed and fri 18:00 until 2027-01-01", "2026-11-25 18:00", "FREQ=WEEKLY;UNTIL=20270101;BYDAY=MO,WE,FR", "Gym"},
		{"Standup every 2 weeks on Mon,Wed", "", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "Standup"},
		{"Mon,Wed and fri,plans every day", "", "FREQ=DAILY", "Mon,Wed and fri,plans"},
		{"Bins tomorrow every 2 weeks", "2026-11-25", "FREQ=WEEKLY;INTERVAL=2", "Bins"},
		{"Bins every 2 weeks 7:30 today", "2026-11-24 07:30", "FREQ=WEEKLY;INTERVAL=2", "Bins"},
		{"x every day every week", "", "FREQ=DAILY", "x every week"},
	} {
		t.Run(test.text, func(t *testing.T) {
			inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
				due, rule, rest, ok := when.Find(test.text, c)
				if got := wall(t, due, c); !ok || got != test.due || rule != test.rule || rest != test.rest {
					t.Errorf("found %q, %q, %q, %v; want %q, %q, %q", got, rule, rest, ok, test.due, test.rule, test.rest)
				}
			})
		})
	}
}

func TestFindNothing(t *testing.T) {
	c := clockAt(t, tuesday, "Europe/Berlin", time.Monday)
	for _, text := range []string{
		"", "Buy milk", "Call May", "May the force be with you", "March on Rome", "Read 1984", "5 things", "Room 17", "Call 110",
		"Monday report", "Friday: call Bob", "Man Friday is a book", "Enjoy the sun", "Read on sun and moon", "Sat nav update", "wed",
		"Call May 5 times", "Ask Jan 2 questions", "Order 27 may be broken", "Win the 1st", "Finish the 2nd draft", "Be 1st",
		"Do it in time", "In 5", "Just in time for lunch", "Twice in a week of rain", "Call at 5", "Watch 3:10 to Yuma", "Noon is high",
		"Pay 11/12", "Mix 1/2 cup", "Ship 30 feb", "Release 2026-02-30", "Version 1.2.3", "Do it now", "Today's news", "weekend trip",
		`Read "Tomorrow, and tomorrow"`, `Do "every day" well`, "Do “friday”", `Say "tomorrow" twice`,
		`Read "what is today called" again`, "Sing “we do it every day again” twice", `Order "a 17:00"`,
		"Seize every moment", "Read every 2nd page", "Every second counts", "every", "Every May they come", "Water plants daily", "weekly review",
		"Back up every hour", "none", "no date",
		"tomorrow", "every day", "tomorrow every day", "tomorrow,", // nothing would be left to do
	} {
		if due, rule, rest, ok := when.Find(text, c); ok || !due.IsZero() || rule != "" || rest != text {
			t.Errorf("in %q was found %v, %q, and %q is left", text, due, rule, rest)
		}
	}
}

// A long text must not cost more than reading it.
func TestFindInLongText(t *testing.T) {
	c := clockAt(t, tuesday, "Europe/Berlin", time.Monday)
	for _, piece := range []string{"every ", "every year on 29 feb on monday ", "in february on the 100th day of the year every year ", "tomorrow ", `"`, "5 pm ", "the 1st, "} {
		atMost50ms(t, func() { when.Find(strings.Repeat(piece, 500/len(piece)), c) })
	}
}

// atMost50ms gives the work several chances: the machine may be busy.
func atMost50ms(t *testing.T, work func()) {
	t.Helper()
	const most = 50 * time.Millisecond
	var took time.Duration
	for range 5 {
		start := time.Now()
		work()
		if took = time.Since(start); took <= most {
			return
		}
	}
	t.Errorf("it took %v, want at most %v", took, most)
}
