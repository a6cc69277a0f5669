package localmcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// asMethod reads the JSON-RPC method of a request and puts the body back.
func asMethod(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	var m struct{ Method string }
	_ = json.Unmarshal(body, &m)
	return m.Method
}

func TestServerDownAtStart(t *testing.T) {
	s := &server{t: t, addr: unused(t), handler: newBackend(t).dual()}
	h := start(t, s.url(), nil)
	if f := h.initialize(); f.Error != nil || !strings.Contains(string(f.Result), `"bridge"`) {
		t.Fatalf("initialize: %s", f.Line)
	}
	f := h.call(1, "x")
	if f.Error == nil || !strings.Contains(f.Error.Message, s.url()) || !strings.Contains(f.Error.Message, "refused") {
		t.Errorf("a call while the server is down: %s", f.Line)
	}
	s.start()
	t.Cleanup(s.stop)
	h.notification("notifications/tools/list_changed")
	if f := h.call(2, "x"); f.Error != nil {
		t.Errorf("a call after it came up: %s", f.Line)
	}
}

// TestRestarts stops and starts the server 20 times, and wants the next call
// served, whatever the server has forgotten.
func TestRestarts(t *testing.T) {
	for _, kind := range []string{"stateful", "stateless", "modern only"} {
		t.Run(kind, func(t *testing.T) {
			s := newServer(t, handlers[kind](newBackend(t)))
			h := start(t, s.url(), fresh())
			h.initialize()
			for i := range 20 {
				if f := h.call(2*i, "x"); f.Error != nil {
					t.Fatalf("restart %d: %s", i, f.Line)
				}
				s.stop()
				if f := h.call(2*i+1, "x"); f.Error == nil {
					t.Fatalf("restart %d: answered without a server: %s", i, f.Line)
				}
				s.handler = handlers[kind](newBackend(t))
				s.start()
			}
		})
	}
}

// TestInFlight breaks the server under a call that it has begun: it may have been
// carried out, so it fails and is not sent again.
func TestInFlight(t *testing.T) {
	b := newBackend(t)
	s := newServer(t, b.stateful())
	h := start(t, s.url(), fresh())
	h.initialize()
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}`)
	receive(t, "start", b.started)
	s.stop()
	if f := h.answer(1); f.Error == nil || !strings.Contains(f.Error.Message, "not known") {
		t.Errorf("a call cut off: %s", f.Line)
	}
	s.handler = newBackend(t).stateful()
	s.start()
	if f := h.call(2, "x"); f.Error != nil {
		t.Errorf("the next call: %s", f.Line)
	}
	if len(b.started) > 0 {
		t.Error("the call was sent again")
	}
}

// TestSubscriptionSurvives restarts the server under a subscription, for a host
// and a server of each era.
func TestSubscriptionSurvives(t *testing.T) {
	for _, kind := range []string{"stateful", "modern only"} {
		t.Run(kind, func(t *testing.T) {
			b := newBackend(t)
			s := newServer(t, handlers[kind](b))
			h := start(t, s.url(), nil)
			h.initialize()
			h.send(`{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"note://1"}}`)
			if f := h.answer(1); f.Error != nil {
				t.Fatalf("subscribe: %s", f.Line)
			}
			untilNotified(t, h, b)
			s.stop()
			b = newBackend(t)
			s.handler = handlers[kind](b)
			s.start()
			untilNotified(t, h, b)
		})
	}
}

// untilNotified changes the resource until the host hears of a change it cannot
// have heard of otherwise.
func untilNotified(t *testing.T, h *host, b *backend) {
	t.Helper()
	mark := fmt.Sprintf("%p", b)
	heard := make(chan struct{})
	go func() {
		h.next("update", func(f frame) bool {
			return f.Method == "notifications/resources/updated" && strings.Contains(f.Line, mark)
		})
		close(heard)
	}()
	until(t, "update", heard, func() {
		_ = b.ResourceUpdated(context.Background(), &mcp.ResourceUpdatedNotificationParams{URI: "note://1", Meta: mcp.Meta{"mark": mark}})
	})
}

// TestListenSurvives restarts the server under the stream of a host that listens
// by 2026-07-28. The host sees one acknowledgement.
func TestListenSurvives(t *testing.T) {
	b := newBackend(t)
	s := newServer(t, b.stateless())
	h := start(t, s.url(), nil)
	h.send(`{"jsonrpc":"2.0","id":"sub","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["note://1"]},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`)
	h.notification("notifications/subscriptions/acknowledged")
	untilNotified(t, h, b)
	s.stop()
	b = newBackend(t)
	s.handler = b.stateless()
	s.start()
	mark := make(chan struct{})
	go func() {
		defer close(mark)
		if f := h.next("message", func(frame) bool { return true }); f.Method != "notifications/resources/updated" {
			t.Errorf("after the restart: %s", f.Line)
		}
	}()
	until(t, "update", mark, func() {
		_ = b.ResourceUpdated(context.Background(), &mcp.ResourceUpdatedNotificationParams{URI: "note://1"})
	})
}

