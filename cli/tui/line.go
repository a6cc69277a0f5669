package tui

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// line is a line of text that is being typed, in characters as a person counts them
// (grapheme clusters). The widgets of the library's authors are not used: they bring a
// package along that, inside tmux, takes 8 ms to initialize in every command.
type line struct {
	before, after []string // of the cursor
}

func newLine(text string) line { return line{before: characters(text)} }

func (l *line) text() string { return strings.Join(l.before, "") + strings.Join(l.after, "") }

// characters splits text into grapheme clusters.
func characters(text string) []string {
	var all []string
	for text != "" {
		c, _ := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		if c == "" {
			c = text[:1]
		}
		all, text = append(all, c), text[len(c):]
	}
	return all
}

// insert puts text in at the cursor; what would break the line becomes a blank.
func (l *line) insert(text string) {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t', unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	// Anew from the beginning, as a mark that is typed joins what it follows.
	l.before = characters(strings.Join(l.before, "") + text)
}

// key edits the line and reports whether that was the key's meaning.
func (l *line) key(k tea.KeyPressMsg) bool {
	switch k.String() {
	case "left", "ctrl+b":
		l.move(-1)
	case "right", "ctrl+f":
		l.move(1)
	case "ctrl+left", "alt+left", "alt+b":
		l.move(-l.word())
	case "ctrl+right", "alt+right", "alt+f":
		l.move(l.wordAfter())
	case "home", "ctrl+a":
		l.move(-len(l.before))
	case "end", "ctrl+e":
		l.move(len(l.after))
	case "backspace", "ctrl+h":
		l.before = l.before[:max(0, len(l.before)-1)]
	case "delete", "ctrl+d":
		l.after = l.after[min(1, len(l.after)):]
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		l.before = l.before[:len(l.before)-l.word()]
	case "ctrl+u":
		l.before = nil
	case "ctrl+k":
		l.after = nil
	default:
		if k.Text == "" {
			return false
		}
		l.insert(k.Text)
	}
	return true
}

// move moves the cursor by n characters, at most to an end.
func (l *line) move(n int) {
	all := slices.Concat(l.before, l.after)
	at := min(max(0, len(l.before)+n), len(all))
	l.before, l.after = all[:at:at], all[at:]
}

// word returns how many characters the word before the cursor has, and the blanks
// behind it.
func (l *line) word() int {
	i := len(l.before)
	for i > 0 && l.before[i-1] == " " {
		i--
	}
	for i > 0 && l.before[i-1] != " " {
		i--
	}
	return len(l.before) - i
}

func (l *line) wordAfter() int {
	i := 0
	for i < len(l.after) && l.after[i] == " " {
		i++
	}
	for i < len(l.after) && l.after[i] != " " {
		i++
	}
	return i
}

// show returns the part of the line around the cursor that fits into so many cells,
// and the cell in which the cursor is.
func (l *line) show(width int, clean func(string) string) (shown string, cursor int) {
	from := len(l.before)
	for from > 0 {
		w := ansi.StringWidth(clean(l.before[from-1]))
		if cursor+w > width-1 { // one cell is the cursor's
			break
		}
		cursor += w
		from--
	}
	return ansi.Truncate(clean(strings.Join(l.before[from:], "")+strings.Join(l.after, "")), width, ""), cursor
}
