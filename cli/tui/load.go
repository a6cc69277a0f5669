package tui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

const (
	pageSize = 100
	mostRead = 1000 // todos that are read again after a change; more come as the cursor gets there
)

// loaded is the list's beginning, read anew.
type loaded struct {
	load     int
	page     api.Todos
	overview api.Overview
	err      error
}

// paged is the list's next page.
type paged struct {
	load int
	page api.Todos
	err  error
}

// gathered says that it is time to read the list again.
type gathered struct{}

// load reads the list from its beginning, at least count todos.
func (m *model) load(load, count int) tea.Cmd {
	ctx, c, q := m.ctx, m.Client, m.query()
	count = min(max(count, pageSize), mostRead)
	return func() tea.Msg {
		overview, err := c.Overview(ctx)
		if err != nil {
			return loaded{load: load, err: err}
		}
		page, err := pages(ctx, c.List, q, count)
		return loaded{load, page, overview, err}
	}
}

// pages reads pages until they have count todos. A page may be short, and even empty,
// and not be the last.
func pages(ctx context.Context, list func(context.Context, todo.Query) (api.Todos, error), q todo.Query, count int) (api.Todos, error) {
	var all []todo.Todo
	for {
		q.Limit = min(max(1, count-len(all)), todo.MaxPage)
		page, err := list(ctx, q)
		if err != nil {
			return page, err
		}
		all = append(all, page.Todos...)
		if page.NextCursor == "" || len(all) >= count {
			page.Todos = all
			return page, nil
		}
		q.Cursor = page.NextCursor
	}
}

// page asks for the next page when the cursor comes near the end of what is there.
func (m *model) page() tea.Cmd {
	if m.next == "" || m.paging || m.cursor < len(m.items)-m.height {
		return nil
	}
	m.paging = true
	ctx, c, q, load := m.ctx, m.Client, m.query(), m.loads
	q.Cursor = m.next
	return func() tea.Msg {
		page, err := pages(ctx, c.List, q, pageSize)
		return paged{load, page, err}
	}
}

// reload reads what is shown again, soon: several changes in a row are one reload.
func (m *model) reload() tea.Cmd {
	if m.gathering {
		return nil
	}
	m.gathering = true
	return tea.Tick(changePause, func(time.Time) tea.Msg { return gathered{} })
}

// turn shows another view, from its beginning.
func (m *model) turn() tea.Cmd {
	m.served, m.items, m.next, m.total, m.cursor, m.top, m.unread = nil, nil, "", 0, 0, 0, true
	return m.again()
}

// again reads what is shown again, at once.
func (m *model) again() tea.Cmd {
	m.loads++
	m.paging = false
	return m.load(m.loads, len(m.served))
}

// read takes what was read.
func (m *model) read(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case gathered:
		m.gathering = false
		if m.stale = m.writing; !m.stale {
			return m.again()
		}
	case loaded:
		m.readList(msg)
	case paged:
		if msg.load != m.loads {
			return nil
		}
		m.paging = false
		if msg.err != nil {
			m.next = "" // until the list is read again
			m.failRead(msg.err)
			return nil
		}
		m.next = msg.page.NextCursor
		m.served = append(m.served, msg.page.Todos...)
		if !m.writing {
			m.show(m.served)
		}
	}
	return nil
}

func (m *model) readList(msg loaded) {
	switch {
	case msg.load != m.loads:
		return
	case msg.err != nil:
		if m.mode == listing && m.filter != "" && misread(msg.err) { // the person mends it
			m.enter(filtering, m.filter)
		}
		m.failRead(msg.err)
		return
	case m.writing: // what is on its way would seem to be undone
		m.stale = true
		return
	}
	m.served, m.total, m.next, m.overview = msg.page.Todos, msg.page.Total, msg.page.NextCursor, msg.overview
	if m.stream == nil { // what is heard later begins here
		m.rev = max(m.rev, msg.page.Rev)
	}
	m.unread = false
	m.relist(msg.overview.Lists)
	m.show(m.served)
}

// misread reports whether the server did not understand what it was asked.
func misread(err error) bool {
	code := todo.AsError(err).Code
	return code == todo.CodeInvalid || code == todo.CodeInvalidDate || code == todo.CodeBadRequest
}

func (m *model) failRead(err error) {
	m.offline = m.stream == nil && errors.Is(err, todo.ErrUnavailable)
	m.fail(err)
}
