package tui

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

type (
	// tried is the moment to try out what was typed.
	tried struct{ typed int }
	// draft is how the server understands it.
	draft struct {
		typed int
		draft api.Draft
		err   error
	}
)

// snoozeUntil is when a todo is due again unless somebody says otherwise.
const snoozeUntil = "tomorrow"

// enter begins to type.
func (m *model) enter(mode mode, text string) tea.Cmd {
	m.mode, m.input, m.preview = mode, newLine(text), ""
	m.status = message{}
	return m.try()
}

// leave ends it.
func (m *model) leave() {
	m.mode, m.input, m.preview, m.editing = listing, line{}, "", todo.Todo{}
	m.typed++
}

// inputKey is a key while something is typed.
func (m *model) inputKey(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		return m.submit()
	case "esc", "ctrl+c":
		return m.escape()
	}
	if m.input.key(k) {
		return m.try()
	}
	return nil
}

// escape leaves the input. What was to be added is there again the next time.
func (m *model) escape() tea.Cmd {
	left := m.mode
	if left == adding {
		m.drafted = m.input.text()
	}
	m.leave()
	m.status = message{}
	if left == filtering && m.filter != "" {
		m.filter = ""
		return m.turn()
	}
	return nil
}

func (m *model) submit() tea.Cmd {
	text := m.input.text()
	m.status = message{}
	switch m.mode {
	case filtering:
		m.leave()
		m.filter = strings.TrimSpace(text)
		return m.turn()
	case adding:
		return m.add(text)
	case editing:
		return m.retext(text)
	case snoozing:
		return m.snooze(text)
	}
	return nil
}

func (m *model) add(text string) tea.Cmd {
	if said := strings.TrimSpace(text); said == "" || said == strings.TrimSpace(m.tabs[m.tab].filing()) {
		m.say("type what is to be done, or leave with esc")
		return nil
	}
	c := m.Client
	m.drafted = ""
	m.leave()
	m.say(`adding "` + m.words.Line(text) + `" …`)
	return m.send(write{
		mode: adding, typed: text,
		do:   func(ctx context.Context) (outcome, error) { return one(c.QuickAdd(ctx, text)) },
		said: func(o outcome) string { return "added " + m.quoted(o.todo) + m.words.Details(o.todo) },
	})
}

func (m *model) retext(text string) tea.Cmd {
	t, c := m.editing, m.Client
	m.leave()
	if text == t.Text {
		return nil
	}
	if i := slices.IndexFunc(m.items, hasID(t.ID)); i >= 0 {
		m.items[i].Text = text
	}
	return m.send(write{
		mode: editing, typed: text, about: t,
		do: func(ctx context.Context) (outcome, error) {
			return one(c.Patch(ctx, todo.Patch{ID: t.ID, Text: &text, IfRev: t.Rev}))
		},
		said: func(o outcome) string { return "changed to " + m.quoted(o.todo) },
	})
}

func (m *model) snooze(text string) tea.Cmd {
	t, c, until := m.editing, m.Client, strings.TrimSpace(text)
	if until == "" {
		until = snoozeUntil
	}
	m.leave()
	return m.send(write{
		mode: snoozing, typed: text, about: t,
		do: func(ctx context.Context) (outcome, error) {
			return one(c.Patch(ctx, todo.Patch{ID: t.ID, Due: &until}))
		},
		said: func(o outcome) string {
			due, _ := m.words.Due(o.todo)
			if due == "" {
				due = "never"
			}
			return m.quoted(o.todo) + " is due " + due
		},
	})
}

// try has what is typed to be added tried out when the person pauses.
func (m *model) try() tea.Cmd {
	m.typed++
	if m.mode != adding {
		return nil
	}
	typed := m.typed
	return tea.Tick(typingPause, func(time.Time) tea.Msg { return tried{typed} })
}

// previewed shows how what is typed will be understood.
func (m *model) previewed(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tried:
		text := m.input.text()
		if msg.typed != m.typed || m.mode != adding {
			return nil
		}
		if strings.TrimSpace(text) == "" {
			m.preview = ""
			return nil
		}
		ctx, c := m.ctx, m.Client
		return func() tea.Msg {
			d, err := c.Draft(ctx, text)
			return draft{msg.typed, d, err}
		}
	case draft:
		if msg.typed != m.typed || m.mode != adding {
			return nil
		}
		if msg.err != nil {
			m.preview = m.words.Line(m.Explain(msg.err).Message)
			return nil
		}
		d := msg.draft
		t := todo.Todo{Text: d.Text, Due: d.Due, Timezone: d.Timezone, Repeat: d.Repeat, Priority: d.Priority, List: d.List, Tags: d.Tags}
		m.preview = "= " + m.quoted(t) + m.words.Details(t)
	}
	return nil
}
