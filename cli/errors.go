package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/internal/when"
	"todo.example/oauthflow"
)

// usageError is a command line or a configuration that cannot be understood.
type usageError struct {
	error
	hint string
}

func (e usageError) Unwrap() error { return e.error }

// usagef says what is wrong with a value and what to use instead.
func usagef(format string, args ...any) error {
	return usageError{error: fmt.Errorf(format, args...)}
}

// misused is a wrong shape of the command line, for which there is help.
func misused(cmd *cobra.Command, err error) error {
	if said, _, ok := strings.Cut(err.Error(), ": strconv."); ok { // a function of ours is nobody's concern
		err = errors.New(said)
	}
	return usageError{err, "see " + cmd.CommandPath() + " --help"}
}

// itemErrors are the failures of a command that went on to its next todo. The
// first decides the exit code.
type itemErrors []error

func (e itemErrors) Error() string { return errors.Join(e...).Error() }

func (e itemErrors) Unwrap() []error { return e }

// report prints why a command failed and returns its exit code. The words: lower
// case, no full stop, the next step on a line of its own; as JSON where the
// command's output is.
func report(g *global, cmd *cobra.Command, err error) int {
	if errors.Is(err, syscall.EPIPE) {
		return api.ExitOK // whoever reads the output has had enough
	}
	print := reportText
	if wantsJSON(cmd) {
		print = reportJSON
	}
	all, ok := errors.AsType[itemErrors](err)
	if !ok {
		all = itemErrors{err}
	}
	for _, failure := range all {
		print(g.environment, g.explain(failure), failure)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return api.ExitUsage
	}
	return api.Exit(g.explain(all[0]))
}

// wantsJSON reports whether the command's output is JSON.
func wantsJSON(cmd *cobra.Command) bool {
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return true
	}
	switch cmd.Name() {
	case "list", "today", "trash":
		format, _ := cmd.Flags().GetString("format")
		return strings.HasSuffix(format, "json")
	}
	return false
}

func reportText(e *environment, public *todo.Error, _ error) {
	for line := range strings.SplitSeq(public.Message, "\n") {
		if strings.HasPrefix(line, "  ") {
			fmt.Fprintln(e.err, printableLine(line)) // of a list
			continue
		}
		fmt.Fprintf(e.err, "todo: %s\n", printableLine(line))
	}
	if public.Hint != "" {
		fmt.Fprintf(e.err, "hint: %s\n", printableLine(public.Hint))
	}
}

// candidate is a todo that an ambiguous REF may mean.
type candidate struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

func reportJSON(e *environment, public *todo.Error, failure error) {
	message, _, _ := strings.Cut(public.Message, "\n  ") // the candidates, which are told apart
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	// Like text on stderr, it has no one left to tell that it failed.
	_ = enc.Encode(struct {
		Code       todo.Code       `json:"code"`
		Message    string          `json:"message"`
		Hint       string          `json:"hint,omitempty"`
		Field      string          `json:"field,omitempty"`
		Candidates []candidate     `json:"candidates,omitempty"`
		Lines      []api.LineError `json:"lines,omitempty"`
	}{public.Code, message, public.Hint, public.Field, candidates(failure), badLines(failure)})
	fmt.Fprint(e.err, escapeControls(text.String()))
}

// badLines are those that a file was refused for.
func badLines(err error) []api.LineError {
	if file, ok := errors.AsType[*badFileError](err); ok {
		return file.lines
	}
	return nil
}

func candidates(err error) (all []candidate) {
	ambiguous, ok := errors.AsType[*ambiguousError](err)
	if !ok {
		return nil
	}
	for _, t := range ambiguous.candidates {
		all = append(all, candidate{t.ID, t.Text})
	}
	return all
}

// explain turns any failure into one that a person may read: the server's own
// words, or ours for what went wrong on the way to it.
func (g *global) explain(err error) *todo.Error {
	if usage, ok := errors.AsType[usageError](err); ok {
		return &todo.Error{Code: todo.CodeBadRequest, Message: usage.Error(), Hint: usage.hint, Cause: err}
	}
	if public := g.explainSignIn(err); public != nil {
		return public
	}
	if public, ok := errors.AsType[*todo.Error](err); ok {
		return public
	}
	if errors.Is(err, context.Canceled) {
		return &todo.Error{Code: todo.CodeInternal, Message: "interrupted", Cause: err}
	}
	sent, ok := errors.AsType[*url.Error](err)
	if !ok {
		return &todo.Error{Code: todo.CodeInternal, Message: err.Error(), Cause: err}
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return unreachable(sent)
	}
	return &todo.Error{Code: todo.CodeInternal, Message: sent.Err.Error(), Cause: err} // without our request's address
}

// explainSignIn returns nil for what has nothing to do with signing in.
func (g *global) explainSignIn(err error) *todo.Error {
	fail := func(message, hint string) *todo.Error {
		return &todo.Error{Code: todo.CodeUnauthenticated, Message: message, Hint: hint, Cause: err}
	}
	login := "run: " + g.loginCommand()
	switch {
	case errors.Is(err, oauthflow.ErrDenied):
		return fail("the sign-in was refused", login+" and choose Allow")
	case errors.Is(err, oauthflow.ErrTimeout):
		return fail("nobody finished the sign-in in time", login)
	case errors.Is(err, oauthflow.ErrUnavailable):
		return fail(innermost(err).Error(), "") // it says what to use instead
	case errors.Is(err, oauthflow.ErrSignedOut), errors.Is(err, errSignedOut):
		if token, _ := g.secret("TODO_TOKEN"); token != "" {
			return fail(g.server+" does not accept the token in TODO_TOKEN", "set another, or unset it and "+login)
		}
		return fail("you are not signed in to "+g.server, login)
	}
	return nil
}

// misunderstood is a date or a repeat that was not understood here, as the server would
// say it.
func misunderstood(field string, err error) error {
	if e, ok := errors.AsType[*when.Error](err); ok {
		return &todo.Error{Code: todo.CodeInvalidDate, Field: field, Message: e.Message, Hint: e.Hint}
	}
	return err
}

// errSignedOut is the server's word that nobody is signed in.
var errSignedOut = &todo.Error{Code: todo.CodeUnauthenticated}

// innermost drops what an HTTP client puts in front of its transport's error.
func innermost(err error) error {
	if sent, ok := errors.AsType[*url.Error](err); ok {
		return sent.Err
	}
	return err
}

// unreachable is the failure to get an answer from a server of the sign-in.
func unreachable(sent *url.Error) *todo.Error {
	server := sent.URL
	if u, err := url.Parse(sent.URL); err == nil {
		server = u.Scheme + "://" + u.Host
	}
	return &todo.Error{
		Code: todo.CodeUnavailable, Message: fmt.Sprintf("%s cannot be reached: %v", server, sent.Err),
		Hint: "start it with: todo serve; or give another address with --server", Cause: sent,
	}
}

// args makes a wrong number of arguments, and flags that exclude each other, a
// usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, a []string) error {
		if err := errors.Join(check(cmd, a), exclusive(cmd)); err != nil {
			return misused(cmd, err)
		}
		return nil
	}
}

// exclusive fails where flags are given that exclude each other.
func exclusive(cmd *cobra.Command) error {
	err := cmd.ValidateFlagGroups()
	if err == nil {
		return nil
	}
	_, set, ok := strings.Cut(err.Error(), "; [")
	set, _, closed := strings.Cut(set, "]")
	if !ok || !closed {
		return err
	}
	return fmt.Errorf("use one of --%s", strings.Join(strings.Fields(set), ", --"))
}
