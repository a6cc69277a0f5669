package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"todo.example/internal/todo"
)

// screen is what is drawn, line by line, and where the cursor stands. The terminal's
// own cursor is at what keys are about, as screen readers and magnifiers follow it.
type screen struct {
	lines []string
	x, y  int
}

// View implements tea.Model.
func (m *model) View() tea.View {
	s := &screen{}
	s.add(m.header())
	if m.mode == filtering {
		s.prompt(m, "/ ")
	} else if m.filter != "" {
		s.add(m.cut("/ " + m.words.Line(m.filter) + "  (esc shows all)"))
	}
	filter, foot := *s, m.foot()
	room := max(1, m.height-len(s.lines)-len(foot.lines))
	switch m.overlay {
	case help:
		m.over(s, m.help(), room)
	case details:
		m.over(s, m.details(), room)
	default:
		m.list(s, room)
	}
	switch {
	case foot.y >= 0:
		s.x, s.y = foot.x, len(s.lines)+foot.y
	case m.mode == filtering:
		s.x, s.y = filter.x, filter.y
	}
	s.lines = append(s.lines, foot.lines...)
	view := tea.NewView(strings.Join(s.lines, "\n"))
	view.AltScreen = true
	view.Cursor = tea.NewCursor(s.x, s.y)
	view.Cursor.Blink = false
	return view
}

func (s *screen) add(line string) { s.lines = append(s.lines, line) }

// fill adds lines, and blank ones for the rest of the room.
func (s *screen) fill(lines []string, room int) {
	s.lines = append(s.lines, lines[:min(len(lines), room)]...)
	for range room - len(lines) {
		s.add("")
	}
}

// prompt adds the line that is being typed, behind a label.
func (s *screen) prompt(m *model, label string) {
	text, at := m.input.show(max(2, m.width-ansi.StringWidth(label)), m.words.Line)
	s.x, s.y = ansi.StringWidth(label)+at, len(s.lines)
	s.add(label + text)
}

// rows is how many items the list has room for.
func (m *model) rows() int {
	rows := m.height - 1 - len(m.foot().lines)
	if m.mode == filtering || m.filter != "" {
		rows--
	}
	return max(1, rows)
}

// header has the views; the one that is shown is in brackets.
func (m *model) header() string {
	right := ""
	if m.offline {
		right = " offline"
	}
	labels := make([]string, len(m.tabs))
	for i, t := range m.tabs {
		if labels[i] = " " + t.name + " "; i == m.tab {
			labels[i] = "[" + t.name + "]"
		}
	}
	from, to := around(labels, m.tab, m.width-ansi.StringWidth(right)-2)
	line, used := "", 0
	for i := from; i < to; i++ {
		label := ansi.Truncate(labels[i], m.width-ansi.StringWidth(right)-used, "…")
		used += ansi.StringWidth(label)
		if i == m.tab {
			label = m.paint(bold, label)
		}
		line += label
	}
	if from > 0 || to < len(labels) {
		line, used = line+"…", used+1
	}
	return line + strings.Repeat(" ", max(0, m.width-used-ansi.StringWidth(right))) + m.paint(m.alarm(), right)
}

// around returns which labels beside one fit into so many cells.
func around(labels []string, at, room int) (from, to int) {
	from, to = at, at+1
	for used := ansi.StringWidth(labels[at]); ; {
		switch {
		case from > 0 && used+ansi.StringWidth(labels[from-1]) <= room:
			from--
			used += ansi.StringWidth(labels[from])
		case to < len(labels) && used+ansi.StringWidth(labels[to]) <= room:
			used += ansi.StringWidth(labels[to])
			to++
		default:
			return from, to
		}
	}
}

func (m *model) list(s *screen, room int) {
	s.x, s.y = 0, len(s.lines)
	if len(m.items) == 0 {
		s.fill([]string{"", m.cut("  " + m.empty())}, room)
		return
	}
	shown := map[string]bool{}
	for _, t := range m.items[:m.top] {
		shown[t.ID] = true
	}
	var lines []string
	for i := m.top; i < min(len(m.items), m.top+room); i++ {
		t := m.items[i]
		shown[t.ID] = true
		indent := 0
		if t.ParentID != "" && shown[t.ParentID] && m.manual() {
			indent = 2
		}
		if i == m.cursor {
			s.y += len(lines)
		}
		if m.mode == editing && t.ID == m.editing.ID {
			head := "> " + strings.Repeat(" ", indent) + box(t) + " "
			text, at := m.input.show(max(2, m.width-len(head)), m.words.Line)
			s.x = len(head) + at
			lines = append(lines, head+text)
			continue
		}
		lines = append(lines, m.row(t, indent, i == m.cursor))
	}
	s.fill(lines, room)
}

func (m *model) empty() string {
	switch {
	case m.status.failed:
		return ""
	case m.unread:
		return "…"
	case m.filter != "":
		return "Nothing matches. esc shows all."
	case m.tabs[m.tab].query.Status == todo.StatusOpen:
		return "Nothing here. Add something with a."
	}
	return "Nothing here."
}

// foot is what stands below the list: what is typed, and the status line. Its y is -1
// where the cursor is elsewhere.
func (m *model) foot() *screen {
	s := &screen{y: -1}
	switch {
	case m.mode == adding:
		s.prompt(m, "Add: ")
		s.add(m.cut(m.preview))
	case m.mode == snoozing:
		label := "Snooze until (" + snoozeUntil + "): "
		if m.width < 2*len(label) {
			label = "Until: "
		}
		s.prompt(m, label)
	case m.mode == editing && !slices.ContainsFunc(m.items, hasID(m.editing.ID)):
		s.prompt(m, "Edit: ") // somebody took it out of the list
	}
	switch text := m.status.text; {
	case m.status.failed:
		for i, line := range strings.Split(ansi.Wrap("Error: "+text, m.width, ""), "\n") {
			if i < 3 {
				s.add(m.paint(m.alarm(), line))
			}
		}
	case m.note != "":
		s.add(m.cut("* " + m.note))
	case text != "":
		s.add(m.cut(text))
	default:
		s.add(m.hints())
	}
	return s
}

// hints says where the cursor is, and as many keys as there is room for.
func (m *model) hints() string {
	line := ""
	if len(m.items) > 0 {
		total := fmt.Sprint(max(m.total, len(m.items)))
		if m.total >= todo.MaxTotal && m.next != "" {
			total += "+"
		}
		line = fmt.Sprintf("%d of %s", m.cursor+1, total)
	}
	if n := m.overview.Overdue; n > 0 {
		line += fmt.Sprintf(", %d overdue", n)
	}
	keys := []string{"? help", "a add", "space done", "e edit", "u undo", "/ filter", "tab view", "q quit"}
	switch m.mode {
	case adding, editing, snoozing, filtering:
		line, keys = "", []string{"enter saves", "esc leaves"}
		if m.mode == filtering {
			keys[0] = "enter filters"
		}
	}
	for _, key := range keys {
		if ansi.StringWidth(line)+2+len(key) > m.width {
			break
		}
		if line != "" {
			line += "  "
		}
		line += key
	}
	return m.paint(faint, line)
}

// cut shortens a line to the terminal's width.
func (m *model) cut(line string) string { return ansi.Truncate(line, m.width, "…") }
