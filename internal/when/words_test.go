package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"todo.example/internal/when"
)

// It is tuesday evening in all of this table.
const tuesday = "2026-11-24 22:10"

func TestParse(t *testing.T) {
	table := map[string]string{
		// dates of the calendar
		"2026-11-27": "2026-11-27", "2026/11/27": "2026-11-27", "2026-1-2": "2026-01-02", "1970-01-01": "1970-01-01",
		"2200-12-31": "2200-12-31", "2024-02-29": "2024-02-29", "2020-05-05": "2020-05-05",
		"fri 2026-11-27": "2026-11-27", "Friday, 27 November 2026": "2026-11-27",
		"27 nov": "2026-11-27", "27th nov": "2026-11-27", "27 of november": "2026-11-27", "the 27th of november": "2026-11-27",
		"nov 27": "2026-11-27", "Nov 27th": "2026-11-27", "november 27, 2027": "2027-11-27", "nov 27 2025": "2025-11-27",
		"24 nov": "2026-11-24", "23 nov": "2027-11-23", "1 jan": "2027-01-01", "29 feb": "2028-02-29", "5 may": "2027-05-05",
		"the 24th": "2026-11-24", "the 1st": "2026-12-01", "on the 31st": "2026-12-31", "30th": "2026-11-30",
		// days from here
		"today": "2026-11-24", "TODAY": "2026-11-24", " today ": "2026-11-24", "tomorrow": "2026-11-25", "yesterday": "2026-11-23",
		"day after tomorrow": "2026-11-26", "the day after tomorrow": "2026-11-26",
		"in 3 days": "2026-11-27", "in a day": "2026-11-25", "in one week": "2026-12-01", "in 2 weeks": "2026-12-08",
		"in a month": "2026-12-24", "in two months": "2027-01-24", "in 1 year": "2027-11-24", "3 days from now": "2026-11-27",
		"two weeks from today": "2026-12-08", "in 0 days": "2026-11-24",
		// days of the week
		"friday": "2026-11-27", "fri": "2026-11-27", "on friday": "2026-11-27", "by friday": "2026-11-27", "this friday": "2026-11-27",
		"next friday": "2026-12-04", "friday next week": "2026-12-04", "tuesday": "2026-12-01", "this tuesday": "2026-11-24",
		"next tuesday": "2026-12-01", "monday": "2026-11-30", "next monday": "2026-11-30", "thurs": "2026-11-26",
		"next week": "2026-11-30", "this weekend": "2026-11-28", "weekend": "2026-11-28", "next weekend": "2026-12-05",
		"next month": "2026-12-01", "next year": "2027-01-01",
		"end of week": "2026-11-29", "eow": "2026-11-29", "end of next week": "2026-12-06",
		"end of month": "2026-11-30", "end of the month": "2026-11-30", "eom": "2026-11-30", "end of next month": "2026-12-31",
		"end of year": "2026-12-31", "the end of this year": "2026-12-31", "eoy": "2026-12-31",
		// times
		"2026-11-27T17:00": "2026-11-27 17:00", "2026-11-27t17:00": "2026-11-27 17:00", "2026-11-27 17:00": "2026-11-27 17:00",
		"2026-11-27T17:00:00": "2026-11-27 17:00", "2026-11-27 17:00:59": "2026-11-27 17:00", "2026-11-27 9:05": "2026-11-27 09:05",
		"tomorrow 17:00": "2026-11-25 17:00", "tomorrow at 17:00": "2026-11-25 17:00", "tomorrow at 5pm": "2026-11-25 17:00",
		"tomorrow at 17": "2026-11-25 17:00", "tomorrow 5 pm": "2026-11-25 17:00", "tomorrow, 5pm": "2026-11-25 17:00",
		"tomorrow @ 9:30am": "2026-11-25 09:30", "5pm tomorrow": "2026-11-25 17:00", "17:00 on friday": "2026-11-27 17:00",
		"5 pm, friday": "2026-11-27 17:00", "nov 27 9am": "2026-11-27 09:00", "9am nov 27": "2026-11-27 09:00",
		"friday 12am": "2026-11-27 00:00", "friday 12pm": "2026-11-27 12:00", "friday noon": "2026-11-27 12:00",
		"today 9am": "2026-11-24 09:00", "in a week at 9am": "2026-12-01 09:00", "tomorrow morning": "2026-11-25 09:00",
		"tomorrow afternoon": "2026-11-25 15:00", "friday evening": "2026-11-27 19:00", "friday evening at 8pm": "2026-11-27 20:00",
		"tomorrow night": "2026-11-25 20:00", "this evening": "2026-11-24 19:00",
		"17:00": "2026-11-25 17:00", "22:10": "2026-11-25 22:10", "22:11": "2026-11-24 22:11", "at 11pm": "2026-11-24 23:00",
		"noon": "2026-11-25 12:00", "now": "2026-11-24 22:10", "in 2 hours": "2026-11-25 00:10", "in an hour": "2026-11-24 23:10",
		"in 45 min": "2026-11-24 22:55", "in half an hour": "2026-11-24 22:40", "90 minutes from now": "2026-11-24 23:40",
		"tonight": "2026-11-24", "tonight at 11pm": "2026-11-24 23:00", // 20:00 has gone by
		// none
		"": "", "  ": "", "none": "", "None": "", "no date": "",
	}
	inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
		for text, want := range table {
			due, err := when.Parse(text, c)
			if err != nil {
				t.Errorf("%q: %v", text, err)
				continue
			}
			if got := wall(t, due, c); got != want {
				t.Errorf("%q is %q, want %q", text, got, want)
			}
		}
	})
}

