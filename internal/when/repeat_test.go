package when_test

import (
	"testing"
	"time"

	"todo.example/internal/when"
)

func TestParseRepeat(t *testing.T) {
	table := map[string]string{
		"": "", "none": "", "Never": "",
		"every day": "FREQ=DAILY", "daily": "FREQ=DAILY", "everyday": "FREQ=DAILY", "each day": "FREQ=DAILY",
		"every other day": "FREQ=DAILY;INTERVAL=2", "every 3 days": "FREQ=DAILY;INTERVAL=3", "every 3rd day": "FREQ=DAILY;INTERVAL=3",
		"every second day": "FREQ=DAILY;INTERVAL=2", "every three days": "FREQ=DAILY;INTERVAL=3",
		"every week": "FREQ=WEEKLY", "weekly": "FREQ=WEEKLY", "every 2 weeks": "FREQ=WEEKLY;INTERVAL=2", "every fortnight": "FREQ=WEEKLY;INTERVAL=2",
		"every weekday": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekend": "FREQ=WEEKLY;BYDAY=SA",
		"every monday": "FREQ=WEEKLY;BYDAY=MO", "every mondays": "FREQ=WEEKLY;BYDAY=MO", "weekly on monday": "FREQ=WEEKLY;BYDAY=MO",
		"every mon, wed and fri": "FREQ=WEEKLY;BYDAY=MO,WE,FR", "every fri & mon": "FREQ=WEEKLY;BYDAY=MO,FR", "every sun and mon": "FREQ=WEEKLY;BYDAY=MO,SU",
		"every mon,wed": "FREQ=WEEKLY;BYDAY=MO,WE", "every month on the 1st,15th and last day": "FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "every day in jan,jul": "FREQ=DAILY;BYMONTH=1,7",
		"every other tuesday": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every 2 weeks on tue": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
		"every 2 weeks on sunday and monday":                    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
		"every 2 weeks on sunday and monday, weeks from sunday": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
		"every month": "FREQ=MONTHLY", "monthly": "FREQ=MONTHLY", "every quarter": "FREQ=MONTHLY;INTERVAL=3", "quarterly": "FREQ=MONTHLY;INTERVAL=3",
		"every month on the 1st": "FREQ=MONTHLY;BYMONTHDAY=1", "every 15th": "FREQ=MONTHLY;BYMONTHDAY=15", "every 1st of the month": "FREQ=MONTHLY;BYMONTHDAY=1",
		"every month on the 1st and 15th": "FREQ=MONTHLY;BYMONTHDAY=1,15", "monthly on the last day": "FREQ=MONTHLY;BYMONTHDAY=-1",
		"every last day of the month": "FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the 1st, 15th and last day": "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
		"every last friday": "FREQ=MONTHLY;BYDAY=-1FR", "every 3rd thursday": "FREQ=MONTHLY;BYDAY=3TH", "every second tuesday": "FREQ=MONTHLY;BYDAY=2TU",
		"every first monday of the month": "FREQ=MONTHLY;BYDAY=1MO", "every month on the 1st and 3rd monday": "FREQ=MONTHLY;BYDAY=1MO,3MO",
		"every month on the 1st monday and the last friday": "FREQ=MONTHLY;BYDAY=1MO,-1FR",
		"every 2 months on the 2nd to last friday":          "FREQ=MONTHLY;INTERVAL=2;BYDAY=-2FR",
		"every month on the last weekday":                   "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
		"every month on friday on the 13th":                 "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
		"every year":                                        "FREQ=YEARLY", "yearly": "FREQ=YEARLY", "annually": "FREQ=YEARLY",
		"every year on 24 dec": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "every dec 24": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
		"every 24th of december": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "every 24 december": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
		"every year on 1 jan and 1 jul": "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1", "every first monday of january": "FREQ=YEARLY;BYMONTH=1;BYDAY=1MO",
		"every year on the 100th day of the year": "FREQ=YEARLY;BYYEARDAY=100", "every year in the 20th week on monday": "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
		"every 29 feb":               "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
		"every day until 2027-01-01": "FREQ=DAILY;UNTIL=20270101", "every day until 24 dec": "FREQ=DAILY;UNTIL=20261224",
		"every week 5 times": "FREQ=WEEKLY;COUNT=5", "every day for 3 times": "FREQ=DAILY;COUNT=3", "every day 1 time": "FREQ=DAILY;COUNT=1",
		// RRULEs
		"FREQ=DAILY": "FREQ=DAILY", "rrule:freq=weekly;byday=mo": "FREQ=WEEKLY;BYDAY=MO", "RRULE:FREQ=DAILY;": "FREQ=DAILY",
		"BYDAY=FR,MO,FR;FREQ=WEEKLY": "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=DAILY;INTERVAL=1": "FREQ=DAILY", "FREQ=WEEKLY;WKST=SU": "FREQ=WEEKLY",
		"FREQ=MONTHLY;BYMONTHDAY=-1,+15,1": "FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "FREQ=MONTHLY;BYDAY=+1MO,-1FR,TU": "FREQ=MONTHLY;BYDAY=TU,1MO,-1FR",
		"FREQ=YEARLY;BYWEEKNO=1;WKST=SU": "FREQ=YEARLY;BYWEEKNO=1;WKST=SU", "FREQ=YEARLY;BYDAY=53TH": "FREQ=YEARLY;BYDAY=53TH",
		"FREQ=DAILY;UNTIL=20270101": "FREQ=DAILY;UNTIL=20270101", "FREQ=DAILY;UNTIL=20270101T120000": "FREQ=DAILY;UNTIL=20270101",
		"FREQ=DAILY;COUNT=10;BYMONTH=12,1": "FREQ=DAILY;COUNT=10;BYMONTH=1,12",
	}
	inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
		for text, want := range table {
			if got, err := when.ParseRepeat(text, c); err != nil || got != want {
				t.Errorf("%q is %q, %v; want %q", text, got, err, want)
			}
		}
	})
}

