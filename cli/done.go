package cli

import (
	"context"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

func newDone(g *global) *cobra.Command {
	cmd := each(g, "completed", todo.StatusOpen, (*client.Client).Complete)
	cmd.Use, cmd.Short = "done ID...", "Complete todos"
	return cmd
}

func newReopen(g *global) *cobra.Command {
	cmd := each(g, "reopened", todo.StatusCompleted, (*client.Client).Reopen)
	cmd.Use, cmd.Short = "reopen ID...", "Reopen completed todos"
	return cmd
}

func newRm(g *global) *cobra.Command {
	cmd := each(g, "deleted", todo.StatusAll, (*client.Client).Delete)
	cmd.Use, cmd.Short = "rm ID...", "Delete todos; 'todo restore' brings them back for 30 days"
	return cmd
}

func newRestore(g *global) *cobra.Command {
	cmd := each(g, "restored", todo.StatusTrash, (*client.Client).Restore)
	cmd.Use, cmd.Short = "restore ID...", "Take todos out of the trash"
	return cmd
}

// each is a command that does one thing to each todo it is given, with the ids of
// those in status for the shell to complete. One that fails does not keep it from
// the others.
func each(g *global, did string, status todo.Status, do func(*client.Client, context.Context, string) (api.Changed, error)) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		GroupID:           groupList,
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: g.completeIDs(status),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			var failed itemErrors
			results := []api.Changed{}
			for _, id := range ids {
				r, err := do(c, cmd.Context(), id)
				if err == nil && !asJSON {
					err = g.printChanged(r, did)
				}
				if err != nil {
					failed = append(failed, err)
					continue
				}
				results = append(results, r)
			}
			if asJSON {
				if err := g.printJSON(results); err != nil {
					return err
				}
			}
			if len(failed) > 0 {
				return failed
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
