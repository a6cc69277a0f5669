package mcpserver

import (
	"context"
	"log/slog"
	"math"
	"sync"

	"todo.example/internal/todo"
)

const feedBatch = 100 // changes read at once

// feed follows one namespace's journal while anybody there has a stream open.
type feed struct {
	svc      *todo.Service
	log      *slog.Logger
	ns       todo.Namespace
	announce func([]todo.Revision)

	mu      sync.Mutex
	streams int
	stop    context.CancelFunc
}

// join counts a stream in and starts following with the first. Every change made
// after it returns is announced, until leave is called.
func (f *feed) join(ctx context.Context, reader todo.Actor) (leave func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.streams >= maxStreams {
		return nil, &todo.Error{Code: todo.CodeRateLimited, Message: "too many streams are open", Hint: "close one first"}
	}
	if f.streams == 0 {
		if err := f.start(ctx, reader); err != nil {
			return nil, err
		}
	}
	f.streams++
	return f.leave, nil
}

func (f *feed) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.streams--
	if f.streams == 0 {
		f.stop()
	}
}

func (f *feed) start(ctx context.Context, reader todo.Actor) error {
	watch, err := f.svc.Watch(f.ns, reader)
	if err != nil {
		return err
	}
	now, err := f.svc.Changes(ctx, f.ns, reader, math.MaxUint64, 1)
	if err != nil {
		watch.Close()
		return err
	}
	// The feed outlives the stream that started it.
	following, stop := context.WithCancel(context.Background())
	f.stop = stop
	go f.follow(following, watch, reader, now.Rev)
	return nil
}

func (f *feed) follow(ctx context.Context, watch *todo.Watch, reader todo.Actor, rev uint64) {
	defer watch.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-watch.C:
			rev = f.catchUp(ctx, reader, rev)
		}
	}
}

// catchUp announces what happened after rev and returns how far it came.
func (f *feed) catchUp(ctx context.Context, reader todo.Actor, rev uint64) uint64 {
	for {
		log, err := f.svc.Changes(ctx, f.ns, reader, rev, feedBatch)
		if err != nil {
			if ctx.Err() == nil {
				f.log.Error("read the journal for MCP subscribers", "error", err)
			}
			return rev
		}
		var edits []todo.Revision
		for _, c := range log.Changes {
			edits, rev = append(edits, c.Edits...), c.Rev
		}
		if len(edits) > 0 {
			f.announce(edits)
		}
		if rev >= log.Rev || len(log.Changes) == 0 {
			return log.Rev
		}
	}
}
