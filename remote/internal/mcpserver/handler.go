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
	keepAlive        = 15 * time.Second // shorter than the idle timeout of common proxies
)

// modernVersion is the first protocol version without sessions.
const modernVersion = "2026-07-28"

// Config of a Handler.
type Config struct {
	Version   string          // of the program, for serverInfo
	PublicURL string          // our own origin, without a slash at its end
	Done      <-chan struct{} // closed when the server stops: streams end, new work is refused
	Logger    *slog.Logger
}

// Handler serves MCP.
type Handler struct {
	svc    *todo.Service
	guard  *auth.Guard
	config Config
	tools  []*tool
	byName map[string]*tool // by folded name
	app    app
	rooms  *rooms
	modern http.Handler
	legacy http.Handler
	sse    *sseHandler

	keepAlive  time.Duration
	serving    sync.RWMutex    // held for reading by each request, for writing once the server stops
	streams    context.Context // ends when every stream must
	endStreams context.CancelFunc
	extend     extension
}

// extension adds to each Server what the conformance suite expects of any server it
// tests: to the options first, then to the Server. Only tests have one.
type extension func(*mcp.ServerOptions) func(*mcp.Server)

func noExtension(*mcp.ServerOptions) func(*mcp.Server) { return func(*mcp.Server) {} }

// New returns a Handler over the service. Who calls is asked of the guard.
func New(svc *todo.Service, guard *auth.Guard, config Config) *Handler {
	h := &Handler{
		svc: svc, guard: guard, config: config,
		tools: toolTable(), byName: map[string]*tool{}, app: newApp(),
		keepAlive: keepAlive, extend: noExtension,
	}
	for _, t := range h.tools {
		h.byName[fold(t.name)] = t
	}
	h.byName[fold(toolWithApp)].definition.Meta = h.app.toolMeta()
	h.streams, h.endStreams = context.WithCancel(context.Background())
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
		mux.Handle(path, h.checkOrigin(h.guard.Bearer(h.bindSessions(httpx.API(h.whileServing(serve))))))
	}
}

// whileServing refuses new work once the server stops, and lets the work under way
// be waited for.
func (h *Handler) whileServing(serve httpx.HandlerFunc) httpx.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !h.serving.TryRLock() {
			return &todo.Error{Code: todo.CodeUnavailable, Message: "the server is stopping", Hint: "try again in a moment"}
		}
		defer h.serving.RUnlock()
		w.Header().Set("X-Accel-Buffering", "no")
		return serve(w, r)
	}
}

// serveMCP chooses the era by the protocol version that the request names. Each
// era's handler keeps its own rules of headers, sessions and statuses.
func (h *Handler) serveMCP(w http.ResponseWriter, r *http.Request) error {
	m, ok, err := h.receive(w, r)
	if !ok {
		return err
	}
	if !m.modern(r.Header) {
		if refusal := m.checkLegacy(r); refusal != nil {
			return refusal.write(w)
		}
		if r.Method == http.MethodGet {
			return h.stream(w, r, h.streams, h.legacy.ServeHTTP)
		}
		return h.call(w, r, h.legacy.ServeHTTP)
	}
	r.Header.Del("Mcp-Session-Id")
	r.Header.Del("Last-Event-ID")
	decodeName(r.Header)
	if m.method == methodListen {
		return h.stream(w, r, r.Context(), h.modern.ServeHTTP) // endSubscriptions ends it
	}
	return h.call(w, r, h.modern.ServeHTTP)
}

// receive does what both endpoints begin with: it reads the message strictly and
// asks whether the principal may do what it asks for. ok is false if an answer was
// written or err is to be.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) (m message, ok bool, err error) {
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
	if _, err := h.selectionOf(r); err != nil {
		return m, false, err
	}
	return m, true, nil
}

// call runs serve in the room of the request's namespace.
func (h *Handler) call(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) error {
	room := h.rooms.acquire(auth.FromContext(r.Context()).Namespace())
	defer h.rooms.release(room)
	serve(w, r.WithContext(withRoom(r.Context(), room)))
	return nil
}

// stream is call for an answer that stays open, at most until the given context
// ends, and on which the room's changes are told.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request, until context.Context, serve http.HandlerFunc) error {
	p := auth.FromContext(r.Context())
	room := h.rooms.acquire(p.Namespace())
	defer h.rooms.release(room)
	leave, err := room.feed.join(r.Context(), p.Actor("")) // it only reads
	if err != nil {
		return err
	}
	defer leave()
	s, ctx := h.openStream(r.Context(), until, w, p)
	defer s.end()
	serve(s, r.WithContext(withRoom(ctx, room)))
	return nil
}

// drain ends what would go on for ever when the server stops: first the streams,
// and when every call under way is answered, the sessions.
func (h *Handler) drain() {
	<-h.config.Done
	h.endStreams()
	h.serving.Lock() // for good
	for _, room := range h.rooms.all() {
		for session := range room.server.Sessions() {
			_ = session.Close() // nothing is lost with it
		}
	}
}
