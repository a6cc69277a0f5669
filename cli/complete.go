package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
)

const completionTimeout = 2 * time.Second

// completeIDs offers the ids of todos, with their texts, to the shell, but for
// those that are on the line already. Where the server does not answer at once it
// offers nothing.
func (g *global) completeIDs(status todo.Status) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		c, err := g.client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		page, err := c.List(ctx, todo.Query{Status: status, Limit: todo.MaxPage})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var ids []cobra.Completion
		for _, t := range page.Todos {
			if !slices.Contains(given, t.ID) {
				ids = append(ids, cobra.CompletionWithDesc(printableLine(t.ID), printableLine(t.Text)))
			}
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeID is completeIDs for a command that takes one id.
func (g *global) completeID(status todo.Status) cobra.CompletionFunc {
	complete := g.completeIDs(status)
	return func(cmd *cobra.Command, given []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(given) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, given, word)
	}
}