// An instant as the end is the day that the person has then.
func TestUntilInstant(t *testing.T) {
	for zone, want := range map[string]string{
		"America/New_York": "FREQ=DAILY;UNTIL=20261231", "Europe/Berlin": "FREQ=DAILY;UNTIL=20270101", "Pacific/Pago_Pago": "FREQ=DAILY;UNTIL=20261231",
	} {
		if got, err := when.ParseRepeat("FREQ=DAILY;UNTIL=20270101T045959Z", clockAt(t, tuesday, zone, time.Monday)); err != nil || got != want {
			t.Errorf("in %s it is %q, %v; want %q", zone, got, err, want)
		}
	}
}

// Where it matters on which day weeks begin, it is where the person's do.
func TestRepeatTakesWeekStart(t *testing.T) {
	c := clockAt(t, tuesday, "America/New_York", time.Sunday)
	for text, want := range map[string]string{
		"every 2 weeks on sunday and monday":                    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
		"every other tuesday":                                   "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
		"every sunday and monday":                               "FREQ=WEEKLY;BYDAY=MO,SU",
		"every 2 weeks on sunday and monday, weeks from monday": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
	} {
		if got, err := when.ParseRepeat(text, c); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseRepeatRefuses(t *testing.T) {
	table := map[string]string{
		"every blue moon": "not all of it is understood", "every": "not all", "every day and night": "not all", "monday": "not all", "tomorrow": "not all",
		"every weeks": "not all", "every 0 days": "not all", "every 2 mondays and": "not all", "every day until": "not all", "every day until someday": "not all",
		"every other weekday": "not all", "every month on the 1st and monday": "not all", "every week on the 1st": "a week has no days of the month",
		"every week on the 1st monday": "numbered weekday", "every 40th": "too large", "every month on the 1st and 32nd": "too large", "every year on the 54th monday": "too large", "every year in the 54th week": "too large", "every 0 dec": "not all", "every day 0 times": "not all",
		"every month on 24 dec": "not all", "every friday the 13th": "not all", "every day at": "not all",
		"hourly": "within a day", "every hour": "within a day", "every 5 minutes": "within a day", "every second": "within a day", "every second hour": "within a day",
		"every day at 9am": "the time of the day belongs to the due date", "every monday 17:00": "the time of the day",
		"every month starting tomorrow": "its first date belongs to the due date", "every year on the 1st": "say in which month",
		"every 30 feb": "there is no such day", "every year on 24 dec and 1 jan": "one rule cannot hold these dates",
		"every day until 2027-01-01 5 times": "it ends both",
		"FREQ=HOURLY":                        "within a day", "FREQ=SECONDLY;INTERVAL=5": "within a day", "FREQ=DAILY;BYHOUR=9": "the time of the day",
		"FREQ=FOO": "FREQ=FOO is not allowed", "RRULE:": `the part "" is not known`, "RRULE:INTERVAL=2": "it has no FREQ", "FREQ=DAILY;FREQ=DAILY": "twice",
		"FREQ=DAILY;INTERVAL=0": "INTERVAL=0 is not allowed", "FREQ=DAILY;INTERVAL=-1": "not allowed", "FREQ=MONTHLY;INTERVAL=9223372036854775807": "not allowed",
		"FREQ=DAILY;COUNT=0": "not allowed", "FREQ=DAILY;COUNT=-3": "not allowed", "FREQ=DAILY;COUNT=3;UNTIL=20270101": "it ends both",
		"FREQ=DAILY;UNTIL=20270230": "not allowed", "FREQ=DAILY;UNTIL=soon": "not allowed", "FREQ=DAILY;UNTIL=22010101": "not allowed",
		"FREQ=WEEKLY;BYDAY=XX": "not allowed", "FREQ=WEEKLY;BYDAY=": "not allowed", "FREQ=WEEKLY;BYDAY=MO,": "not allowed", "FREQ=WEEKLY;BYDAY=2MO": "numbered weekday",
		"FREQ=MONTHLY;BYDAY=53MO": "five times at the most", "FREQ=YEARLY;BYMONTH=12;BYDAY=6MO": "five times", "FREQ=YEARLY;BYDAY=54MO": "not allowed",
		"FREQ=MONTHLY;BYDAY=0MO": "not allowed", "FREQ=MONTHLY;BYMONTHDAY=0": "not allowed", "FREQ=MONTHLY;BYMONTHDAY=32": "not allowed",
		"FREQ=WEEKLY;BYMONTHDAY=1": "no days of the month", "FREQ=MONTHLY;BYWEEKNO=20": "numbered weeks", "FREQ=MONTHLY;BYYEARDAY=20": "days of the year",
		"FREQ=MONTHLY;BYMONTH=13": "not allowed", "FREQ=DAILY;BYSETPOS=1": "nothing to choose from", "FREQ=DAILY;BYEASTER=1": `the part "BYEASTER" is not known`,
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31": "no such day", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30": "no such day", "FREQ=YEARLY;BYMONTH=1;BYYEARDAY=100": "no such day",
		"FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2": "no such day", "DTSTART:20260101\nRRULE:FREQ=DAILY": "more than one line", "RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY": "more than one line",
	}
	inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
		for text, message := range table {
			atMost50ms(t, func() {
				rule, err := when.ParseRepeat(text, c)
				if rule != "" {
					t.Errorf("%q is %q", text, rule)
				}
				refused(t, err, message)
			})
		}
	})
}

