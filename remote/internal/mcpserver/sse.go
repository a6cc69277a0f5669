package mcpserver

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// sseHandler is the server's side of HTTP+SSE (MCP 2024-11-05, "HTTP with SSE"): a
// GET that stays open for what the server sends, and a POST for each message of
// the client. It is ours because the SDK's neither binds a session to who began it
// nor tells one request's bearer from another's.
type sseHandler struct {
	mu    sync.Mutex
	conns map[string]*sseConn
}

func newSSEHandler() *sseHandler { return &sseHandler{conns: map[string]*sseConn{}} }

// sseConn is one session: an mcp.Transport and the mcp.Connection of it.
type sseConn struct {
	id       string
	owner    string
	query    url.Values // the selection of tools, for the address to post to
	w        http.ResponseWriter
	incoming chan jsonrpc.Message
	closed   chan struct{}
	close    func()
	// ready is closed when the session is whole. The SDK learns only after it has
	// begun to read which versions this transport can carry.
	ready chan struct{}
}

// serveSSE serves both halves of the transport.
func (h *Handler) serveSSE(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	m, ok, err := h.receive(w, r)
	if !ok {
		return err
	}
	if r.Method == http.MethodPost {
		return h.postSSE(w, r, m)
	}
	return h.stream(w, r, h.streams, h.sse.open)
}

// open begins a session, which lasts as long as the request.
func (s *sseHandler) open(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache, no-transform")
	c := &sseConn{
		id: rand.Text(), owner: owner(auth.FromContext(r.Context())), w: w, query: selectionQuery(r.URL.Query()),
		incoming: make(chan jsonrpc.Message), ready: make(chan struct{}), closed: make(chan struct{}),
	}
	c.close = sync.OnceFunc(func() { close(c.closed) })
	s.add(c)
	defer s.remove(c)
	session, err := roomOf(r.Context()).server.Connect(r.Context(), c, nil)
	if err != nil {
		return // the client is gone before the first event
	}
	defer session.Close()
	close(c.ready)
	select {
	case <-r.Context().Done():
	case <-c.closed:
	}
}

// postSSE hands a message to its session.
func (h *Handler) postSSE(w http.ResponseWriter, r *http.Request, m message) error {
	p := auth.FromContext(r.Context())
	c := h.sse.find(r.URL.Query().Get("sessionid"))
	if c == nil {
		return &todo.Error{Code: todo.CodeNotFound, Message: "the session is not there any more", Hint: "open a new stream"}
	}
	if c.owner != owner(p) {
		return &todo.Error{Code: todo.CodeForbidden, Message: "the session is another's", Hint: "open a stream of your own"}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return unreadable(err)
	}
	msg, err := jsonrpc.DecodeMessage(body)
	if err != nil {
		f := invalidRequest("the message is not JSON-RPC")
		f.id = m.id
		return f.write(w)
	}
	if call, ok := msg.(*jsonrpc.Request); ok {
		call.Extra = &mcp.RequestExtra{TokenInfo: h.tokenInfo(p, r), Header: r.Header}
	}
	select {
	case c.incoming <- msg:
		w.WriteHeader(http.StatusAccepted)
		return nil
	case <-c.closed:
		return &todo.Error{Code: todo.CodeNotFound, Message: "the session has ended", Hint: "open a new stream"}
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

func (s *sseHandler) add(c *sseConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c.id] = c
}

func (s *sseHandler) remove(c *sseConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c.id)
}

func (s *sseHandler) find(id string) *sseConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[id]
}

// Connect implements mcp.Transport. The first event tells where to post.
func (c *sseConn) Connect(context.Context) (mcp.Connection, error) {
	c.query.Set("sessionid", c.id)
	return c, c.event("endpoint", []byte("/sse?"+c.query.Encode()))
}

// SupportsProtocolVersion implements mcp.ProtocolVersionSupporter.
func (c *sseConn) SupportsProtocolVersion(version string) bool { return version < modernVersion }

// SessionID implements mcp.Connection.
func (c *sseConn) SessionID() string { return c.id }

// Read implements mcp.Connection.
func (c *sseConn) Read(ctx context.Context) (jsonrpc.Message, error) {
	select {
	case <-c.ready:
	case <-c.closed:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case msg := <-c.incoming:
		return msg, nil
	case <-c.closed:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Write implements mcp.Connection.
func (c *sseConn) Write(_ context.Context, msg jsonrpc.Message) error {
	data, err := jsonrpc.EncodeMessage(msg)
	if err != nil {
		return err
	}
	return c.event("message", data)
}

// Close implements mcp.Connection.
func (c *sseConn) Close() error {
	c.close()
	return nil
}

func (c *sseConn) event(name string, data []byte) error {
	if _, err := fmt.Fprintf(c.w, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	return http.NewResponseController(c.w).Flush()
}
