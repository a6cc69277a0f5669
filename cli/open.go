package cli

import (
	"net/url"

	"github.com/spf13/cobra"

	"todo.example/oauthflow"
)

const appPath = "/todoapp"

func newOpen(g *global) *cobra.Command {
	return &cobra.Command{
		Use:               "open [REF]",
		Short:             "Open the list, or one todo, in the browser",
		GroupID:           groupList,
		Long:              "Open the list, or one todo, in the browser: that of $BROWSER, or the platform's.\n\n" + refHelp,
		Example:           "  todo open\n  todo open milk",
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: g.completeID(among...),
		RunE: func(cmd *cobra.Command, a []string) error {
			u, err := g.origin()
			if err != nil {
				return err
			}
			address := u.JoinPath(appPath)
			if len(a) == 1 {
				c, err := g.client()
				if err != nil {
					return err
				}
				t, err := finder{c, among}.find(cmd.Context(), a[0])
				if err != nil {
					return err
				}
				address = address.JoinPath(url.PathEscape(t.ID))
			}
			if oauthflow.Headless(g.getenv) {
				return g.printLine(address.String())
			}
			return oauthflow.Open(g.getenv("BROWSER"), address.String())
		},
	}
}
