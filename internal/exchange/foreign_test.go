package exchange_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// The files are in the manner of the programs they are named after.
func TestForeign(t *testing.T) {
	for _, test := range []struct {
		file   string
		format exchange.Format
		want   []todo.Todo
		parent []string // by index, "" for none
		amiss  []string // the beginning of each message
	}{
		{"apple.ics", exchange.ICS, []todo.Todo{
			{UID: "7E1C0C6A-6B3C-4B53-9A2F-0A1B2C3D4E5F", Text: "Water the plants, all of them", Notes: "Balcony first.\nThen the kitchen.", Due: "2026-11-27T18:00:00+01:00", Timezone: "Europe/Paris", Repeat: "FREQ=WEEKLY;INTERVAL=2", Priority: "high", List: "Reminders", CreatedAt: at("2026-11-01T09:00:00Z")},
			{UID: "DONE-1", Text: "Book train", Notes: "Url: https://example.com/a?b=c", Completed: true, CompletedAt: at("2026-11-03T10:15:00Z"), List: "Reminders"},
		}, nil, []string{"a todo has no place for these, and they were left out: VALARM (1)"}},
		{"nextcloud.ics", exchange.ICS, []todo.Todo{
			{UID: "parent-1", Text: "Move house", Tags: []string{"big, heavy", "home"}, Priority: "medium", CreatedAt: at("2026-11-01T11:00:00Z")},
			{UID: "child-1", Text: "Pack", Due: "2026-11-30", Priority: "low"},
			{UID: "grandchild-1", Text: "Boxes", Due: "2026-11-29T17:00:00+01:00", Timezone: "Europe/Berlin"},
			{UID: "odd-1", Text: "Odd zone", Due: "2026-12-01T09:00:00+09:00", Timezone: "Asia/Tokyo"},
			{UID: "odd-2", Text: "Unknown zone", Due: "2026-12-01T09:00:00+01:00", Timezone: "Europe/Berlin"},
			{UID: "odd-3", Text: "Hourly", Due: "2026-12-01T09:00:00+01:00", Timezone: "Europe/Berlin", Notes: "Repeat: FREQ=HOURLY"},
		}, []string{"", "parent-1", "parent-1", "", "", ""}, []string{
			`the zone "Nowhere Standard Time" is not known`, "", "a todo has no text", "a todo has no place for these, and they were left out: VEVENT (1), cancelled todos (1)",
		}},
		{"todoist.csv", exchange.TodoistCSV, []todo.Todo{
			{Text: "Buy milk", Notes: "two litres", Tags: []string{"shop", "weekly"}, Priority: "high", Due: "2026-11-30T09:00:00+01:00", Timezone: "Europe/Berlin", Repeat: "FREQ=WEEKLY;BYDAY=MO"},
			{Text: "Pack", List: "Trip", Priority: "medium", Due: "2026-11-27", UID: "import-8d4b8a1f"},
			{Text: "Socks", List: "Trip", Due: "2026-11-27T17:00:00-05:00", Timezone: "America/New_York"},
			{Text: "Grey ones", List: "Trip", Notes: "They are in the dryer"},
			{Text: "Rest", List: "Trip", Notes: "Due: nächsten Freitag"},
			{Text: "Stretch", List: "Trip", Priority: "low", Due: "2026-11-24", Repeat: "FREQ=DAILY;INTERVAL=3"},
		}, []string{"", "", "Pack", "Pack", "", ""}, []string{`the date "nächsten Freitag" is in another language (de)`}},
		{"taskwarrior.json", exchange.Taskwarrior, []todo.Todo{
			{UID: "i-1", Text: "Pay rent", Due: "2026-12-01", Priority: "high", List: "Home.Flat", Tags: []string{"home", "money"}, CreatedAt: at("2026-11-01T08:00:00Z")},
			{UID: "i-2", Text: "Pay rent", Due: "2027-01-01", Repeat: "FREQ=MONTHLY", CreatedAt: at("2026-11-01T08:00:00Z")},
			{UID: "d-1", Text: "Call Bob", Notes: "He moved\nNew number", Completed: true, CompletedAt: at("2026-11-02T10:11:12Z"), CreatedAt: at("2026-11-01T08:00:00Z")},
			{UID: "p-1", Text: "Write report", Due: "2026-11-27T17:00:00+01:00", Timezone: "Europe/Berlin", CreatedAt: at("2026-11-01T08:00:00Z")},
			{UID: "t-2", Text: "Check backups", Due: "2026-11-27", Repeat: "FREQ=WEEKLY;INTERVAL=2", CreatedAt: at("2026-11-01T08:00:00Z")},
		}, nil, []string{"a todo has no place for these, and they were left out: deleted tasks (1), depends (1)"}},
		{"todo.txt", exchange.TodoTxt, []todo.Todo{
			{Text: "Thank Mom for the meatballs", Tags: []string{"phone"}, Priority: "high"},
			{Text: "Schedule Goodwill pickup", List: "GarageSale", Tags: []string{"phone"}, Priority: "medium", Due: "2026-11-27"},
			{Text: "Buy eggs", List: "Shop", Priority: "low", Completed: true, CompletedAt: at("2026-11-02T23:00:00Z"), CreatedAt: at("2026-10-31T23:00:00Z")},
			{Text: "Ask +Ann about rent", List: "Ann", Tags: []string{"Flat", "mail"}, Priority: "low", Due: "2026-12-01", Repeat: "FREQ=MONTHLY", CreatedAt: at("2026-10-31T23:00:00Z")},
			{Text: "see http://example.com:80/x t:2026-11-20"},
			{Text: "+Empty @nothing", List: "Empty", Tags: []string{"nothing"}},
			{Text: "xylophone lesson", Notes: "Repeat: 5x"},
			{Text: "Bad date", Notes: "Due: 2026-02-30"},
		}, nil, []string{"", ""}},
		{"list.md", exchange.Markdown, []todo.Todo{
			{Text: "Passport", List: "Packing", Tags: []string{"papers"}},
			{Text: "Tickets", List: "Packing", Completed: true, CompletedAt: at("2026-11-02T23:00:00Z")},
			{Text: "Print them", List: "Packing", Priority: "high", Due: "2026-11-27"},
			{Text: "Buy ink", List: "Packing", Notes: "The printer is at work."},
			{Text: "Fix bug #12", List: "Later", Due: "2026-12-01", Repeat: "FREQ=WEEKLY"},
		}, []string{"", "", "Tickets", "Tickets", ""}, []string{"a todo has no place for these, and they were left out: cancelled todos (1)"}},
		{"outlook.csv", exchange.CSV, []todo.Todo{
			{Text: "Renew passport", Due: "2026-11-27", Priority: "high", Tags: []string{"papers", "trip"}, Notes: "Bring\na photo"},
			{Text: "Book hotel", Due: "2026-12-01T17:00:00+01:00", Timezone: "Europe/Berlin", Completed: true},
			{Text: "Ambiguous", Priority: "low", Notes: "Due: 11/12/2026"},
		}, nil, []string{"", "a todo has no place for these, and they were left out: Mileage (1)"}},
	} {
		t.Run(test.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", test.file))
			if err != nil {
				t.Fatal(err)
			}
			if f, ok := exchange.Detect(test.file, data); !ok || f != test.format {
				t.Errorf("detected %q, %v", f, ok)
			}
			crlf := strings.ReplaceAll(string(data), "\n", "\r\n")
			for _, text := range []string{string(data), "\ufeff" + crlf} {
				items, amiss, err := exchange.Read(strings.NewReader(text), test.format, options(t))
				if err != nil {
					t.Fatal(err)
				}
				checkParents(t, items, test.parent)
				got := todosOf(items)
				for i := range got { // made up where a file has none
					if strings.HasPrefix(got[i].UID, "import-") {
						got[i].UID = ""
						if i < len(test.want) {
							test.want[i].UID = ""
						}
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				checkAmiss(t, amiss, test.amiss)
			}
		})
	}
}

// checkParents compares parents by UID, or by text where the UID was made up.
func checkParents(t *testing.T, items []todo.Import, want []string) {
	t.Helper()
	texts := map[string]string{}
	for _, item := range items {
		texts[item.Todo.UID] = item.Todo.Text
	}
	for i, name := range want {
		if i >= len(items) || items[i].Parent != name && texts[items[i].Parent] != name {
			t.Errorf("parent of todo %d: %+v, want %q", i, items[i], name)
		}
	}
}

func checkAmiss(t *testing.T, amiss []exchange.LineError, want []string) {
	t.Helper()
	for i := range max(len(amiss), len(want)) {
		switch {
		case i >= len(amiss):
			t.Errorf("missing: %q", want[i])
		case i >= len(want) || !strings.HasPrefix(amiss[i].Message, want[i]):
			t.Errorf("amiss: %+v", amiss[i])
		}
	}
}
