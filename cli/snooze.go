package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func newSnooze(g *global) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "snooze REF [WHEN...]",
		Short:   "Make a todo due later: tomorrow, or when you say",
		GroupID: groupList,
		Long: "Make a todo due at another time; without WHEN that is tomorrow. A date keeps the time there was,\n" +
			"and how it repeats stays as it is.\n\n" + refHelp,
		Example:           "  todo snooze milk\n  todo snooze milk next week\n  todo snooze 'Call Ada' friday 9:30",
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: g.completeSnooze,
		RunE: func(cmd *cobra.Command, a []string) error {
			ctx := cmd.Context()
			c, err := g.client()
			if err != nil {
				return err
			}
			due := or(strings.Join(a[1:], " "), "tomorrow")
			r, err := byRef(ctx, finder{c, amongOpen}, a[0], func(id string) (api.Changed, error) {
				return c.Patch(ctx, todo.Patch{ID: id, Due: &due})
			})
			if err != nil {
				return err
			}
			return g.printPatched(ctx, c, r, "snoozed", o)
		},
	}
	o.flags(cmd)
	o.quietFlag(cmd)
	return cmd
}
