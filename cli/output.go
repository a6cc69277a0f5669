package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

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

// printTable prints todos a line each: mark, id, text. In a terminal the text is
// cut to the width; elsewhere columns are separated by tabs, for programs.
func (e *environment) printTable(todos []todo.Todo) error {
	for _, t := range todos {
		text := printableLine(t.Text)
		format := "%s\t%s\t%s\n"
		if e.terminal {
			format = "%s  %s  %s\n"
			text = cut(text, e.width-len("x  ")-len(t.ID)-len("  "))
		}
		if _, err := fmt.Fprintf(e.out, format, mark(t), t.ID, text); err != nil {
			return err
		}
	}
	return nil
}

func mark(t todo.Todo) string {
	switch {
	case t.Deleted():
		return "-"
	case t.Completed:
		return "x"
	}
	return "o"
}

// cut shortens s to width characters, ending in an ellipsis.
func cut(s string, width int) string {
	if width < 1 || utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}

// quoted is how a message names a todo: its id and its text.
func quoted(t todo.Todo) string {
	return t.ID + " " + "\"" + printableLine(t.Text) + "\""
}

func joined(words []string) string { return strings.Join(words, " ") }
