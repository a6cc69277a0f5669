package todo_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"todo.example/internal/todo"
)

func TestText(t *testing.T) {
	long := strings.Repeat("ü", todo.MaxText)
	for _, test := range []struct{ name, in, want string }{
		{"plain", "buy milk", "buy milk"},
		{"blanks around it", " \u00a0 buy  milk\u2003", "buy  milk"},
		{"as long as allowed, in runes", long, long},
		{"as long as allowed, with blanks", " " + long + " ", long},
		{"markup and templates", `<b>{{.X}}</b> $(rm) %s`, `<b>{{.X}}</b> $(rm) %s`},
		{"other scripts", "買う 🥛 \u202e", "買う 🥛 \u202e"},
		{"not normalized", "e\u0301", "e\u0301"},
		{"one too long", long + "x", ""},
		{"empty", "", ""},
		{"blank", " \u00a0\u3000", ""},
		{"line end", "buy\nmilk", ""},
		{"tab", "buy\tmilk", ""},
		{"NUL", "buy\x00milk", ""},
		{"escape", "\x1b[31mred", ""},
		{"C1 control", "a\u009bb", ""},
		{"delete", "a\x7f", ""},
		{"invalid UTF-8", "buy \xff milk", ""},
		{"cut UTF-8", "buy \xe2\x82", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			c, err := f.Create(t.Context(), ns, web, []todo.New{{Text: test.in}}, todo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			made, err := c.One()
			if test.want == "" {
				refused(t, "create", err, todo.CodeInvalid, "text")
				if c.Rev != 0 || len(f.list(todo.Query{}).Todos) != 0 {
					t.Errorf("a refused todo left revision %d", c.Rev)
				}
				return
			}
			if err != nil || made.Text != test.want || f.get(made.ID).Text != test.want {
				t.Errorf("created %q, %v; want %q", made.Text, err, test.want)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	long := strings.Repeat("n", todo.MaxNotes)
	for _, test := range []struct {
		name, in, want string
		refused        bool
	}{
		{"none", "", "", false},
		{"lines", "a\n\tb\n", "a\n\tb\n", false},
		{"line ends of other systems", "a\r\nb\r\n", "a\nb\n", false},
		{"as long as allowed", long, long, false},
		{"as long as allowed, after their line ends are mended", strings.Repeat("\r\n", todo.MaxNotes), strings.Repeat("\n", todo.MaxNotes), false},
		{"too long", long + "n", "", true},
		{"carriage return", "a\rb", "", true},
		{"NUL", "a\x00", "", true},
		{"invalid UTF-8", "\xc3", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			c, err := f.Create(t.Context(), ns, web, []todo.New{{Text: "a", Notes: test.in}}, todo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			made, err := c.One()
			if test.refused {
				refused(t, "create", err, todo.CodeInvalid, "notes")
			} else if err != nil || made.Notes != test.want {
				t.Errorf("notes %q, %v; want %q", made.Notes, err, test.want)
			}
		})
	}
}

func TestIdempotencyKeyValidation(t *testing.T) {
	f := newFixture(t)
	for _, key := range []string{strings.Repeat("k", todo.MaxKey+1), "a b", "a\n", "\x00", "ä"} {
		_, err := f.Create(t.Context(), ns, web, []todo.New{{Text: "a"}}, todo.Options{IdempotencyKey: key})
		refused(t, key, err, todo.CodeInvalid, "Idempotency-Key")
	}
	ok(t)(f.Create(t.Context(), ns, web, []todo.New{{Text: "a"}}, todo.Options{IdempotencyKey: strings.Repeat("k", todo.MaxKey)}))
}

// FuzzText wants every text to be refused, or kept as a text that is allowed and
// that comes out of a second request as it is.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"buy milk", " x ", "", "\x00", "\xff", "a\u0085b", strings.Repeat("ß", 501), "\u00a0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s := newFixture(t)
		create := func(text string) (todo.Todo, error) {
			c, err := s.Create(t.Context(), ns, web, []todo.New{{Text: text}}, todo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return c.One()
		}
		made, err := create(in)
		if err != nil {
			refused(t, in, err, todo.CodeInvalid, "text")
			return
		}
		n := utf8.RuneCountInString(made.Text)
		if n == 0 || n > todo.MaxText || !utf8.ValidString(made.Text) || strings.ContainsFunc(made.Text, unicode.IsControl) || !strings.Contains(in, made.Text) {
			t.Errorf("%q was kept as %q", in, made.Text)
		}
		if again, err := create(made.Text); err != nil || again.Text != made.Text {
			t.Errorf("%q became %q, %v the second time", made.Text, again.Text, err)
		}
	})
}

func FuzzChangeID(f *testing.F) {
	for _, seed := range []string{"c1", "c0", "c01", "c", "", "1", "c18446744073709551615", "c18446744073709551616", "c-1", "c+1", "C1", "c1 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		rev, err := todo.ParseChangeID(id)
		if err != nil {
			refused(t, id, err, todo.CodeInvalid, "changeID")
		} else if got := (todo.Change{Rev: rev}).ID(); got != id {
			t.Errorf("%q names %d, which is named %q", id, rev, got)
		}
	})
}

// FuzzCursor wants every cursor to be refused or to give a page in order.
func FuzzCursor(f *testing.F) {
	s := todo.NewService(newFixture(nil).store, epoch.UTC)
	for _, seed := range []string{"", "b3Blbgpo", "b3Blbgo", "Y29tcGxldGVkCg", "dHJhc2gK", "!", "b3BlbgpoMDAwMDAwMCBh=="} {
		f.Add(seed)
	}
	items := make([]todo.New, 20)
	for i := range items {
		items[i].Text = "a"
	}
	if _, err := s.Create(f.Context(), ns, web, items, todo.Options{}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		p, err := s.List(t.Context(), ns, web, todo.Query{Cursor: cursor, Limit: 5})
		if err != nil {
			refused(t, cursor, err, todo.CodeInvalid, "cursor")
			return
		}
		for i := range p.Todos[min(1, len(p.Todos)):] {
			if p.Todos[i].SortKey() >= p.Todos[i+1].SortKey() {
				t.Errorf("cursor %q: the page is out of order", cursor)
			}
		}
	})
}