func TestParseRefuses(t *testing.T) {
	table := map[string]string{
		"someday": `"someday" is not a date`, "soon": "is not a date", "asap": "is not a date", "tomorrow-ish": "is not a date",
		"tomorrow maybe": "is not a date", "tomorrow friday": "is not a date", "march": "is not a date", "1984": "is not a date",
		"5": "is not a date", "in time": "is not a date", "in 3": "is not a date", "3 days": "is not a date", "next": "is not a date",
		"every day": "is not a date", "2026-11": "is not a date", "tomorrow 17:00 CET": "is not a date", "27 nov nov": "is not a date",
		"tomorrow 17:00 Mars/Olympus": "is not a date", "this week": "is not a date", "in 99999 days": "is not a date",
		"2026-11-27T25:00": "is not a date", "17:60": "is not a date", "17:5": "is not a date", "-1": "is not a date",
		"22th": "is not a date", "\x00": "is not a date", "“tomorrow”": "is not a date",
		"30 feb": "30 february is not in the calendar", "31 april": "31 april is not in the calendar", "nov 31": "31 november is not",
		"0 nov": "0 november is not", "29 feb 2027": "29 february 2027 is not", "2026-02-30": "2026-02-30 is not in the calendar",
		"2027-02-29": "is not in the calendar", "2026-13-01": "is not in the calendar", "2026-00-10": "is not in the calendar",
		"11/12": "another day in other countries", "11/12/2026": "another day in other countries", "27.11.2026": "another day in other countries",
		"27/11/26": "another day in other countries", "1-2": "another day in other countries",
		"mon 2026-11-27": "2026-11-27 is a friday", "sunday 27 nov": "2026-11-27 is a friday",
		"1969-12-31": "the year 1969 is out of range", "2201-01-01": "the year 2201 is out of range", "0001-01-01": "out of range",
		"in 9999 years": "out of range", "27 nov 1066": "out of range", "2200-12-31T23:59-12:00": "out of range",
		"tomorrow at 5": `"5" can be before or after noon: say 05:00 or 5pm`, "at 12": "before or after noon",
		"tomorrow at 25:00": `"25:00" is not a time`, "24:00": "is not a time", "13pm": "is not a time", "0am": "is not a time",
		"friday midnight": "the start or the end of a day", "midnight": "the start or the end of a day",
		strings.Repeat("tomorrow ", 40): "too long",
	}
	inZones(t, tuesday, time.Monday, func(t *testing.T, c when.Clock) {
		for text, message := range table {
			due, err := when.Parse(text, c)
			if !due.IsZero() {
				t.Errorf("%q is %v", text, due)
			}
			refused(t, err, message)
		}
	})
}

