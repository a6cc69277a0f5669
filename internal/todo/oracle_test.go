package todo_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"todo.example/internal/todo"
)

// The reference reads every row, asks each condition of it, and sorts what is left.
// It shares no code with the planner, and knows only what the drawn rows may hold.

// asking is one condition, as it is written and as it is meant.
type asking struct {
	text  string
	holds func(todo.Todo) bool
}

var (
	searchNow  = time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)
	searchZone = mustZone("Europe/Berlin")
	farZones   = []string{"Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "America/New_York"}
)

func mustZone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

func refWords(s string) (found []string) {
	word := ""
	end := func() {
		if word != "" {
			found = append(found, word)
		}
		word = ""
	}
	for _, r := range strings.ReplaceAll(strings.ToLower(s), "é", "e") {
		switch {
		case unicode.Is(unicode.Han, r):
			end()
			word = string(r)
			end()
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word += string(r)
		default:
			end()
		}
	}
	end()
	return found
}

func fieldsOf(t todo.Todo) []string { return append([]string{t.Text, t.Notes}, t.Tags...) }

// phrase asks for words one after the other; the last may be a beginning.
func phrase(text string, whole bool) func(todo.Todo) bool {
	want := refWords(text)
	fits := func(have string, i int) bool {
		if i == len(want)-1 && !whole && len([]rune(want[i])) >= 3 {
			return strings.HasPrefix(have, want[i])
		}
		return have == want[i]
	}
	return func(t todo.Todo) bool {
		for _, field := range fieldsOf(t) {
			have := refWords(field)
			for at := range have {
				n := 0
				for n < len(want) && at+n < len(have) && fits(have[at+n], n) {
					n++
				}
				if n == len(want) {
					return true
				}
			}
		}
		return false
	}
}

func hasTag(name string) func(todo.Todo) bool {
	return func(t todo.Todo) bool { return slices.Contains(t.Tags, name) }
}

func inList(name string) func(todo.Todo) bool {
	return func(t todo.Todo) bool { return strings.EqualFold(t.List, name) }
}

func hasPriority(p todo.Priority) func(todo.Todo) bool {
	return func(t todo.Todo) bool { return t.Priority == p }
}

// dueOn returns the date on which someone in Berlin sees a todo due.
func dueOn(t todo.Todo) string {
	if at, err := time.Parse(time.RFC3339, t.Due); err == nil {
		return at.In(searchZone).Format(time.DateOnly)
	}
	return t.Due
}

func dueBetween(from, to string) func(todo.Todo) bool {
	return func(t todo.Todo) bool { return t.Due != "" && dueOn(t) >= from && dueOn(t) <= to }
}

func overdue(t todo.Todo) bool {
	if t.Due == "" || t.Completed || t.Deleted() {
		return false
	}
	if at, err := time.Parse(time.RFC3339, t.Due); err == nil {
		return at.Before(searchNow)
	}
	return t.Due < "2026-11-25"
}

func undated(t todo.Todo) bool { return t.Due == "" }

func by(part string) func(todo.Todo) bool {
	return func(t todo.Todo) bool {
		return strings.Contains(strings.ToLower(t.CreatedBy+"\n"+t.UpdatedBy), part)
	}
}

// askings are the conditions that queries are drawn from. parents says which todos
// have subtasks outside the trash.
func askings(parents map[string]bool) []asking {
	all := []asking{
		{"#home", hasTag("home")},
		{"tag:HOME", hasTag("home")},
		{"@work", hasTag("work")},
		{"+Home", inList("home")},
		{`list:"big plans"`, inList("big plans")},
		{"list:inbox", inList("")},
		{"list:nonesuch", inList("nonesuch")},
		{"!high", hasPriority(todo.PriorityHigh)},
		{"priority:low", hasPriority(todo.PriorityLow)},
		{"!none", hasPriority("")},
		{"no:priority", hasPriority("")},
		{"due:today", dueBetween("", "2026-11-25")},
		{"due:tomorrow", dueBetween("2026-11-26", "2026-11-26")},
		{"due:2026-11-24..2026-11-27", dueBetween("2026-11-24", "2026-11-27")},
		{"due:2026-11-26..", dueBetween("2026-11-26", "9999")},
		{"due:overdue", overdue},
		{"due:none", undated},
		{"no:due", undated},
		{"has:due", func(t todo.Todo) bool { return t.Due != "" }},
		{"has:notes", func(t todo.Todo) bool { return t.Notes != "" }},
		{"has:repeat", func(t todo.Todo) bool { return t.Repeat != "" }},
		{"has:tag", func(t todo.Todo) bool { return len(t.Tags) > 0 }},
		{"no:tag", func(t todo.Todo) bool { return len(t.Tags) == 0 }},
		{"has:list", func(t todo.Todo) bool { return t.List != "" }},
		{"has:priority", func(t todo.Todo) bool { return t.Priority != "" }},
		{"has:subtasks", func(t todo.Todo) bool { return parents[t.ID] }},
		{"by:claude", by("claude")},
		{"by:WEB", by("web")},
		{"☃", func(t todo.Todo) bool { return strings.Contains(t.Text+t.Notes, "☃") }},
	}
	for _, w := range []string{"milk", "mil", "mi", "millet", "Bread", "BRE", "e-mail", "牛奶", "奶", "oat", "home", "nowhere", "1"} {
		all = append(all, asking{w, phrase(w, false)}, asking{`"` + w + `"`, phrase(w, true)})
	}
	return append(all, asking{`"oat milk"`, phrase("oat milk", true)}, asking{`"milk bread"`, phrase("milk bread", true)})
}

