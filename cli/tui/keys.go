package tui

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// editorClosed says that the person is back from their editor.
type editorClosed struct{ err error }

// key is a key that was pressed, in whatever mode.
func (m *model) key(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "ctrl+z":
		return tea.Suspend
	case "ctrl+l":
		return tea.Batch(tea.ClearScreen, m.again())
	}
	if m.mode != listing {
		return m.inputKey(k)
	}
	m.status = message{}
	m.edited = ""
	if m.overlay != noOverlay {
		return m.overlayKey(k.String())
	}
	if m.travel(k.String()) {
		return nil
	}
	switch k.String() {
	case "q", "ctrl+c":
		return tea.Quit
	case "esc":
		if m.filter != "" {
			m.filter = ""
			return m.turn()
		}
	case "?":
		m.overlay, m.below = help, 0
	case "tab", "right", "l":
		return m.switchTab(1)
	case "shift+tab", "left", "h":
		return m.switchTab(-1)
	case "/":
		return m.enter(filtering, m.filter)
	case "a":
		text := m.drafted
		if text == "" {
			text = m.tabs[m.tab].filing()
		}
		return m.enter(adding, text)
	case "u":
		return m.send(write{undo: true, said: m.undone})
	default:
		if t := m.selected(); t != nil {
			return m.itemKey(k.String(), t)
		}
	}
	return nil
}

// travel moves the cursor, if that is what the key says.
func (m *model) travel(key string) bool {
	by := map[string]int{
		"down": 1, "j": 1, "up": -1, "k": -1, "pgdown": m.rows(), "pgup": -m.rows(), "ctrl+f": m.rows(), "ctrl+b": -m.rows(),
		"home": -len(m.items), "g": -len(m.items), "end": len(m.items), "G": len(m.items),
	}[key]
	m.cursor = max(0, min(m.cursor+by, len(m.items)-1))
	return by != 0
}

func (m *model) switchTab(by int) tea.Cmd {
	m.tab = (m.tab + by + len(m.tabs)) % len(m.tabs)
	m.filter = ""
	return m.turn()
}

// itemKey is a key about one todo.
func (m *model) itemKey(key string, t *todo.Todo) tea.Cmd {
	switch key {
	case "enter":
		m.overlay, m.below = details, 0
		return nil
	case "space", "x":
		return m.tick(t)
	}
	if t.Deleted() {
		if key == "d" || key == "e" || key == "p" || key == "s" {
			m.say("it is in the trash; space takes it out")
		}
		return nil
	}
	switch key {
	case "e":
		m.editing = *t
		return m.enter(editing, t.Text)
	case "E":
		if m.Editor != nil {
			m.edited = t.ID
			return tea.ExecProcess(m.Editor(t.ID), func(err error) tea.Msg { return editorClosed{err} })
		}
	case "s":
		m.editing = *t
		return m.enter(snoozing, "")
	case "d", "delete":
		return m.remove(t)
	case "p":
		return m.prioritize(t)
	case "J", "shift+down":
		return m.moveItem(1)
	case "K", "shift+up":
		return m.moveItem(-1)
	}
	return nil
}

// tick completes a todo, or takes that back; of one in the trash, it takes it out.
func (m *model) tick(t *todo.Todo) tea.Cmd {
	do, did := m.Client.Complete, "completed "
	switch t.View() {
	case todo.ViewTrash:
		do, did = m.Client.Restore, "restored "
		t.DeletedAt = time.Time{}
	case todo.ViewCompleted:
		do, did = m.Client.Reopen, "reopened "
		t.Completed = false
	default:
		t.Completed = true
	}
	return m.send(write{do: about(t.ID, do), said: func(o outcome) string {
		text := did + m.quoted(o.todo)
		if o.next != nil {
			due, _ := m.words.Due(*o.next)
			text += ", next due " + due
		}
		return text + m.undoable(o)
	}})
}

func about(id string, do func(context.Context, string) (api.Changed, error)) func(context.Context) (outcome, error) {
	return func(ctx context.Context) (outcome, error) { return one(do(ctx, id)) }
}

func (m *model) undoable(o outcome) string {
	if o.change == "" {
		return " already"
	}
	return "; u undoes it"
}

func (m *model) undone(o outcome) string {
	if o.todos > 1 {
		return fmt.Sprintf("undid a change of %d todos", o.todos)
	}
	return "undid the change of " + m.quoted(o.todo)
}

func (m *model) remove(t *todo.Todo) tea.Cmd {
	t.DeletedAt = t.UpdatedAt // until the list is read again, any time will do
	return m.send(write{do: about(t.ID, m.Client.Delete), said: func(o outcome) string { return "deleted " + m.quoted(o.todo) + m.undoable(o) }})
}

// afterPriority is the order in which the key goes round.
var afterPriority = map[todo.Priority]todo.Priority{
	todo.PriorityNone: todo.PriorityHigh, todo.PriorityHigh: todo.PriorityMedium,
	todo.PriorityMedium: todo.PriorityLow, todo.PriorityLow: todo.PriorityNone,
}

func (m *model) prioritize(t *todo.Todo) tea.Cmd {
	t.Priority = afterPriority[t.Priority]
	to := string(t.Priority)
	if to == "" {
		to = "none"
	}
	id, c := t.ID, m.Client
	return m.send(write{
		do: func(ctx context.Context) (outcome, error) {
			return one(c.Patch(ctx, todo.Patch{ID: id, Priority: &to}))
		},
		said: func(o outcome) string { return m.quoted(o.todo) + " has priority " + to },
	})
}

// moveItem moves the todo, and its subtasks with it, past the next one of its level.
func (m *model) moveItem(by int) tea.Cmd {
	if !m.manual() {
		m.say("here the order is given: move it in Open or in its list, without a filter")
		return nil
	}
	t, past := m.items[m.cursor], m.cursor+by
	for past >= 0 && past < len(m.items) && m.items[past].ParentID != t.ParentID {
		past += by
	}
	if past < 0 || past >= len(m.items) {
		m.say(map[int]string{1: "it is the last already", -1: "it is the first already"}[by])
		return nil
	}
	to := api.Move{Before: m.items[past].ID}
	if by > 0 {
		to = api.Move{After: m.items[past].ID}
	}
	m.swap(m.cursor, past)
	c := m.Client
	return m.send(write{
		do:   func(ctx context.Context) (outcome, error) { return one(c.Move(ctx, t.ID, to)) },
		said: func(o outcome) string { return "moved " + m.quoted(o.todo) },
	})
}

// swap puts the block of one todo, which is it and its subtasks, past that of another.
func (m *model) swap(at, past int) {
	first, second := min(at, past), max(at, past)
	end := second + 1
	for end < len(m.items) && m.items[end].ParentID == m.items[second].ID {
		end++
	}
	block := append([]todo.Todo{}, m.items[second:end]...)
	block = append(block, m.items[first:second]...)
	copy(m.items[first:end], block)
	if m.cursor = first; at < past {
		m.cursor = first + end - second
	}
}
