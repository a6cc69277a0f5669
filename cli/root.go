package cli

import (
	"context"

	"github.com/spf13/cobra"
)

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, e *environment, args []string) int {
	g := &global{environment: e}
	root := newRoot(g)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	return report(g, cmd, err)
}

// The groups that --help sorts commands into.
const (
	groupList    = "list"
	groupAccount = "account"
	groupServe   = "serve"
)

func newRoot(g *global) *cobra.Command {
	e := g.environment
	root := &cobra.Command{
		Use:   "todo",
		Short: "One todo list for you and your assistants",
		Long: "One todo list for you and your assistants: in the browser, in the terminal, and in every\n" +
			"AI client that speaks MCP. Without a command, a terminal shows the list to work in.\n\n" +
			"Start a server with 'todo serve', or point --server at one; sign in with 'todo login'.",
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args:                       cobra.ArbitraryArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			if e.color, err = g.colours(); err != nil {
				return err
			}
			return checkTemplate(cmd)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			if e.interactive() {
				return g.screen(cmd.Context())
			}
			return cmd.Help()
		},
	}
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SetFlagErrorFunc(misused)
	root.CompletionOptions.DisableDefaultCmd = true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetHelpCommand(newHelp())
	root.AddGroup(
		&cobra.Group{ID: groupList, Title: "Your list:"},
		&cobra.Group{ID: groupAccount, Title: "You:"},
		&cobra.Group{ID: groupServe, Title: "Serving and connecting:"},
	)
	g.flags(root)
	root.AddCommand(
		newAdd(g), newList(g), newToday(g), newShow(g), newEdit(g), newMove(g), newSnooze(g), newDone(g), newReopen(g),
		newRm(g), newTrash(g), newRestore(g), newUndo(g), newLog(g), newLists(g), newTags(g), newViews(g), newOpen(g),
		newImport(g), newExport(g),
		newLogin(g), newLogout(g), newWhoami(g), newSettings(g), newToken(g),
		newServe(e), newMCP(g), newAPI(g), newCompletion(e), newVersion(e),
	)
	root.AddCommand(manual()...)
	return root
}

// global holds the flags that every client command has.
type global struct {
	*environment
	server     string
	tokenStore string
	color      string
}

const (
	defaultServer     = "http://localhost:3000"
	defaultTokenStore = "keyring"
)

func (g *global) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&g.server, "server", or(g.getenv("TODO_SERVER"), defaultServer), "the server's `URL` (TODO_SERVER)")
	f.StringVar(&g.tokenStore, "token-store", or(g.getenv("TODO_TOKEN_STORE"), defaultTokenStore), "where tokens are kept: `keyring|file` (TODO_TOKEN_STORE)")
	f.StringVar(&g.color, "color", "auto", "colour output: `auto|always|never` (NO_COLOR, CLICOLOR_FORCE)")
	complete(root, "token-store", "keyring", "file")
	complete(root, "color", "auto", "always", "never")
}

// complete offers the values of a flag to the shell.
func complete(cmd *cobra.Command, flag string, values ...cobra.Completion) {
	// It fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
