package cli

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// World is an environment for a test: a terminal of Width cells, or no terminal
// where that is 0. Asks says that somebody types what is In.
type World struct {
	In       io.Reader
	Out, Err io.Writer
	Env      map[string]string
	Width    int
	Asks     bool
	Now      func() time.Time // time.Now where it is nil
}

// Run runs one command line in the world and returns its exit code.
func (w World) Run(ctx context.Context, args ...string) int {
	return execute(ctx, w.environment(), args)
}

// Progress shows that something goes on, until it is stopped.
func (w World) Progress(what string) (stop func()) { return w.environment().progress(what) }

// Root returns the command tree.
func (w World) Root() *cobra.Command { return newRoot(&global{environment: w.environment()}) }

func (w World) environment() *environment {
	e := &environment{
		in: w.In, out: w.Out, err: w.Err, getenv: func(name string) string { return w.Env[name] },
		now: w.Now, terminal: w.Width > 0, width: w.Width, asks: w.Asks, watched: w.Width > 0,
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.in == nil {
		e.in = strings.NewReader("")
	}
	return e
}

var (
	Cells         = cells
	Cut           = cut
	PrintableLine = printableLine
)
