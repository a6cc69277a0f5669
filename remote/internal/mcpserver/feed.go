package mcpserver

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"todo.example/internal/todo"
)

const feedBatch = 100 // changes read at once

// feed follows one namespace's journal while anybody there has a stream open.
type feed struct {
	svc      *todo.Service
	log      *slog.Logger
	ns       todo.Namespace
	announce func(*touched)

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
	midnight := time.NewTimer(untilMidnight(f.svc.Now(), reader.Zone))
	defer midnight.Stop()
	for {
		select {
		case <-midnight.C:
			f.announce(&touched{names: map[resource]bool{{base: uriToday}: true}})
			midnight.Reset(untilMidnight(f.svc.Now(), reader.Zone))
		case <-ctx.Done():
			return
		case <-watch.C:
			rev = f.catchUp(ctx, reader, rev)
		}
	}
}

// untilMidnight returns how long the person's day still lasts; then what is due today
// is something else, though nobody changed anything.
func untilMidnight(now time.Time, zone *time.Location) time.Duration {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return max(time.Date(y, m, d+1, 0, 0, 0, 0, zone).Sub(now), time.Second)
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
		if n := len(log.Changes); n > 0 {
			rev = log.Changes[n-1].Rev
			f.announce(touchedBy(log.Changes, f.svc.Now()))
		}
		if rev >= log.Rev || len(log.Changes) == 0 {
			return log.Rev
		}
	}
}
