package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"todo.example/internal/todo"
)

// style is an SGR of ECMA-48: its numbers. Of colours there are only those that the
// person's own terminal theme sets.
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "31"
	yellow style = "33"
	blue   style = "34"
	violet style = "35"
)

func (m *model) paint(s style, text string) string {
	if !m.Color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[m"
}

func (m *model) alarm() style { return red }

// soon is for what is due today: yellow cannot be read on a light background.
func (m *model) soon() style {
	if m.light {
		return violet
	}
	return yellow
}

func box(t todo.Todo) string {
	switch t.View() {
	case todo.ViewTrash:
		return "[-]"
	case todo.ViewCompleted:
		return "[x]"
	}
	return "[ ]"
}

// row is one todo: a cursor, a box, the text, and at the right what else there is to it.
func (m *model) row(t todo.Todo, indent int, selected bool) string {
	head := "  "
	if selected {
		head = "> "
	}
	head += strings.Repeat(" ", indent) + box(t) + " "
	room := max(4, m.width-len(head))
	text := m.words.Line(t.Text)
	due, urgency := m.words.Due(t)
	right, width := m.right(t, due, urgency, m.share(room, ansi.StringWidth(text)))
	if width > 0 {
		width += 2
	}
	text = ansi.Truncate(text, room-width, "…")
	gap := ""
	if width > 0 {
		gap = strings.Repeat(" ", room-width+2-ansi.StringWidth(text))
	}
	look := plain
	switch {
	case t.View() != todo.ViewOpen:
		look = faint
	case selected || t.Priority == todo.PriorityHigh:
		look = bold
	}
	return head + m.paint(look, text) + gap + right
}

// share is how many cells are left beside a text for what stands at the right: what
// the text does not need, and at least two of five.
func (m *model) share(room, text int) int {
	return min(max(room-text-2, room*2/5), room*2/3)
}

// right returns what stands at the right: who else has just changed it, the due date,
// and the signs, as far as there is room for. It also returns how many cells that are.
func (m *model) right(t todo.Todo, due string, urgency Urgency, room int) (string, int) {
	look := plain
	switch {
	case t.View() != todo.ViewOpen:
		look = faint
	case urgency == Overdue:
		look = m.alarm()
	case urgency == Today:
		look = m.soon()
	}
	by := ""
	if who := m.marks[t.ID]; who != "" {
		by = "* " + who
	}
	line, used := "", 0
	for _, part := range []struct {
		text string
		look style
	}{{by, blue}, {due, look}, {m.words.Signs(t), faint}} {
		left := room - used
		if used > 0 {
			left -= 2
		}
		if part.text == "" || left < min(4, ansi.StringWidth(part.text)) {
			continue
		}
		if used > 0 {
			line, used = line+"  ", used+2
		}
		text := ansi.Truncate(part.text, left, "…")
		line, used = line+m.paint(part.look, text), used+ansi.StringWidth(text)
	}
	return line, used
}
