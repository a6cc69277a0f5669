package mcpserver_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/mcpserver"
)

// listener is a client that notes what it is told of.
type listener struct {
	updated chan string
	listed  chan struct{}
	cs      *mcp.ClientSession
}

// listen connects a client and subscribes it. When it returns the server has the
// subscriptions.
func (s *server) listen(t *testing.T, version, token string, uris ...string) *listener {
	t.Helper()
	l := &listener{updated: make(chan string, 1000), listed: make(chan struct{}, 1000)}
	l.cs = s.connect(t, version, token, &mcp.ClientOptions{
		ResourceUpdatedHandler:     func(_ context.Context, r *mcp.ResourceUpdatedNotificationRequest) { l.updated <- r.Params.URI },
		ResourceListChangedHandler: func(context.Context, *mcp.ResourceListChangedRequest) { l.listed <- struct{}{} },
	})
	for _, uri := range uris {
		if err := l.cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
			t.Fatalf("subscribe %s: %v", uri, err)
		}
	}
	return l
}

func (l *listener) hears(t *testing.T, want ...string) {
	t.Helper()
	waiting := map[string]bool{}
	for _, w := range want {
		waiting[w] = true
	}
	for len(waiting) > 0 {
		select {
		case got := <-l.updated:
			delete(waiting, got)
		case <-time.After(5 * time.Second):
			t.Fatalf("never heard of %v", waiting)
		}
	}
}

// settle makes the listener's subscriptions certain: the SDK's client sends a modern
// subscription without waiting for its acknowledgement. It changes the todo until
// the change is heard of.
func (s *server) settle(t *testing.T, ns todo.Namespace, l *listener, id string) {
	t.Helper()
	for i := range 500 {
		text := fmt.Sprintf("settling %d", i)
		if _, err := s.svc.Update(t.Context(), ns, web, []todo.Patch{{ID: id, Text: &text}}, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-l.updated:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatal("the subscription never took")
}

func drained[T any](c chan T) {
	for {
		select {
		case <-c:
		case <-time.After(50 * time.Millisecond): // longer than the SDK gathers notifications
			return
		}
	}
}

func TestSubscribersHearOfTheirOwnListOnly(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		mine, foreign := s.add(t, "ada", "mine"), s.add(t, "eve", "hers")
		ada := s.listen(t, version, full("ada"), "todoapp://todos", "todoapp://todos/"+mine.ID)
		eve := s.listen(t, version, full("eve"), "todoapp://todos", "todoapp://todos/"+mine.ID, "todoapp://todos/"+foreign.ID)
		s.settle(t, "ada", ada, mine.ID)
		s.settle(t, "eve", eve, foreign.ID)
		drained(ada.updated)
		drained(ada.listed)
		drained(eve.updated)
		drained(eve.listed)

		text := "changed in the browser"
		if _, err := s.svc.Update(t.Context(), "ada", web, []todo.Patch{{ID: mine.ID, Text: &text}}, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		ada.hears(t, "todoapp://todos", "todoapp://todos/"+mine.ID)
		select {
		case <-ada.listed:
		case <-time.After(5 * time.Second):
			t.Error("never heard that the list of resources changed")
		}

		// Her own change comes after his: had she been told of his, she would be by now.
		if _, err := s.svc.SetCompleted(t.Context(), "eve", web, []string{foreign.ID}, true, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		first := <-eve.updated
		second := <-eve.updated
		for _, got := range []string{first, second} {
			if strings.HasSuffix(got, mine.ID) {
				t.Error("she heard of his todo")
			}
		}
		select {
		case third := <-eve.updated:
			t.Errorf("she heard of one thing more: %s", third)
		case <-time.After(50 * time.Millisecond):
		}
	})
}

// TestNotesAloneLeaveTheListOfResources tells apart what changes the list and what
// changes only a todo.
func TestNotesAloneLeaveTheListOfResources(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		one := s.add(t, "ada", "one")
		ada := s.listen(t, version, full("ada"), "todoapp://todos")
		s.settle(t, "ada", ada, one.ID)
		drained(ada.updated)
		drained(ada.listed)
		notes := "more of it"
		if _, err := s.svc.Update(t.Context(), "ada", web, []todo.Patch{{ID: one.ID, Notes: &notes}}, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		ada.hears(t, "todoapp://todos")
		select {
		case <-ada.listed:
			t.Error("told that the list of resources changed")
		case <-time.After(50 * time.Millisecond):
		}
	})
}

func TestOnlyOurResourcesCanBeSubscribed(t *testing.T) {
	s := start(t)
	cs := s.connect(t, legacy, full("ada"), nil)
	for _, uri := range []string{"todoapp://", "todoapp://todos/", "file:///etc/passwd", "todoapp://todos/" + strings.Repeat("x", 65)} {
		if err := cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); rpcCode(err) != -32602 {
			t.Errorf("subscribing to %q: %v", uri, err)
		}
	}
	if err := cs.Unsubscribe(t.Context(), &mcp.UnsubscribeParams{URI: "todoapp://todos"}); err != nil {
		t.Errorf("unsubscribing what was not subscribed: %v", err)
	}
	for i := range 1000 {
		if err := cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: fmt.Sprintf("todoapp://todos/x%d", i)}); err != nil {
			t.Fatalf("subscription %d: %v", i, err)
		}
	}
	if err := cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "todoapp://todos"}); rpcCode(err) != -32602 {
		t.Errorf("one too many: %v", err)
	}
}