// TestLostSession answers a lost session in the ways servers do. The call must be
// made once in the new session, and fail if that is lost at once too.
func TestLostSession(t *testing.T) {
	refusals := map[string]func(http.ResponseWriter){
		"404": func(w http.ResponseWriter) { http.Error(w, "session not found", http.StatusNotFound) },
		"400 from the SDK's example": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}`)
		},
	}
	for name, refuse := range refusals {
		t.Run(name, func(t *testing.T) {
			var losses, sessions atomic.Int32
			inner := newBackend(t).stateful()
			s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch method := asMethod(r); {
				case method == "initialize":
					sessions.Add(1)
				case method == "tools/call" && losses.Add(-1) >= 0:
					refuse(w)
					return
				}
				inner.ServeHTTP(w, r)
			}))
			h := start(t, s.url(), nil)
			h.initialize()
			losses.Store(1)
			if f := h.call(1, "x"); f.Error != nil || sessions.Load() != 2 {
				t.Errorf("one loss, %d sessions: %s", sessions.Load(), f.Line)
			}
			losses.Store(1000)
			if f := h.call(2, "x"); f.Error == nil || sessions.Load() != 3 {
				t.Errorf("lost again and again, %d sessions: %s", sessions.Load(), f.Line)
			}
		})
	}
}

// TestQuestionTakenBack loses the session while the server waits for the host to
// answer it: the host is told that the question is void.
func TestQuestionTakenBack(t *testing.T) {
	var sessions atomic.Int32
	s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		current := fmt.Sprint(sessions.Load())
		switch method := asMethod(r); {
		case method == "initialize":
			w.Header().Set("Mcp-Session-Id", fmt.Sprint(sessions.Add(1)))
			respond(w, `{"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2025-11-25"}}`)
		case r.Header.Get("Mcp-Session-Id") != current:
			http.NotFound(w, r)
		case method == "tools/call":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"elicitation/create\",\"params\":{}}\n\n")
			sessions.Add(1) // forgets this one
		case method == "tools/list":
			respond(w, `{"jsonrpc":"2.0","id":2,"result":{}}`)
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusMethodNotAllowed)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	h := start(t, s.url(), nil)
	h.initialize()
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}`)
	h.notification("elicitation/create")
	if f := h.answer(1); f.Error == nil {
		t.Errorf("the call: %s", f.Line)
	}
	h.send(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
	if f := h.notification("notifications/cancelled"); !strings.Contains(string(f.Params), `"requestId":5`) {
		t.Errorf("taken back: %s", f.Line)
	}
	if f := h.answer(2); f.Error != nil {
		t.Errorf("the next request: %s", f.Line)
	}
}

// respond writes a JSON answer.
func respond(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body)
}