// drawTodo draws a row. Few values, so that many rows share each of them.
func drawTodo(t *rapid.T, id string, parents []string) todo.Todo {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"milk", "Millet", "mi", "mill", "bread", "Bréad", "oat", "e-mail", "e mail", "牛奶", "牛", "☃", "1"}), 1, 4).Draw(t, "words")
	made := todo.Todo{
		ID: id, Text: strings.Join(words, " "), Position: pick("position", "h1", "h2", "h3", "h2h"),
		Notes: pick("notes", "", "", "oat milk", "☃ bread"), List: pick("list", "", "Home", "home", "big plans"),
		Priority: todo.Priority(pick("priority", "", "", "low", "medium", "high")), Repeat: pick("repeat", "", "FREQ=DAILY"),
		Tags:      rapid.SampledFrom([][]string{nil, {"home"}, {"home", "work"}, {"milk"}}).Draw(t, "tags"),
		CreatedBy: pick("by", "web", "Claude Code"), UpdatedBy: pick("updated by", "web", "cli"),
		CreatedAt: epoch.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "created")) * time.Second), UpdatedAt: epoch,
	}
	if len(parents) > 0 && rapid.IntRange(0, 4).Draw(t, "subtask") == 0 {
		made.ParentID = rapid.SampledFrom(parents).Draw(t, "parent")
	}
	made.Due, made.Timezone = drawDue(t)
	at := epoch.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "when")) * time.Second)
	switch rapid.IntRange(0, 5).Draw(t, "view") {
	case 0, 1:
		made.Completed, made.CompletedAt = true, at
	case 2:
		made.DeletedAt = at
	}
	return made
}

func drawDue(t *rapid.T) (due, zone string) {
	day := searchNow.AddDate(0, 0, rapid.IntRange(-3, 4).Draw(t, "day"))
	switch rapid.IntRange(0, 2).Draw(t, "due") {
	case 0:
		return "", ""
	case 1:
		return day.Format(time.DateOnly), ""
	}
	zone = rapid.SampledFrom(farZones).Draw(t, "zone")
	hour := rapid.IntRange(0, 23).Draw(t, "hour")
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, mustZone(zone)).Format(time.RFC3339), zone
}

// native is the order of a view: what comes first is less.
func native(a, b todo.Todo) int {
	at := map[todo.View]func(todo.Todo) string{
		todo.ViewOpen:      func(t todo.Todo) string { return t.Position },
		todo.ViewCompleted: func(t todo.Todo) string { return reverse(t.CompletedAt) },
		todo.ViewTrash:     func(t todo.Todo) string { return reverse(t.DeletedAt) },
	}
	rank := map[todo.View]int{todo.ViewOpen: 0, todo.ViewCompleted: 1, todo.ViewTrash: 2}
	if c := cmp.Compare(rank[a.View()], rank[b.View()]); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(at[a.View()](a), at[b.View()](b)), cmp.Compare(a.ID, b.ID))
}

func reverse(t time.Time) string { return fmt.Sprintf("%020d", int64(1)<<60-t.UnixMilli()) }

// compare orders two todos by a sort.
func compare(sort todo.Sort) func(a, b todo.Todo) int {
	wall := func(t todo.Todo) string { // without the offset; a date after the times of its day
		if len(t.Due) > 10 {
			return t.Due[:16]
		}
		return t.Due + "~"
	}
	urgency := map[todo.Priority]int{todo.PriorityHigh: 0, todo.PriorityMedium: 1, todo.PriorityLow: 2, "": 3}
	return func(a, b todo.Todo) int {
		switch sort {
		case todo.SortDue:
			if a.Due == "" && b.Due == "" {
				return native(a, b)
			}
			if a.Due == "" || b.Due == "" {
				return -cmp.Compare(len(a.Due), 0) + cmp.Compare(len(b.Due), 0)
			}
			return cmp.Or(cmp.Compare(wall(a), wall(b)), cmp.Compare(a.ID, b.ID))
		case todo.SortPriority:
			return cmp.Or(cmp.Compare(urgency[a.Priority], urgency[b.Priority]), native(a, b))
		case todo.SortCreated:
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
		}
		return native(a, b)
	}
}
