package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

type listOptions struct {
	*global
	filter
	statusFlags
	listOutput
	save string
}

func newList(g *global) *cobra.Command {
	o := &listOptions{global: g}
	cmd := &cobra.Command{
		Use:     "list [@VIEW] [QUERY...]",
		Aliases: []string{"ls"},
		Short:   "List todos",
		GroupID: groupList,
		Long: "List todos: those that are open, unless told otherwise. Each line has a mark (o open, x done,\n" +
			"- in the trash), the id that other commands take, the text, when it is due, and its priority,\n" +
			"list and tags.\n\n" +
			"A query has words of the text or the notes, and conditions that all must hold: tag:home,\n" +
			"list:Shopping, due:week, !high, has:notes, no:due, by:claude, is:completed; -bread leaves out.\n" +
			"After \"--\" a query may begin with a dash. --save keeps what is asked for as a view, @NAME shows it.",
		Example: "  todo list\n" +
			"  todo list tag:home due:week '!high'\n" +
			"  todo list milk -- -bread\n" +
			"  todo list --done --sort completed --limit 20\n" +
			"  todo list --list Shopping --format md\n" +
			"  todo list --template '{{range .todos}}{{.id}} {{.text}}{{\"\\n\"}}{{end}}'\n" +
			"  todo list --save urgent --due week '!high'\n" +
			"  todo list @urgent",
		Args:              args(cobra.ArbitraryArgs),
		ValidArgsFunction: g.completeViews,
		RunE: func(cmd *cobra.Command, words []string) error {
			o.into(&o.filter)
			return o.run(cmd.Context(), words)
		},
	}
	o.filter.flags(g, cmd)
	o.statusFlags.flags(cmd, &o.filter)
	f := cmd.Flags()
	f.IntVar(&o.Limit, "limit", 0, "at most so many (0: all)")
	f.StringVar(&o.save, "save", "", "keep what is asked for as the view `NAME`")
	o.listOutput.flags(cmd)
	return cmd
}

func newTrash(g *global) *cobra.Command {
	o := &listOptions{global: g}
	cmd := &cobra.Command{
		Use:     "trash [QUERY...]",
		Short:   "List deleted todos; 'todo restore' brings them back for 30 days",
		GroupID: groupList,
		Example: "  todo trash\n  todo trash milk",
		Args:    args(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, words []string) error {
			o.Status = string(todo.StatusTrash)
			return o.run(cmd.Context(), words)
		},
	}
	cmd.Flags().IntVar(&o.Limit, "limit", 0, "at most so many (0: all)")
	o.listOutput.flags(cmd)
	return cmd
}

func (o *listOptions) run(ctx context.Context, words []string) error {
	wanted, err := o.wanted(words)
	if err != nil {
		return err
	}
	if err := errors.Join(wanted.check(), o.checkFormat(), o.checkName()); err != nil {
		return err
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	q, err := wanted.query(ctx, c)
	if err != nil {
		return err
	}
	list, err := collect(ctx, c, q, wanted.Limit)
	if err != nil {
		return err
	}
	if o.save != "" {
		if err := o.saveView(o.save, wanted); err != nil {
			return err
		}
	}
	return o.printList(list, o.global, func() error {
		return o.printTodos(ctx, c, list.Todos, q.Sort == "" && q.Due == "")
	})
}

// wanted returns what the arguments and flags ask for, on top of the view they name.
func (o *listOptions) wanted(words []string) (filter, error) {
	var view filter
	if len(words) > 0 && strings.HasPrefix(words[0], "@") && len(words[0]) > 1 {
		found, ok, err := o.view(words[0][1:])
		if err != nil {
			return view, err
		}
		if ok { // else it is the query's: @home asks for a tag, too
			view, words = found, words[1:]
		}
	}
	o.Query = strings.Join(words, " ")
	return view.over(o.filter), nil
}

// printTodos prints a line for each todo. In a terminal, and in manual order, subtasks
// are below their parents.
func (g *global) printTodos(ctx context.Context, c *client.Client, todos []todo.Todo, manual bool) error {
	if len(todos) == 0 && g.terminal {
		_, err := fmt.Fprintln(g.err, "Nothing here. Add something with: todo add \"Buy milk\"")
		return err
	}
	cal := g.localCalendar()
	if g.terminal {
		cal = g.calendarFor(ctx, c, pointers(todos)...)
		if manual {
			todos = nested(todos)
		}
	}
	return g.printTable(g.todoRows(todos, cal, manual), textColumn)
}

// collect reads pages until there are limit todos; 0 means all.
func collect(ctx context.Context, c *client.Client, q todo.Query, limit int) (api.Todos, error) {
	list := api.Todos{Todos: []todo.Todo{}}
	for {
		q.Limit = todo.MaxPage
		if limit > 0 {
			q.Limit = min(q.Limit, limit-len(list.Todos))
		}
		q.Cursor = list.NextCursor
		page, err := c.List(ctx, q)
		if err != nil {
			return list, err
		}
		page.Todos = append(list.Todos, page.Todos...)
		list = page
		if list.NextCursor == "" || limit > 0 && len(list.Todos) >= limit {
			return list, nil
		}
	}
}

func pointers(todos []todo.Todo) []*todo.Todo {
	all := make([]*todo.Todo, len(todos))
	for i := range todos {
		all[i] = &todos[i]
	}
	return all
}
