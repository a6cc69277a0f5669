package todo

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Code is a kind of failure. The set is closed: one table (internal/api) maps it
// to an HTTP status, a problem code, an MCP tool error and an exit code, and back.
type Code string

// The codes.
const (
	CodeBadRequest       Code = "bad_request"         // the request could not be read
	CodeInvalid          Code = "invalid_argument"    // it was read, and a value is not allowed
	CodeInvalidDate      Code = "invalid_date"        // a date or a repeat rule that cannot be understood
	CodeUnauthenticated  Code = "unauthenticated"     // nobody is signed in
	CodeForbidden        Code = "forbidden"           // somebody is, and may not
	CodeNotFound         Code = "not_found"           // absent, or another's: the same answer
	CodeAmbiguous        Code = "ambiguous"           // more than one todo is meant
	CodeMethodNotAllowed Code = "method_not_allowed"  // not with this HTTP method
	CodeConflict         Code = "conflict"            // a later change stands in the way
	CodeQuota            Code = "quota_exceeded"      // it would be more than a list may hold
	CodePrecondition     Code = "precondition_failed" // the caller's copy is stale
	CodeTooLarge         Code = "too_large"           // the body is over its limit
	CodeUnsupportedMedia Code = "unsupported_media"   // the body is of another type
	CodeRateLimited      Code = "rate_limited"        // too many requests
	CodeStorageFull      Code = "storage_full"        // the disk is full: reads and deletes go on
	CodeUnavailable      Code = "unavailable"         // try again later
	CodeInternal         Code = "internal"            // our fault
)

// Error is a failure that a person may read. Message says what happened, Hint the
// next step, Field which input it is about. Cause is for the log only.
type Error struct {
	Code    Code
	Message string
	Hint    string
	Field   string
	Action  Action // what was refused, with CodeForbidden
	Cause   error
}

// Error returns the public text; the cause is not in it.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is matches any error of the same code, so that errors.Is(err, ErrNotFound)
// gives the same answer on both sides of the wire.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Message == ""
}

// Targets for errors.Is.
var (
	ErrInvalid      = &Error{Code: CodeInvalid}
	ErrForbidden    = &Error{Code: CodeForbidden}
	ErrNotFound     = &Error{Code: CodeNotFound}
	ErrConflict     = &Error{Code: CodeConflict}
	ErrPrecondition = &Error{Code: CodePrecondition}
	ErrStorageFull  = &Error{Code: CodeStorageFull}
	ErrUnavailable  = &Error{Code: CodeUnavailable}
)

// AsError returns the *Error in err's chain; for anything unclassified it is an
// internal error whose text says nothing of the cause.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeInternal, Message: "something went wrong on the server", Hint: "try again; if it goes on, report the request id", Cause: err}
}

// ItemError is the failure of one item that sank an atomic batch.
type ItemError struct {
	Item int // its index in the request
	Err  *Error
}

// Error returns the public text, which names the item.
func (e *ItemError) Error() string { return e.Err.Error() }

// Unwrap returns the item's failure.
func (e *ItemError) Unwrap() error { return e.Err }

func invalid(field, hint, format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Field: field, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// about returns an error as one of another field.
func about(field string, err error) error {
	e := *AsError(err)
	if e.Code != CodeInternal {
		e.Field = field
	}
	return &e
}

// NotFound is the answer for an id that is absent or another's.
func NotFound(id string) *Error {
	return &Error{Code: CodeNotFound, Field: "id", Message: fmt.Sprintf("no todo has the id %q", Cut(id)), Hint: "get ids from the list; nothing was changed"}
}

// OverQuota is the answer to what would be too many of something.
func OverQuota(field string, max int, of string) *Error {
	return &Error{Code: CodeQuota, Field: field, Message: fmt.Sprintf("at most %d %s are allowed", max, of), Hint: "delete some first; nothing was changed"}
}

// KeyReused is the answer of a store to an idempotency key that came before with
// another request.
func KeyReused() *Error {
	return &Error{Code: CodeInvalid, Field: "Idempotency-Key", Message: "this idempotency key was used for another request", Hint: "use a new key for each request and the same one only to repeat it"}
}

// StorageFull is the answer of a store whose disk is full.
func StorageFull(cause error) *Error {
	return &Error{Code: CodeStorageFull, Message: "the server's disk is full", Hint: "reading and deleting still work; try again when there is room", Cause: cause}
}

// Unavailable is the answer of a store that cannot be written to any more.
func Unavailable(cause error) *Error {
	return &Error{Code: CodeUnavailable, Message: "the server cannot save changes", Hint: "try again in a minute", Cause: cause}
}

// Cut shortens what somebody made up, to be quoted in a message: to 60 characters.
func Cut(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