// streaming is an answer that stays open, line by line.
type streaming struct {
	status int
	header http.Header
	lines  chan string
	cancel context.CancelFunc
}

// open sends a request whose answer is a stream.
func (s *server) open(t *testing.T, p post) *streaming {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(s.request(ctx, t, p))
	if err != nil {
		t.Fatal(err)
	}
	st := &streaming{status: resp.StatusCode, header: resp.Header, lines: make(chan string, 1000), cancel: cancel}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(st.lines)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			if lines.Text() == "" {
				continue
			}
			select {
			case st.lines <- lines.Text():
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		reading.Wait()
	})
	return st
}

const patience = 5 * time.Second

// until reads until each want was in a line, in whatever order they come.
func (st *streaming) until(t *testing.T, wants ...string) {
	t.Helper()
	var seen []string
	for late := time.After(patience); len(wants) > 0; {
		select {
		case line, ok := <-st.lines:
			if !ok {
				t.Fatalf("the stream ended without %q: %q", wants, seen)
			}
			seen = append(seen, line)
			wants = slices.DeleteFunc(wants, func(want string) bool { return strings.Contains(line, want) })
		case <-late:
			t.Fatalf("no %q in %q", wants, seen)
		}
	}
}

// ends reads to the end.
func (st *streaming) ends(t *testing.T) {
	t.Helper()
	for late := time.After(patience); ; {
		select {
		case _, ok := <-st.lines:
			if !ok {
				return
			}
		case <-late:
			t.Fatal("the stream does not end")
		}
	}
}

// listenCall returns a modern subscription to everything.
func listenCall() post {
	return modernCall("subscriptions/listen", "", `"notifications":{"resourcesListChanged":true,"resourceSubscriptions":["todoapp://todos"]}`)
}

// streams opens each kind of stream there is.
func streams(t *testing.T, test func(t *testing.T, s *server, open func(token string) *streaming)) {
	kinds := map[string]func(*testing.T, *server, string) *streaming{
		"modern listen": func(t *testing.T, s *server, token string) *streaming {
			p := listenCall()
			p.token = token
			st := s.open(t, p)
			st.until(t, "notifications/subscriptions/acknowledged")
			return st
		},
		"legacy GET": func(t *testing.T, s *server, token string) *streaming {
			st := s.open(t, post{method: http.MethodGet, token: token, version: legacy, header: http.Header{"Mcp-Session-Id": {s.session(t, token)}}})
			st.until(t, ": ok")
			return st
		},
		"HTTP+SSE": func(t *testing.T, s *server, token string) *streaming {
			st := s.open(t, post{method: http.MethodGet, path: "/sse", token: token})
			st.until(t, "data: /sse?sessionid=")
			return st
		},
	}
	for name, open := range kinds {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.SetKeepAlive(5 * time.Millisecond)
			test(t, s, func(token string) *streaming {
				t.Helper()
				st := open(t, s, token)
				if st.status != http.StatusOK || st.header.Get("X-Accel-Buffering") != "no" || st.header.Get("Content-Type") != "text/event-stream" {
					t.Fatalf("stream: %d %v", st.status, st.header)
				}
				return st
			})
		})
	}
}

