package cli

import (
	"context"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

type editOptions struct {
	*global
	output
	text, notes, due, repeat, priority, list, parent string
	tags, addTags, removeTags                        []string
	ifRev                                            uint64
}

func newEdit(g *global) *cobra.Command {
	o := &editOptions{global: g}
	cmd := &cobra.Command{
		Use:     "edit REF",
		Short:   "Change a todo, by flags or in an editor",
		GroupID: groupList,
		Long: "Change a todo: what a flag says, and nothing else. An empty value, or none, clears. Without flags\n" +
			"the whole todo opens in the editor of $VISUAL or $EDITOR, notes included; what cannot be read\n" +
			"opens again with the reason on top, and what was typed is never lost.\n\n" + refHelp,
		Example: "  todo edit milk --text \"Buy oat milk\"\n" +
			"  todo edit milk --due friday --priority high --add-tag home\n" +
			"  todo edit milk --due none --notes \"\"\n" +
			"  todo edit milk",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: g.completeID(among...),
		RunE: func(cmd *cobra.Command, a []string) error {
			patch := o.patch(cmd)
			if patch.Empty() {
				return o.inEditor(cmd, a[0])
			}
			return o.run(cmd.Context(), a[0], patch)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.text, "text", "", "the new text")
	f.StringVar(&o.notes, "notes", "", "the new notes; empty removes them")
	f.StringVar(&o.due, "due", "", "`WHEN` it is due; a date keeps the time there was")
	f.StringVar(&o.repeat, "repeat", "", "`RULE` it repeats by")
	f.StringVar(&o.priority, "priority", "", "`high|medium|low|none`")
	f.StringVar(&o.list, "list", "", "`NAME` of the list; Inbox for none")
	f.StringSliceVar(&o.tags, "tags", nil, "`NAMES` of tags, with commas, in place of all")
	f.StringArrayVar(&o.addTags, "add-tag", nil, "`NAME` of a tag to add; may be repeated")
	f.StringArrayVar(&o.removeTags, "remove-tag", nil, "`NAME` of a tag to take off; may be repeated")
	f.StringVar(&o.parent, "parent", "", "make it a subtask of the todo `REF`; none makes it a todo of its own")
	f.Uint64Var(&o.ifRev, "if-rev", 0, "only if its `rev` is still that")
	o.output.flags(cmd)
	o.quietFlag(cmd)
	complete(cmd, "priority", "high", "medium", "low", "none")
	complete(cmd, "due", "today", "tomorrow", "next week", "none")
	complete(cmd, "repeat", "every day", "every weekday", "every week", "every month", "every year", "none")
	g.completeNames(cmd)
	g.completeRefFlags(cmd, "parent")
	return cmd
}

// patch returns what the flags say.
func (o *editOptions) patch(cmd *cobra.Command) todo.Patch {
	p := todo.Patch{AddTags: o.addTags, RemoveTags: o.removeTags, IfRev: o.ifRev}
	for _, flag := range []struct {
		name string
		to   **string
		from *string
	}{
		{"text", &p.Text, &o.text},
		{"notes", &p.Notes, &o.notes},
		{"due", &p.Due, &o.due},
		{"repeat", &p.Repeat, &o.repeat},
		{"priority", &p.Priority, &o.priority},
		{"list", &p.List, &o.list},
		{"parent", &p.ParentID, &o.parent},
	} {
		if cmd.Flags().Changed(flag.name) {
			*flag.to = flag.from
		}
	}
	if cmd.Flags().Changed("tags") {
		if len(o.tags) == 1 && o.tags[0] == "none" || o.tags == nil {
			o.tags = []string{}
		}
		p.Tags = &o.tags
	}
	return p
}

func (o *editOptions) run(ctx context.Context, ref string, patch todo.Patch) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	if err := resolveParent(ctx, c, patch.ParentID); err != nil {
		return err
	}
	r, err := byRef(ctx, finder{c, among}, ref, func(id string) (api.Changed, error) {
		patch.ID = id
		return c.Patch(ctx, patch)
	})
	if err != nil {
		return err
	}
	return o.printPatched(ctx, c, r, "changed", o.output)
}

// resolveParent puts the id in the place of a REF, unless that clears.
func resolveParent(ctx context.Context, c *client.Client, parent *string) error {
	if parent == nil || *parent == "" || *parent == "none" {
		return nil
	}
	t, err := finder{c, amongOpen}.find(ctx, *parent)
	*parent = t.ID
	return err
}

// printPatched says what a todo is like after a change of one.
func (g *global) printPatched(ctx context.Context, c *client.Client, r api.Changed, did string, o output) error {
	return o.print(g.environment, r, func() error {
		if r.Todo == nil || o.quiet || !r.Changed {
			return g.printChanged(r, did, o.quiet, g.localCalendar())
		}
		return g.printLine(did + " " + quoted(*r.Todo) + details(*r.Todo, g.calendarFor(ctx, c, r.Todo)))
	})
}
