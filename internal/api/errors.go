package api

import (
	"net/http"

	"todo.example/internal/todo"
)

// Exit codes of the terminal client (design.md §1).
const (
	ExitOK          = 0
	ExitError       = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitSignedOut   = 4
	ExitAmbiguous   = 5
	ExitConflict    = 6
	ExitUnreachable = 7
	ExitRateLimited = 8
)

// The one table of the error vocabulary.
var table = []struct {
	code   todo.Code
	status int
	exit   int
}{
	{todo.CodeBadRequest, http.StatusBadRequest, ExitError},
	{todo.CodeInvalid, http.StatusUnprocessableEntity, ExitError},
	{todo.CodeInvalidDate, http.StatusUnprocessableEntity, ExitError},
	{todo.CodeUnauthenticated, http.StatusUnauthorized, ExitSignedOut},
	{todo.CodeForbidden, http.StatusForbidden, ExitError},
	{todo.CodeNotFound, http.StatusNotFound, ExitNotFound},
	{todo.CodeAmbiguous, http.StatusMultipleChoices, ExitAmbiguous},
	{todo.CodeMethodNotAllowed, http.StatusMethodNotAllowed, ExitError},
	{todo.CodeConflict, http.StatusConflict, ExitConflict},
	{todo.CodeQuota, http.StatusConflict, ExitConflict},
	{todo.CodePrecondition, http.StatusPreconditionFailed, ExitConflict},
	{todo.CodeTooLarge, http.StatusRequestEntityTooLarge, ExitError},
	{todo.CodeUnsupportedMedia, http.StatusUnsupportedMediaType, ExitError},
	{todo.CodeRateLimited, http.StatusTooManyRequests, ExitRateLimited},
	{todo.CodeStorageFull, http.StatusInsufficientStorage, ExitError},
	{todo.CodeUnavailable, http.StatusServiceUnavailable, ExitUnreachable},
	{todo.CodeInternal, http.StatusInternalServerError, ExitError},
}

// Status returns the HTTP status of a code.
func Status(c todo.Code) int {
	for _, row := range table {
		if row.code == c {
			return row.status
		}
	}
	return http.StatusInternalServerError
}

// CodeOf returns the code of an HTTP status, for an answer that names none.
func CodeOf(status int) todo.Code {
	for _, row := range table {
		if row.status == status {
			return row.code
		}
	}
	return todo.CodeInternal
}

// Exit returns the exit code for an error.
func Exit(err error) int {
	if err == nil {
		return ExitOK
	}
	code := todo.AsError(err).Code
	for _, row := range table {
		if row.code == code {
			return row.exit
		}
	}
	return ExitError
}

// Problem is the body of every failed REST answer (RFC 9457,
// application/problem+json), with the members of our vocabulary.
type Problem struct {
	Type      string       `json:"type"` // "about:blank"
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail"`
	Code      todo.Code    `json:"code"`
	Hint      string       `json:"hint,omitempty"`
	Errors    []FieldError `json:"errors,omitempty"`
	RequestID string       `json:"requestID,omitempty"`
}

// FieldError says what is wrong with one input.
type FieldError struct {
	Pointer string `json:"pointer"` // RFC 6901, "/text"; for a header or parameter "/" and its name
	Message string `json:"message"`
}

// NewProblem returns the public part of an error. The cause is not in it.
func NewProblem(err error, requestID string) Problem {
	e := todo.AsError(err)
	status := Status(e.Code)
	p := Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Message, Code: e.Code, Hint: e.Hint, RequestID: requestID}
	if e.Field != "" {
		p.Errors = []FieldError{{Pointer: "/" + e.Field, Message: e.Message}}
	}
	return p
}

// Err turns a problem back into the error it was made of, so that errors.Is gives
// the same answer on both sides of the wire.
func (p Problem) Err() error {
	e := &todo.Error{Code: p.Code, Message: p.Detail, Hint: p.Hint}
	if e.Code == "" {
		e.Code = CodeOf(p.Status)
	}
	if e.Message == "" {
		e.Message = "the server answered " + http.StatusText(p.Status)
	}
	if len(p.Errors) > 0 && len(p.Errors[0].Pointer) > 1 {
		e.Field = p.Errors[0].Pointer[1:]
	}
	return e
}
