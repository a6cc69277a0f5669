package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/client"
	"todo.example/internal/todo"
	"todo.example/internal/when"
)

func newShow(g *global) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:               "show REF",
		Short:             "Show one todo in full",
		GroupID:           groupList,
		Long:              "Show one todo in full, with its notes and its subtasks.\n\n" + refHelp,
		Example:           "  todo show milk\n  todo show milk --json",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: g.completeID(among...),
		RunE: func(cmd *cobra.Command, a []string) error {
			ctx := cmd.Context()
			c, err := g.client()
			if err != nil {
				return err
			}
			t, err := finder{c, amongAll}.find(ctx, a[0])
			if err != nil {
				return err
			}
			return o.print(g.environment, t, func() error { return g.printTodo(ctx, c, t) })
		},
	}
	o.flags(cmd)
	return cmd
}

func (g *global) printTodo(ctx context.Context, c *client.Client, t todo.Todo) error {
	cal := g.calendarFor(ctx, c, &t)
	lines := []string{g.paint(strong, quoted(t))}
	line := func(name, value string, s sgr) {
		if value != "" {
			lines = append(lines, "  "+name+strings.Repeat(" ", 11-len(name))+g.paint(s, printableLine(value)))
		}
	}
	line("due", fullDue(t, cal), dueLook(t, cal))
	if t.Repeat != "" {
		line("repeats", when.DescribeRepeat(t.Repeat), plain)
	}
	line("priority", string(t.Priority), plain)
	line("list", t.List, plain)
	line("tags", strings.Join(t.Tags, ", "), plain)
	line("part of", t.ParentID, plain)
	if t.Subtasks.Total > 0 {
		line("subtasks", strconv.Itoa(t.Subtasks.Done)+" of "+strconv.Itoa(t.Subtasks.Total)+" done", plain)
	}
	line("created", stamp(t.CreatedAt, t.CreatedBy), faint)
	line("changed", stamp(t.UpdatedAt, t.UpdatedBy), faint)
	if t.Completed {
		line("completed", stamp(t.CompletedAt, ""), faint)
	}
	if t.Deleted() {
		line("deleted", stamp(t.DeletedAt, ""), faint)
	}
	if t.Notes != "" {
		lines = append(lines, "")
		for text := range strings.SplitSeq(t.Notes, "\n") {
			lines = append(lines, strings.TrimRight("  "+printableLine(text), " "))
		}
	}
	if err := g.printText(strings.Join(lines, "\n") + "\n"); err != nil || t.Subtasks.Total == 0 {
		return err
	}
	return g.printSubtasks(ctx, c, t, cal)
}

func (g *global) printSubtasks(ctx context.Context, c *client.Client, t todo.Todo, cal calendar) error {
	list, err := collect(ctx, c, todo.Query{Status: todo.StatusAll, ParentID: t.ID}, 0)
	if err != nil || len(list.Todos) == 0 {
		return err
	}
	if err := g.printText("\n"); err != nil {
		return err
	}
	return g.printTable(g.todoRows(list.Todos, cal, false), textColumn)
}

// fullDue says a due date in full, and how near it is where there is a word for that:
// "Wed 2026-11-25 17:00 (today 17:00)".
func fullDue(t todo.Todo, cal calendar) string {
	text := t.When().Human(cal.Clock)
	near := cal.due(t)
	if rest, ok := strings.CutSuffix(near, " "+t.When().DateIn(cal.Zone)); ok {
		near = rest // a date is there already
	}
	if near != "" && near[:3] != text[:3] && !strings.Contains(text, near) {
		text += " (" + near + ")"
	}
	return text
}

func stamp(at time.Time, by string) string {
	s := at.Local().Format("Mon 2006-01-02 15:04")
	if by != "" {
		s += " by " + printableLine(by)
	}
	return s
}
