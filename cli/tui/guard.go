package tui

import (
	"fmt"
	"runtime/debug"

	tea "charm.land/bubbletea/v2"

	"todo.example/internal/todo"
)

// guarded leaves in good order where the model panics. The library recovers, too, but
// then it gives the terminal back while it is still read from, and writes the stack over
// whatever is there.
type guarded struct {
	*model
	quit  func()
	fault *todo.Error
}

// fault is the panic of a command.
type fault struct{ err *todo.Error }

func newFault(reason any) *todo.Error {
	return &todo.Error{
		Code: todo.CodeInternal, Message: fmt.Sprintf("the view failed: %v", reason),
		Hint: "what was saved is saved; use the commands instead, and report this", Cause: fmt.Errorf("%v\n%s", reason, debug.Stack()),
	}
}

// Init implements tea.Model.
func (g *guarded) Init() tea.Cmd { return guard(g.model.Init()) }

// Update implements tea.Model.
func (g *guarded) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			g.fault, cmd = newFault(r), tea.Quit
		}
	}()
	if f, ok := msg.(fault); ok {
		g.fault = f.err
	}
	if g.fault != nil {
		return g, tea.Quit
	}
	_, cmd = g.model.Update(msg)
	return g, guard(cmd)
}

// View implements tea.Model.
func (g *guarded) View() (view tea.View) {
	view.AltScreen = true
	if g.fault != nil {
		return view
	}
	defer func() {
		if r := recover(); r != nil {
			g.fault = newFault(r)
			go g.quit() // it waits for who is drawing
		}
	}()
	return g.model.View()
}

// guard makes the panic of a command a message.
func guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = fault{newFault(r)}
			}
		}()
		msg = cmd()
		if all, ok := msg.(tea.BatchMsg); ok {
			for i, cmd := range all {
				all[i] = guard(cmd)
			}
		}
		return msg
	}
}
