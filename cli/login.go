package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
)

type loginOptions struct {
	*global
	noBrowser bool
}

func newLogin(g *global) *cobra.Command {
	o := &loginOptions{global: g}
	cmd := &cobra.Command{
		Use:     "login",
		Short:   "Sign in through the browser",
		GroupID: groupAccount,
		Long: "Sign in through the browser. The tokens are kept in the operating system's keyring, or with\n" +
			"--token-store file in a file that only you can read.",
		Example: "  todo login\n  todo login --no-browser",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&o.noBrowser, "no-browser", false, "print the address instead of opening a browser")
	return cmd
}

func (o *loginOptions) run(ctx context.Context) error {
	if err := o.tokenGiven(); err != nil {
		return err
	}
	u, err := o.origin()
	if err != nil {
		return err
	}
	flow, err := o.flow(u.String(), api.ClientCLI, o.noBrowser)
	if err != nil {
		return err
	}
	if err := o.signIn(ctx, flow); err != nil {
		return err
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	me, err := c.Me(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.err, "You are signed in to %s as %s.\n", u, printableLine(or(me.Email, me.Subject)))
	return err
}
