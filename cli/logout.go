package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/oauthflow"
)

func newLogout(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "logout",
		Short:   "Sign out: revoke and forget the tokens",
		GroupID: groupAccount,
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			u, err := g.origin()
			if err != nil {
				return err
			}
			flow, err := g.flow(u.String(), api.ClientCLI, false)
			if err != nil {
				return err
			}
			err = flow.Logout(cmd.Context())
			if errors.Is(err, oauthflow.ErrOnlyLocal) {
				fmt.Fprintf(g.err, "You are signed out on this machine. The server did not confirm; revoke \"%s\" at %s/connections.\n", api.ClientCLI, u)
				return nil
			}
			if err != nil {
				return g.signInError(err)
			}
			_, err = fmt.Fprintf(g.err, "You are signed out of %s.\n", u)
			return err
		},
	}
}
