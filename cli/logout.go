package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/oauthflow"
)

func newLogout(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "logout",
		Short:   "Sign out: revoke and forget the tokens",
		GroupID: groupAccount,
		Long: "Sign out: revoke the tokens at the server and forget them here. 'todo mcp' has a sign-in of its\n" +
			"own, which ends when --server is given with the path: http://localhost:3000/mcp.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogout(cmd.Context(), g) },
	}
}

func runLogout(ctx context.Context, g *global) error {
	if err := g.tokenGiven(); err != nil {
		return err
	}
	u, err := g.target()
	if err != nil {
		return err
	}
	flow, err := g.flow(u.String(), api.ClientCLI, false)
	if err != nil {
		return err
	}
	err = flow.Logout(ctx)
	if errors.Is(err, oauthflow.ErrOnlyLocal) {
		return &todo.Error{
			Code: todo.CodeUnavailable, Message: "you are signed out on this machine, but the server did not confirm it",
			Hint: fmt.Sprintf("revoke the app at %s://%s/connections, if the server is a todo server", u.Scheme, u.Host), Cause: err,
		}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.err, "You are signed out of %s.\n", u)
	return err
}
