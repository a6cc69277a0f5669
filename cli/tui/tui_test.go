package tui

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func abc(s *site) { s.add("web", "Apples", "Bread", "Cheese") }

// TestKeys: what is pressed, however fast, is what the list becomes.
func TestKeys(t *testing.T) {
	for _, test := range []struct {
		name, keys string
		status     todo.Status
		want, says string
	}{
		{"add", "a milk space tomorrow enter", todo.StatusOpen, "Apples, Bread, Cheese, milk 2000-01-02", `added "milk"`},
		{"add nothing", "a enter esc", todo.StatusOpen, "Apples, Bread, Cheese", "1 of 3"},
		{"add once", "a milk enter enter pause enter", todo.StatusOpen, "Apples, Bread, Cheese, milk", ""},
		{"add too much", "a " + strings.Repeat("m", todo.MaxText+1) + " enter", todo.StatusOpen, "Apples, Bread, Cheese", "Error: "},
		{"edit", "j e space with space butter enter", todo.StatusOpen, "Apples, Bread with butter, Cheese", `changed to "Bread with butter"`},
		{"edit and leave", "e x esc", todo.StatusOpen, "Apples, Bread, Cheese", "1 of 3"},
		{"tick", "j space", todo.StatusCompleted, "Bread", `completed "Bread"; u undoes it`},
		{"tick twice", "x x", todo.StatusOpen, "Apples, Bread, Cheese", ""},
		{"reopen", "x tab pause x", todo.StatusOpen, "Apples, Bread, Cheese", `reopened "Apples"`},
		{"delete", "G d", todo.StatusTrash, "Cheese", `deleted "Cheese"`},
		{"delete again", "d tab tab pause d", todo.StatusTrash, "Apples", "in the trash"},
		{"restore", "d tab tab pause space", todo.StatusOpen, "Apples, Bread, Cheese", `restored "Apples"`},
		{"undo", "d u", todo.StatusOpen, "Apples, Bread, Cheese", `undid the change of "Apples"`},
		{"undo two", "p G d u u", todo.StatusOpen, "Apples, Bread, Cheese", ""},
		{"undo nothing", "u", todo.StatusOpen, "Apples, Bread, Cheese", "Error: there is nothing of yours to undo"},
		{"priority", "p j p p k k j j p p p p", todo.StatusOpen, "Apples !high, Bread !medium, Cheese", `"Cheese" has priority none`},
		{"snooze", "s enter", todo.StatusOpen, "Apples 2000-01-02, Bread, Cheese", `"Apples" is due 2000-01-02`},
		{"snooze until", "s in space 3 space days enter", todo.StatusOpen, "Apples 2000-01-04, Bread, Cheese", ""},
		{"snooze until what", "s whenever enter", todo.StatusOpen, "Apples, Bread, Cheese", "Error: "},
		{"move down", "J J pause J", todo.StatusOpen, "Bread, Cheese, Apples", "it is the last already"},
		{"move up", "G K", todo.StatusOpen, "Apples, Cheese, Bread", `moved "Cheese"`},
		{"move there and back", "J K J J K", todo.StatusOpen, "Bread, Apples, Cheese", ""},
		{"move where it cannot", "shift+tab J", todo.StatusOpen, "Apples, Bread, Cheese", ""},
		{"filter", "/ bread enter pause x", todo.StatusCompleted, "Bread", ""},
		{"filter and move", "/ bread enter pause J", todo.StatusOpen, "Apples, Bread, Cheese", "without a filter"},
		{"filter and leave", "/ bread enter / esc pause x", todo.StatusCompleted, "Apples", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			inTerminal(t, abc, func(x *terminal, s *site) {
				x.press(strings.Fields(test.keys)...)
				if got := s.texts(test.status); got != test.want {
					t.Errorf("%s is %q, want %q", test.status, got, test.want)
				}
				x.want(test.says)
				if x.m.mode == listing && x.m.filter == "" && x.m.tab == openTab {
					for text := range strings.SplitSeq(s.texts(todo.StatusOpen), ", ") {
						x.want(strings.Fields(text)[0])
					}
				}
			})
		})
	}
}

func TestLeave(t *testing.T) {
	for _, test := range []struct {
		keys string
		left bool
	}{{"q", true}, {"ctrl+c", true}, {"? q", false}, {"? q q", true}, {"a q", false}, {"a ctrl+c", false}, {"enter ctrl+c", true}, {"esc", false}} {
		inTerminal(t, abc, func(x *terminal, _ *site) {
			if x.press(strings.Fields(test.keys)...); x.left != test.left {
				t.Errorf("%s: left %v", test.keys, x.left)
			}
		})
	}
}

