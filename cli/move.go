package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
)

type moveOptions struct {
	*global
	output
	top, bottom         bool
	before, after, list string
	parent              string
}

func newMove(g *global) *cobra.Command {
	o := &moveOptions{global: g}
	cmd := &cobra.Command{
		Use:     "move REF",
		Aliases: []string{"mv"},
		Short:   "Put a todo at another place, in another list or below another todo",
		GroupID: groupList,
		Long:    "Put a todo at another place in the manual order, in another list, or below another todo.\n\n" + refHelp,
		Example: "  todo move milk --top\n  todo move milk --before bread\n  todo move milk --list Shopping --bottom\n" +
			"  todo move milk --parent 'Call Ada'\n  todo move milk --parent none",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: g.completeID(amongOpen...),
		RunE: func(cmd *cobra.Command, a []string) error {
			if cmd.Flags().NFlag() == 0 || !o.says(cmd) {
				return misused(cmd, errors.New("where to: give --top, --bottom, --before, --after, --list or --parent"))
			}
			return o.run(cmd, a[0])
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.top, "top", false, "at the top")
	f.BoolVar(&o.bottom, "bottom", false, "at the bottom")
	f.StringVar(&o.before, "before", "", "before the todo `REF`")
	f.StringVar(&o.after, "after", "", "after the todo `REF`")
	f.StringVar(&o.list, "list", "", "into the list `NAME`; Inbox for none")
	f.StringVar(&o.parent, "parent", "", "below the todo `REF`; none makes it a todo of its own")
	o.output.flags(cmd)
	o.quietFlag(cmd)
	cmd.MarkFlagsMutuallyExclusive("top", "bottom", "before", "after")
	g.completeNames(cmd)
	g.completeRefFlags(cmd, "before", "after", "parent")
	return cmd
}

func (o *moveOptions) says(cmd *cobra.Command) bool {
	for _, name := range []string{"top", "bottom", "before", "after", "list", "parent"} {
		if cmd.Flags().Changed(name) {
			return true
		}
	}
	return false
}

func (o *moveOptions) run(cmd *cobra.Command, ref string) error {
	ctx := cmd.Context()
	c, err := o.client()
	if err != nil {
		return err
	}
	to, err := o.to(ctx, c, cmd.Flags().Changed("parent"))
	if err != nil {
		return err
	}
	r, err := byRef(ctx, finder{c, amongOpen}, ref, func(id string) (api.Changed, error) { return c.Move(ctx, id, to) })
	if err != nil {
		return err
	}
	return o.printPatched(ctx, c, r, "moved", o.output)
}

func (o *moveOptions) to(ctx context.Context, c *client.Client, parented bool) (api.Move, error) {
	to := api.Move{List: o.list}
	switch {
	case o.top:
		to.Position = "top"
	case o.bottom:
		to.Position = "bottom"
	}
	for _, next := range []struct {
		ref string
		to  *string
	}{{o.before, &to.Before}, {o.after, &to.After}} {
		if next.ref == "" {
			continue
		}
		t, err := finder{c, amongOpen}.find(ctx, next.ref)
		if err != nil {
			return to, err
		}
		*next.to = t.ID
	}
	if !parented {
		return to, nil
	}
	if o.parent == "none" {
		o.parent = ""
	}
	to.ParentID = &o.parent
	return to, resolveParent(ctx, c, to.ParentID)
}
