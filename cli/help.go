package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// newHelp is cobra's help command, but fails for a command that does not exist.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Describe a command",
		RunE: func(cmd *cobra.Command, path []string) error {
			about, rest, err := cmd.Root().Find(path)
			if err != nil {
				return misused(cmd.Root(), err)
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			return about.Help()
		},
	}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	err := fmt.Errorf("unknown command %q", name)
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		err = fmt.Errorf("%w, did you mean %q?", err, near[0])
	}
	return misused(cmd, err)
}
