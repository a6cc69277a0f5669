package localmcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const structured = `{"b":1.50,"a":[1,2,3],"text":"<é>"}`

// backend is a real go-sdk server with everything a bridge has to carry.
type backend struct {
	*mcp.Server
	started   chan struct{} // a "wait" call has begun
	cancelled chan struct{} // a "wait" call was cancelled
	release   chan struct{} // lets a "wait" call end
	quit      chan struct{} // closed when the test is over
}

func newBackend(t testing.TB) *backend {
	b := &backend{started: make(chan struct{}, 8), cancelled: make(chan struct{}, 8), release: make(chan struct{}, 8), quit: make(chan struct{})}
	caps := &mcp.ServerCapabilities{Logging: &mcp.LoggingCapabilities{}}
	s := mcp.NewServer(&mcp.Implementation{Name: "remote", Version: "9"}, &mcp.ServerOptions{
		Instructions: "be brief", Capabilities: caps,
		SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
		UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
		CompletionHandler: func(_ context.Context, r *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
			return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{r.Params.Argument.Value + "!"}}}, nil
		},
	})
	schema := json.RawMessage(`{"type":"object","properties":{"text":{"type":"string","x-mcp-header":"Text"}}}`)
	s.AddTool(&mcp.Tool{Name: "echo", InputSchema: schema}, func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(r.Params.Arguments)}}, StructuredContent: json.RawMessage(structured)}, nil
	})
	plain := json.RawMessage(`{"type":"object"}`)
	s.AddTool(&mcp.Tool{Name: "wait", InputSchema: plain}, b.wait)
	s.AddTool(&mcp.Tool{Name: "ask", InputSchema: plain}, ask)
	s.AddPrompt(&mcp.Prompt{Name: "greet"}, func(_ context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: "hello " + r.Params.Arguments["who"]}}}}, nil
	})
	s.AddResource(&mcp.Resource{URI: "note://1", Name: "note"}, func(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: r.Params.URI, Text: "note"}}}, nil
	})
	b.Server = s
	t.Cleanup(func() {
		close(b.quit)
		for session := range s.Sessions() {
			session.Close()
		}
	})
	return b
}

// wait reports progress, then waits until it is released or cancelled.
func (b *backend) wait(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if token := r.Params.GetProgressToken(); token != nil {
		for i := range 3 {
			_ = r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: float64(i)})
		}
	}
	b.started <- struct{}{}
	select {
	case <-b.release:
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "released"}}}, nil
	case <-b.quit:
		return nil, errors.New("the test is over")
	case <-ctx.Done():
		b.cancelled <- struct{}{}
		return nil, ctx.Err()
	}
}

// ask elicits a name and needs its state back.
func ask(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	got, ok := r.Params.InputResponses["name"].(*mcp.ElicitResult)
	if !ok {
		return &mcp.CallToolResult{RequestState: "state", InputRequests: mcp.InputRequestMap{
			"name": &mcp.ElicitParams{Message: "your name?", RequestedSchema: json.RawMessage(`{"type":"object","properties":{"name":{"type":"string"}}}`)},
		}}, nil
	}
	name, _ := got.Content["name"].(string)
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: r.Params.RequestState + " " + got.Action + " " + name}}}, nil
}

func (b *backend) stateful() http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return b.Server }, nil)
}

func (b *backend) stateless() http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return b.Server }, &mcp.StreamableHTTPOptions{Stateless: true, PropagateRequestCancellation: true})
}

func (b *backend) dual() http.Handler {
	legacy, modern := b.stateful(), b.stateless()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Mcp-Protocol-Version") >= "2026-07-28" {
			modern.ServeHTTP(w, r)
			return
		}
		legacy.ServeHTTP(w, r)
	})
}

