package cli

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// report prints why a command failed and returns its exit code. The words: lower
// case, no full stop, the next step on a line of its own; as JSON where the
// command's output is.
func report(e *environment, cmd *cobra.Command, err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(e.err, "todo: %v\nsee: %s --help\n", err, cmd.CommandPath())
		return api.ExitUsage
	}
	var public *todo.Error
	if !errors.As(err, &public) {
		public = &todo.Error{Code: todo.CodeInternal, Message: err.Error()}
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		reportJSON(e, public)
	} else {
		fmt.Fprintf(e.err, "todo: %s\n", printableLine(public.Message))
		if public.Hint != "" {
			fmt.Fprintf(e.err, "hint: %s\n", printableLine(public.Hint))
		}
	}
	return api.Exit(public)
}

func reportJSON(e *environment, public *todo.Error) {
	enc := json.NewEncoder(e.err)
	enc.SetEscapeHTML(false)
	enc.Encode(struct {
		Code    todo.Code `json:"code"`
		Message string    `json:"message"`
		Hint    string    `json:"hint,omitempty"`
		Field   string    `json:"field,omitempty"`
	}{public.Code, public.Message, public.Hint, public.Field})
}

// args makes a wrong number of arguments a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, a []string) error {
		if err := check(cmd, a); err != nil {
			return usageError{err}
		}
		return nil
	}
}
