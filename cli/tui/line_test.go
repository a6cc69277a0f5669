package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestLine(t *testing.T) {
	for _, test := range []struct{ begin, keys, want string }{
		{"", "milk", "milk|"},
		{"milk", "left left backspace", "m|lk"},
		{"milk", "home delete end x", "ilkx|"},
		{"buy oat milk", "ctrl+w", "buy oat |"},
		{"buy oat milk ", "ctrl+left ctrl+left ctrl+k", "buy |"},
		{"buy oat milk", "home ctrl+right", "buy| oat milk"},
		{"buy oat milk", "ctrl+left ctrl+u", "|milk"},
		{"a👩\u200d🚀b", "left backspace", "a|b"},
		{"cafe", "\u0301 backspace", "caf|"},
		{"牛乳", "left 豆", "牛豆|乳"},
		{"", "left right backspace delete ctrl+w ctrl+left ctrl+right", "|"},
		{"x", "up down tab", "x|"},
	} {
		l := newLine(test.begin)
		for _, k := range pressed(strings.Fields(test.keys)...) {
			l.key(k)
		}
		if got := strings.Join(l.before, "") + "|" + strings.Join(l.after, ""); got != test.want {
			t.Errorf("%q, then %s: %q, want %q", test.begin, test.keys, got, test.want)
		}
	}
}

func TestLineShow(t *testing.T) {
	clean := plainWords().Line
	for _, test := range []struct {
		before, after string
		width         int
		want          string
		cursor        int
	}{
		{"milk", "", 10, "milk", 4},
		{"buy oat milk", "", 5, "milk", 4},
		{"buy", " oat milk", 5, "buy o", 3},
		{"牛乳牛乳", "", 4, "乳", 2},
		{"a\x1b[2Jb", "", 10, "a[2Jb", 5},
	} {
		l := line{before: characters(test.before), after: characters(test.after)}
		got, cursor := l.show(test.width, clean)
		if got != test.want || cursor != test.cursor || ansi.StringWidth(got) > test.width {
			t.Errorf("%q|%q in %d: %q with the cursor at %d", test.before, test.after, test.width, got, cursor)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("milk", "👩\u200d🚀e\u0301\x1b[1m\r\n", 3)
	f.Fuzz(func(t *testing.T, begin, typed string, back int) {
		l := newLine(begin)
		l.move(-(back & 31))
		l.insert(typed)
		if strings.ContainsAny(strings.Join(l.before, "")[min(len(begin), len(strings.Join(l.before, ""))):], "\x1b\r\n") {
			t.Errorf("%q was typed, and the line is %q", typed, l.text())
		}
		if joined := strings.Join(characters(l.text()), ""); joined != l.text() {
			t.Errorf("%q is not %q", joined, l.text())
		}
	})
}
