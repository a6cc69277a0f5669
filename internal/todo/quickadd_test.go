package todo_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"todo.example/internal/todo"
)

func TestParseQuickAdd(t *testing.T) {
	everywhere(t, func(t *testing.T, f *dueFixture) {
		for _, test := range []struct {
			in   string
			want todo.New
		}{
			{"Buy milk", todo.New{Text: "Buy milk"}},
			{"Buy milk tomorrow 17:00 #home !high +Shopping", todo.New{Text: "Buy milk", Due: "2026-11-26T17:00", Priority: "high", List: "Shopping", Tags: []string{"home"}}},
			{"#home p1 Buy +\"Two words\" milk #Shop tomorrow", todo.New{Text: "Buy milk", Due: "2026-11-26", Priority: "high", List: "Two words", Tags: []string{"home", "shop"}}},
			{"Pay rent every month on the 1st", todo.New{Text: "Pay rent", Repeat: "FREQ=MONTHLY;BYMONTHDAY=1"}},
			{"Pay !2 rent !1", todo.New{Text: "Pay rent !1", Priority: "medium"}},
			{"Pay rent P3", todo.New{Text: "Pay rent", Priority: "low"}},
			{"Pay rent p4", todo.New{Text: "Pay rent"}},
			{"Pay rent // to the old account, #now tomorrow", todo.New{Text: "Pay rent", Notes: "to the old account, #now tomorrow"}},
			{"Read https://example.com/a//b", todo.New{Text: "Read https://example.com/a//b"}},
			{"// only notes", todo.New{Text: "// only notes"}},
			{"Pay rent //", todo.New{Text: "Pay rent //"}},
			// Literally.
			{`Read "1984 tomorrow #x !high" tomorrow`, todo.New{Text: `Read "1984 tomorrow #x !high"`, Due: "2026-11-26"}},
			{`Say \#home \!high \+list \\ tomorrow`, todo.New{Text: `Say #home !high +list \`, Due: "2026-11-26"}},
			{`Watch \tomorrow`, todo.New{Text: "Watch tomorrow"}},
			{`A 27" screen tomorrow`, todo.New{Text: `A 27" screen`, Due: "2026-11-26"}},
			{"Odd \ue0f0 \\\ue0f0\ue0f0 tomorrow", todo.New{Text: "Odd \ue0f0 \ue0f0\ue0f0", Due: "2026-11-26"}},
			// Not understood.
			{"Fix #1 in C# and +1 it!", todo.New{Text: "Fix #1 in C# and +1 it!"}},
			{"Ask bob@example.com about @bob", todo.New{Text: "Ask bob@example.com about @bob"}},
			{"Buy #food, #drink", todo.New{Text: "Buy #food,", Tags: []string{"drink"}}},
			{"A +b +c", todo.New{Text: "A +c", List: "b"}},
			{"Shout ! !highest # + p5 \\", todo.New{Text: "Shout ! !highest # + p5 \\"}},
			{"a #none +none", todo.New{Text: "a #none +none"}},
			{"a +\"no end", todo.New{Text: "a +\"no end"}},
			{"Call May", todo.New{Text: "Call May"}},
			{"Read 1984", todo.New{Text: "Read 1984"}},
			// All of it would be gone.
			{"tomorrow", todo.New{Text: "tomorrow"}},
			{"#home !high", todo.New{Text: "#home !high"}},
			{"#home tomorrow", todo.New{Text: "tomorrow", Tags: []string{"home"}}},
			{"", todo.New{}},
			{"  a \u00a0 b\n c ", todo.New{Text: "a b c"}},
		} {
			equal(t, test.in, test.want, todo.ParseQuickAdd(test.in, f.self, f.now))
		}
	})
}

// TestQuickAddIsUnderstood wants what was parsed to mean the same when it is made.
func TestQuickAddIsUnderstood(t *testing.T) {
	everywhere(t, func(t *testing.T, f *dueFixture) {
		made := f.create(todo.ParseQuickAdd("Call tomorrow at 5pm every week +Home", f.self, f.now))
		if made.Due != f.at("2026-11-26T17:00") || made.Timezone != f.loc.String() || made.Repeat != "FREQ=WEEKLY" || made.List != "Home" {
			t.Errorf("made %+v", made)
		}
		made = f.create(todo.ParseQuickAdd("Call 2026-12-01 17:00 Asia/Tokyo", f.self, f.now))
		if made.Due != "2026-12-01T17:00:00+09:00" || made.Timezone != "Asia/Tokyo" || made.Text != "Call" {
			t.Errorf("made %+v", made)
		}
	})
}

func FuzzParseQuickAdd(f *testing.F) {
	for _, s := range []string{
		`Buy milk tomorrow 17:00 #home !high +"Two words" // notes`, `\#a "b c" +d p1`, "every day at 9", "\ue0f0 tomorrow",
	} {
		f.Add(s)
	}
	actor := todo.Actor{Name: "web", Allowed: todo.Everything}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || len(s) > 1000 {
			return
		}
		got := todo.ParseQuickAdd(s, actor, epoch)
		if (got.Text == "") != (strings.TrimSpace(s) == "") {
			t.Fatalf("%q became %+v", s, got)
		}
		// A word that says nothing but itself is somewhere.
		all := got.Text + " " + got.Notes + " " + got.List + " " + strings.Join(got.Tags, " ")
		for word := range strings.FieldsSeq(s) {
			if strings.HasPrefix(word, "xy") && !strings.Contains(all, strings.Trim(word, `"\`)) {
				t.Errorf("%q lost the word %q: %+v", s, word, got)
			}
		}
		if got.Due == "" && got.Repeat == "" {
			return
		}
		svc := newFixture(t)
		svc.now = epoch.Add(time.Second)
		c, err := svc.Create(t.Context(), ns, actor, []todo.New{{Text: "a", Due: got.Due, Repeat: got.Repeat}}, todo.Options{})
		if _, err := one(c, err); err != nil {
			t.Errorf("%q became due %q, repeat %q, which cannot be made: %v", s, got.Due, got.Repeat, err)
		}
	})
}
