package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersion(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			built := version
			if commit != "" {
				built += " (" + commit + ")"
			}
			_, err := fmt.Fprintf(e.out, "todo %s %s %s/%s\n", built, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
