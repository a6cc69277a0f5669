package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// filter is which todos are meant, and in which order. It is also how a view is kept.
type filter struct {
	Query    string   `json:"query,omitempty"`
	Status   string   `json:"status,omitempty"`
	Due      string   `json:"due,omitempty"`
	List     string   `json:"list,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Priority string   `json:"priority,omitempty"`
	Parent   string   `json:"parent,omitempty"`
	Sort     string   `json:"sort,omitempty"`
	Limit    int      `json:"limit,omitempty"`
}

var statuses = []string{string(todo.StatusOpen), string(todo.StatusCompleted), string(todo.StatusAll), string(todo.StatusTrash)}

// flags are those that select and sort; which status is asked for has flags of its own.
func (f *filter) flags(g *global, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Due, "due", "", "due `WHEN`: today and week (with what is overdue), overdue, none, a date, a..b")
	flags.StringVar(&f.List, "list", "", "in the list `NAME`; Inbox for those in none")
	flags.StringArrayVar(&f.Tags, "tag", nil, "with the tag `NAME`; several mean all of them")
	flags.StringVar(&f.Priority, "priority", "", "`high|medium|low|none`")
	flags.StringVar(&f.Parent, "parent", "", "subtasks of the todo `REF`")
	flags.StringVar(&f.Sort, "sort", "", "by `order|due|priority|created|completed`")
	complete(cmd, "due", "today", "overdue", "tomorrow", "week", "next week", "month", "none")
	complete(cmd, "priority", "high", "medium", "low", "none")
	complete(cmd, "sort", "order", "due", "priority", "created", "completed")
	g.completeNames(cmd)
	g.completeRefFlags(cmd, "parent")
}

// statusFlags are the ways to say a status.
type statusFlags struct{ open, done, all, trash bool }

func (s *statusFlags) flags(cmd *cobra.Command, f *filter) {
	flags := cmd.Flags()
	flags.StringVar(&f.Status, "status", "", "`open|completed|all|trash` (default open)")
	flags.BoolVar(&s.open, "open", false, "open ones")
	flags.BoolVar(&s.done, "done", false, "completed ones")
	flags.BoolVar(&s.done, "completed", false, "completed ones")
	flags.BoolVarP(&s.all, "all", "a", false, "open and completed ones")
	flags.BoolVar(&s.trash, "trash", false, "deleted ones, which 'todo restore' brings back")
	_ = flags.MarkHidden("completed") // it exists
	cmd.MarkFlagsMutuallyExclusive("status", "open", "done", "completed", "all", "trash")
	complete(cmd, "status", statuses...)
}

// into sets the status that one of the flags says.
func (s statusFlags) into(f *filter) {
	for _, said := range []struct {
		flag   bool
		status todo.Status
	}{{s.open, todo.StatusOpen}, {s.done, todo.StatusCompleted}, {s.all, todo.StatusAll}, {s.trash, todo.StatusTrash}} {
		if said.flag {
			f.Status = string(said.status)
		}
	}
}

// over returns the filter with what another says in place of its own; words come on top.
func (f filter) over(other filter) filter {
	f.Query = strings.TrimSpace(f.Query + " " + other.Query)
	for _, member := range []struct {
		to   *string
		from string
	}{{&f.Status, other.Status}, {&f.Due, other.Due}, {&f.List, other.List}, {&f.Priority, other.Priority}, {&f.Parent, other.Parent}, {&f.Sort, other.Sort}} {
		*member.to = or(member.from, *member.to)
	}
	for _, tag := range other.Tags {
		if !slices.Contains(f.Tags, tag) {
			f.Tags = append(f.Tags, tag)
		}
	}
	if other.Limit != 0 {
		f.Limit = other.Limit
	}
	return f
}

// check fails for what no server has to be asked about.
func (f filter) check() error {
	if f.Status != "" && !slices.Contains(statuses, f.Status) {
		return usagef("--status %q: use %s", f.Status, strings.Join(statuses, ", "))
	}
	if f.Limit < 0 {
		return usagef("--limit %d: use 1 or more, or 0 for all", f.Limit)
	}
	return nil
}

// query returns what to ask the server.
func (f filter) query(ctx context.Context, c *client.Client) (todo.Query, error) {
	q := todo.Query{
		Status: todo.Status(or(f.Status, string(todo.StatusOpen))), Text: f.Query, Due: f.Due, List: f.List,
		Priority: f.Priority, Sort: todo.Sort(f.Sort),
	}
	for i, tag := range f.Tags {
		if i == 0 {
			q.Tag = tag
			continue
		}
		q.Text += ` tag:"` + strings.ReplaceAll(tag, `"`, "") + `"`
	}
	if f.Parent != "" {
		parent, err := finder{c, among}.find(ctx, f.Parent)
		if err != nil {
			return q, err
		}
		q.ParentID = parent.ID
	}
	return q, nil
}
