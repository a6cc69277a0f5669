package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

type listOptions struct {
	*global
	all, completed, trash bool
	limit                 int
	json                  bool
}

func newList(g *global) *cobra.Command {
	o := &listOptions{global: g}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List todos",
		GroupID: groupList,
		Long: "List todos: those that are open, unless told otherwise. Each line has a mark (o open, x done,\n" +
			"- in the trash), the id that other commands take, and the text.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "open and completed ones")
	f.BoolVar(&o.completed, "completed", false, "completed ones")
	f.BoolVar(&o.trash, "trash", false, "deleted ones, which 'todo restore' brings back")
	f.IntVar(&o.limit, "limit", 0, "at most so many (0: all)")
	jsonFlag(cmd, &o.json)
	cmd.MarkFlagsMutuallyExclusive("all", "completed", "trash")
	return cmd
}

func (o *listOptions) run(ctx context.Context) error {
	if o.limit < 0 {
		return usagef("--limit %d: use 1 or more, or 0 for all", o.limit)
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	list, err := collect(ctx, c, o.status(), o.limit)
	if err != nil {
		return err
	}
	if o.json {
		return o.printJSON(list)
	}
	if len(list.Todos) == 0 && o.terminal {
		_, err = fmt.Fprintln(o.err, "Nothing here. Add something with: todo add \"Buy milk\"")
		return err
	}
	return o.printRows(todoRows(list.Todos))
}

func (o *listOptions) status() todo.Status {
	switch {
	case o.all:
		return todo.StatusAll
	case o.completed:
		return todo.StatusCompleted
	case o.trash:
		return todo.StatusTrash
	}
	return todo.StatusOpen
}

// collect reads pages until there are limit todos; 0 means all.
func collect(ctx context.Context, c *client.Client, status todo.Status, limit int) (api.Todos, error) {
	list := api.Todos{Todos: []todo.Todo{}}
	for {
		size := todo.MaxPage
		if limit > 0 {
			size = min(size, limit-len(list.Todos))
		}
		page, err := c.List(ctx, todo.Query{Status: status, Limit: size, Cursor: list.NextCursor})
		if err != nil {
			return list, err
		}
		last := page.NextCursor == "" || len(page.Todos) == 0
		page.Todos = append(list.Todos, page.Todos...)
		list = page
		if last || limit > 0 && len(list.Todos) >= limit {
			return list, nil
		}
	}
}

func todoRows(todos []todo.Todo) [][]string {
	rows := make([][]string, len(todos))
	for i, t := range todos {
		rows[i] = []string{mark(t), printableLine(t.ID), printableLine(t.Text)}
	}
	return rows
}

func mark(t todo.Todo) string {
	switch {
	case t.Deleted():
		return "-"
	case t.Completed:
		return "x"
	}
	return "o"
}
