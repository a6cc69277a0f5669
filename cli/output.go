package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func jsonFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

func (e *environment) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printChanged says what a command did to a todo, or that there was nothing to do.
func (e *environment) printChanged(r api.Changed, did string) error {
	if r.Todo == nil {
		return errors.New("the server does not say what it changed")
	}
	if !r.Changed {
		did = "already " + did
	}
	_, err := fmt.Fprintf(e.out, "%s %s\n", did, quoted(*r.Todo))
	return err
}

// printRows prints lines of cells. In a terminal the columns are aligned and the
// line is cut to the width; elsewhere tabs separate the cells, for programs.
func (e *environment) printRows(rows [][]string) error {
	var text strings.Builder
	widths := columnWidths(rows)
	for _, row := range rows {
		line := strings.Join(row, "\t")
		if e.terminal {
			line = cut(aligned(row, widths), e.width)
		}
		text.WriteString(line + "\n")
	}
	_, err := io.WriteString(e.out, text.String())
	return err
}

func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cells(cell))
		}
	}
	return widths
}

// aligned fills up the cells of a row, the last excepted, to the columns' widths.
func aligned(row []string, widths []int) string {
	const gap = 2
	var line strings.Builder
	for i, cell := range row {
		line.WriteString(cell)
		if i < len(row)-1 {
			line.WriteString(strings.Repeat(" ", widths[i]-cells(cell)+gap))
		}
	}
	return line.String()
}

// moment is a time as a row shows it: a person's own, or RFC 3339 for programs.
func (e *environment) moment(at time.Time) string {
	if e.terminal {
		return at.Local().Format("2006-01-02 15:04")
	}
	return at.UTC().Format(time.RFC3339)
}

// quoted is how a message names a todo: its id and its text.
func quoted(t todo.Todo) string {
	return printableLine(t.ID) + ` "` + printableLine(t.Text) + `"`
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
