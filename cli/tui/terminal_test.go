package tui

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"todo.example/internal/todo"
)

var update = flag.Bool("update", false, "write the golden files anew; look at what they show then")

// terminal runs a model as the library does, but for the drawing.
type terminal struct {
	t    *testing.T
	m    *model
	msgs chan tea.Msg
	left bool
}

// inTerminal shows a site's list in a terminal of 80 by 12 cells, on a clock of its own.
func inTerminal(t *testing.T, prepare func(*site), test func(*terminal, *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := newSite(t)
		prepare(s)
		x := &terminal{t: t, msgs: make(chan tea.Msg, 100)}
		x.m = newModel(ctx, Options{
			Client: s.client(), Words: plainWords(), Explain: todo.AsError,
			Person: func(context.Context) Words { return plainWords() },
		})
		first := x.m.load(x.m.loads, 0)().(loaded)
		if first.err != nil {
			t.Fatal(first.err)
		}
		x.take(first)
		x.take(tea.WindowSizeMsg{Width: 80, Height: 12})
		x.do(x.m.Init())
		x.settle()
		test(x, s)
		cancel()
		s.reach(false)
		time.Sleep(2 * retryMost) // what waits ends
		synctest.Wait()
	})
}

// plainWords are simple ones; the program's own are tested with the program.
func plainWords() Words {
	signs := func(t todo.Todo) string {
		var all []string
		if t.Priority != "" {
			all = append(all, "!"+string(t.Priority))
		}
		if t.List != "" {
			all = append(all, "+"+t.List)
		}
		for _, tag := range t.Tags {
			all = append(all, "#"+tag)
		}
		return strings.Join(all, " ")
	}
	return Words{
		Line: func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' {
					return -1
				}
				return r
			}, s)
		},
		Due: func(t todo.Todo) (string, Urgency) {
			day, today := t.Due[:min(len(t.Due), 10)], time.Now().UTC().Format(time.DateOnly)
			switch {
			case day == today:
				return "today", Today
			case day < today && day != "":
				return "overdue " + day, Overdue
			}
			return day, Later
		},
		Signs: signs,
		Details: func(t todo.Todo) string {
			return strings.TrimRight(" ("+strings.TrimSpace(t.Due+" "+signs(t))+")", " ")
		},
		Nest: nest,
	}
}

func nest(todos []todo.Todo) []todo.Todo {
	var all []todo.Todo
	for _, t := range todos {
		if slices.ContainsFunc(todos, hasID(t.ParentID)) {
			continue
		}
		all = append(all, t)
		for _, sub := range todos {
			if sub.ParentID == t.ID {
				all = append(all, sub)
			}
		}
	}
	return all
}

func (x *terminal) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			x.do(cmd)
		}
	case tea.QuitMsg:
		x.left = true
	default:
		_, cmd := x.m.Update(msg)
		x.do(cmd)
	}
}

func (x *terminal) do(cmd tea.Cmd) {
	if cmd != nil {
		go func() { x.msgs <- cmd() }()
	}
}

// settle lets happen what happens without waiting.
func (x *terminal) settle() {
	for {
		synctest.Wait()
		select {
		case msg := <-x.msgs:
			x.take(msg)
		default:
			return
		}
	}
}

// pass lets time pass.
func (x *terminal) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
		x.settle()
	}
}

var named = map[string]tea.KeyPressMsg{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab},
	"shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "space": {Code: tea.KeySpace, Text: " "},
	"left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
	"backspace": {Code: tea.KeyBackspace}, "delete": {Code: tea.KeyDelete}, "down": {Code: tea.KeyDown}, "up": {Code: tea.KeyUp},
	"ctrl+left": {Code: tea.KeyLeft, Mod: tea.ModCtrl}, "ctrl+right": {Code: tea.KeyRight, Mod: tea.ModCtrl},
	"ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+k": {Code: 'k', Mod: tea.ModCtrl}, "ctrl+w": {Code: 'w', Mod: tea.ModCtrl},
	"ctrl+c": {Code: 'c', Mod: tea.ModCtrl},
}

// pressed returns the keys of words: those that have a name, and for any other word its
// characters.
func pressed(words ...string) []tea.KeyPressMsg {
	var keys []tea.KeyPressMsg
	for _, word := range words {
		if k, ok := named[word]; ok {
			keys = append(keys, k)
			continue
		}
		for _, r := range word {
			keys = append(keys, tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
	return keys
}

// press presses keys faster than anything is answered, and waits until all is done, as
// at each word pause.
func (x *terminal) press(words ...string) {
	for _, word := range append(words, "pause") {
		if word == "pause" {
			x.settle()
			x.pass(500 * time.Millisecond)
			continue
		}
		for _, k := range pressed(word) {
			x.take(k)
		}
	}
}

func (x *terminal) screen() string {
	lines := strings.Split(ansi.Strip(x.m.View().Content), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// want wants the screen to show all of some texts.
func (x *terminal) want(texts ...string) {
	x.t.Helper()
	for _, text := range texts {
		if !strings.Contains(x.screen(), text) {
			x.t.Errorf("the screen has no %q:\n%s", text, x.screen())
		}
	}
}

func (x *terminal) wantNot(text string) {
	x.t.Helper()
	if strings.Contains(x.screen(), text) {
		x.t.Errorf("the screen has %q:\n%s", text, x.screen())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run go test ./cli/tui -update and look at what it writes", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
