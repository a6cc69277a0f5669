package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

func newDone(g *global) *cobra.Command {
	cmd := each(g, "completed", (*client.Client).Complete)
	cmd.Use, cmd.Short = "done ID...", "Complete todos"
	cmd.ValidArgsFunction = g.completeIDs(todo.StatusOpen)
	return cmd
}

func newReopen(g *global) *cobra.Command {
	cmd := each(g, "reopened", (*client.Client).Reopen)
	cmd.Use, cmd.Short = "reopen ID...", "Reopen completed todos"
	cmd.ValidArgsFunction = g.completeIDs(todo.StatusCompleted)
	return cmd
}

func newRm(g *global) *cobra.Command {
	cmd := each(g, "deleted", (*client.Client).Delete)
	cmd.Use, cmd.Short = "rm ID...", "Delete todos; 'todo undo' brings them back for 30 days"
	cmd.ValidArgsFunction = g.completeIDs(todo.StatusAll)
	return cmd
}

// each is a command that does one thing to each todo it is given. One that fails
// does not keep it from the others; the first failure decides the exit code.
func each(g *global, did string, do func(*client.Client, context.Context, string) (api.Changed, error)) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		GroupID: groupList,
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			var failed []error
			results := []api.Changed{}
			for _, id := range ids {
				r, err := do(c, cmd.Context(), id)
				if err != nil {
					failed = append(failed, err)
					continue
				}
				results = append(results, r)
				if !asJSON {
					fmt.Fprintf(g.out, "%s %s\n", saying(r.Changed, did), quoted(*r.Todo))
				}
			}
			if asJSON {
				failed = append(failed, g.printJSON(results))
			}
			return errors.Join(failed...)
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newRestore(g *global) *cobra.Command {
	cmd := each(g, "restored", (*client.Client).Restore)
	cmd.Use, cmd.Short = "restore ID...", "Take todos out of the trash"
	cmd.ValidArgsFunction = g.completeIDs(todo.StatusTrash)
	return cmd
}
