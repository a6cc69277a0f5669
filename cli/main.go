// Package cli is the command line: the server's start, the terminal client, and
// the bridge for MCP clients. It is the one room that reads flags, the environment
// and the terminal, and where errors become exit codes.
//
// A file is a verb. A command parses in its constructor and acts in its run
// method; it prints no token but one that was just made for that, asks a question only
// where a person is at both ends, and sends nothing to the terminal that a server could
// steer it with.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

// version and commit are set by the linker when a release is built.
var (
	version = "dev"
	commit  = ""
)

// environment is what a command may touch of the world outside.
type environment struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
	terminal bool // out is one, and a person reads it
	width    int  // of the terminal, in cells
	color    bool // whether out is coloured; known once flags are read
	asks     bool // in is a terminal: whoever reads can answer
	watched  bool // err is a terminal
}

// Main runs the program and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Being told of SIGPIPE keeps it from killing: a write to a reader that has
	// gone then fails with EPIPE, which is no error of ours.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	e := &environment{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, now: time.Now, width: 80}
	if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		e.terminal, e.width = true, w
	}
	e.asks, e.watched = term.IsTerminal(int(os.Stdin.Fd())), term.IsTerminal(int(os.Stderr.Fd()))
	return execute(ctx, e, os.Args[1:])
}