// TestSubtasks: they are below their parent, and move with it and among themselves.
func TestSubtasks(t *testing.T) {
	prepare := func(s *site) {
		parents := s.add("web", "Party", "Rest")
		for _, text := range []string{"cake", "music"} {
			if _, err := s.svc.Create(context.Background(), ns, s.as("web"), []todo.New{{Text: text, ParentID: parents[0].ID}}, todo.Options{}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	inTerminal(t, prepare, func(x *terminal, s *site) {
		x.want("> [ ] Party\n    [ ] cake\n    [ ] music\n  [ ] Rest")
		x.press("J")
		x.want("  [ ] Rest\n> [ ] Party\n    [ ] cake\n    [ ] music")
		x.press("j", "J", "pause", "J")
		x.want("  [ ] Party\n    [ ] music\n>   [ ] cake", "it is the last already")
	})
}

// TestPreview: how it will be understood is shown while it is typed.
func TestPreview(t *testing.T) {
	inTerminal(t, abc, func(x *terminal, _ *site) {
		x.press("a", "Call Ada tomorrow 17:00 #work")
		x.want("Add: Call Ada tomorrow 17:00 #work", `= "Call Ada" (2000-01-02T17:00:00Z #work)`)
		x.press("ctrl+u")
		x.wantNot("= ")
	})
}

// TestFiling: what is added in a list's view is in that list.
func TestFiling(t *testing.T) {
	prepare := func(s *site) { s.add("web", `Hammer +"Do it"`, "Milk +Shopping") }
	inTerminal(t, prepare, func(x *terminal, s *site) {
		x.press("shift+tab", "shift+tab")
		x.want("[Shopping]")
		x.press("a", "enter")
		x.want("type what is to be done")
		x.press("Bread", "enter")
		x.want("+Shopping", "> [ ] Bread")
		x.press("shift+tab", "a", "Nails", "enter")
		x.want("[Do it]", "> [ ] Nails")
		// A list whose last todo goes is shown until the person leaves it.
		x.press("d", "k", "d")
		x.want("[Do it]", "Nothing here")
		x.press("tab", "tab")
		x.wantNot("Do it")
	})
}

// TestOthers: what others change is shown as theirs, for a moment.
func TestOthers(t *testing.T) {
	inTerminal(t, abc, func(x *terminal, s *site) {
		x.press("j")
		s.add("Claude", "Dates")
		x.pass(time.Second)
		x.want("* Claude added \"Dates\"", "> [ ] Bread")
		if !regexp.MustCompile(`Dates +\* Claude`).MatchString(x.screen()) {
			t.Errorf("the row does not say who it was:\n%s", x.screen())
		}
		x.pass(noteStays)
		x.want("Dates")
		x.wantNot("Claude")
		s.add("web", "Eggs", "Figs")
		x.pass(time.Second)
		x.want("* the browser added 2 todos")
		x.pass(noteStays)
		x.press("p")
		x.wantNot("* ") // it was us
	})
}

// TestOwn: what was done here by a token is not shown as somebody's of the token's name,
// also where the stream tells of it first.
func TestOwn(t *testing.T) {
	m := newModel(t.Context(), Options{Words: plainWords()})
	mine, theirs := api.Change{ChangeID: "c2", By: "laptop"}, api.Change{ChangeID: "c3", By: "Claude"}
	if m.own(mine) {
		t.Error("a change is ours while nothing is written")
	}
	m.writing = true
	if !m.own(mine) {
		t.Error("the first change is not ours")
	}
	m.answered(wrote{outcome: outcome{change: "c1", todo: todo.Todo{UpdatedBy: "laptop"}}, write: write{said: func(outcome) string { return "" }}})
	m.writing = true
	if !m.own(mine) || m.own(theirs) {
		t.Errorf("ours: %v, theirs: %v", m.own(mine), m.own(theirs))
	}
}

// TestOffline: out of reach, it says so, keeps what is typed, and goes on where it was.
func TestOffline(t *testing.T) {
	inTerminal(t, abc, func(x *terminal, s *site) {
		s.reach(false)
		x.pass(5 * time.Second)
		x.want("offline", "Apples")
		x.press("x")
		x.want("Error: ", "is not running", "> [ ] Apples")
		x.press("a", "Dates", "enter")
		x.want("Add: Dates", "Error: ")
		s.add("Claude", "Eggs")
		s.reach(true)
		x.pass(2 * retryMost)
		x.wantNot("offline")
		x.want("Eggs", "Add: Dates")
		x.press("enter")
		if got, want := s.texts(todo.StatusOpen), "Apples, Bread, Cheese, Eggs, Dates"; got != want {
			t.Errorf("the list is %q, want %q", got, want)
		}
		x.want("> [ ] Dates")
	})
}

// TestRestart: a server that is soon there again is not spoken of.
func TestRestart(t *testing.T) {
	inTerminal(t, abc, func(x *terminal, s *site) {
		s.reach(false)
		s.reach(true)
		x.settle()
		x.wantNot("offline")
		s.add("Claude", "Dates")
		x.pass(3 * time.Second)
		x.wantNot("offline")
		x.want("Dates", "* Claude added")
	})
}

// TestContested: whoever edits what another changes meanwhile is told, and decides.
func TestContested(t *testing.T) {
	inTerminal(t, abc, func(x *terminal, s *site) {
		x.press("e", " pie")
		id, theirs := x.m.editing.ID, "Pears"
		if _, err := s.svc.Update(context.Background(), ns, s.as("Claude"), []todo.Patch{{ID: id, Text: &theirs}}, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		x.pass(time.Second)
		x.want("> [ ] Apples pie")
		x.press("enter")
		x.want(`Claude has made it "Pears" meanwhile`, "> [ ] Apples pie")
		if got := s.texts(todo.StatusOpen); !strings.HasPrefix(got, "Pears") {
			t.Errorf("the list is %q", got)
		}
		x.press("enter")
		if got := s.texts(todo.StatusOpen); !strings.HasPrefix(got, "Apples pie") {
			t.Errorf("the list is %q", got)
		}
	})
}

// TestEscapeKeepsDraft: what was typed to be added is there the next time.
func TestEscapeKeepsDraft(t *testing.T) {
	inTerminal(t, abc, func(x *terminal, _ *site) {
		x.press("a", "long thought", "esc", "j", "a")
		x.want("Add: long thought")
		x.press("enter", "a")
		x.want("Add:\n")
	})
}

// TestPages: a long list is read as far as the cursor gets.
func TestPages(t *testing.T) {
	prepare := func(s *site) {
		texts := make([]string, 250)
		for i := range texts {
			texts[i] = fmt.Sprintf("item%d", i)
		}
		s.add("web", texts...)
	}
	inTerminal(t, prepare, func(x *terminal, s *site) {
		if n := len(x.m.items); n != pageSize {
			t.Errorf("%d were read to begin with", n)
		}
		x.want("1 of 250")
		x.press("G", "pause", "G", "pause", "G")
		x.want("> [ ] item249", "250 of 250")
		x.press("x")
		x.want("> [ ] item248")
		if n := len(x.m.items); n != 249 {
			t.Errorf("%d are there", n)
		}
	})
}

func TestPaste(t *testing.T) {
	inTerminal(t, abc, func(x *terminal, s *site) {
		x.take(tea.PasteMsg{Content: "dqx"})
		x.press("a")
		x.take(tea.PasteMsg{Content: "Milk\r\nand\tbread\x1b[2J"})
		x.press("enter")
		if got, want := s.texts(todo.StatusOpen), "Apples, Bread, Cheese, Milk and bread[2J"; got != want {
			t.Errorf("the list is %q, want %q", got, want)
		}
	})
}

const hostile = "Buy\x1b]0;owned\x07 \x1b[2Jmilk\u202emoc\u200b\u009b1m"

// hostileList answers as a server that somebody else has taken over.
func hostileList(m *model) loaded {
	t := todo.Todo{ID: hostile, Text: hostile, Notes: hostile + "\n" + hostile, List: hostile, UpdatedBy: hostile, Due: hostile}
	return loaded{load: m.loads, page: api.Todos{Todos: []todo.Todo{t}}, overview: api.Overview{Lists: []todo.Name{{Name: hostile}}}}
}

// TestNothingSteers: in every mode, what comes from a server is text.
func TestNothingSteers(t *testing.T) {
	for _, keys := range []string{"", "enter", "e", "shift+tab", "x", "shift+tab a", "/ x"} {
		inTerminal(t, abc, func(x *terminal, _ *site) {
			x.m.words.Due = func(t todo.Todo) (string, Urgency) { return x.m.words.Line(t.Due), Later }
			x.m.words.Signs = func(t todo.Todo) string { return x.m.words.Line(t.List) }
			x.take(hostileList(x.m))
			for _, k := range pressed(strings.Fields(keys)...) {
				x.take(k)
			}
			x.m.note = x.m.told(api.Change{By: hostile, Todos: x.m.items})
			x.m.fail(&todo.Error{Message: hostile, Hint: hostile})
			steers := regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f-\u009f\u200b\u202e]")
			if at := steers.FindStringIndex(x.m.View().Content); at != nil {
				t.Errorf("after %q: %q", keys, x.m.View().Content)
			}
		})
	}
}

// TestEverySize: nothing is drawn beyond the screen, however small it is.
func TestEverySize(t *testing.T) {
	prepare := func(s *site) {
		s.add("web", "牛乳を買ってから家に帰る tomorrow !high +Shopping", "👩\u200d🚀 to the moon #space", "Cafe\u0301 "+strings.Repeat("long ", 40), "D")
	}
	for _, keys := range []string{"", "?", "enter", "a 牛乳 space 牛乳 space 牛乳 space 牛乳", "e", "s x enter", "/ foo:bar enter", "tab tab"} {
		inTerminal(t, prepare, func(x *terminal, _ *site) {
			x.press(strings.Fields(keys)...)
			for width := 1; width < 130; width++ {
				for _, height := range []int{1, 2, 4, 7, 12} {
					x.take(tea.WindowSizeMsg{Width: width, Height: height})
					view := x.m.View()
					lines := strings.Split(view.Content, "\n")
					if width >= 30 && len(lines) > max(height, 6) {
						t.Fatalf("%q in %d by %d has %d lines:\n%s", keys, width, height, len(lines), view.Content)
					}
					for _, line := range lines {
						if w := ansi.StringWidth(line); width >= 24 && w > width {
							t.Fatalf("%q in %d by %d has a line of %d: %q", keys, width, height, w, line)
						}
					}
				}
			}
		})
	}
}

func TestColours(t *testing.T) {
	prepare := func(s *site) { s.add("web", "Milk today", "Rent 1999-12-01") }
	inTerminal(t, prepare, func(x *terminal, _ *site) {
		if strings.Contains(x.m.View().Content, "\x1b") {
			t.Errorf("it is coloured: %q", x.m.View().Content)
		}
		x.m.Color = true
		for _, test := range []struct {
			light bool
			today style
		}{{false, yellow}, {true, violet}} {
			x.m.light = test.light
			for _, want := range []string{x.m.paint(test.today, "today"), x.m.paint(red, "overdue 1999-12-01")} {
				if !strings.Contains(x.m.View().Content, want) {
					t.Errorf("light %v: no %q in %q", test.light, want, x.m.View().Content)
				}
			}
		}
	})
}

// TestScreens shows what people see.
func TestScreens(t *testing.T) {
	prepare := func(s *site) {
		s.add("web", "Buy oat milk tomorrow 17:00 +Shopping #home !high", "Rent 1999-12-31", "牛乳を買ってから家に帰る today",
			"Write the quarterly report for everybody who is still in town and has not read it //first page", `Read +"Two words"`)
	}
	for _, width := range []int{40, 80, 120} {
		inTerminal(t, prepare, func(x *terminal, s *site) {
			x.take(tea.WindowSizeMsg{Width: width, Height: 12})
			var all strings.Builder
			show := func(title string) {
				cursor := x.m.View().Cursor
				fmt.Fprintf(&all, "== %s (cursor at %d,%d)\n%s\n", title, cursor.X, cursor.Y, regexp.MustCompile(`\b[a-z][0-9a-z]{7}, changed`).ReplaceAllString(x.screen(), "ID, changed"))
			}
			show("the list")
			x.press("j", "x")
			show("done")
			x.press("a", "Call Ada friday 9:00")
			show("adding")
			x.press("esc", "j", "e")
			show("editing")
			x.press("esc", "enter")
			show("all of it")
			x.press("esc", "?")
			show("help")
			x.press("esc", "/", "foo:bar", "enter")
			show("a filter that is none")
			x.press("esc", "shift+tab")
			show("today")
			s.add("Claude", "Water the plants today 9:00")
			x.pass(time.Second)
			show("somebody else")
			s.reach(false)
			x.pass(6 * time.Second)
			x.press("p")
			show("offline")
			golden(t, fmt.Sprintf("%d.txt", width), all.String())
		})
	}
}
