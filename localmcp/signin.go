package localmcp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// SignInError is a sign-in that failed, was given up, or still waits for the
// person. Its message is what the host's user reads.
type SignInError struct{ Err error }

func (e *SignInError) Error() string { return e.Err.Error() }
func (e *SignInError) Unwrap() error { return e.Err }

var (
	// errUnattended answers traffic nobody waits for.
	errUnattended = errors.New("you are signed out; the next request asks you to sign in")
	// errWaiting answers a request that waited long enough.
	errWaiting = errors.New("this needs you to sign in: finish it in the browser window that was opened, then try again")
)

// SignIn is how Config.Client makes a person sign in: it calls login on behalf of
// the HTTP request whose context is ctx, and returns when that request may be
// tried again or has to fail.
//
// Traffic that nobody waits for, such as a stream that is opened again in the
// night, does not open a browser: SignIn fails without calling login. While login
// runs, initialize is answered; a request that has waited 45 seconds fails with a
// sentence that says so, but login goes on, so that the next request finds the
// person signed in. login must therefore join one that is already under way. Its
// context ends with Run.
//
// With a context that did not come from this package, SignIn just calls login.
func SignIn(ctx context.Context, login func(context.Context) error) error {
	d, ok := ctx.Value(dutyKey{}).(*duty)
	if !ok {
		return login(ctx)
	}
	if d.unattended {
		return &SignInError{errUnattended}
	}
	d.once.Do(func() { close(d.asked) })
	done := make(chan error, 1)
	d.run(func() { done <- login(d.ctx) })
	timer := time.NewTimer(d.limit)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return &SignInError{fmt.Errorf("sign-in failed: %w", err)}
		}
		return nil
	case <-timer.C:
		return &SignInError{errWaiting}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// duty says on whose behalf an HTTP request is made.
type duty struct {
	ctx        context.Context // of Run
	run        func(func())    // starts a goroutine that Run waits for
	unattended bool            // nobody waits for this request
	limit      time.Duration   // how long it waits for a person
	asked      chan struct{}   // closed when a person was asked
	once       sync.Once
}

type dutyKey struct{}

func (b *bridge) newDuty(unattended bool, limit time.Duration) *duty {
	return &duty{ctx: b.ctx, run: b.run, unattended: unattended, limit: limit, asked: make(chan struct{})}
}

func (d *duty) attach(ctx context.Context) context.Context {
	return context.WithValue(ctx, dutyKey{}, d)
}
