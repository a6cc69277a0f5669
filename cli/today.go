package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
)

type todayOptions struct {
	*global
	listOutput
}

func newToday(g *global) *cobra.Command {
	o := &todayOptions{global: g}
	cmd := &cobra.Command{
		Use:     "today",
		Short:   "List what is due today, and what is overdue",
		GroupID: groupList,
		Example: "  todo today\n  todo today --format md",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.listOutput.flags(cmd)
	return cmd
}

func (o *todayOptions) run(ctx context.Context) error {
	if err := o.checkFormat(); err != nil {
		return err
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	list, err := collect(ctx, c, todo.Query{Status: todo.StatusOpen, Due: "today"}, 0)
	if err != nil {
		return err
	}
	return o.printList(list, o.global, func() error {
		if !o.terminal {
			return o.printTable(o.todoRows(list.Todos, o.localCalendar(), false), textColumn)
		}
		return o.printDay(list.Todos, o.calendar(ctx, c))
	})
}

// printDay prints what is overdue, and then what is still to come today.
func (o *todayOptions) printDay(todos []todo.Todo, cal calendar) error {
	if len(todos) == 0 {
		_, err := fmt.Fprintln(o.err, "Nothing is due today.")
		return err
	}
	for i, part := range []struct {
		title string
		todos []todo.Todo
	}{
		{"Overdue", keep(todos, cal.overdue)},
		{"Today", keep(todos, func(t todo.Todo) bool { return !cal.overdue(t) })},
	} {
		if len(part.todos) == 0 {
			continue
		}
		if i > 0 && len(part.todos) < len(todos) {
			fmt.Fprintln(o.out)
		}
		if _, err := fmt.Fprintln(o.out, o.paint(strong, part.title)); err != nil {
			return err
		}
		if err := o.printTable(o.todoRows(part.todos, cal, false), textColumn); err != nil {
			return err
		}
	}
	return nil
}
