package cli

import (
	"context"
	"os"
	"os/exec"
	"runtime"

	"todo.example/cli/tui"
	"todo.example/internal/todo"
)

// interactive reports whether a person can be shown a full screen.
func (e *environment) interactive() bool {
	kind := e.getenv("TERM")
	return e.terminal && e.asks && kind != "dumb" && (kind != "" || runtime.GOOS == "windows")
}

// screen shows the list until the person leaves it.
func (g *global) screen(ctx context.Context) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	return tui.Run(ctx, tui.Options{
		Client: c, In: g.in, Out: g.out, Environ: os.Environ(), Color: g.environment.color,
		Words:   g.screenWords(g.localCalendar()),
		Person:  func(ctx context.Context) tui.Words { return g.screenWords(g.calendar(ctx, c)) },
		Explain: g.explain, Editor: g.editorOf(ctx),
	})
}

// screenWords words things there as the commands do, by the clock as it is then.
func (g *global) screenWords(cal calendar) tui.Words {
	now := func() calendar {
		cal := cal
		cal.Now = g.now()
		return cal
	}
	return tui.Words{
		Line: printableLine,
		Due: func(t todo.Todo) (string, tui.Urgency) {
			cal := now()
			switch {
			case t.Due == "":
				return "", tui.Later
			case cal.overdue(t):
				return cal.due(t), tui.Overdue
			case cal.isToday(t):
				return cal.due(t), tui.Today
			}
			return cal.due(t), tui.Later
		},
		Signs:   signs,
		Details: func(t todo.Todo) string { return details(t, now()) },
		Nest:    nested,
	}
}

// editorOf returns how a todo is edited in full from there: by the command for it.
func (g *global) editorOf(ctx context.Context) func(id string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		return nil // then it is not offered
	}
	return func(id string) *exec.Cmd {
		return exec.CommandContext(ctx, self, "--server", g.server, "--token-store", g.tokenStore, "edit", id)
	}
}
