package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/client"
	"todo.example/internal/todo"
)

const completionTimeout = 2 * time.Second

// noFiles is what a completion answers that has nothing more to offer.
const noFiles = cobra.ShellCompDirectiveNoFileComp

// asked runs a request for the shell. Where the server does not answer at once there is
// nothing to offer.
func asked[T any](g *global, cmd *cobra.Command, request func(context.Context, *client.Client) (T, error)) (answer T, ok bool) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	c, err := g.client()
	if err != nil {
		return answer, false
	}
	answer, err = request(ctx, c)
	return answer, err == nil
}

// completeIDs offers the ids of todos, with their texts, to the shell, but for those
// that are on the line already.
func (g *global) completeIDs(views ...todo.View) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var ids []cobra.Completion
		for _, view := range views {
			todos, ok := asked(g, cmd, func(ctx context.Context, c *client.Client) ([]todo.Todo, error) {
				page, err := c.List(ctx, todo.Query{Status: viewStatus[view], Limit: todo.MaxPage})
				return page.Todos, err
			})
			if !ok {
				return nil, noFiles
			}
			for _, t := range todos {
				if !slices.Contains(given, t.ID) {
					ids = append(ids, cobra.CompletionWithDesc(printableLine(t.ID), printableLine(t.Text)))
				}
			}
		}
		return ids, noFiles
	}
}

// completeID is completeIDs for a command that takes one id.
func (g *global) completeID(views ...todo.View) cobra.CompletionFunc {
	complete := g.completeIDs(views...)
	return func(cmd *cobra.Command, given []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(given) > 0 {
			return nil, noFiles
		}
		return complete(cmd, given, word)
	}
}

func (g *global) completeSnooze(cmd *cobra.Command, given []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(given) == 0 {
		return g.completeIDs(amongOpen...)(cmd, given, word)
	}
	return []cobra.Completion{"today", "tomorrow", "monday", "next week"}, noFiles
}

// completeRefFlags offers ids for flags that take a REF.
func (g *global) completeRefFlags(cmd *cobra.Command, flags ...string) {
	ids := g.completeIDs(amongOpen...)
	for _, flag := range flags {
		_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return ids(cmd, nil, word)
		})
	}
}

// completeNames offers lists and tags for whichever flags take them.
func (g *global) completeNames(cmd *cobra.Command) {
	for flag, all := range map[string]func(*client.Client, context.Context) ([]todo.Name, error){
		"list": (*client.Client).Lists, "tag": (*client.Client).Tags, "tags": (*client.Client).Tags,
		"add-tag": (*client.Client).Tags, "remove-tag": (*client.Client).Tags,
	} {
		if cmd.Flags().Lookup(flag) == nil {
			continue
		}
		_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return g.names(cmd, all), noFiles
		})
	}
}

func (g *global) names(cmd *cobra.Command, all func(*client.Client, context.Context) ([]todo.Name, error)) []cobra.Completion {
	names, _ := asked(g, cmd, func(ctx context.Context, c *client.Client) ([]todo.Name, error) { return all(c, ctx) })
	var offered []cobra.Completion
	for _, n := range names {
		offered = append(offered, printableLine(n.Name))
	}
	return offered
}

func (g *global) tokenIDs(cmd *cobra.Command) []cobra.Completion {
	answer, _ := asked(g, cmd, func(ctx context.Context, c *client.Client) ([]cobra.Completion, error) {
		tokens, err := c.Tokens(ctx)
		var ids []cobra.Completion
		for _, t := range tokens {
			ids = append(ids, cobra.CompletionWithDesc(printableLine(t.ID), printableLine(t.Name)))
		}
		return ids, err
	})
	return answer
}

// completeViews offers the saved views, and the keys of the query syntax.
func (g *global) completeViews(_ *cobra.Command, given []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(given) == 0 && strings.HasPrefix(word, "@") {
		return g.viewNames("@"), noFiles
	}
	return []cobra.Completion{"tag:", "list:", "due:", "priority:", "has:", "no:", "by:", "is:"}, noFiles | cobra.ShellCompDirectiveNoSpace
}

func (g *global) viewNames(sign string) []cobra.Completion {
	saved, err := g.savedViews()
	if err != nil {
		return nil
	}
	var names []cobra.Completion
	for name, view := range saved.Views {
		names = append(names, cobra.CompletionWithDesc(sign+printableLine(name), printableLine(view.said())))
	}
	slices.Sort(names)
	return names
}
