package tui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

type (
	// listening is a stream that was opened.
	listening struct{ stream *client.Events }
	// happened is what the stream tells of.
	happened struct{ event client.Event }
	// fellSilent is the end of the stream, or of the attempt to open it.
	fellSilent struct{ err error }
	// listenAgain is the moment to open the stream again.
	listenAgain struct{}
	// noteOld is the moment to forget what was said of others' changes.
	noteOld struct{ note int }
)

// listen opens the stream of changes where the last one ended.
func (m *model) listen() tea.Cmd {
	ctx, c, rev := m.ctx, m.Client, m.rev
	return func() tea.Msg {
		stream, err := c.Events(ctx, rev)
		if err != nil {
			return fellSilent{err}
		}
		return listening{stream}
	}
}

// hear waits for the stream's next word.
func hear(stream *client.Events) tea.Cmd {
	return func() tea.Msg {
		event, err := stream.Next()
		if err != nil {
			return fellSilent{err}
		}
		return happened{event}
	}
}

func (m *model) heard(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case listening:
		return m.opened(msg.stream)
	case happened:
		return tea.Batch(hear(m.stream), m.changed(msg.event))
	case fellSilent:
		return m.lost()
	case listenAgain:
		return m.listen()
	case noteOld:
		if msg.note == m.notes {
			m.note = ""
			clear(m.marks)
		}
	}
	return nil
}

func (m *model) opened(stream *client.Events) tea.Cmd {
	m.stream, m.retry = stream, retryFirst
	if !m.offline {
		return hear(stream)
	}
	m.offline = false
	if m.status.failed {
		m.status = message{}
	}
	return tea.Batch(hear(stream), m.reload(), m.try())
}

// lost tries again later. A stream that ends is nothing to speak of, as servers are
// restarted; one that cannot be opened is.
func (m *model) lost() tea.Cmd {
	if m.offline = m.stream == nil; !m.offline {
		m.stream.Close()
		m.stream = nil
	}
	wait := m.retry
	m.retry = min(2*m.retry, retryMost)
	return tea.Tick(wait, func(time.Time) tea.Msg { return listenAgain{} })
}

// changed takes a change from anybody: the list is read again, and if it was not made
// here, who made it is shown for a moment.
func (m *model) changed(e client.Event) tea.Cmd {
	m.rev = e.Rev
	if e.Reset || m.own(e.Change) {
		return m.reload()
	}
	if m.note == "" {
		clear(m.marks)
	}
	for _, t := range e.Change.Todos {
		m.marks[t.ID] = m.who(e.Change.By)
	}
	m.note = m.told(e.Change)
	m.notes++
	note := m.notes
	return tea.Batch(m.reload(), tea.Tick(noteStays, func(time.Time) tea.Msg { return noteOld{note} }))
}

// own reports whether a change was made here: the stream may tell of it before the
// answer does, and before the first answer whoever writes is us.
func (m *model) own(c api.Change) bool {
	return m.known[c.ChangeID] || (m.self == "" || c.By == m.self) && (m.writing || m.edited != "" && slices.ContainsFunc(c.Todos, hasID(m.edited)))
}

func (m *model) who(by string) string {
	switch by {
	case api.ByCLI:
		return "another terminal"
	case api.ByWeb:
		return "the browser"
	}
	return m.words.Line(by)
}

var didTo = map[todo.Kind]string{
	todo.Created: "added", todo.Updated: "changed", todo.Completed: "completed", todo.Reopened: "reopened",
	todo.Deleted: "deleted", todo.Restored: "restored", todo.Undone: "undid", todo.Imported: "imported",
}

// told says in a line what somebody did.
func (m *model) told(c api.Change) string {
	did := didTo[c.Kind]
	if did == "" {
		did = "changed"
	}
	did = m.who(c.By) + " " + did + " "
	if len(c.Todos) == 1 {
		return did + m.quoted(c.Todos[0])
	}
	return did + fmt.Sprintf("%d todos", len(c.Todos))
}

func (m *model) quoted(t todo.Todo) string { return `"` + m.words.Line(t.Text) + `"` }