func TestHint(t *testing.T) {
	c := clockAt(t, tuesday, "Europe/Berlin", time.Monday)
	_, err := when.Parse("someday", c)
	refused(t, err, `"someday" is not a date`)
	want := `use 2026-11-27, "tomorrow 17:00" or "next friday"; now is Tue 2026-11-24 22:10 Europe/Berlin`
	if refusal, ok := errors.AsType[*when.Error](err); !ok || refusal.Hint != want {
		t.Errorf("the hint of %+v is not %q", refusal, want)
	}
}

// What a text means depends on the day, the hour and the first day of the week.
func TestParseAt(t *testing.T) {
	for _, test := range []struct {
		now       string
		weekStart time.Weekday
		text      string
		want      string
	}{
		// "next friday" is the one of next week, whatever today is.
		{"2026-11-23 08:00", time.Monday, "next friday", "2026-12-04"},
		{"2026-11-26 08:00", time.Monday, "next friday", "2026-12-04"},
		{"2026-11-27 08:00", time.Monday, "next friday", "2026-12-04"},
		{"2026-11-28 08:00", time.Monday, "next friday", "2026-12-04"},
		{"2026-11-29 08:00", time.Monday, "next friday", "2026-12-04"},
		{"2026-11-29 08:00", time.Sunday, "next friday", "2026-12-11"},
		{"2026-11-28 08:00", time.Sunday, "next friday", "2026-12-04"},
		{"2026-11-28 08:00", time.Saturday, "next friday", "2026-12-11"},
		{"2026-11-27 08:00", time.Saturday, "next friday", "2026-12-04"},
		{"2026-11-24 08:00", time.Sunday, "next sunday", "2026-11-29"},
		{"2026-11-24 08:00", time.Monday, "next sunday", "2026-12-06"},
		{"2026-11-27 08:00", time.Monday, "friday", "2026-12-04"},
		{"2026-11-27 08:00", time.Monday, "this friday", "2026-11-27"},
		{"2026-11-29 08:00", time.Monday, "next week", "2026-11-30"},
		{"2026-11-29 08:00", time.Sunday, "next week", "2026-12-07"},
		{"2026-11-28 08:00", time.Monday, "this weekend", "2026-11-28"},
		{"2026-11-29 08:00", time.Monday, "this weekend", "2026-11-29"},
		{"2026-11-29 08:00", time.Monday, "next weekend", "2026-12-05"},
		{"2026-11-29 08:00", time.Sunday, "next weekend", "2026-12-05"},
		{"2026-11-29 08:00", time.Monday, "end of week", "2026-11-29"},
		{"2026-11-29 08:00", time.Sunday, "end of week", "2026-12-05"},
		// leap days and the ends of months and years
		{"2028-02-28 12:00", time.Monday, "tomorrow", "2028-02-29"},
		{"2027-02-28 12:00", time.Monday, "tomorrow", "2027-03-01"},
		{"2028-02-29 12:00", time.Monday, "29 feb", "2028-02-29"},
		{"2028-02-29 12:00", time.Monday, "in a year", "2029-02-28"},
		{"2028-03-01 12:00", time.Monday, "29 feb", "2032-02-29"},
		{"2096-03-01 12:00", time.Monday, "29 feb", "2104-02-29"}, // 2100 is none
		{"2027-01-31 12:00", time.Monday, "in a month", "2027-02-28"},
		{"2027-01-31 12:00", time.Monday, "end of next month", "2027-02-28"},
		{"2027-01-30 12:00", time.Monday, "the 30th", "2027-01-30"},
		{"2027-01-31 12:00", time.Monday, "the 30th", "2027-03-30"},
		{"2026-12-31 23:59", time.Monday, "tomorrow", "2027-01-01"},
		{"2026-12-31 23:59", time.Monday, "in a minute", "2027-01-01 00:00"},
		{"2026-12-31 23:59", time.Monday, "next month", "2027-01-01"},
		{"2026-12-31 23:59", time.Monday, "the 1st", "2027-01-01"},
		{"2026-12-31 23:59", time.Monday, "end of year", "2026-12-31"},
		{"2026-12-31 23:59", time.Monday, "end of next month", "2027-01-31"},
		{"2026-12-31 12:00", time.Monday, "next week", "2027-01-04"},
		{"2027-01-01 00:00", time.Monday, "yesterday", "2026-12-31"},
		{"2027-01-01 00:00", time.Monday, "31 dec", "2027-12-31"},
		// times that have gone by
		{"2026-11-24 08:00", time.Monday, "17:00", "2026-11-24 17:00"},
		{"2026-11-24 17:00", time.Monday, "17:00", "2026-11-25 17:00"},
		{"2026-11-24 08:00", time.Monday, "tonight", "2026-11-24 20:00"},
		{"2026-11-24 20:00", time.Monday, "tonight", "2026-11-24"},
	} {
		t.Run(test.text+" at "+test.now, func(t *testing.T) {
			inZones(t, test.now, test.weekStart, func(t *testing.T, c when.Clock) {
				due, err := when.Parse(test.text, c)
				if err != nil {
					t.Fatal(err)
				}
				if got := wall(t, due, c); got != test.want {
					t.Errorf("is %q, want %q", got, test.want)
				}
			})
		})
	}
}

