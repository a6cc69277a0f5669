package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
)

func newEdit(g *global) *cobra.Command {
	var text, notes string
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "edit ID",
		Short:             "Change a todo's text or notes",
		GroupID:           groupList,
		Example:           "  todo edit t7k3m9qd --text \"Buy oat milk\"\n  todo edit t7k3m9qd --notes \"\"",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: g.completeID(todo.StatusAll),
		RunE: func(cmd *cobra.Command, a []string) error {
			patch := todo.Patch{}
			if cmd.Flags().Changed("text") {
				patch.Text = &text
			}
			if cmd.Flags().Changed("notes") {
				patch.Notes = &notes
			}
			if patch.Empty() {
				return misused(cmd, errors.New("nothing to change: give --text or --notes"))
			}
			c, err := g.client()
			if err != nil {
				return err
			}
			patch.ID = a[0]
			r, err := c.Patch(cmd.Context(), patch)
			if err != nil {
				return err
			}
			if asJSON {
				return g.printJSON(r)
			}
			return g.printChanged(r, "changed")
		},
	}
	cmd.Flags().StringVar(&text, "text", "", "the new text")
	cmd.Flags().StringVar(&notes, "notes", "", "the new notes; empty removes them")
	jsonFlag(cmd, &asJSON)
	return cmd
}
