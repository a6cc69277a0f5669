package exchange_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
	"todo.example/internal/when"
)

var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Asia/Tokyo"}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func options(t testing.TB) exchange.Options {
	return exchange.Options{Now: time.Date(2026, 11, 24, 21, 10, 0, 0, time.UTC), Zone: location(t, "Europe/Berlin")}
}

// written returns an export.
func written(t testing.TB, f exchange.Format, todos []todo.Todo, o exchange.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := exchange.Write(&out, f, todos, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// read returns the todos of a file in which nothing is amiss.
func read(t testing.TB, f exchange.Format, text string, o exchange.Options) []todo.Import {
	t.Helper()
	items, amiss, err := exchange.Read(strings.NewReader(text), f, o)
	if err != nil || len(amiss) > 0 {
		t.Fatalf("read %s: %v, %+v\n%s", f, err, amiss, text)
	}
	return items
}

func todosOf(items []todo.Import) []todo.Todo {
	todos := make([]todo.Todo, len(items))
	for i, item := range items {
		todos[i] = item.Todo
	}
	return todos
}

// notCarried says what each format has no place for: docs/import-export.md has the
// same table.
var notCarried = map[exchange.Format]func(*todo.Todo){
	exchange.JSON:   func(*todo.Todo) {},
	exchange.NDJSON: func(*todo.Todo) {},
	exchange.CSV:    noAuthors,
	exchange.TSV:    noAuthors,
	exchange.ICS: func(t *todo.Todo) {
		noAuthors(t)
		t.CreatedAt, t.CompletedAt = t.CreatedAt.Truncate(time.Second), t.CompletedAt.Truncate(time.Second)
	},
	exchange.TodoTxt: func(t *todo.Todo) {
		noAuthors(t)
		t.CreatedAt, t.CompletedAt = dayOf(t.CreatedAt), dayOf(t.CompletedAt)
	},
	exchange.Markdown: func(t *todo.Todo) {
		noAuthors(t)
		t.CreatedAt, t.CompletedAt = time.Time{}, dayOf(t.CompletedAt)
		t.UID = ""
	},
}

func noAuthors(t *todo.Todo) {
	t.ID, t.Position, t.UpdatedAt, t.Rev, t.CreatedBy, t.UpdatedBy = "", "", time.Time{}, 0, "", ""
}

// dayOf returns the start of a day in Berlin.
func dayOf(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	loc, _ := time.LoadLocation("Europe/Berlin")
	y, m, d := at.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc).UTC()
}

// TestRoundTrip wants every todo to come back from every format as it was, but for
// what notCarried says.
func TestRoundTrip(t *testing.T) {
	for f, lose := range notCarried {
		t.Run(string(f), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				todos := rapid.SliceOfNDistinct(someTodo(t), 0, 6, func(t todo.Todo) string { return t.ID }).Draw(rt, "todos")
				parents(rt, todos)
				if f == exchange.Markdown {
					asMarkdownHasThem(todos)
				}
				text := written(t, f, todos, options(t))
				items, amiss, err := exchange.Read(strings.NewReader(text), f, options(t))
				if err != nil || len(amiss) > 0 {
					rt.Fatalf("%v, %+v\n%s", err, amiss, text)
				}
				checkReturn(rt, f, todos, items, lose, text)
			})
		})
	}
}