// What a clock change leaves out moves on by it; what it repeats is the first.
func TestClockChanges(t *testing.T) {
	for _, test := range []struct{ zone, text, want string }{
		{"Europe/Berlin", "2026-03-29 01:59", "2026-03-29T01:59:00+01:00"},
		{"Europe/Berlin", "2026-03-29 02:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T03:30:00+02:00"},
		{"Europe/Berlin", "2026-03-29 03:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25 01:59", "2026-10-25T01:59:00+02:00"},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T02:30:00+02:00"},
		{"Europe/Berlin", "2026-10-25 03:00", "2026-10-25T03:00:00+01:00"},
		{"America/New_York", "2026-03-08 02:30", "2026-03-08T03:30:00-04:00"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T01:30:00-04:00"},
		{"America/New_York", "2026-11-01 02:00", "2026-11-01T02:00:00-05:00"},
		// half an hour
		{"Australia/Lord_Howe", "2026-10-04 02:00", "2026-10-04T02:30:00+11:00"},
		{"Australia/Lord_Howe", "2026-10-04 02:29", "2026-10-04T02:59:00+11:00"},
		{"Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-04T02:30:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-05T01:45:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-05 02:00", "2026-04-05T02:00:00+10:30"},
		// a whole day
		{"Pacific/Apia", "2011-12-30 10:00", "2011-12-31T10:00:00+14:00"},
		{"Pacific/Apia", "2011-12-29 23:59", "2011-12-29T23:59:00-10:00"},
		// at midnight
		{"America/Sao_Paulo", "2018-11-04 00:00", "2018-11-04T01:00:00-02:00"},
		{"America/Havana", "2026-11-01 00:30", "2026-11-01T00:30:00-04:00"},
		// either side of the date line
		{"Pacific/Kiritimati", "2026-11-27 00:00", "2026-11-27T00:00:00+14:00"},
		{"Pacific/Pago_Pago", "2026-11-27 23:59", "2026-11-27T23:59:00-11:00"},
		{"Asia/Kathmandu", "2026-11-27 17:00", "2026-11-27T17:00:00+05:45"},
		{"UTC", "2026-11-27 17:00", "2026-11-27T17:00:00Z"},
	} {
		c := clockAt(t, tuesday, test.zone, time.Monday)
		want := when.Due{At: test.want, Zone: test.zone}
		if due, err := when.Parse(test.text, c); err != nil || due != want {
			t.Errorf("%s in %s is %v, %v; want %s", test.text, test.zone, due, err, test.want)
		}
		if due, err := when.Valid(strings.Replace(test.text, " ", "T", 1), test.zone); err != nil || due != want {
			t.Errorf("%s in %s is %v, %v as a pair; want %s", test.text, test.zone, due, err, test.want)
		}
	}
}

// An hour from now is an hour, also when the clocks change in between.
func TestHoursAcrossAClockChange(t *testing.T) {
	c := clockAt(t, "2026-10-25 01:30", "Europe/Berlin", time.Monday)
	for text, want := range map[string]string{
		"in 1 hour":  "2026-10-25T02:30:00+02:00",
		"in 2 hours": "2026-10-25T02:30:00+01:00",
		"in 3 hours": "2026-10-25T03:30:00+01:00",
	} {
		if due, err := when.Parse(text, c); err != nil || due.At != want {
			t.Errorf("%s is %v, %v; want %s", text, due, err, want)
		}
	}
	c.Now = c.Now.Add(time.Nanosecond)
	if due, err := when.Parse("in 1 hour", c); err != nil || due.At != "2026-10-25T02:31:00+02:00" {
		t.Errorf("an hour from a moment past is %v, %v", due, err)
	}
}

func TestParseOtherZone(t *testing.T) {
	c := clockAt(t, tuesday, "Europe/Berlin", time.Monday)
	for text, want := range map[string]when.Due{
		"2026-11-27T17:00Z":               {At: "2026-11-27T18:00:00+01:00", Zone: "Europe/Berlin"},
		"2026-11-27T17:00:00+05:30":       {At: "2026-11-27T12:30:00+01:00", Zone: "Europe/Berlin"},
		"2026-11-27t23:30-0500":           {At: "2026-11-28T05:30:00+01:00", Zone: "Europe/Berlin"},
		"tomorrow 17:00 America/New_York": {At: "2026-11-25T17:00:00-05:00", Zone: "America/New_York"},
		"17:00 America/New_York":          {At: "2026-11-24T17:00:00-05:00", Zone: "America/New_York"},
		"friday 17:00 UTC":                {At: "2026-11-27T17:00:00Z", Zone: "UTC"},
	} {
		if due, err := when.Parse(text, c); err != nil || due != want {
			t.Errorf("%s is %v, %v; want %v", text, due, err, want)
		}
	}
}

// A time that nobody else could read is refused, a date is not.
func TestParseWithoutZoneName(t *testing.T) {
	c := when.Clock{Now: time.Date(2026, 11, 24, 22, 10, 0, 0, time.UTC)}
	if due, err := when.Parse("tomorrow 17:00", c); err != nil || due.Zone != "UTC" {
		t.Errorf("without a zone it is %v, %v; want UTC", due, err)
	}
	for _, zone := range []*time.Location{time.FixedZone("here", 3600), time.FixedZone("", 60)} {
		c.Zone = zone
		_, err := when.Parse("tomorrow 17:00", c)
		refused(t, err, "zone")
		if due, err := when.Parse("tomorrow", c); err != nil || due.HasTime() {
			t.Errorf("tomorrow is %v, %v in %v", due, err, zone)
		}
	}
	c.Zone = time.FixedZone("Europe/Berlin", 0)
	if due, err := when.Parse("tomorrow 17:00", c); err != nil || due.At != "2026-11-25T17:00:00+01:00" {
		t.Errorf("in what is only called Europe/Berlin it is %v, %v", due, err)
	}
}
