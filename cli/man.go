//go:build man

package cli

import (
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manual is a command for whoever packs the program. What writes the pages would cost
// each start of it a third of a millisecond: only a build with the tag man has it.
func manual() []*cobra.Command {
	return []*cobra.Command{{
		Use:    "man DIRECTORY",
		Short:  "Write the manual pages into a directory",
		Hidden: true,
		Args:   args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := os.MkdirAll(a[0], 0o755); err != nil {
				return err
			}
			day := time.Unix(0, 0) // the same program gives the same pages
			header := &doc.GenManHeader{Title: "TODO", Section: "1", Source: "todo " + version, Manual: "todo", Date: &day}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, header, a[0])
		},
	}}
}