func TestCancelled(t *testing.T) {
	for kind, handler := range handlers {
		t.Run(kind, func(t *testing.T) {
			b := newBackend(t)
			h := start(t, newServer(t, handler(b)).url(), nil)
			h.initialize()
			h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}`)
			receive(t, "start", b.started)
			h.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
			receive(t, "cancellation at the server", b.cancelled)
			h.send(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
			f := h.next("answer", func(f frame) bool { return f.Method == "" })
			if fmt.Sprint(f.ID) != "2" {
				t.Errorf("a cancelled request was answered: %s", f.Line)
			}
		})
	}
}

// TestSessionDeleted ends stdin with a call under way: it is answered, and the
// server keeps no session.
func TestSessionDeleted(t *testing.T) {
	b := newBackend(t)
	s := newServer(t, b.stateful())
	h := start(t, s.url(), nil)
	h.initialize()
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}`)
	receive(t, "start", b.started)
	h.in.Close()
	b.release <- struct{}{}
	if f := h.answer(1); f.Error != nil {
		t.Errorf("the last call: %s", f.Line)
	}
	if err := h.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	for range b.Sessions() {
		t.Error("a session was left on the server")
	}
}

// TestStuckServer ends stdin under a call the server never answers: Run returns,
// and the call is answered with an error.
func TestStuckServer(t *testing.T) {
	b := newBackend(t)
	h := start(t, newServer(t, b.stateful()).url(), nil)
	h.initialize()
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}`)
	receive(t, "start", b.started)
	if err := h.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if f := h.answer(1); f.Error == nil {
		t.Errorf("a call cut off: %s", f.Line)
	}
}

// TestContextEnds cancels Run's context, which is an end in good order.
func TestContextEnds(t *testing.T) {
	h := start(t, newServer(t, newBackend(t).stateful()).url(), nil)
	h.initialize()
	h.cancel()
	if err := receive(t, "Run", h.done); err != nil {
		t.Errorf("Run: %v", err)
	}
	h.once.Do(func() {})
}

// TestRequestsBeforeInitialize counts what the server is asked before the host has
// its answer.
func TestRequestsBeforeInitialize(t *testing.T) {
	for kind, want := range map[string]int{"stateful": 1, "dual": 1, "stateless": 2, "modern only": 2} {
		t.Run(kind, func(t *testing.T) {
			counter := &countingTransport{}
			t.Cleanup(counter.base.CloseIdleConnections)
			h := start(t, newServer(t, handlers[kind](newBackend(t))).url(), counter)
			h.send(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"host","version":"1"}}}`)
			h.answer("init")
			counter.mu.Lock()
			defer counter.mu.Unlock()
			got := 0
			for _, method := range counter.methods {
				if method == "initialize" || method == "server/discover" {
					got++
				}
			}
			if got != want || counter.methods[got-1] == "notifications/initialized" {
				t.Errorf("requests: %q, want %d before the answer", counter.methods, want)
			}
		})
	}
}

type countingTransport struct {
	base    http.Transport
	mu      sync.Mutex
	methods []string
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.methods = append(c.methods, asMethod(r))
	c.mu.Unlock()
	return c.base.RoundTrip(r)
}

// TestParamHeaders calls a tool whose schema wants an argument in a header, which
// a go-sdk server checks, for hosts of both eras.
func TestParamHeaders(t *testing.T) {
	meta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	for _, text := range []string{"plain", "ünïcode", " padded ", "=?base64?eA==?=", "line\nfeed"} {
		h := start(t, newServer(t, newBackend(t).stateless()).url(), nil)
		h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + meta + `}}`)
		h.answer(1)
		quoted, _ := json.Marshal(text)
		h.send(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":` + string(quoted) + `},` + meta + `}}`)
		if f := h.answer(2); f.Error != nil {
			t.Errorf("modern host, %q: %s", text, f.Line)
		}
		h.initialize()
		h.send(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"echo","arguments":{"text":` + string(quoted) + `}}}`)
		if f := h.answer(3); f.Error != nil {
			t.Errorf("legacy host, %q: %s", text, f.Line)
		}
	}
}

// TestResume breaks the stream of a call after an event with an id, and wants the
// answer from the stream that takes it up.
func TestResume(t *testing.T) {
	var lastID atomic.Value
	s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		switch {
		case r.Method == http.MethodGet && r.Header.Get("Last-Event-Id") != "":
			lastID.Store(r.Header.Get("Last-Event-Id"))
			_, _ = io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n")
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case asMethod(r) == "initialize":
			w.Header().Set("Mcp-Session-Id", "s")
			_, _ = io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"id\":\"init\",\"result\":{\"protocolVersion\":\"2025-11-25\"}}\n\n")
		default:
			_, _ = io.WriteString(w, "id: e1\nretry: 1\ndata:\n\n")
		}
	}))
	h := start(t, s.url(), nil)
	h.initialize()
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}`)
	if f := h.answer(1); f.Error != nil || lastID.Load() != "e1" {
		t.Errorf("resumed after %v: %s", lastID.Load(), f.Line)
	}
}

// TestHostGone closes stdout: Run ends with an error, because nobody is there.
func TestHostGone(t *testing.T) {
	h := start(t, "http://"+unused(t), failing{errors.New("unused")})
	h.send(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	if f := h.answer(1); string(f.Result) != "{}" {
		t.Errorf("ping: %s", f.Line)
	}
	h.out.Close()
	h.send(`{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	if err := receive(t, "Run", h.done); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Run: %v", err)
	}
	h.once.Do(func() {})
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }
