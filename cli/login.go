package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func newLogin(g *global) *cobra.Command {
	var noBrowser bool
	cmd := &cobra.Command{
		Use:     "login",
		Short:   "Sign in through the browser",
		GroupID: groupAccount,
		Long: "Sign in through the browser. The tokens are kept in the operating system's keyring, or with\n" +
			"--token-store file in a file that only you can read.",
		Example: "  todo login\n  todo login --no-browser",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runLogin(cmd, g, noBrowser) },
	}
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "print the address instead of opening a browser")
	return cmd
}

func runLogin(cmd *cobra.Command, g *global, noBrowser bool) error {
	if token, _ := g.secret("TODO_TOKEN"); token != "" {
		return &todo.Error{Code: todo.CodeConflict, Message: "TODO_TOKEN is set and wins over any login", Hint: "unset it first"}
	}
	u, err := g.origin()
	if err != nil {
		return err
	}
	flow, err := g.flow(u.String(), api.ClientCLI, noBrowser)
	if err != nil {
		return err
	}
	if _, err := flow.Login(cmd.Context()); err != nil {
		return g.signInError(err)
	}
	c, err := g.client()
	if err != nil {
		return err
	}
	me, err := c.Me(cmd.Context())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.err, "You are signed in to %s as %s.\n", u, or(me.Email, me.Subject))
	return err
}