func TestStreamsAreKeptAlive(t *testing.T) {
	streams(t, func(t *testing.T, s *server, open func(string) *streaming) {
		st := open(full("ada"))
		for range 3 {
			st.until(t, ": keep-alive")
		}
	})
}

func TestAStreamOutlivesTheWriteTimeout(t *testing.T) {
	s := start(t)
	s.SetKeepAlive(5 * time.Millisecond)
	st := s.open(t, listenCall())
	for began := time.Now(); time.Since(began) < writeTimeout+200*time.Millisecond; {
		st.until(t, ": keep-alive")
	}
}

func TestStreamsEndWhenAccessDoes(t *testing.T) {
	t.Run("revoked", func(t *testing.T) {
		streams(t, func(t *testing.T, s *server, open func(string) *streaming) {
			st := open(full("ada"))
			s.identity.revoke(full("ada"))
			s.clock.advance(2 * time.Minute) // past what a read may rely on
			st.ends(t)
		})
	})
	t.Run("expired", func(t *testing.T) {
		streams(t, func(t *testing.T, s *server, open func(string) *streaming) {
			st := open(full("ada"))
			s.clock.advance(2 * time.Hour)
			st.ends(t)
		})
	})
}

// TestNothingIsToldAfterAccessEnds makes a change before the next keep-alive would
// find out that the stream's token was revoked.
func TestNothingIsToldAfterAccessEnds(t *testing.T) {
	s := start(t)
	st := s.open(t, listenCall())
	st.until(t, "acknowledged")
	s.identity.revoke(full("ada"))
	s.clock.advance(2 * time.Minute) // past what a read may rely on
	s.add(t, "ada", "Buy milk")
	for late := time.After(patience); ; {
		select {
		case line, ok := <-st.lines:
			if !ok {
				return
			}
			if strings.Contains(line, "updated") {
				t.Fatalf("told: %s", line)
			}
		case <-late:
			t.Fatal("the stream does not end")
		}
	}
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	streams(t, func(t *testing.T, s *server, open func(string) *streaming) {
		st := open(full("ada"))
		s.stop()
		st.ends(t)
		eventually(t, "new work is refused", func() bool {
			return s.send(t, modernCall("tools/list", "", "")).status == http.StatusServiceUnavailable
		})
	})
}

// TestSubscriptionEndsWithAResult: a modern subscription that the server ends says
// so (MCP 2026-07-28, subscriptions), which tells it from a broken connection.
func TestSubscriptionEndsWithAResult(t *testing.T) {
	s := start(t)
	st := s.open(t, listenCall())
	st.until(t, "acknowledged")
	s.stop()
	st.until(t, `"resultType":"complete"`)
	st.ends(t)
}

func TestStreamsAreCapped(t *testing.T) {
	s := start(t)
	for range mcpserver.MaxStreams {
		s.open(t, listenCall()).until(t, "acknowledged")
	}
	if st := s.open(t, listenCall()); st.status != http.StatusTooManyRequests {
		t.Errorf("one too many: %d", st.status)
	}
	p := listenCall()
	p.token = full("eve")
	if st := s.open(t, p); st.status != http.StatusOK {
		t.Errorf("another user's: %d", st.status)
	}
}

func TestOldestSessionGivesWay(t *testing.T) {
	s := start(t)
	first := s.session(t, full("ada"))
	for range mcpserver.MaxSessions {
		s.session(t, full("ada"))
	}
	ping := post{version: legacy, header: http.Header{"Mcp-Session-Id": {first}}, body: `{"jsonrpc":"2.0","id":2,"method":"ping"}`}
	eventually(t, "the oldest session is gone", func() bool { return s.send(t, ping).status == http.StatusNotFound })
	if n := s.Sessions("ada"); n != mcpserver.MaxSessions {
		t.Errorf("%d sessions, want %d", n, mcpserver.MaxSessions)
	}
}

