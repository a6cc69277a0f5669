package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
	"todo.example/internal/when"
)

type addOptions struct {
	*global
	output
	item    todo.New
	top     bool
	literal bool
	dryRun  bool
}

func newAdd(g *global) *cobra.Command {
	o := &addOptions{global: g}
	cmd := &cobra.Command{
		Use:     "add TEXT... | -",
		Short:   "Add a todo, or one for each line of the input",
		GroupID: groupList,
		Long: "Add a todo. The text may say it all: a date and a repeat in plain English, #tag, !high, +list and\n" +
			"//notes; what is in double quotes or behind a backslash is kept as it is, and so is everything\n" +
			"with --literal. A flag wins over what the text says; tags come on top.\n\n" +
			"With - as its only argument it adds one for each line of the input, as one change. A line that\n" +
			"fails does not keep it from the others.",
		Example: "  todo add Buy milk\n" +
			"  todo add 'Call the bank tomorrow 17:00 #home !high +Errands'\n" +
			"  todo add 'Water the plants every saturday'\n" +
			"  todo add \"Call Ada\" --notes \"about the engine\" --due friday --tag work --tag phone\n" +
			"  todo add --literal 'C# in 21 days!'\n" +
			"  todo add --dry-run 'Rent every month on the 1st'\n" +
			"  printf 'Bread\\nButter\\n' | todo add - --list Shopping",
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, words []string) error { return o.run(cmd.Context(), words) },
	}
	f := cmd.Flags()
	f.StringVar(&o.item.Notes, "notes", "", "longer text, Markdown")
	f.StringVar(&o.item.Due, "due", "", "`WHEN` it is due: friday, tomorrow 17:00, 2026-12-24")
	f.StringVar(&o.item.Repeat, "repeat", "", "`RULE` it repeats by: every week, every month on the 1st")
	f.StringVar(&o.item.Priority, "priority", "", "`high|medium|low|none`")
	f.StringVar(&o.item.List, "list", "", "`NAME` of the list")
	f.StringArrayVar(&o.item.Tags, "tag", nil, "`NAME` of a tag; may be repeated")
	f.StringVar(&o.item.ParentID, "parent", "", "make it a subtask of the todo `REF`")
	f.BoolVar(&o.top, "top", false, "at the top of the list")
	f.BoolVar(&o.literal, "literal", false, "keep the text as it is")
	f.BoolVar(&o.literal, "no-parse", false, "keep the text as it is")
	f.BoolVar(&o.dryRun, "dry-run", false, "show how it is understood, and add nothing")
	_ = f.MarkHidden("no-parse") // it exists
	o.output.flags(cmd)
	o.quietFlag(cmd)
	complete(cmd, "priority", "high", "medium", "low", "none")
	complete(cmd, "due", "today", "tomorrow", "next week")
	complete(cmd, "repeat", "every day", "every weekday", "every week", "every month", "every year")
	g.completeNames(cmd)
	g.completeRefFlags(cmd, "parent")
	return cmd
}

func (o *addOptions) run(ctx context.Context, words []string) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	if o.item.ParentID != "" {
		parent, err := finder{c, amongOpen}.find(ctx, o.item.ParentID)
		if err != nil {
			return err
		}
		o.item.ParentID = parent.ID
	}
	if o.top {
		o.item.Position = "top"
	}
	if slices.Equal(words, []string{"-"}) {
		return o.addLines(ctx, c)
	}
	text := strings.Join(words, " ")
	if o.dryRun {
		return o.try(ctx, c, text)
	}
	r, err := o.add(ctx, c, text)
	if err != nil {
		return err
	}
	return o.print(o.environment, r, func() error { return o.printAdded(ctx, c, r) })
}

// flagged reports whether the flags say anything of the todo.
func (o *addOptions) flagged() bool {
	i := o.item
	return i.Notes+i.Due+i.Repeat+i.Priority+i.List+i.ParentID+i.Position != "" || len(i.Tags) > 0
}

