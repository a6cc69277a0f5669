package tui

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// write is a change on its way to the server. They go one after the other, as each was
// meant on top of those before.
type write struct {
	do    func(context.Context) (outcome, error)
	said  func(outcome) string
	undo  bool // in place of do: the last change that was made here
	mode  mode // in which it was typed, to go on with if it fails
	typed string
	about todo.Todo
}

// outcome is what a write came to.
type outcome struct {
	change string // its id; "" if nothing had to change
	todo   todo.Todo
	next   *todo.Todo // what completing a repeating todo left open
	todos  int
}

type (
	// wrote is the answer to a write.
	wrote struct {
		write   write
		outcome outcome
		undid   string // id of the change, of an undo
		err     error
	}
	// refetched is a todo that somebody changed while it was edited here.
	refetched struct {
		todo todo.Todo
		err  error
	}
)

// one returns what a request about one todo came to.
func one(r api.Changed, err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	o := outcome{change: r.ChangeID, next: r.Next, todos: 1}
	if r.Todo != nil {
		o.todo = *r.Todo
	}
	return o, nil
}

// send puts a write behind those that are on their way.
func (m *model) send(w write) tea.Cmd {
	m.queue = append(m.queue, w)
	return m.sendNext()
}

func (m *model) sendNext() tea.Cmd {
	if m.writing || len(m.queue) == 0 {
		return nil
	}
	w := m.queue[0]
	m.queue = m.queue[1:]
	m.writing = true
	ctx, c, last := m.ctx, m.Client, ""
	if w.undo {
		if n := len(m.mine); n > 0 {
			last, m.mine = m.mine[n-1], m.mine[:n-1]
		}
		w.do = func(ctx context.Context) (outcome, error) {
			change, err := c.Undo(ctx, last)
			if err != nil || len(change.Todos) == 0 {
				return outcome{change: change.ChangeID}, err
			}
			return outcome{change: change.ChangeID, todo: change.Todos[0], todos: len(change.Todos)}, nil
		}
	}
	return func() tea.Msg {
		o, err := w.do(ctx)
		return wrote{w, o, last, err}
	}
}

// answered takes the answer to a write.
func (m *model) answered(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case refetched:
		m.contested(msg)
		return nil
	case wrote:
		m.writing = false
		if msg.err != nil {
			return tea.Batch(m.refused(msg), m.settle())
		}
		if o := msg.outcome; o.change != "" {
			m.known[o.change] = true
			if o.todo.UpdatedBy != "" {
				m.self = o.todo.UpdatedBy
			}
			if !msg.write.undo {
				m.mine = append(m.mine, o.change)
			}
			m.stale = true
		}
		m.say(msg.write.said(msg.outcome))
		if msg.write.mode == adding {
			m.want = msg.outcome.todo.ID
		}
	}
	return m.settle()
}

// settle goes on with the next write, or with the list as they left it.
func (m *model) settle() tea.Cmd {
	if cmd := m.sendNext(); cmd != nil {
		return cmd
	}
	if !m.stale {
		return nil
	}
	m.stale = false
	return m.reload()
}

// refused takes back what was shown ahead of the answer. What was typed comes back, at
// the latest when nothing else is being typed.
func (m *model) refused(msg wrote) tea.Cmd {
	if msg.undid != "" && errors.Is(msg.err, todo.ErrUnavailable) {
		m.mine = append(m.mine, msg.undid)
	}
	m.stale = true // it may have arrived all the same
	m.fail(msg.err)
	if len(m.queue) == 0 {
		m.show(m.served)
	}
	if msg.write.mode == listing {
		return nil
	}
	m.unsent = append(m.unsent, unsent{msg.write, m.status})
	return m.resume()
}

// unsent is what was typed and refused.
type unsent struct {
	write  write
	reason message
}

// resume goes on with what was typed and refused, as soon as nothing else is typed.
func (m *model) resume() tea.Cmd {
	if m.mode != listing || len(m.unsent) == 0 {
		return nil
	}
	u := m.unsent[0]
	m.unsent, m.overlay = m.unsent[1:], noOverlay
	cmd := m.enter(u.write.mode, u.write.typed)
	m.editing, m.status = u.write.about, u.reason
	if m.mode != editing || !m.status.stale {
		return cmd
	}
	ctx, c, id := m.ctx, m.Client, m.editing.ID
	return tea.Batch(cmd, func() tea.Msg {
		t, err := c.Get(ctx, id)
		return refetched{t, err}
	})
}

// contested lets the person decide what to do about a todo that was changed while they
// edited it.
func (m *model) contested(msg refetched) {
	switch {
	case msg.err != nil:
		m.fail(msg.err)
	case m.mode == editing && m.editing.ID == msg.todo.ID:
		m.editing = msg.todo
		m.status = message{text: fmt.Sprintf("%s has made it %s meanwhile; enter saves yours, esc leaves it", m.who(msg.todo.UpdatedBy), m.quoted(msg.todo)), failed: true}
	}
}
