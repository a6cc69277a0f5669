package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
)

func newUndo(g *global) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "undo [CHANGE]",
		Short:   "Undo your last change from the terminal, or any one change",
		GroupID: groupList,
		Long: "Undo a change. Without an argument that is the last one you made from the terminal; with a\n" +
			"change's id (c12) it is that one, whoever made it.",
		Args: args(cobra.MaximumNArgs(1)),
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
			if asJSON {
				return g.printJSON(r)
			}
			for _, t := range r.Todos {
				if _, err := fmt.Fprintf(g.out, "undid %s: %s is %s\n", printableLine(r.Undoes), quoted(t), condition(t)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
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
