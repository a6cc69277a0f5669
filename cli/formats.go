package cli

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/exchange"
)

// formatTable is the format that is not one of a file.
const formatTable = "table"

var listFormats = []string{formatTable, "json", "ndjson", "csv", "tsv", "todotxt", "md"}

// listOutput is output for commands that print a list.
type listOutput struct {
	output
	format string
}

func (o *listOutput) flags(cmd *cobra.Command) {
	o.output.flags(cmd)
	o.quietFlag(cmd)
	cmd.Flags().StringVar(&o.format, "format", formatTable, "`"+strings.Join(listFormats, "|")+"`")
	cmd.MarkFlagsMutuallyExclusive("json", "template", "format", "quiet")
	complete(cmd, "format", listFormats...)
}

// printList prints a list in the format that is asked for, else whatever table prints.
func (o *listOutput) printList(list api.Todos, g *global, table func() error) error {
	if o.quiet {
		return g.printIDs(list.Todos)
	}
	switch o.format {
	case formatTable:
		return o.print(g.environment, list, table)
	case string(exchange.JSON):
		return g.printJSON(list)
	}
	var text bytes.Buffer
	if err := exchange.Write(&text, exchange.Format(o.format), list.Todos, exchange.Options{Now: g.now(), Zone: g.localCalendar().Zone}); err != nil {
		return err
	}
	return g.printText(g.forTerminal(text.String()))
}

func (o *listOutput) checkFormat() error {
	if !slices.Contains(listFormats, o.format) {
		return usagef("--format %q: use %s", o.format, strings.Join(listFormats, ", "))
	}
	return nil
}

// forTerminal drops from a file's text what would steer the terminal, if it goes to one.
func (e *environment) forTerminal(text string) string {
	if !e.terminal {
		return text
	}
	return harmless(text)
}
