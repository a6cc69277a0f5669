package cli

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

type exportOptions struct {
	*global
	filter
	statusFlags
	format, file string
}

func newExport(g *global) *cobra.Command {
	o := &exportOptions{global: g}
	cmd := &cobra.Command{
		Use:     "export [QUERY...]",
		Short:   "Write todos to a file: JSON, CSV, todo.txt, iCalendar, Markdown",
		GroupID: groupList,
		Long: "Write todos to a file, or to the output: open and completed ones, unless told otherwise. The format\n" +
			"is that of the file's name, else JSON, which alone keeps everything.",
		Example: "  todo export -o todos.json\n  todo export --format todotxt --open\n  todo export -o shopping.md --list Shopping",
		Args:    args(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, words []string) error {
			o.into(&o.filter)
			o.Query = strings.Join(words, " ")
			return o.run(cmd.Context())
		},
	}
	o.filter.flags(g, cmd)
	o.statusFlags.flags(cmd, &o.filter)
	f := cmd.Flags()
	f.Lookup("status").Usage = "`open|completed|all|trash` (default all)"
	writable := exchange.Writable()
	f.StringVar(&o.format, "format", "", "`"+strings.Join(writable, "|")+"`")
	f.StringVarP(&o.file, "output", "o", "", "write to `FILE`")
	complete(cmd, "format", writable...)
	_ = cmd.MarkFlagFilename("output") // it exists
	return cmd
}

func (o *exportOptions) run(ctx context.Context) error {
	format, err := o.wantedFormat()
	if err := errors.Join(err, o.check()); err != nil {
		return err
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	o.Status = or(o.Status, string(todo.StatusAll))
	q, err := o.query(ctx, c)
	if err != nil {
		return err
	}
	var content bytes.Buffer // a part of it is worth nothing
	if err := c.Export(ctx, &content, format, q); err != nil {
		return err
	}
	if o.file == "" || o.file == "-" {
		return o.printText(o.forTerminal(content.String()))
	}
	return writeFile(o.file, content.Bytes())
}

func (o *exportOptions) wantedFormat() (string, error) {
	format := o.format
	if format == "" {
		byName, ok := exchange.Detect(filepath.Base(o.file), nil)
		if !ok {
			byName = exchange.JSON
		}
		return string(byName), nil
	}
	f, err := exchange.ParseFormat(format)
	writable := exchange.Writable()
	if err != nil || !slices.Contains(writable, string(f)) {
		return "", usagef("--format %q: use %s", format, strings.Join(writable, ", "))
	}
	return string(f), nil
}
