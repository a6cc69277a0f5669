package exchange_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ical "github.com/emersion/go-ical"
	"pgregory.net/rapid"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

// checkLines holds a calendar to RFC 5545, section 3.1: lines end with CRLF, have
// at most 75 octets, and cut no character in two.
func checkLines(t rapid.TB, text string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Errorf("bad line of %d octets: %q", len(line), line)
		}
	}
	if !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
		t.Errorf("the end is %q", text[max(0, len(text)-30):])
	}
}

// parsed reads a calendar with another library, and has that check which properties
// each component must have and may have only once.
func parsed(t rapid.TB, text string) *ical.Calendar {
	d := ical.NewDecoder(strings.NewReader(text))
	calendar, err := d.Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if _, err := d.Decode(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the calendar: %v\n%s", err, text)
	}
	if len(calendar.Children) > 0 {
		if err := ical.NewEncoder(io.Discard).Encode(calendar); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	return calendar
}

// TestOtherLibrary wants another implementation of RFC 5545 to read of our
// calendars what was written.
func TestOtherLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		todos := rapid.SliceOfNDistinct(someTodo(t), 0, 4, func(t todo.Todo) string { return t.ID }).Draw(rt, "todos")
		o := options(t)
		o.Events = rapid.Bool().Draw(rt, "events")
		text := written(t, exchange.ICS, todos, o)
		checkLines(rt, text)
		var components []*ical.Component
		defined := map[string]bool{}
		for _, c := range parsed(rt, text).Children {
			if c.Name == ical.CompTimezone {
				defined[c.Props.Get(ical.PropTimezoneID).Value] = true
				continue
			}
			components = append(components, c)
		}
		for _, item := range todos {
			if o.Events && item.Due == "" {
				continue
			}
			if len(components) == 0 {
				rt.Fatalf("no component for %+v\n%s", item, text)
			}
			checkComponent(rt, components[0], item, o.Events, defined)
			components = components[1:]
		}
		if len(components) > 0 {
			rt.Fatalf("%d components too many\n%s", len(components), text)
		}
	})
}

func checkComponent(t *rapid.T, c *ical.Component, item todo.Todo, event bool, defined map[string]bool) {
	summary, err := c.Props.Text(ical.PropSummary)
	if want := item.Text; err != nil || strings.TrimPrefix(summary, "✓ ") != want && summary != want {
		t.Errorf("summary %q, %v; want %q", summary, err, want)
	}
	notes, err := c.Props.Text(ical.PropDescription)
	if err != nil || notes != item.Notes {
		t.Errorf("description %q, %v; want %q", notes, err, item.Notes)
	}
	name := ical.PropDue
	if event {
		name = ical.PropDateTimeStart
	}
	prop := c.Props.Get(name)
	if (prop != nil) != (item.Due != "") {
		t.Fatalf("%s is %v, want %q", name, prop, item.Due)
	}
	if prop == nil {
		return
	}
	if zone := prop.Params.Get("TZID"); zone != "" && !defined[zone] {
		t.Errorf("the zone %s is not described", zone)
	}
	got, err := prop.DateTime(time.UTC)
	want, wrong := time.Parse(time.RFC3339, item.Due)
	if len(item.Due) == len(time.DateOnly) {
		want, wrong = time.Parse(time.DateOnly, item.Due)
	}
	if err != nil || wrong != nil || !got.Equal(want) {
		t.Errorf("%s is %v, %v; want %v", name, got, err, want)
	}
	if item.Repeat != "" && c.Props.Get(ical.PropDateTimeStart) == nil {
		t.Error("RRULE without DTSTART")
	}
}

func TestFolding(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("👩‍👩‍👧‍👦", 40), strings.Repeat("日本", 200), strings.Repeat("a ", 200), strings.Repeat("ß", 33) + "\\n;,:\"" + strings.Repeat("é ", 50),
		strings.Repeat("x", 66), strings.Repeat("x", 67), strings.Repeat("x", 68), strings.Repeat(" x", 99) + strings.Repeat("😀", 30),
	} {
		text = strings.TrimSpace(text)
		out := written(t, exchange.ICS, []todo.Todo{{ID: "a1", Text: text, Notes: text + "\n\n" + text}}, options(t))
		checkLines(t, out)
		got := read(t, exchange.ICS, out, options(t))[0].Todo
		if got.Text != text || got.Notes != text+"\n\n"+text {
			t.Errorf("%q came back as %+v", text, got)
		}
	}
}

// TestCutCharacters reads what old programs fold in the middle of a character.
func TestCutCharacters(t *testing.T) {
	text := "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:gr\xc3\r\n \xbcn\r\nEND:VTODO\r\nBEGIN:VTODO\r\nSUMMARY:gr\xfcn\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
	items, amiss, err := exchange.Read(strings.NewReader(text), exchange.ICS, options(t))
	if err != nil || len(items) != 1 || items[0].Todo.Text != "grün" || len(amiss) != 2 || amiss[0].Line != 7 || amiss[1].Line != 6 {
		t.Errorf("%+v, %+v, %v", items, amiss, err)
	}
}

