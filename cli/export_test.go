package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// World is an environment for a test: a terminal of Width cells, or no terminal
// where that is 0.
type World struct {
	Out, Err io.Writer
	Env      map[string]string
	Width    int
}

// Run runs one command line in the world and returns its exit code.
func (w World) Run(ctx context.Context, args ...string) int {
	return execute(ctx, w.environment(), args)
}

// Root returns the command tree.
func (w World) Root() *cobra.Command { return newRoot(&global{environment: w.environment()}) }

func (w World) environment() *environment {
	return &environment{
		out: w.Out, err: w.Err, getenv: func(name string) string { return w.Env[name] },
		now: time.Now, terminal: w.Width > 0, width: w.Width,
	}
}

var (
	Cells         = cells
	Cut           = cut
	PrintableLine = printableLine
)
