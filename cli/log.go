package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func newLog(g *global) *cobra.Command {
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "Show the latest changes: what, by whom, when",
		GroupID: groupList,
		Long: "Show the latest changes, newest first, with the ids that 'todo undo' takes. Changes are kept for\n" +
			"30 days.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			now, err := c.List(cmd.Context(), todo.Query{Status: todo.StatusOpen, Limit: 1})
			if err != nil {
				return err
			}
			latest, err := c.Changes(cmd.Context(), now.Rev-min(now.Rev, uint64(limit)), limit)
			if err != nil {
				return err
			}
			slices.Reverse(latest.Changes)
			if asJSON {
				return g.printJSON(latest)
			}
			return g.printChanges(latest.Changes)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "at most so many")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (e *environment) printChanges(changes []api.Change) error {
	for _, c := range changes {
		line := fmt.Sprintf("%s\t%s\t%s\t%s", c.ChangeID, stamp(c.At, ""), printableLine(c.By), c.Kind)
		for _, t := range c.Todos {
			line += "\t" + quoted(t)
		}
		if c.UndoneBy != "" {
			line += "\t(undone)"
		}
		if _, err := fmt.Fprintln(e.out, line); err != nil {
			return err
		}
	}
	return nil
}
