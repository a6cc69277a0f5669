package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/todo"
)

func newShow(g *global) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "show ID",
		Short:             "Show one todo in full",
		GroupID:           groupList,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: g.completeID(todo.StatusAll),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			t, err := c.Get(cmd.Context(), a[0])
			if err != nil {
				return err
			}
			if asJSON {
				return g.printJSON(t)
			}
			return printTodo(g.out, t)
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func printTodo(w io.Writer, t todo.Todo) error {
	lines := []string{
		quoted(t),
		"  created    " + stamp(t.CreatedAt, t.CreatedBy),
		"  changed    " + stamp(t.UpdatedAt, t.UpdatedBy),
	}
	if t.Completed {
		lines = append(lines, "  completed  "+stamp(t.CompletedAt, ""))
	}
	if t.Deleted() {
		lines = append(lines, "  deleted    "+stamp(t.DeletedAt, ""))
	}
	if t.Notes != "" {
		lines = append(lines, "")
		for line := range strings.SplitSeq(t.Notes, "\n") {
			lines = append(lines, "  "+printableLine(line))
		}
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func stamp(at time.Time, by string) string {
	s := at.Local().Format("Mon 2006-01-02 15:04")
	if by != "" {
		s += " by " + printableLine(by)
	}
	return s
}
