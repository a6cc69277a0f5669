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
func report(g *global, cmd *cobra.Command, err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(g.err, "todo: %v\nsee: %s --help\n", err, cmd.CommandPath())
		return api.ExitUsage
	}
	asJSON, _ := cmd.Flags().GetBool("json")
	failures := split(err)
	for _, f := range failures {
		print := reportText
		if asJSON {
			print = reportJSON
		}
		print(g.environment, publicError(g.signInError(f)))
	}
	return api.Exit(publicError(g.signInError(failures[0])))
}

// split returns the errors that errors.Join put together.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func publicError(err error) *todo.Error {
	var public *todo.Error
	if errors.As(err, &public) {
		return public
	}
	return &todo.Error{Code: todo.CodeInternal, Message: err.Error()}
}

func reportText(e *environment, public *todo.Error) {
	fmt.Fprintf(e.err, "todo: %s\n", printableLine(public.Message))
	if public.Hint != "" {
		fmt.Fprintf(e.err, "hint: %s\n", printableLine(public.Hint))
	}
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