// TestRoomsAreKeptWhileInUse counts what many users leave behind.
func TestRoomsAreKeptWhileInUse(t *testing.T) {
	s := start(t)
	id := s.session(t, full("ada"))
	st := s.open(t, post{method: http.MethodGet, path: "/sse", token: full("bob")})
	st.until(t, "endpoint")
	for i := range mcpserver.MaxIdleRooms + 50 {
		p := modernCall("tools/list", "", "")
		p.token = full(fmt.Sprintf("user%d", i))
		if r := s.send(t, p); r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	if kept, used := s.Rooms(); used != 2 || kept != mcpserver.MaxIdleRooms+2 {
		t.Errorf("%d rooms kept, %d of them in use", kept, used)
	}
	if r := s.send(t, post{method: http.MethodDelete, version: legacy, header: http.Header{"Mcp-Session-Id": {id}}}); r.status != http.StatusNoContent {
		t.Errorf("end of the session: %d %s", r.status, r.body)
	}
	st.cancel()
	eventually(t, "nobody is there", func() bool { _, used := s.Rooms(); return used == 0 })
}

// sse is a client of the old transport.
type sse struct {
	*streaming
	endpoint string
}

func (s *server) sse(t *testing.T, token string) sse {
	t.Helper()
	st := s.open(t, post{method: http.MethodGet, path: "/sse", token: token})
	st.until(t, "event: endpoint")
	return sse{st, strings.TrimPrefix(<-st.lines, "data: ")}
}

func TestOldTransport(t *testing.T) {
	s := start(t)
	made := s.add(t, "ada", "Buy milk")
	c := s.sse(t, full("ada"))
	say := func(token, body string) int {
		t.Helper()
		return s.send(t, post{path: c.endpoint, token: token, body: body}).status
	}
	if got := say("", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}`); got != http.StatusAccepted {
		t.Fatalf("initialize: %d", got)
	}
	c.until(t, `"protocolVersion":"2024-11-05"`)
	say("", `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	say("", `{"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":"todoapp://todos"}}`)
	c.until(t, `"id":2`)
	say("", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"markTodoComplete","arguments":{"todoID":"`+made.ID+`"}}}`)
	c.until(t, "TODO completed successfully", `"notifications/resources/updated"`)

	call := `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"createTodo","arguments":{"todoText":"x"}}}`
	for name, tc := range map[string]struct {
		token, path, body string
		status            int
	}{
		"another user":     {full("eve"), c.endpoint, call, 403},
		"another's client": {token("eve", "client-of-ada", auth.ScopeWrite), c.endpoint, call, 403},
		"another client":   {token("ada", "other", auth.ScopeWrite), c.endpoint, call, 403},
		"read only":        {token("ada", "client-of-ada", auth.ScopeRead), c.endpoint, call, 403},
		"no session":       {"", "/sse", call, 404},
		"unknown session":  {"", "/sse?sessionid=x", call, 404},
		"batch":            {"", c.endpoint, "[" + call + "]", 400},
	} {
		if r := s.send(t, post{path: tc.path, token: tc.token, body: tc.body}); r.status != tc.status {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, tc.status)
		}
	}
	if r := s.send(t, post{method: http.MethodDelete, path: "/sse"}); r.status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", r.status)
	}
	c.cancel()
	eventually(t, "the session is gone", func() bool { return say("", `{"jsonrpc":"2.0","id":5,"method":"ping"}`) == http.StatusNotFound })
	if p, err := s.svc.List(t.Context(), "ada", web, todo.Query{}); err != nil || p.Total != 1 {
		t.Errorf("left behind: %+v, %v", p, err)
	}
}

// TestOldTransportWithTheSDK signs the SDK's own client of it in.
func TestOldTransportWithTheSDK(t *testing.T) {
	s := start(t)
	client := mcp.NewClient(&mcp.Implementation{Name: "old", Version: "1"}, &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}})
	cs, err := client.Connect(t.Context(), &mcp.SSEClientTransport{Endpoint: s.url + "/sse", HTTPClient: &http.Client{Transport: newBearer(t, full("ada"))}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer cs.Close()
	if r, _ := call[outcome](t, cs, "createTodo", args{"todoText": "x"}); r.IsError {
		t.Errorf("%s", words(r))
	}
	if v := cs.InitializeResult().ProtocolVersion; v >= modern {
		t.Errorf("agreed on %s", v)
	}
}

// TestABurstOfChangesIsHeardOf: several changes may share one notification, none is lost.
func TestABurstOfChangesIsHeardOf(t *testing.T) {
	s := start(t)
	st := s.open(t, listenCall())
	st.until(t, "acknowledged")
	for i := range 50 {
		s.add(t, "ada", fmt.Sprintf("todo %d", i))
	}
	st.until(t, "resources/updated")
	st.until(t, "resources/list_changed")
}
