// Package tui is the list as a full screen of the terminal: what is on it follows the
// server as it changes, whoever changes it, and each change goes to the server at once.
//
// It is a Bubble Tea program: a model that messages change, commands that wait for the
// server, and a view that is drawn from the model alone. It knows the REST client and
// nothing of how a person signs in, or how the program words a date: its caller says.
//
// Whatever is shown went through Words.Line, as todo text is data: it must never steer
// the terminal. What a colour says, the words beside it say too.
package tui

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"time"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// Options are what the view works with. All but Editor are needed.
type Options struct {
	Client  *client.Client
	In      io.Reader // a terminal
	Out     io.Writer // a terminal
	Environ []string  // of which the terminal's kind is read
	Color   bool

	// Words are the machine's, to begin with; Person asks for the person's own.
	Words  Words
	Person func(context.Context) Words
	// Explain words a failure for a person.
	Explain func(error) *todo.Error
	// Editor, if it is not nil, returns the command that edits a todo in full, in the
	// same terminal.
	Editor func(id string) *exec.Cmd
}

// Words are how the program says things.
type Words struct {
	// Line returns text as one line that does nothing to a terminal.
	Line func(string) string
	// Due says when a todo is due, "" if it is not, and how near that is.
	Due func(todo.Todo) (string, Urgency)
	// Signs says what else there is to a todo: "!high +Shopping #home".
	Signs func(todo.Todo) string
	// Details says all that a todo has beside its text: " (due tomorrow, +Shopping)".
	Details func(todo.Todo) string
	// Nest puts subtasks below their parents, where both are there.
	Nest func([]todo.Todo) []todo.Todo
}

// Urgency is how near it is that a todo is due.
type Urgency int

// The urgencies.
const (
	Later Urgency = iota
	Today
	Overdue
)

// Run shows the list until the person leaves, and gives the terminal back as it was,
// also where the program fails. The first page is read before: without it the terminal
// is not touched, and the error is the client's. It fails with ctx's error where that
// ended it.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the stream and what is still asked
	m := newModel(ctx, o)
	first := m.load(m.loads, 0)().(loaded)
	if first.err != nil {
		return first.err
	}
	m.Update(first)
	g := &guarded{model: m}
	program := tea.NewProgram(g, tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithEnvironment(o.Environ), tea.WithoutSignalHandler())
	g.quit = program.Quit
	defer context.AfterFunc(ctx, program.Quit)() // in good order: a context of the library's would not be
	_, err := program.Run()
	switch {
	case g.fault != nil:
		return g.fault
	case err != nil:
		return fmt.Errorf("show the list: %w", err)
	}
	return ctx.Err()
}

// How long things take, or stay.
const (
	typingPause = 250 * time.Millisecond // before what is typed is tried out
	changePause = 100 * time.Millisecond // in which changes are gathered before the list is read again
	noteStays   = 4 * time.Second        // that somebody else has changed a todo
	retryFirst  = time.Second            // before the stream is opened again; doubles
	retryMost   = 30 * time.Second
)