// TestCalendarInjection wants no value to begin a line of its own.
func TestCalendarInjection(t *testing.T) {
	evil := "a\r\nEND:VTODO\r\nBEGIN:VEVENT\nX:\rY"
	out := written(t, exchange.ICS, []todo.Todo{{ID: "a1", UID: evil, Text: evil, Notes: evil, List: evil, Tags: []string{evil}, Repeat: "FREQ=DAILY\r\n" + evil, Due: "2026-11-27"}}, exchange.Options{Name: evil})
	checkLines(t, out)
	if n := strings.Count(out, "\r\nEND:VTODO"); n != 1 || strings.Contains(out, "\r\nBEGIN:VEVENT") {
		t.Error(out)
	}
}

// TestZones wants the descriptions of zones to be rules where the clocks follow
// one, and to give the offset that the todos have.
func TestZones(t *testing.T) {
	for _, test := range []struct{ zone, due, want string }{
		{"Europe/Berlin", "2026-11-27T17:00:00+01:00", "BEGIN:DAYLIGHT\r\nDTSTART:20250330T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n"},
		{"America/New_York", "2026-11-27T17:00:00-05:00", "BEGIN:STANDARD\r\nDTSTART:20251102T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\nEND:STANDARD\r\n"},
		{"Australia/Lord_Howe", "2026-11-27T17:00:00+11:00", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU\r\nTZOFFSETFROM:+1100\r\nTZOFFSETTO:+1030\r\n"},
		{"Asia/Tokyo", "2026-11-27T17:00:00+09:00", "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:20250101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nTZNAME:JST\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"},
		{"Asia/Kolkata", "2044-12-31T12:00:00+05:30", "TZOFFSETTO:+0530"},
		{"Europe/Berlin", "2044-12-31T12:00:00+01:00", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"},
	} {
		out := written(t, exchange.ICS, []todo.Todo{{ID: "a1", Text: "x", Due: test.due, Timezone: test.zone}}, options(t))
		if !strings.Contains(out, test.want) || strings.Count(out, "\r\n") > 45 {
			t.Errorf("%s:\n%s\nwant\n%s", test.zone, out, test.want)
		}
		checkLines(t, out)
		parsed(t, out)
	}
}

// TestClockChange keeps both of the hours that come twice.
func TestClockChange(t *testing.T) {
	for _, f := range []exchange.Format{exchange.JSON, exchange.CSV, exchange.ICS, exchange.TodoTxt, exchange.Markdown} {
		for _, test := range [][2]string{
			{"2026-10-25T02:30:00+02:00", "Europe/Berlin"},
			{"2026-10-25T02:30:00+01:00", "Europe/Berlin"},
			{"2026-03-29T03:30:00+02:00", "Europe/Berlin"},
			{"2026-11-01T01:30:00-04:00", "America/New_York"},
			{"2026-11-01T01:30:00-05:00", "America/New_York"},
			{"2026-04-05T01:45:00+11:00", "Australia/Lord_Howe"},
			{"2026-04-05T01:45:00+10:30", "Australia/Lord_Howe"},
			{"2026-11-27T23:59:00Z", "UTC"},
			{"2026-11-27T00:00:00+14:00", "Pacific/Kiritimati"},
		} {
			out := written(t, f, []todo.Todo{{ID: "a1", Text: "x", Due: test[0], Timezone: test[1], CreatedAt: at("2026-01-01T00:00:00Z")}}, options(t))
			got := read(t, f, out, options(t))[0].Todo
			if got.Due != test[0] || got.Timezone != test[1] {
				t.Errorf("%s: %v came back as %s %s\n%s", f, test, got.Due, got.Timezone, out)
			}
		}
	}
}

func TestUntil(t *testing.T) {
	item := todo.Todo{ID: "a1", Text: "x", Due: "2026-11-27T17:00:00-05:00", Timezone: "America/New_York", Repeat: "FREQ=DAILY;UNTIL=20261231"}
	out := written(t, exchange.ICS, []todo.Todo{item}, options(t))
	if !strings.Contains(out, "RRULE:FREQ=DAILY;UNTIL=20270101T045959Z\r\n") {
		t.Error(out)
	}
	if got := read(t, exchange.ICS, out, options(t))[0].Todo; got.Repeat != item.Repeat {
		t.Errorf("came back as %s", got.Repeat)
	}
}

func TestFeed(t *testing.T) {
	o := options(t)
	o.Events, o.Name = true, "Ada's todos"
	var out bytes.Buffer
	err := exchange.Write(&out, exchange.ICS, []todo.Todo{
		{ID: "a1", Text: "Party", Due: "2026-11-27T17:00:00+01:00", Timezone: "Europe/Berlin", UpdatedAt: at("2026-11-01T00:00:00Z"), Rev: 3},
		{ID: "a2", Text: "Rent", Due: "2026-12-01", Repeat: "FREQ=MONTHLY"},
		{ID: "a3", Text: "Dream"},
		{ID: "a4", Text: "Done", Due: "2026-11-20", Completed: true},
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{
		"METHOD:PUBLISH\r\n", "NAME:Ada's todos\r\n", "X-WR-CALNAME:Ada's todos\r\n", "REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n",
		"UID:a1@todo\r\nDTSTAMP:20261101T000000Z\r\nLAST-MODIFIED:20261101T000000Z\r\nSEQUENCE:3\r\nSUMMARY:Party\r\nDTSTART;TZID=Europe/Berlin:20261127T170000\r\nDTEND;TZID=Europe/Berlin:20261127T173000\r\n",
		"DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261202\r\nRRULE:FREQ=MONTHLY\r\n", "SUMMARY:✓ Done\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(text, "Dream") || strings.Count(text, "BEGIN:VEVENT") != 3 || t.Failed() {
		t.Error(text)
	}
}
