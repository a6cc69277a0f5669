// Package mcpserver is the list as assistants see it: MCP tools and resources at
// /mcp for every protocol version from 2025-03-26 to 2026-07-28, and at /sse for
// the HTTP+SSE transport of 2024-11-05.
//
// Two rules hold everywhere. A call is judged by the bearer of its own request,
// never by the one that began its session. And nothing of one namespace reaches
// another: each has an mcp.Server of its own, because subscriptions live in the
// Server and their URIs are the same for everybody.
//
// It must never read a todo's text as anything but data, and never decide what a
// principal may do: auth.Guard and todo.Service do.
package mcpserver

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

// Limits. One person's clients cannot use up what others need.
const (
	sessionTimeout   = 15 * time.Minute // an idle session of an older protocol
	maxSessions      = 64               // per namespace; one more closes the oldest
	maxStreams       = 64               // per namespace; one more is refused
	maxSubscriptions = 1000             // per session or stream
	maxIdleRooms     = 512              // namespaces kept ready though nobody is there
	drainGrace       = 5 * time.Second  // for calls under way when the server stops
	keepAlive        = 15 * time.Second // shorter than the idle timeout of common proxies
)

// modernVersion is the first protocol version without sessions.
const modernVersion = "2026-07-28"

// Config of a Handler.
type Config struct {
	Version        string          // of the program, for serverInfo
	PublicURL      string          // our own origin, from which browsers may call
	AllowedOrigins []string        // further origins from which browsers may call
	Done           <-chan struct{} // closed when the server stops: streams end, new work is refused
	Logger         *slog.Logger
}

// Handler serves MCP.
type Handler struct {
	svc     *todo.Service
	guard   *auth.Guard
	config  Config
	tools   []tool
	actions map[string]todo.Action // by tool
	rooms   *rooms
	origins origins
	modern  http.Handler
	legacy  http.Handler
	sse     *sseHandler

	keepAlive time.Duration
	draining  atomic.Bool
	streams   context.Context // ends when every stream must
	endAll    context.CancelFunc
	extend    func(*mcp.Server) // what tests add to each Server
}

// New returns a Handler over the service. Who calls is asked of the guard.
func New(svc *todo.Service, guard *auth.Guard, config Config) *Handler {
	h := &Handler{
		svc: svc, guard: guard, config: config,
		tools: toolTable(), actions: map[string]todo.Action{},
		origins: newOrigins(config.PublicURL, config.AllowedOrigins), keepAlive: keepAlive,
	}
	for _, t := range h.tools {
		h.actions[t.name] = t.action
	}
	h.streams, h.endAll = context.WithCancel(context.Background())
	h.rooms = newRooms(h.newRoom, maxIdleRooms)
	server := func(r *http.Request) *mcp.Server { return roomOf(r.Context()).server }
	// httpx.Hosts has judged the Host header; the SDK would refuse a public name
	// that a proxy on this machine forwards.
	h.modern = mcp.NewStreamableHTTPHandler(server, &mcp.StreamableHTTPOptions{
		Stateless: true, PropagateRequestCancellation: true, DisableLocalhostProtection: true,
	})
	h.legacy = mcp.NewStreamableHTTPHandler(server, &mcp.StreamableHTTPOptions{
		SessionTimeout: sessionTimeout, DisableLocalhostProtection: true,
	})
	h.sse = newSSEHandler()
	if config.Done != nil {
		go h.drain()
	}
	return h
}

// Mount adds the endpoints. Both take a bearer only, and Host, body size and the
// rest of what every route needs must already be checked around mux.
func (h *Handler) Mount(mux *http.ServeMux) {
	for path, serve := range map[string]httpx.HandlerFunc{auth.MCPPath: h.serveMCP, "/sse": h.serveSSE} {
		mux.Handle(path, h.origins.check(h.guard.Bearer(bindSessions(httpx.API(serve)))))
	}
}

// serveMCP chooses the era by the protocol version that the request names. Each
// era's handler keeps its own rules of headers, sessions and statuses.
func (h *Handler) serveMCP(w http.ResponseWriter, r *http.Request) error {
	m, ok, err := h.receive(w, r)
	if !ok {
		return err
	}
	era := h.legacy
	modern := m.modern(r.Header)
	if modern {
		era = h.modern
		r.Header.Del("Mcp-Session-Id")
		r.Header.Del("Last-Event-ID")
		decodeName(r.Header)
	}
	streams := !modern && r.Method == http.MethodGet || modern && m.method == methodListen
	return h.enter(w, r, streams, era.ServeHTTP)
}

// receive does what both endpoints begin with: it reads the message strictly and
// asks whether the principal may do what it asks for. ok is false if an answer was
// written or err is to be.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) (m message, ok bool, err error) {
	w.Header().Set("X-Accel-Buffering", "no")
	if h.draining.Load() {
		return m, false, &todo.Error{Code: todo.CodeUnavailable, Message: "the server is stopping", Hint: "try again in a moment"}
	}
	if r.Method == http.MethodPost {
		var refusal *refusal
		if m, refusal, err = readMessage(r); err != nil {
			return m, false, err
		}
		if refusal != nil {
			return m, false, refusal.write(w)
		}
	}
	if err := h.guard.Check(r.Context(), auth.FromContext(r.Context()), h.actionOf(m)); err != nil {
		return m, false, h.deny(w, r, m, err)
	}
	return m, true, nil
}

// enter runs serve in the room of the request's namespace.
func (h *Handler) enter(w http.ResponseWriter, r *http.Request, streams bool, serve http.HandlerFunc) error {
	p := auth.FromContext(r.Context())
	room := h.rooms.acquire(p.Namespace())
	defer h.rooms.release(room)
	ctx := withRoom(r.Context(), room)
	if !streams {
		serve(w, r.WithContext(ctx))
		return nil
	}
	leave, err := room.feed.join(ctx, p.Actor("")) // it only reads
	if err != nil {
		return err
	}
	defer leave()
	s, ctx := h.openStream(ctx, w, p)
	defer s.end()
	serve(s, r.WithContext(ctx))
	return nil
}

// drain ends every session when the server stops: calls under way are answered,
// subscriptions get their closing result, and then the streams end.
func (h *Handler) drain() {
	<-h.config.Done
	h.draining.Store(true)
	var closing sync.WaitGroup
	for _, room := range h.rooms.all() {
		for session := range room.server.Sessions() {
			closing.Go(func() { session.Close() })
		}
	}
	closed := make(chan struct{})
	go func() {
		closing.Wait()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(drainGrace):
		h.config.Logger.Warn("MCP calls did not end in time")
	}
	h.endAll()
}
