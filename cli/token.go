package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
)

var (
	scopesRead = []string{"todos:read"}
	scopesAll  = []string{"todos:read", "todos:write"}
)

func newToken(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "token",
		Short:   "Make, list and revoke personal access tokens, for scripts",
		GroupID: groupAccount,
		Long: "Make, list and revoke personal access tokens. A script signs in with one in TODO_TOKEN; the API and\n" +
			"MCP take it as a bearer token. A token cannot make others.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenCreate(g), newTokenList(g), newTokenRevoke(g))
	return cmd
}

func newTokenCreate(g *global) *cobra.Command {
	var o output
	var readOnly, never bool
	var days int
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a token and print it, this once",
		Long:    "Make a token. It is the only line on stdout, this once: it is not kept anywhere to be read again.",
		Example: "  todo token create backup --read-only\n  todo token create ci --expires-in 30",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			n := api.NewToken{Name: a[0], Scopes: scopesAll, ExpiresInDays: days, NeverExpires: never}
			if readOnly {
				n.Scopes = scopesRead
			}
			if cmd.Flags().Changed("expires-in") && days < 1 {
				return usagef("--expires-in %d: use 1 or more", days)
			}
			t, err := c.CreateToken(cmd.Context(), n)
			if err != nil {
				return err
			}
			return o.print(g.environment, t, func() error {
				fmt.Fprintf(g.err, "The token %s, %s; it is shown only now:\n", printableLine(t.ID), expiry(t))
				return g.printLine(printableLine(t.Secret))
			})
		},
	}
	f := cmd.Flags()
	f.BoolVar(&readOnly, "read-only", false, "it may read, and change nothing")
	f.IntVar(&days, "expires-in", 0, "after so many `days` (default the server's)")
	f.BoolVar(&never, "never-expires", false, "it holds until it is revoked")
	o.flags(cmd)
	cmd.MarkFlagsMutuallyExclusive("expires-in", "never-expires")
	return cmd
}

func newTokenList(g *global) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the tokens, without what they are",
		Example: "  todo token list",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			tokens, err := c.Tokens(cmd.Context())
			if err != nil {
				return err
			}
			return o.print(g.environment, api.Tokens{Tokens: tokens}, func() error { return g.printRows(tokenRows(tokens)) })
		},
	}
	o.flags(cmd)
	return cmd
}

func tokenRows(tokens []api.Token) [][]string {
	rows := make([][]string, len(tokens))
	for i, t := range tokens {
		used := "never used"
		if !t.LastUsedAt.IsZero() {
			used = "used " + t.LastUsedAt.Local().Format("2006-01-02")
		}
		rows[i] = []string{printableLine(t.ID), expiry(t), used, printableLine(strings.Join(t.Scopes, " ")), printableLine(t.Name)}
	}
	return rows
}

func expiry(t api.Token) string {
	if t.ExpiresAt.IsZero() {
		return "never expires"
	}
	return "expires " + t.ExpiresAt.Local().Format("2006-01-02")
}

func newTokenRevoke(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Aliases: []string{"rm"},
		Short:   "Take a token back: it opens nothing from now on",
		Args:    args(cobra.ExactArgs(1)),
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return g.tokenIDs(cmd), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := g.client()
			if err != nil {
				return err
			}
			if err := c.DeleteToken(cmd.Context(), a[0]); err != nil {
				return err
			}
			return g.printLine("revoked " + printableLine(a[0]))
		},
	}
}
