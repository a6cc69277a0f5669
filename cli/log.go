package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

const logRows = 20 // todos of one change that are shown

type logOptions struct {
	*global
	output
	by, since, until, kind, ref string
	limit                       int
}

func newLog(g *global) *cobra.Command {
	o := &logOptions{global: g}
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "Show the latest changes: what, by whom, when",
		GroupID: groupList,
		Long: "Show the latest changes, newest first, with the ids that 'todo undo' takes. Changes are kept for\n" +
			"30 days. Each line has the change's id, when it was made, by whom, what it was, and the todo.",
		Example: "  todo log\n  todo log --kind completed --since 7d\n  todo log --by claude --since yesterday\n  todo log --todo milk",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.by, "by", "", "made by `NAME`, or a part of it: web, cli, claude")
	f.StringVar(&o.since, "since", "", "made since `WHEN`: today, yesterday, 2026-11-20, 90m, 7d")
	f.StringVar(&o.until, "until", "", "made before `WHEN`")
	f.StringVar(&o.kind, "kind", "", "`created|updated|completed|reopened|deleted|restored|undone|imported`")
	f.StringVar(&o.ref, "todo", "", "of the todo `REF`")
	f.IntVar(&o.limit, "limit", 20, "at most so many changes")
	o.output.flags(cmd)
	complete(cmd, "kind", "created", "updated", "completed", "reopened", "deleted", "restored", "undone", "imported")
	complete(cmd, "since", "today", "yesterday", "7d")
	complete(cmd, "until", "today", "yesterday")
	g.completeRefFlags(cmd, "todo")
	return cmd
}

func (o *logOptions) run(ctx context.Context) error {
	if o.limit < 1 || o.limit > todo.MaxPage {
		return usagef("--limit %d: use 1 to %d", o.limit, todo.MaxPage)
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	q := todo.HistoryQuery{By: o.by, Kind: todo.Kind(o.kind)}
	if o.since+o.until != "" {
		cal := o.calendar(ctx, c)
		if q.Since, err = pastMoment("since", o.since, cal); err != nil {
			return err
		}
		if q.Until, err = pastMoment("until", o.until, cal); err != nil {
			return err
		}
	}
	if o.ref != "" {
		t, err := finder{c, amongAll}.find(ctx, o.ref)
		if err != nil {
			return err
		}
		q.TodoID = t.ID
	}
	history, err := o.collect(ctx, c, q)
	if err != nil {
		return err
	}
	return o.print(o.environment, history, func() error { return o.printRows(o.rows(history.Changes)) })
}

// collect reads pages, which may be short, until there are enough changes.
func (o *logOptions) collect(ctx context.Context, c *client.Client, q todo.HistoryQuery) (api.History, error) {
	history := api.History{Changes: []api.Change{}}
	for {
		q.Limit, q.Cursor = o.limit-len(history.Changes), history.NextCursor
		page, err := c.History(ctx, q)
		if err != nil {
			return history, err
		}
		history.Changes = append(history.Changes, page.Changes...)
		history.NextCursor = page.NextCursor
		if page.NextCursor == "" || len(history.Changes) >= o.limit {
			return history, nil
		}
	}
}

// pastMoment reads a moment that is past, as a person says it: a date is its beginning
// in their zone.
func pastMoment(flag, text string, cal calendar) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	now := cal.Now.In(cal.Zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, cal.Zone)
	switch strings.ToLower(text) {
	case "now":
		return now, nil
	case "today":
		return today, nil
	case "yesterday":
		return today.AddDate(0, 0, -1), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, cal.Zone); err == nil {
			return at, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n < 10_000 {
			return today.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, usagef("--%s %q: use today, yesterday, a date like 2026-11-20, or 90m, 12h and 7d ago", flag, text)
}

// rows has a line for each todo of each change, of a big one only for the first.
func (o *logOptions) rows(changes []api.Change) [][]string {
	var rows [][]string
	for _, c := range changes {
		row := func(rest ...string) {
			rows = append(rows, append([]string{printableLine(c.ChangeID), o.moment(c.At), printableLine(c.By), happened(c)}, rest...))
		}
		for _, t := range c.Todos[:min(len(c.Todos), logRows)] {
			row(printableLine(t.ID), printableLine(t.Text))
		}
		if n := len(c.Todos) - logRows; n > 0 {
			row("", "… and "+strconv.Itoa(n)+" more")
		}
		if len(c.Todos) == 0 {
			row()
		}
	}
	return rows
}

func happened(c api.Change) string {
	what := string(c.Kind)
	if c.Undoes != "" {
		what += " " + c.Undoes
	}
	if c.UndoneBy != "" {
		what += ", since undone"
	}
	return printableLine(what)
}
