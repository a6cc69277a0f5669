// Command emptycobra is the least that a command line made with cobra costs.
package main

import (
	"os"

	"github.com/spf13/cobra"
)

func main() {
	cmd := &cobra.Command{Use: "empty", Run: func(*cobra.Command, []string) {}}
	if cmd.Execute() != nil {
		os.Exit(1)
	}
}
