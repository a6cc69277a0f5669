package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newWhoami(g *global) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "whoami",
		Short:   "Show who is signed in, and with what access",
		GroupID: groupAccount,
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			me, err := c.Me(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return g.printJSON(me)
			}
			_, err = fmt.Fprintf(g.out, "%s\n  server   %s\n  user id  %s\n  may      %s\n",
				printableLine(or(me.Email, me.Subject)), g.server, printableLine(me.Subject), printableLine(strings.Join(me.Allowed, ", ")))
			return err
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
