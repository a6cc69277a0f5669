package cli

import (
	"errors"
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
		return errors.Join(root.GenBashCompletionV2(w, true), printBashFallback(w))
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	}
	return root.GenPowerShellCompletionWithDesc(w)
}

// printBashFallback has the script do without the package bash-completion, which neither
// a fresh Debian nor a Mac has. Then = and : still part words, as bash has it.
func printBashFallback(w io.Writer) error {
	_, err := io.WriteString(w, `
__todo_init_completion()
{
    COMPREPLY=()
    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@" cur prev words cword
        return
    fi
    words=("${COMP_WORDS[@]}")
    cword=$COMP_CWORD
    cur=${words[cword]}
    prev=${words[cword-1]}
}
`)
	return err
}
