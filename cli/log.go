package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

type logOptions struct {
	*global
	limit int
	json  bool
}

func newLog(g *global) *cobra.Command {
	o := &logOptions{global: g}
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "Show the latest changes: what, by whom, when",
		GroupID: groupList,
		Long: "Show the latest changes, newest first, with the ids that 'todo undo' takes. Changes are kept for\n" +
			"30 days. Each line has the change's id, when it was made, by whom, what it was, and the todo.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	cmd.Flags().IntVar(&o.limit, "limit", 20, "at most so many changes")
	jsonFlag(cmd, &o.json)
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
	now, err := c.List(ctx, todo.Query{Status: todo.StatusOpen, Limit: 1})
	if err != nil {
		return err
	}
	latest, err := c.Changes(ctx, now.Rev-min(now.Rev, uint64(o.limit)), o.limit)
	if err != nil {
		return err
	}
	slices.Reverse(latest.Changes)
	if o.json {
		return o.printJSON(latest)
	}
	return o.printRows(o.rows(latest.Changes))
}

// rows has a line for each todo of each change.
func (o *logOptions) rows(changes []api.Change) [][]string {
	var rows [][]string
	for _, c := range changes {
		for _, t := range c.Todos {
			rows = append(rows, []string{printableLine(c.ChangeID), o.moment(c.At), printableLine(c.By), happened(c), printableLine(t.ID), printableLine(t.Text)})
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
