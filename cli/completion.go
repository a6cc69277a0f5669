package cli

import (
	"io"

	"github.com/spf13/cobra"
)

func newCompletion(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a shell's completion script",
		Long: "Print the script that makes a shell complete commands, flags, the ids of todos, lists, tags and\n" +
			"views. Have the shell read it when it starts:\n\n" +
			"  bash        source <(todo completion bash)\n" +
			"  zsh         source <(todo completion zsh)\n" +
			"  fish        todo completion fish | source\n" +
			"  powershell  todo completion powershell | Out-String | Invoke-Expression",
		Example:   "  todo completion bash",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args:      args(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		RunE: func(cmd *cobra.Command, shell []string) error {
			return printCompletion(e.out, cmd.Root(), shell[0])
		},
	}
}

func printCompletion(w io.Writer, root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	}
	return root.GenPowerShellCompletionWithDesc(w)
}
