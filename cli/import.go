package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

type importOptions struct {
	*global
	output
	client.ImportOptions
}

func newImport(g *global) *cobra.Command {
	o := &importOptions{global: g}
	cmd := &cobra.Command{
		Use:     "import FILE | -",
		Short:   "Add the todos of a file: JSON, CSV, todo.txt, iCalendar, Markdown, Todoist, Taskwarrior",
		GroupID: groupList,
		Long: "Add the todos of a file, as one change that 'todo undo' takes back. The format is found out, unless\n" +
			"--format says it. What is in the list already is left out. If a line cannot be read nothing is\n" +
			"imported, unless --skip-invalid says so; each such line is on stderr.",
		Example: "  todo import todo.txt\n  todo import --dry-run tasks.csv\n  task export | todo import --format taskwarrior -",
		Args:    args(cobra.ExactArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault // files
		},
		RunE: func(cmd *cobra.Command, a []string) error { return o.run(cmd.Context(), a[0]) },
	}
	f := cmd.Flags()
	readable := exchange.Readable()
	f.StringVar(&o.Format, "format", "", "`"+strings.Join(readable, "|")+"`")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would be imported, and import nothing")
	f.BoolVar(&o.SkipInvalid, "skip-invalid", false, "import the rest where lines cannot be read")
	o.output.flags(cmd)
	complete(cmd, "format", readable...)
	return cmd
}

func (o *importOptions) run(ctx context.Context, name string) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	from := o.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	from, err = o.detect(name, from)
	if err != nil {
		return err
	}
	stop := o.progress("importing " + printableLine(filepath.Base(name)))
	r, err := c.Import(ctx, from, o.ImportOptions)
	stop()
	o.printLines(name, r.Lines)
	if err != nil {
		return refused(err, r.Lines)
	}
	return o.print(o.environment, r, func() error { return o.printImported(r) })
}

const headBytes = 4096 // of a file, to tell its format by

// detect sets the format by the file's name and beginning, where nobody said it; the
// server sees no name.
func (o *importOptions) detect(name string, from io.Reader) (io.Reader, error) {
	if o.Format != "" {
		return from, nil
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(from, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if format, ok := exchange.Detect(filepath.Base(name), head[:n]); ok {
		o.Format = string(format)
	}
	return io.MultiReader(strings.NewReader(string(head[:n])), from), nil
}

// printLines says what is amiss with the file, in the way of compilers.
func (o *importOptions) printLines(name string, lines []api.LineError) {
	if o.json {
		return // they are in the answer, or in what it fails with
	}
	for _, l := range lines {
		what := "left out: "
		if l.Kept {
			what = ""
		}
		at := printableLine(name)
		if l.Line > 0 {
			at += fmt.Sprintf(":%d", l.Line)
		}
		fmt.Fprintf(o.err, "%s: %s%s\n", at, what, printableLine(l.Message))
	}
}

func (o *importOptions) printImported(r api.Imported) error {
	line := "imported "
	if r.DryRun {
		line = "would import "
	}
	line += quantity(r.Created)
	if r.DryRun && !o.SkipInvalid && slices.ContainsFunc(r.Lines, sinks) {
		line = "would import nothing; with --skip-invalid " + quantity(r.Created)
	}
	if r.Skipped > 0 {
		line += fmt.Sprintf(", %d are there already", r.Skipped)
	}
	if r.Failed > 0 {
		line += fmt.Sprintf(", %d left out", r.Failed)
	}
	if r.ChangeID != "" {
		line += "; undo with: todo undo " + printableLine(r.ChangeID)
	}
	return o.printLine(line)
}

// sinks reports whether a line keeps the whole file out, unless it is to be skipped.
func sinks(l api.LineError) bool { return !l.Kept || l.Lost }

// badFileError is a file that was refused for some of its lines.
type badFileError struct {
	error
	lines []api.LineError
}

func (e *badFileError) Unwrap() error { return e.error }

// refused is the server's refusal of a file, which names the flag as it is called there.
func refused(err error, lines []api.LineError) error {
	if len(lines) == 0 {
		return err
	}
	public := *todo.AsError(err)
	public.Hint = strings.ReplaceAll(public.Hint, "skipInvalid", "--skip-invalid")
	return &badFileError{&public, lines}
}

// progress says on stderr, if that is a terminal, once it takes long, what goes on and for how long, until
// it is stopped.
func (e *environment) progress(what string) (stop func()) {
	if !e.watched {
		return func() {}
	}
	begun := e.now()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		shown := false
		for {
			select {
			case <-tick.C:
				shown = true
				fmt.Fprintf(e.err, "\r\x1b[K%s … %d s", what, int(e.now().Sub(begun).Seconds()))
			case <-done:
				if shown {
					fmt.Fprint(e.err, "\r\x1b[K")
				}
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
