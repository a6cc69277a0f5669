package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// helpLines are the keys, each line within 40 cells.
var helpLines = []string{
	"",
	"  j k, arrows  down, up; g G to the ends",
	"  space, x     done, or not; restore",
	"  a            add: milk tomorrow #home",
	"  e            edit the text",
	"  E            edit all, in your editor",
	"  d            delete: to the trash",
	"  u            undo the last change",
	"  p            priority: high to none",
	"  s            snooze: another day",
	"  J K          move down, up",
	"  enter        show all of it",
	"  /            filter: tag:home due:week",
	"  tab          next view; shift+tab back",
	"  esc          leave what you type",
	"  q            quit",
	"",
	backLine,
}

const backLine = "  Any other key goes back to the list."

// overlayKey scrolls what is shown in place of the list, or goes back to that.
func (m *model) overlayKey(key string) tea.Cmd {
	switch key {
	case "down", "j", "pgdown", "space":
		m.below++
	case "up", "k", "pgup":
		m.below--
	case "ctrl+c":
		return tea.Quit
	default:
		m.overlay = noOverlay
	}
	return nil
}

// over draws lines in place of the list, scrolled as far as there are any.
func (m *model) over(s *screen, lines []string, room int) {
	s.y = len(s.lines)
	m.below = max(0, min(m.below, len(lines)-room))
	lines = lines[m.below:]
	if len(lines) > room {
		lines = append(lines[:room-1:room-1], m.cut("  … j shows more"))
	}
	s.fill(lines, room)
}

func (m *model) help() []string {
	lines := make([]string, 0, len(helpLines))
	for _, line := range helpLines {
		if m.Editor == nil && strings.HasPrefix(line, "  E ") {
			continue
		}
		lines = append(lines, m.cut(line))
	}
	return lines
}

// details is all of one todo.
func (m *model) details() []string {
	t := m.selected()
	if t == nil { // somebody has emptied the list meanwhile
		return nil
	}
	lines := []string{""}
	add := func(text string) {
		for line := range strings.SplitSeq(ansi.Wrap(m.words.Line(text), max(4, m.width-4), ""), "\n") {
			lines = append(lines, "  "+line)
		}
	}
	add(box(*t) + " " + t.Text)
	if due, _ := m.words.Due(*t); due != "" {
		add("due " + due)
	}
	if signs := m.words.Signs(*t); signs != "" {
		add(signs)
	}
	add(t.ID + ", changed by " + t.UpdatedBy)
	if t.Notes != "" {
		add("")
		for line := range strings.SplitSeq(t.Notes, "\n") {
			add(line)
		}
	}
	return append(lines, "", m.cut(backLine))
}