func (o *addOptions) add(ctx context.Context, c *client.Client, text string) (api.Changed, error) {
	if !o.literal && !o.flagged() {
		return c.QuickAdd(ctx, text)
	}
	return c.Create(ctx, api.NewCreate(o.understood(text, o.quickCalendar(ctx, c))))
}

// quickCalendar is the calendar by which texts are understood here; where none is, that
// is not asked for.
func (o *addOptions) quickCalendar(ctx context.Context, c *client.Client) calendar {
	if o.literal {
		return o.localCalendar()
	}
	return o.calendar(ctx, c)
}

// understood returns the todo that a text and the flags make. It reads the text by the
// same rules as the server.
func (o *addOptions) understood(text string, cal calendar) todo.New {
	item := todo.New{Text: text}
	if !o.literal {
		item = todo.ParseQuickAdd(text, todo.Actor{Zone: cal.Zone, WeekStart: cal.WeekStart}, cal.Now)
	}
	for _, member := range []struct {
		to   *string
		from string
	}{{&item.Notes, o.item.Notes}, {&item.Due, o.item.Due}, {&item.Repeat, o.item.Repeat}, {&item.Priority, o.item.Priority}, {&item.List, o.item.List}} {
		*member.to = or(member.from, *member.to)
	}
	item.Tags = slices.Concat(item.Tags, o.item.Tags)
	item.ParentID, item.Position = o.item.ParentID, o.item.Position
	return item
}

// try shows what a text is understood as.
func (o *addOptions) try(ctx context.Context, c *client.Client, text string) error {
	d, err := o.draft(ctx, c, text)
	if err != nil {
		return err
	}
	return o.print(o.environment, d, func() error {
		if o.quiet {
			return nil // nothing has an id
		}
		t := todo.Todo{Text: d.Text, Due: d.Due, Timezone: d.Timezone, Repeat: d.Repeat, Priority: d.Priority, List: d.List, Tags: d.Tags}
		_, err := fmt.Fprintf(o.out, "would add \"%s\"%s\n", printableLine(d.Text), details(t, o.calendarFor(ctx, c, &t)))
		return err
	})
}

func (o *addOptions) draft(ctx context.Context, c *client.Client, text string) (api.Draft, error) {
	if !o.literal && !o.flagged() {
		return c.Draft(ctx, text)
	}
	cal := o.calendar(ctx, c)
	item := o.understood(text, cal)
	d := api.Draft{Text: item.Text, Notes: item.Notes, Priority: todo.Priority(item.Priority), List: item.List, Tags: item.Tags}
	due, err := when.Parse(item.Due, cal.Clock)
	if err != nil {
		return d, misunderstood("due", err)
	}
	if d.Repeat, err = when.ParseRepeat(item.Repeat, cal.Clock); err != nil {
		return d, misunderstood("repeat", err)
	}
	if due.IsZero() && d.Repeat != "" {
		if due, err = when.First(d.Repeat, cal.Clock); err != nil {
			return d, misunderstood("repeat", err)
		}
	}
	d.Due, d.Timezone = due.At, due.Zone
	return d, nil
}

func (o *addOptions) printAdded(ctx context.Context, c *client.Client, r api.Changed) error {
	if r.Todo == nil || o.quiet {
		return o.printChanged(r, "added", o.quiet, o.localCalendar())
	}
	_, err := fmt.Fprintf(o.out, "added %s%s\n", quoted(*r.Todo), details(*r.Todo, o.calendarFor(ctx, c, r.Todo)))
	return err
}

// details says what else than its text a todo has: " (due tomorrow 17:00, every week,
// !high +Errands #home)".
func details(t todo.Todo, cal calendar) string {
	var parts []string
	if t.Due != "" {
		due := cal.due(t)
		if !cal.overdue(t) {
			due = "due " + due
		}
		parts = append(parts, due)
	}
	if t.Repeat != "" {
		parts = append(parts, printableLine(when.DescribeRepeat(t.Repeat)))
		t.Repeat = ""
	}
	if rest := signs(t); rest != "" {
		parts = append(parts, rest)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
