package auth

import (
	"context"
	"errors"
	"sync"
)

// rounds asks one question for all who wait for its answer. An answer counts only for
// who came before the question was put, since what it is about may have changed when
// they came: who comes while one is under way waits for the next, and shares it. So
// however many there are, one question is under way at a time.
type rounds struct {
	mu     sync.Mutex
	latest *round
}

type round struct {
	begun bool // nobody may join any more; guarded by rounds.mu
	done  chan struct{}
	err   error // once done
}

var errUnanswered = errors.New("the question was not answered")

// ask calls question, or waits for a call of it by another that begins only now. The
// question does not end with ctx: others may wait for its answer.
func (r *rounds) ask(ctx context.Context, question func(context.Context) error) error {
	r.mu.Lock()
	before, mine := r.latest, r.latest
	join := mine != nil && !mine.begun
	if !join {
		mine = &round{done: make(chan struct{}), err: errUnanswered}
		r.latest = mine
	}
	r.mu.Unlock()
	if join {
		select {
		case <-mine.done:
			return mine.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if before != nil {
		<-before.done
	}
	r.mu.Lock()
	mine.begun = true
	r.mu.Unlock()
	defer close(mine.done)
	mine.err = question(context.WithoutCancel(ctx))
	return mine.err
}
