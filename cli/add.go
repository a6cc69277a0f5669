package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
)

func newAdd(g *global) *cobra.Command {
	var notes string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "add TEXT...",
		Short:   "Add a todo",
		GroupID: groupList,
		Example: "  todo add Buy milk\n  todo add \"Call Ada\" --notes \"about the engine\"",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			r, err := c.Create(cmd.Context(), api.Create{TodoText: strings.Join(words, " "), Notes: notes})
			if err != nil {
				return err
			}
			if asJSON {
				return g.printJSON(r)
			}
			return g.printChanged(r, "added")
		},
	}
	cmd.Flags().StringVar(&notes, "notes", "", "longer text, Markdown")
	jsonFlag(cmd, &asJSON)
	return cmd
}
