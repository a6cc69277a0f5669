package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

func newLists(g *global) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "lists",
		Short:   "Show the lists, with how many todos they have",
		GroupID: groupList,
		Long: "Show the lists in use: name, open and completed todos, and whether it is archived. A list is made\n" +
			"by putting a todo into it, and gone when its last one is.",
		Example: "  todo lists\n  todo lists rename Shopping Groceries",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.printNames(cmd.Context(), &o, (*client.Client).Lists, func(names []todo.Name) any { return api.Lists{Lists: names} })
		},
	}
	o.flags(cmd)
	kind := nameKind{g, "list", (*client.Client).Lists}
	cmd.AddCommand(
		kind.command("rename NAME NEW", "Give a list another name; where there is such a list, they become one",
			"  todo lists rename Shopping Groceries", "renamed", func(ctx context.Context, c *client.Client, a []string) (api.NameEdited, error) {
				return c.RenameList(ctx, a[0], a[1])
			}),
		kind.command("archive NAME", "Hide a list and its todos, unless they are asked for by its name",
			"  todo lists archive Shopping", "archived", func(ctx context.Context, c *client.Client, a []string) (api.NameEdited, error) {
				return c.ArchiveList(ctx, a[0], true)
			}),
		kind.command("unarchive NAME", "Show an archived list again",
			"  todo lists archive Shopping && todo lists unarchive Shopping", "unarchived", func(ctx context.Context, c *client.Client, a []string) (api.NameEdited, error) {
				return c.ArchiveList(ctx, a[0], false)
			}),
		kind.command("rm NAME", "Move the todos of a list to the inbox",
			"  todo lists rm Shopping", "removed", func(ctx context.Context, c *client.Client, a []string) (api.NameEdited, error) {
				return c.DeleteList(ctx, a[0])
			}),
	)
	return cmd
}

func newTags(g *global) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "tags",
		Short:   "Show the tags, with how many todos have them",
		GroupID: groupList,
		Example: "  todo tags\n  todo tags rename home house",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.printNames(cmd.Context(), &o, (*client.Client).Tags, func(names []todo.Name) any { return api.Tags{Tags: names} })
		},
	}
	o.flags(cmd)
	kind := nameKind{g, "tag", (*client.Client).Tags}
	cmd.AddCommand(
		kind.command("rename NAME NEW", "Give a tag another name; where there is such a tag, they become one",
			"  todo tags rename home house", "renamed", func(ctx context.Context, c *client.Client, a []string) (api.NameEdited, error) {
				return c.RenameTag(ctx, a[0], a[1])
			}),
		kind.command("rm NAME", "Take a tag off its todos",
			"  todo tags rm home", "removed", func(ctx context.Context, c *client.Client, a []string) (api.NameEdited, error) {
				return c.DeleteTag(ctx, a[0])
			}),
	)
	return cmd
}

// nameKind is lists or tags.
type nameKind struct {
	*global
	kind string
	all  func(*client.Client, context.Context) ([]todo.Name, error)
}

// command changes one name, of which its first argument is.
func (k nameKind) command(use, short, example, did string, edit func(context.Context, *client.Client, []string) (api.NameEdited, error)) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example,
		Args: args(cobra.ExactArgs(countArguments(use))),
		ValidArgsFunction: func(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(given) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return k.names(cmd, k.all), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := k.client()
			if err != nil {
				return err
			}
			r, err := edit(cmd.Context(), c, a)
			if err != nil {
				return err
			}
			return o.print(k.environment, r, func() error { return k.printEdited(a[0], did, r) })
		},
	}
	o.flags(cmd)
	return cmd
}

// countArguments counts the words behind the command's name.
func countArguments(use string) (n int) {
	for _, r := range use {
		if r == ' ' {
			n++
		}
	}
	return n
}

func (k nameKind) printEdited(name, did string, r api.NameEdited) error {
	if !r.Changed {
		return k.printLine(fmt.Sprintf("nothing had to change for the %s %s", k.kind, printableLine(name)))
	}
	return k.printLine(fmt.Sprintf("%s the %s %s (%s, %s)", did, k.kind, printableLine(name), quantity(r.Count), printableLine(r.ChangeID)))
}

// printNames prints lists or tags: name, open, completed, and whether it is archived.
func (g *global) printNames(ctx context.Context, o *output, all func(*client.Client, context.Context) ([]todo.Name, error), wire func([]todo.Name) any) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	names, err := all(c, ctx)
	if err != nil {
		return err
	}
	return o.print(g.environment, wire(names), func() error {
		rows := make([][]cell, len(names))
		for i, n := range names {
			open, done, archived := strconv.Itoa(n.Open), strconv.Itoa(n.Completed), ""
			if n.Archived {
				archived = "archived"
			}
			if g.terminal {
				open, done = open+" open", done+" done"
			}
			rows[i] = []cell{{text: printableLine(n.Name)}, {text: open}, {done, faint}, {archived, faint}}
		}
		return g.printTable(rows, 0)
	})
}
