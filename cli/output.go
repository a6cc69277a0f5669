package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// output is how a command is asked to print what it has: as text, unless told otherwise.
type output struct {
	json     bool
	template string
	quiet    bool
}

func (o *output) flags(cmd *cobra.Command) {
	jsonFlag(cmd, &o.json)
	cmd.Flags().StringVar(&o.template, "template", "", "print by a Go template over the JSON, as `TEXT`")
	cmd.MarkFlagsMutuallyExclusive("json", "template")
}

// quietFlag is for commands whose text names todos.
func (o *output) quietFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "print ids alone, one to a line")
}

func jsonFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// print prints v as JSON or by the template if it is asked for, else whatever text
// prints.
func (o *output) print(e *environment, v any, text func() error) error {
	switch {
	case o.json:
		return e.printJSON(v)
	case o.template != "":
		return e.printTemplate(o.template, v)
	}
	return text()
}

func (e *environment) printJSON(v any) error {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	return e.printText(escapeControls(text.String()))
}

// escapeControls writes what could steer a terminal as JSON's \u escapes: to a reader
// of JSON it is the same.
func escapeControls(s string) string {
	if !strings.ContainsFunc(s, steers) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch high, low := utf16.EncodeRune(r); {
		case !steers(r):
			b.WriteRune(r)
		case high != unicode.ReplacementChar:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// steers reports whether a terminal does something else with r than show it or begin
// a new line.
func steers(r rune) bool {
	return r != '\n' && !joins(r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// harmless drops what steers from a text of several lines.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if steers(r) && r != '\t' {
			return -1
		}
		return r
	}, s)
}

func (e *environment) printText(text string) error {
	_, err := io.WriteString(e.out, text)
	return err
}

func (e *environment) printLine(line string) error { return e.printText(line + "\n") }

// printIDs is what --quiet prints.
func (e *environment) printIDs(todos []todo.Todo) error {
	var text strings.Builder
	for _, t := range todos {
		text.WriteString(printableLine(t.ID) + "\n")
	}
	return e.printText(text.String())
}

// printChanged says what a command did to a todo, or that there was nothing to do,
// and what came of it.
func (e *environment) printChanged(r api.Changed, did string, quiet bool, cal calendar) error {
	if r.Todo == nil {
		return errors.New("the server does not say what it changed")
	}
	if quiet {
		return e.printIDs([]todo.Todo{*r.Todo})
	}
	if !r.Changed {
		did = "already " + did
	}
	line := did + " " + quoted(*r.Todo)
	if r.Next != nil {
		line += ", next " + quoted(*r.Next) + " due " + cal.due(*r.Next)
	}
	return e.printLine(line)
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

// quantity writes "5 todos" and "1 todo".
func quantity(n int) string {
	if n == 1 {
		return "1 todo"
	}
	return strconv.Itoa(n) + " todos"
}