func checkReturn(rt *rapid.T, f exchange.Format, todos []todo.Todo, items []todo.Import, lose func(*todo.Todo), text string) {
	uids := map[string]string{}
	for i := range todos {
		if todos[i].UID == "" {
			todos[i].UID = todos[i].ID
		}
		uids[todos[i].ID] = todos[i].UID
	}
	want, got := slices.Clone(todos), todosOf(items)
	for i := range want {
		if len(items) == len(want) && f != exchange.Markdown && items[i].Parent != uids[want[i].ParentID] {
			rt.Fatalf("todo %d: parent %q, want %q\n%s", i, items[i].Parent, uids[want[i].ParentID], text)
		}
		if len(items) == len(want) && (items[i].Parent != "") != (want[i].ParentID != "") {
			rt.Fatalf("todo %d: parent %q, want %q\n%s", i, items[i].Parent, want[i].ParentID, text)
		}
		want[i].ParentID = ""
		lose(&want[i])
	}
	if f == exchange.Markdown {
		for i := range got {
			got[i].UID = ""
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatalf("-want +got:\n%s\n%s", diff, text)
	}
}

// parents makes some todos subtasks of others, one level deep.
func parents(rt *rapid.T, todos []todo.Todo) {
	for i := range todos {
		if i > 0 && i%2 == 1 && rapid.Bool().Draw(rt, "subtask") {
			todos[i].ParentID = todos[i-1].ID
			todos[i].List = todos[i-1].List
		}
	}
}

// asMarkdownHasThem sorts todos by list as Markdown does, and takes from their tags
// what it would take for the number of an issue.
func asMarkdownHasThem(todos []todo.Todo) {
	order := map[string]int{"": 0}
	for _, t := range todos {
		if _, known := order[t.List]; !known {
			order[t.List] = len(order)
		}
	}
	slices.SortStableFunc(todos, func(a, b todo.Todo) int { return order[a.List] - order[b.List] })
	for i := range todos {
		todos[i].Tags = slices.DeleteFunc(todos[i].Tags, func(tag string) bool { return strings.Trim(tag, "0123456789.,;:!?)#") == "" })
	}
}

// texts are made of what formats have signs for.
func texts() *rapid.Generator[string] {
	pieces := rapid.SampledFrom([]string{
		"buy", "milk", "x", "(A)", "2026-11-27", "+x", "@y", "#z", "due:2026-11-27", "text:a", "note:b", "=1+1", "-1", "'", "'=", "\"", ",", ";", ":", "\\", "\\n", "\\,",
		"*a*", "_b_", "a_b", "`c`", "[d](e)", "<f>", "&amp;", "&", "~~g~~", "|", "- [ ]", "> h", "#", "1.", "📅", "📅 2026-11-27", "⏰ 10:00", "🔁 every week", "⏫", "👩‍👩‍👧", "ß", "日本語", "%20", "http://x/y_z?a=b&c", "  ", "DTSTART:1", "END:VTODO", "\u00a0",
	})
	return rapid.Custom(func(t *rapid.T) string {
		text := strings.Join(rapid.SliceOfN(pieces, 1, 8).Draw(t, "pieces"), rapid.SampledFrom([]string{" ", " ", ""}).Draw(t, "between"))
		if rapid.Bool().Draw(t, "any") {
			text += rapid.StringOfN(rapid.RuneFrom(nil, anyText...), 0, 90, -1).Draw(t, "more")
		}
		if text = strings.TrimSpace(text); text == "" {
			return "text"
		}
		return text
	})
}

func names() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-z0-9äß日][a-z0-9äß日_.%'&:*-]{0,12}[a-zé]`)
}

func someTodo(t testing.TB) *rapid.Generator[todo.Todo] {
	notes := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(texts(), 0, 3).Draw(t, "lines"), rapid.SampledFrom([]string{"\n", "\n\n", "\n\t", "  \n ", "\n- [ ] "}).Draw(t, "between"))
	})
	lists := rapid.SampledFrom([]string{"", "", "Shopping", "Two words", "Zuhause_2", "a, b; c", "日本 語", "1 list*", "50% off"})
	return rapid.Custom(func(rt *rapid.T) todo.Todo {
		item := todo.Todo{
			ID: rapid.StringMatching(`[a-hjkmnp-z][0-9a-z]{7}`).Draw(rt, "id"), Position: "a", Rev: 7,
			Text: texts().Draw(rt, "text"), Notes: notes.Draw(rt, "notes"), List: lists.Draw(rt, "list"),
			Tags:      rapid.SliceOfNDistinct(names(), 0, 3, rapid.ID).Draw(rt, "tags"),
			Priority:  rapid.SampledFrom([]todo.Priority{"", "low", "medium", "high"}).Draw(rt, "priority"),
			CreatedBy: "web", UpdatedBy: "cli",
			CreatedAt: instant(rt, "created"), UpdatedAt: instant(rt, "updated"),
		}
		slices.Sort(item.Tags)
		if rapid.IntRange(0, 3).Draw(rt, "from elsewhere") == 0 {
			item.UID = rapid.StringMatching(`[A-F0-9]{8}-[a-z ,;:%]{0,8}[0-9]`).Draw(rt, "uid") + item.ID
		}
		if rapid.Bool().Draw(rt, "dated") {
			due := someDue(t, rt)
			item.Due, item.Timezone = due.At, due.Zone
			item.Repeat = rapid.SampledFrom([]string{"", "", "FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "FREQ=DAILY;UNTIL=20270101", "FREQ=WEEKLY;COUNT=5"}).Draw(rt, "repeat")
		}
		if rapid.Bool().Draw(rt, "completed") {
			item.Completed, item.CompletedAt = true, instant(rt, "completedAt")
		}
		return item
	})
}

func instant(rt *rapid.T, name string) time.Time {
	return time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(rt, name)).UTC()
}

func someDue(t testing.TB, rt *rapid.T) when.Due {
	at := time.Unix(60*rapid.Int64Range(60_000_000/60, 4_000_000_000/60).Draw(rt, "due"), 0)
	if rapid.Bool().Draw(rt, "day") {
		return when.Due{At: at.UTC().Format(time.DateOnly)}
	}
	zone := rapid.SampledFrom(zones).Draw(rt, "zone")
	due, err := when.Valid(at.In(location(t, zone)).Format(time.RFC3339), zone)
	if err != nil {
		t.Fatal(err)
	}
	return due
}

// anyText is everything that a text may have.
var anyText = []*unicode.RangeTable{unicode.L, unicode.N, unicode.P, unicode.S, unicode.M}
