package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
)

const completionTimeout = 2 * time.Second

// completeIDs offers the ids of todos, with their texts, to the shell. Where the
// server does not answer at once it offers nothing.
func (g *global) completeIDs(status todo.Status) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		c, err := g.client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list, err := collect(ctx, c, status, todo.MaxPage)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ids := make([]cobra.Completion, len(list.Todos))
		for i, t := range list.Todos {
			ids[i] = cobra.CompletionWithDesc(t.ID, printableLine(t.Text))
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}