// modernOnly refuses every message of an earlier version, as a server that has
// dropped them does.
func (b *backend) modernOnly() http.Handler {
	modern := b.stateless()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Mcp-Protocol-Version") < "2026-07-28" {
			body, _ := io.ReadAll(r.Body)
			var m struct{ ID json.RawMessage }
			_ = json.Unmarshal(body, &m)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":` + string(m.ID) + `,"error":{"code":-32022,"message":"unsupported","data":{"supported":["2026-07-28"]}}}`))
			return
		}
		modern.ServeHTTP(w, r)
	})
}

// handlers are the kinds of server there are.
var handlers = map[string]func(*backend) http.Handler{
	"stateful": (*backend).stateful, "stateless": (*backend).stateless, "dual": (*backend).dual, "modern only": (*backend).modernOnly,
}

// sdkHost is a real go-sdk client on the bridge's stdio.
type sdkHost struct {
	*mcp.ClientSession
	progress chan float64
	updated  chan string
	tools    chan struct{}
}

func connectSDK(t *testing.T, h *host, outgoing io.Reader, version string) *sdkHost {
	t.Helper()
	s := &sdkHost{progress: make(chan float64, 8), updated: make(chan string, 8), tools: make(chan struct{}, 8)}
	c := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, &mcp.ClientOptions{
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"name": "Ada"}}, nil
		},
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
			s.progress <- r.Params.Progress
		},
		ResourceUpdatedHandler: func(_ context.Context, r *mcp.ResourceUpdatedNotificationRequest) { s.updated <- r.Params.URI },
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { s.tools <- struct{}{} },
	})
	transport := &mcp.IOTransport{Reader: io.NopCloser(outgoing), Writer: h.in}
	session, err := c.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	s.ClientSession = session
	t.Cleanup(func() { session.Close() })
	return s
}

// lines gives a host's frames to a reader, for a client that reads by itself.
func (h *host) lines() io.Reader {
	r, w := io.Pipe()
	h.t.Cleanup(func() { r.Close() })
	go func() {
		for f := range h.frames {
			if _, err := io.WriteString(w, f.Line+"\n"); err != nil {
				break
			}
		}
		w.Close()
		for range h.frames {
		}
	}()
	return r
}

// TestEras joins each kind of host with each kind of server.
func TestEras(t *testing.T) {
	for kind, handler := range handlers {
		for _, version := range []string{"2025-06-18", "2025-11-25", "2026-07-28"} {
			t.Run(version+" host, "+kind+" server", func(t *testing.T) {
				b := newBackend(t)
				h := start(t, newServer(t, handler(b)).url(), nil)
				exercise(t, b, connectSDK(t, h, h.lines(), version))
			})
		}
	}
}

func exercise(t *testing.T, b *backend, s *sdkHost) {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	res := s.InitializeResult()
	if res.ServerInfo == nil || res.ServerInfo.Name != "remote" || res.Instructions != "be brief" {
		t.Errorf("the host sees %+v, %q", res.ServerInfo, res.Instructions)
	}
	tools, err := s.ListTools(ctx, nil)
	if err != nil || len(tools.Tools) != 3 {
		t.Fatalf("tools/list: %v, %v", tools, err)
	}
	call(ctx, t, s, "echo", map[string]any{"text": "naïve"}, `{"text":"naïve"}`)
	call(ctx, t, s, "ask", nil, "state accept Ada")

	b.release <- struct{}{}
	params := &mcp.CallToolParams{Name: "wait"}
	params.SetProgressToken("p1")
	if _, err := s.CallTool(ctx, params); err != nil {
		t.Errorf("wait: %v", err)
	}
	var progress []float64
	for range 3 {
		progress = append(progress, receive(t, "progress", s.progress))
	}
	if diff := cmp.Diff([]float64{0, 1, 2}, progress); diff != "" {
		t.Errorf("progress: %s", diff)
	}
	<-b.started

	if got, err := s.ReadResource(ctx, &mcp.ReadResourceParams{URI: "note://1"}); err != nil || got.Contents[0].Text != "note" {
		t.Errorf("resources/read: %v, %v", got, err)
	}
	if got, err := s.GetPrompt(ctx, &mcp.GetPromptParams{Name: "greet", Arguments: map[string]string{"who": "Ada"}}); err != nil || len(got.Messages) != 1 {
		t.Errorf("prompts/get: %v, %v", got, err)
	}
	complete := &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "greet"}, Argument: mcp.CompleteParamsArgument{Name: "who", Value: "A"}}
	if got, err := s.Complete(ctx, complete); err != nil || !cmp.Equal(got.Completion.Values, []string{"A!"}) {
		t.Errorf("completion: %v, %v", got, err)
	}
	if _, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "absent"}); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("an unknown tool: %v", err)
	}

	if err := s.Subscribe(ctx, &mcp.SubscribeParams{URI: "note://1"}); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	until(t, "resources/updated", s.updated, func() {
		_ = b.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: "note://1"})
	})
	until(t, "tools/list_changed", s.tools, func() { b.addLateTool() })

	ctx, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() { _, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "wait"}); failed <- err }()
	receive(t, "start", b.started)
	stop()
	receive(t, "cancellation at the server", b.cancelled)
	if err := receive(t, "end of the cancelled call", failed); err == nil {
		t.Error("a cancelled call succeeded")
	}
}

