package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

const mostUndone = 10 // todos that are named

func newUndo(g *global) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "undo [CHANGE]",
		Short:   "Undo your last change from the terminal, or any one change",
		GroupID: groupList,
		Long: "Undo a change. Without an argument that is the last one you made from the terminal; with a\n" +
			"change's id (c12) it is that one, whoever made it. 'todo log' shows the ids.",
		Example: "  todo undo",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			change := ""
			if len(a) == 1 {
				change = a[0]
			}
			r, err := c.Undo(cmd.Context(), change)
			if err != nil {
				return err
			}
			return o.print(g.environment, r, func() error { return g.printUndone(r, o.quiet) })
		},
	}
	o.flags(cmd)
	o.quietFlag(cmd)
	return cmd
}

func (g *global) printUndone(r api.Change, quiet bool) error {
	if quiet {
		return g.printIDs(r.Todos)
	}
	if r.Undoes == "" {
		return errors.New("the server does not say what it undid")
	}
	undid := "undid " + printableLine(r.Undoes)
	if n := len(r.Todos); n == 0 || n > mostUndone {
		return g.printLine(undid + ": " + quantity(n))
	}
	for _, t := range r.Todos {
		if err := g.printLine(fmt.Sprintf("%s: %s is %s", undid, quoted(t), condition(t))); err != nil {
			return err
		}
	}
	return nil
}

func condition(t todo.Todo) string {
	switch t.View() {
	case todo.ViewTrash:
		return "in the trash"
	case todo.ViewCompleted:
		return "completed"
	}
	return "open"
}
