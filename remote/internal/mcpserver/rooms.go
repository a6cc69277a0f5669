package mcpserver

import (
	"container/list"
	"context"
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

	uses int           // guarded by rooms.mu
	idle *list.Element // guarded by rooms.mu; nil while in use

	mu       sync.Mutex
	sessions []*session // of older protocols, the oldest first
}

// session is one of an older protocol, which outlives its requests.
type session struct {
	*mcp.ServerSession
	subscriptions int
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
	r.sessions = append(r.sessions, &session{ServerSession: ss})
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
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, s := range r.sessions {
		if s.ServerSession == ss {
			r.sessions = append(r.sessions[:i], r.sessions[i+1:]...)
			return
		}
	}
}

// subscribe counts a subscription of a session, within limits. Sessions of newer
// protocols end with their one request and are not counted.
func (r *room) subscribe(ss *mcp.ServerSession, change int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sessions {
		if s.ServerSession == ss {
			s.subscriptions = max(0, s.subscriptions+change)
			return s.subscriptions <= maxSubscriptions
		}
	}
	return true
}

type roomKey struct{}

func withRoom(ctx context.Context, r *room) context.Context {
	return context.WithValue(ctx, roomKey{}, r)
}

func roomOf(ctx context.Context) *room { return ctx.Value(roomKey{}).(*room) }
