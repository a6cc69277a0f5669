package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// problem is api.Problem and what lets the client go on from there.
type problem struct {
	api.Problem
	// Todos is the list, its first page: the answer of the sample's routes for an unknown id,
	// so that a client with an old list shows the present one.
	Todos []todo.Todo `json:"todos,omitzero"`
	// Todo is the present state of what If-Match found changed.
	Todo *todo.Todo `json:"todo,omitempty"`
	// Lines is what is wrong with a file, line by line.
	Lines []api.LineError `json:"lines,omitempty"`
}

// staleError is a failure whose reason is that the client's copy is old.
type staleError struct {
	error
	todos []todo.Todo
	todo  *todo.Todo
}

func (e *staleError) Unwrap() error { return e.error }

// fail answers a failed call: what a client must do about a 401 or 403 goes into
// WWW-Authenticate, the present state, if the failure has it, into the body.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch todo.AsError(err).Code {
	case todo.CodeUnauthenticated, todo.CodeForbidden:
		s.guard.Challenge(w, r, err)
	}
	p := problem{Problem: api.NewProblem(err, httpx.RequestID(r.Context()))}
	var stale *staleError
	var file *brokenFileError
	var item *todo.ItemError
	switch {
	case errors.As(err, &stale):
		p.Todos, p.Todo = stale.todos, stale.todo
	case errors.As(err, &file):
		p.Lines = file.Lines
	case errors.As(err, &item):
		p.Problem = sunk(p.Problem, item)
	default:
		httpx.WriteProblem(w, r, err)
		return
	}
	httpx.Cause(r, err)
	writeProblem(w, r, p)
}

// sunk is the problem of an atomic batch: 422 whatever its operation failed with,
// which the code still says. Errors names the operation.
func sunk(p api.Problem, e *todo.ItemError) api.Problem {
	p.Status, p.Title = http.StatusUnprocessableEntity, http.StatusText(http.StatusUnprocessableEntity)
	at := strings.TrimSuffix("operations/"+strconv.Itoa(e.Item)+"/"+e.Err.Field, "/")
	if what, ok := strings.CutPrefix(e.Err.Message, "todos["); ok { // here they have another name
		p.Detail = "operations[" + what
	}
	p.Errors = []api.FieldError{{Pointer: "/" + at, Message: p.Detail}}
	return p
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if err := httpx.WriteJSON(w, p.Status, p); err != nil {
		httpx.Cause(r, err)
	}
}

// withList adds the list to the failure of a write whose id nobody knows.
func (s *Server) withList(c *call, err error) error {
	if !errors.Is(err, todo.ErrNotFound) || prefersMinimal(c.r.Header) {
		return err
	}
	page, listErr := s.listAfterWrite(c)
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	return &staleError{error: err, todos: page.Todos}
}

// withCurrent adds the todo as it stands to the failure of an If-Match.
func (s *Server) withCurrent(c *call, id string, err error) error {
	if !errors.Is(err, todo.ErrPrecondition) {
		return err
	}
	err = renamed(err, "ifRev", "If-Match")
	t, getErr := s.svc.Get(c.r.Context(), c.ns, c.actor, id)
	if getErr != nil {
		return errors.Join(err, getErr)
	}
	return &staleError{error: err, todo: &t}
}

func badRequest(cause error, message, hint string) error {
	return &todo.Error{Code: todo.CodeBadRequest, Message: message, Hint: hint, Cause: cause}
}

func invalid(field, message, hint string) error {
	return &todo.Error{Code: todo.CodeInvalid, Field: field, Message: message, Hint: hint}
}