func TestDescribeRepeat(t *testing.T) {
	for rule, want := range map[string]string{
		"":                                                   "",
		"FREQ=DAILY":                                         "every day",
		"FREQ=DAILY;INTERVAL=3;COUNT=5":                      "every 3 days 5 times",
		"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR":                   "every weekday",
		"FREQ=WEEKLY;BYDAY=MO,WE,FR":                         "every monday, wednesday and friday",
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU":                    "every 2 weeks on tuesday",
		"FREQ=WEEKLY;BYMONTH=1,2;BYDAY=TU":                   "every week in january and february on tuesday",
		"FREQ=MONTHLY;BYMONTHDAY=1":                          "every month on the 1st",
		"FREQ=MONTHLY;BYMONTHDAY=11,22,-1":                   "every month on the 11th, 22nd and last day",
		"FREQ=MONTHLY;BYDAY=-1FR":                            "every month on the last friday",
		"FREQ=MONTHLY;BYDAY=MO,1TU":                          "every month on monday and the 1st tuesday",
		"FREQ=YEARLY;BYMONTHDAY=13":                          "every year on the 13th day of the month",
		"FREQ=YEARLY;BYDAY=20MO":                             "every year on the 20th monday of the year",
		"FREQ=DAILY;UNTIL=20270101":                          "every day until 2027-01-01",
		"FREQ=DAILY;COUNT=1":                                 "every day 1 time",
		"FREQ=YEARLY;BYYEARDAY=1,100,-2":                     "every year on the 1st, 100th and 2nd to last day of the year",
		"FREQ=YEARLY;BYWEEKNO=1,-1;WKST=SU":                  "every year in the 1st and last week, weeks from sunday",
		"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24":               "every year on 24 december",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1":      "every month on weekdays, only the last of them",
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU;COUNT=2": "every 2 weeks on monday and sunday, weeks from sunday 2 times",
		"FREQ=SECONDLY":                                      "FREQ=SECONDLY", "not a rule": "not a rule",
	} {
		if got := when.DescribeRepeat(rule); got != want {
			t.Errorf("%q is %q, want %q", rule, got, want)
		}
	}
}
