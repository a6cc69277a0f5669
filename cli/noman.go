//go:build !man

package cli

import "github.com/spf13/cobra"

func manual() []*cobra.Command { return nil }
