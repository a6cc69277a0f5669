package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// eachOptions are a command that does one thing to each todo it is given.
type eachOptions struct {
	*global
	output
	verb, did string
	op        todo.OpKind
	one       func(*client.Client, context.Context, string) (api.Changed, error)
	views     []todo.View // where the words of a REF are looked for
	dryRun    bool
	asks      bool // before it does it to several
	yes       bool
}

func newDone(g *global) *cobra.Command {
	o := &eachOptions{global: g, verb: "complete", did: "completed", op: todo.OpComplete, one: (*client.Client).Complete, views: amongOpen}
	return o.command(&cobra.Command{
		Use: "done REF...", Short: "Complete todos",
		Long:    "Complete todos. One that repeats is open again for the next time.\n\n" + refHelp,
		Example: "  todo done 'Buy milk'\n  todo done milk bread\n  todo list -q tag:home | xargs todo done",
	})
}

func newReopen(g *global) *cobra.Command {
	o := &eachOptions{global: g, verb: "reopen", did: "reopened", op: todo.OpReopen, one: (*client.Client).Reopen, views: amongCompleted}
	return o.command(&cobra.Command{
		Use: "reopen REF...", Short: "Reopen completed todos", Long: "Reopen completed todos.\n\n" + refHelp,
		Example: "  todo reopen 'Pay the rent'",
	})
}

func newRm(g *global) *cobra.Command {
	o := &eachOptions{global: g, verb: "delete", did: "deleted", op: todo.OpDelete, one: (*client.Client).Delete, views: among, asks: true}
	cmd := o.command(&cobra.Command{
		Use: "rm REF...", Short: "Delete todos; 'todo restore' brings them back for 30 days",
		Long:    "Move todos to the trash. In a terminal, several are asked for first.\n\n" + refHelp,
		Example: "  todo rm milk\n  todo rm --yes milk bread\n  todo rm --dry-run milk",
	})
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "ask nothing")
	return cmd
}

func newRestore(g *global) *cobra.Command {
	o := &eachOptions{global: g, verb: "restore", did: "restored", op: todo.OpRestore, one: (*client.Client).Restore, views: amongTrash}
	return o.command(&cobra.Command{
		Use: "restore REF...", Short: "Take todos out of the trash", Long: "Take todos out of the trash.\n\n" + refHelp,
		Example: "  todo restore 'Old shoes'",
	})
}

func (o *eachOptions) command(cmd *cobra.Command) *cobra.Command {
	cmd.GroupID = groupList
	cmd.Args = args(cobra.MinimumNArgs(1))
	cmd.ValidArgsFunction = o.completeIDs(o.views...)
	cmd.RunE = func(cmd *cobra.Command, refs []string) error { return o.run(cmd.Context(), refs) }
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say which they are, and change nothing")
	o.flags(cmd)
	o.quietFlag(cmd)
	return cmd
}

func (o *eachOptions) flags(cmd *cobra.Command) { o.output.flags(cmd) }

func (o *eachOptions) run(ctx context.Context, refs []string) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	var results []api.Changed
	var failed itemErrors
	switch {
	case o.dryRun:
		return o.try(ctx, c, refs)
	case len(refs) == 1:
		r, err := byRef(ctx, finder{c, o.views}, refs[0], func(id string) (api.Changed, error) { return o.one(c, ctx, id) })
		if err != nil {
			failed = itemErrors{err}
			break
		}
		results = append(results, r)
	default:
		results, failed, err = o.several(ctx, c, refs)
		if err != nil {
			return err
		}
	}
	err = o.printResults(ctx, c, results)
	if err == nil && len(failed) > 0 {
		return failed
	}
	return err
}

// several does it to all that are found, as one change. What fails does not keep it
// from the others.
func (o *eachOptions) several(ctx context.Context, c *client.Client, refs []string) (results []api.Changed, failed itemErrors, err error) {
	todos, failed := o.find(ctx, c, refs)
	if len(todos) > 1 && o.asks && !o.yes {
		if err := o.confirm(fmt.Sprintf("%s %s?", o.verb, quantity(len(todos)))); err != nil {
			return nil, failed, err
		}
	}
	for chunk := range slices.Chunk(todos, todo.MaxBatch) {
		ops := make([]todo.Op, len(chunk))
		for i, t := range chunk {
			ops[i] = todo.Op{Op: o.op, ID: t.ID}
		}
		answer, err := c.Batch(ctx, ops, false)
		if err != nil {
			return results, failed, err
		}
		for _, r := range answer.Results {
			if r.Error != nil {
				failed = append(failed, r.Error.Err())
				continue
			}
			changed := api.Changed{Todo: r.Todo, Changed: r.Changed}
			if r.Changed {
				changed.ChangeID = answer.ChangeID
			}
			results = append(results, changed)
		}
	}
	return results, failed, nil
}

// find returns the todos that the refs mean, each once. What is surely an id is not
// looked up, unless its text is wanted: the batch says whether it is there.
func (o *eachOptions) find(ctx context.Context, c *client.Client, refs []string) (todos []todo.Todo, failed itemErrors) {
	for _, ref := range refs {
		t, err := todo.Todo{ID: ref}, error(nil)
		if o.dryRun || !isID(ref) || !strings.ContainsAny(ref, "0123456789") {
			t, err = finder{c, o.views}.find(ctx, ref)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if !slices.ContainsFunc(todos, func(u todo.Todo) bool { return u.ID == t.ID }) {
			todos = append(todos, t)
		}
	}
	return todos, failed
}

func (o *eachOptions) try(ctx context.Context, c *client.Client, refs []string) error {
	todos, failed := o.find(ctx, c, refs)
	if todos == nil {
		todos = []todo.Todo{}
	}
	err := o.print(o.environment, todos, func() error {
		if o.quiet {
			return o.printIDs(todos)
		}
		for _, t := range todos {
			if _, err := fmt.Fprintf(o.out, "would %s %s\n", o.verb, quoted(t)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(failed) > 0 {
		return failed
	}
	return err
}

func (o *eachOptions) printResults(ctx context.Context, c *client.Client, results []api.Changed) error {
	if results == nil {
		results = []api.Changed{}
	}
	return o.print(o.environment, results, func() error {
		var errs []error
		for _, r := range results {
			errs = append(errs, o.printChanged(r, o.did, o.quiet, o.calendarFor(ctx, c, r.Next)))
		}
		return errors.Join(errs...)
	})
}
