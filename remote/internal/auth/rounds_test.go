package auth_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"todo.example/internal/todo"
)

// writers are checks for writes that are under way.
type writers chan error

func (f *fixture) write(ctx context.Context, w writers, n int) {
	p := f.last
	for range n {
		go func() { w <- f.guard.Check(ctx, p, todo.Create) }()
	}
	synctest.Wait()
}

func TestWritesShareAQuestionThatBeganAfterThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.get(f.guard.Bearer, "/mcp", bearer("full"))
		first, later, held := make(writers, 1), make(writers, 20), make(chan struct{})
		f.asked, f.hold = 0, held
		f.write(t.Context(), first, 1)
		f.revoked["full"] = true
		f.write(t.Context(), later, 20)
		if f.asked != 1 {
			t.Errorf("asked %d times while the first question is under way", f.asked)
		}
		close(held)
		if err := <-first; err != nil {
			t.Errorf("who asked before the token was revoked: %v", err)
		}
		for range 20 {
			if err := <-later; todo.AsError(err).Code != todo.CodeUnauthenticated {
				t.Errorf("who came after the token was revoked: %v", err)
			}
		}
		if f.asked != 2 {
			t.Errorf("asked %d times in all", f.asked)
		}
	})
}

func TestWhoGoesAwayTakesNobodyAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.get(f.guard.Bearer, "/mcp", bearer("full"))
		gone, staying, held := make(writers, 2), make(writers, 2), make(chan struct{})
		f.hold = held
		ctx, leave := context.WithCancel(t.Context())
		f.write(t.Context(), staying, 1)
		f.write(ctx, gone, 1)            // the next question is this one's
		f.write(t.Context(), staying, 1) // and shared
		f.write(ctx, gone, 1)
		leave()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who only waits and goes away: %v", err)
		}
		close(held)
		for range 2 {
			if err := <-staying; err != nil {
				t.Errorf("who stays: %v", err)
			}
		}
		if err := <-gone; err != nil {
			t.Errorf("whose question it was: %v", err)
		}
	})
}