// addLateTool changes the list of tools.
func (b *backend) addLateTool() {
	b.AddTool(&mcp.Tool{Name: "late", InputSchema: json.RawMessage(`{"type":"object"}`)}, b.wait)
}

func call(ctx context.Context, t *testing.T, s *sdkHost, name string, args any, want string) {
	t.Helper()
	got, err := s.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: args})
	if err != nil || len(got.Content) != 1 {
		t.Fatalf("%s: %+v, %v", name, got, err)
	}
	if text := got.Content[0].(*mcp.TextContent).Text; text != want {
		t.Errorf("%s: %q, want %q", name, text, want)
	}
}

func receive[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(limit):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// until causes a notification again and again until it comes, because nothing
// tells when a stream of notifications is open.
func until[T any](t *testing.T, what string, c <-chan T, cause func()) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		cause()
		select {
		case <-c:
			return
		case <-deadline:
			t.Fatalf("no %s", what)
		case <-tick.C:
		}
	}
}

// TestBytes checks that what the bridge does not need to understand, it does not
// touch: numbers, order, spaces and members that no specification knows.
func TestBytes(t *testing.T) {
	answers := map[string]string{
		"tools/call":   `{"jsonrpc":"2.0","id":7,"result":{"content":[],"structuredContent":` + structured + `,"x-new":{"deep":[1.0,1e3]},"_meta":{"io.example/k":true}}}`,
		"tasks/create": `{"jsonrpc": "2.0", "zzz": 1, "id": 7, "result": {"<&>": "\u00e9"}}`,
		"tools/list":   `{"jsonrpc":"2.0","id":7,"error":{"code":-31999,"message":"no","data":{"why":1.0},"more":2}}`,
	}
	var got bytes.Buffer
	srv := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m struct{ Method string }
		_ = json.Unmarshal(body, &m)
		w.Header().Set("Content-Type", "application/json")
		if m.Method == "initialize" {
			w.Header().Set("Mcp-Session-Id", "s")
			_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}}}`))
			return
		}
		if answer, ok := answers[m.Method]; ok {
			got.Write(body)
			_, _ = w.Write([]byte(answer))
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	h := start(t, srv.url(), nil)
	h.initialize()
	for method, answer := range answers {
		t.Run(method, func(t *testing.T) {
			got.Reset()
			line := `{"jsonrpc":"2.0", "x":1,"id":7,"params":{"z":1.0,"a":"<&>","_meta":{"io.example/t":1}},"method":"` + method + `"}`
			h.send(line)
			if f := h.answer(7); f.Line != answer {
				t.Errorf("answer:\n%s\nwant:\n%s", f.Line, answer)
			}
			if got.String() != line {
				t.Errorf("request:\n%s\nwant:\n%s", got.String(), line)
			}
		})
	}
}
