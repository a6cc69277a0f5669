package mcpserver

import (
	"container/list"
	"context"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// rooms keeps a room for each namespace that has a request, a session or a stream
// open, and the latest few that have none.
type rooms struct {
	make    func(todo.Namespace) *room
	maxIdle int

	mu   sync.Mutex
	byNS map[todo.Namespace]*room
	idle *list.List // of *room, the one left last in front
}

// room is one namespace's part of the server. Nothing that happens in it is heard
// in another.
type room struct {
	ns     todo.Namespace
	server *mcp.Server
	feed   *feed

	subscriptions *subscriptions

	uses int           // guarded by rooms.mu
	idle *list.Element // guarded by rooms.mu; nil while in use

	mu sync.Mutex
	// Those of older protocols, which outlive their requests; the oldest first.
	sessions []*mcp.ServerSession
}

func newRooms(make func(todo.Namespace) *room, maxIdle int) *rooms {
	return &rooms{make: make, maxIdle: maxIdle, byNS: map[todo.Namespace]*room{}, idle: list.New()}
}

// acquire returns the namespace's room; the caller releases it.
func (rs *rooms) acquire(ns todo.Namespace) *room {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r, ok := rs.byNS[ns]
	if !ok {
		r = rs.make(ns)
		rs.byNS[ns] = r
	}
	if r.idle != nil {
		rs.idle.Remove(r.idle)
		r.idle = nil
	}
	r.uses++
	return r
}

func (rs *rooms) release(r *room) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.uses--
	if r.uses > 0 {
		return
	}
	r.idle = rs.idle.PushFront(r)
	if rs.idle.Len() > rs.maxIdle {
		oldest := rs.idle.Remove(rs.idle.Back()).(*room)
		delete(rs.byNS, oldest.ns)
	}
}

func (rs *rooms) all() []*room {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	all := make([]*room, 0, len(rs.byNS))
	for _, r := range rs.byNS {
		all = append(all, r)
	}
	return all
}

// keep holds the room for as long as a session of an older protocol lasts. A
// namespace that has too many loses the oldest: its client starts a new one.
func (rs *rooms) keep(r *room, ss *mcp.ServerSession) {
	rs.acquire(r.ns)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions = append(r.sessions, ss)
	if len(r.sessions) > maxSessions {
		go r.sessions[0].Close()
	}
	go func() {
		_ = ss.Wait() // how it ended does not matter
		r.forget(ss)
		rs.release(r)
	}()
}

func (r *room) forget(ss *mcp.ServerSession) {
	r.subscriptions.forget(ss)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions = slices.DeleteFunc(r.sessions, func(s *mcp.ServerSession) bool { return s == ss })
}

type roomKey struct{}

func withRoom(ctx context.Context, r *room) context.Context {
	return context.WithValue(ctx, roomKey{}, r)
}

func roomOf(ctx context.Context) *room { return ctx.Value(roomKey{}).(*room) }
