package tui

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// model is all that the view shows. Only Update changes it.
type model struct {
	Options
	ctx   context.Context
	words Words

	width, height int
	light         bool // the terminal's background

	tabs   []tab
	tab    int
	filter string

	served   []todo.Todo // as the server said
	items    []todo.Todo // with what is on its way to it, and nested
	total    int
	next     string // cursor of the page after
	overview api.Overview
	cursor   int    // the index of the item that keys are about
	top      int    // the index of the first item on the screen
	want     string // id of an item to go to when it is there

	mode    mode
	input   line
	editing todo.Todo // that input is about
	drafted string    // what was typed to be added, and left
	preview string
	typed   int // counts what is typed, so that an old preview is known
	overlay overlay
	below   int    // how far it is scrolled
	edited  string // id of what has just been in the person's editor

	queue   []write
	unsent  []unsent
	writing bool
	mine    []string        // ids of the changes made here, to undo
	known   map[string]bool // ids of all that were made here
	self    string          // who they are by: cli, or a token's name; "" not known yet

	unread    bool // nothing of what is to be shown has been read
	loads     int  // counts, so that an old answer is known
	paging    bool // the next page is asked for
	gathering bool // a reload is about to be
	stale     bool // a reload has waited for writes

	rev     uint64 // up to which changes were heard of
	stream  *client.Events
	retry   time.Duration
	offline bool

	status message
	note   string            // what others did
	notes  int               // counts, so that an old one goes and a new one stays
	marks  map[string]string // who else has just changed an item
}

// message is what the status line says.
type message struct {
	text   string
	failed bool
	stale  bool // because somebody changed the todo meanwhile
}

// mode is what keys mean.
type mode int

const (
	listing mode = iota
	adding
	editing
	snoozing
	filtering
)

// overlay is what is shown in place of the list.
type overlay int

const (
	noOverlay overlay = iota
	help
	details
)

func newModel(ctx context.Context, o Options) *model {
	return &model{
		Options: o, ctx: ctx, words: o.Words, width: 80, height: 24,
		tabs: tabsOf(nil, o.Words.Line), tab: openTab, retry: retryFirst,
		known: map[string]bool{}, marks: map[string]string{},
	}
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd {
	return tea.Batch(m.listen(), tea.RequestBackgroundColor, func() tea.Msg { return m.Person(m.ctx) })
}

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.update(msg)
	m.scroll()
	return m, tea.Batch(cmd, m.resume(), m.page())
}

func (m *model) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		if m.mode != listing { // keys that were not pressed mean nothing
			m.input.insert(msg.Content)
			return m.try()
		}
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.light = !msg.IsDark()
	case Words:
		m.words = msg
	case editorClosed:
		if msg.err != nil {
			m.fail(msg.err)
		}
		return m.reload()
	case tried, draft:
		return m.previewed(msg)
	case wrote, refetched:
		return m.answered(msg)
	case loaded, paged, gathered:
		return m.read(msg)
	case listening, happened, fellSilent, listenAgain, noteOld:
		return m.heard(msg)
	}
	return nil
}

// fail says on the status line why something did not work.
func (m *model) fail(err error) {
	if m.ctx.Err() != nil {
		return // the program ends
	}
	e := m.Explain(err)
	text := e.Message
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	m.status = message{m.words.Line(text), true, errors.Is(err, todo.ErrPrecondition)}
}

func (m *model) say(text string) { m.status = message{text: text} }

// selected returns the item that keys are about, or nil if there is none.
func (m *model) selected() *todo.Todo {
	if m.cursor < len(m.items) {
		return &m.items[m.cursor]
	}
	return nil
}

// show sets what the list has, and stays with the item that the cursor was at.
func (m *model) show(todos []todo.Todo) {
	at := m.want
	if t := m.selected(); t != nil && !slices.ContainsFunc(todos, hasID(at)) {
		at = t.ID
	}
	m.items = slices.Clone(todos)
	if m.manual() {
		m.items = m.words.Nest(m.items)
	}
	if i := slices.IndexFunc(m.items, hasID(at)); i >= 0 {
		m.cursor = i
	}
	if m.want == at {
		m.want = ""
	}
	m.cursor = max(0, min(m.cursor, len(m.items)-1))
}

func hasID(id string) func(todo.Todo) bool {
	return func(t todo.Todo) bool { return t.ID == id }
}

// scroll brings the cursor's row onto the screen.
func (m *model) scroll() {
	rows := m.rows()
	m.top = max(m.cursor-rows+1, min(m.top, m.cursor))
	m.top = max(0, min(m.top, len(m.items)-rows))
}
