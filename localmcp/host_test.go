package localmcp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"todo.example/localmcp"
)

// limit is how long a test waits for what must come. It is over the bridge's own
// limits, which tests in a made-up time wait for.
const limit = time.Minute

// frame is one line the host got, with what tests look at.
type frame struct {
	Line    string `json:"-"`
	Version string `json:"jsonrpc"`
	ID      any
	Method  string
	Params  json.RawMessage
	Result  json.RawMessage
	Error   *struct {
		Code    int
		Message string
	}
}

// host is a program that started the bridge: it has its stdin and stdout.
type host struct {
	t      testing.TB
	in     *io.PipeWriter
	out    *io.PipeReader
	frames chan frame
	done   chan error
	cancel context.CancelFunc
	once   sync.Once
	result error
}

// start runs a bridge to endpoint. Every line on its stdout is checked to be a
// JSON-RPC message.
func start(t testing.TB, endpoint string, transport http.RoundTripper) *host {
	t.Helper()
	if transport == nil {
		own := &http.Transport{MaxIdleConnsPerHost: 16}
		t.Cleanup(own.CloseIdleConnections)
		transport = own
	}
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	h := &host{t: t, in: inW, out: outR, frames: make(chan frame, 1000), done: make(chan error, 1), cancel: cancel}
	go func() {
		h.done <- localmcp.Run(ctx, localmcp.Config{
			Endpoint: endpoint, Client: &http.Client{Transport: transport}, In: inR, Out: outW,
			Name: "bridge", Version: "0", Logger: slog.New(slog.DiscardHandler),
		})
		outW.Close()
	}()
	go h.read(outR)
	t.Cleanup(func() { h.stop() })
	return h
}

func (h *host) read(r io.Reader) {
	defer close(h.frames)
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var f frame
		if err := json.Unmarshal(line, &f); err != nil || f.Version != "2.0" {
			h.t.Errorf("not a JSON-RPC frame on stdout: %.200q (%v)", line, err)
		}
		f.Line = string(line[:len(line)-1])
		h.frames <- f
	}
}

// stop ends stdin and waits for Run, whose error it returns.
func (h *host) stop() error {
	h.once.Do(func() {
		h.in.Close()
		select {
		case h.result = <-h.done:
		case <-time.After(limit):
			h.t.Error("Run did not return after stdin ended")
		}
		h.cancel()
	})
	return h.result
}

func (h *host) send(line string) {
	h.t.Helper()
	if _, err := io.WriteString(h.in, line+"\n"); err != nil {
		h.t.Fatalf("write to the bridge: %v", err)
	}
}

// next returns the first frame that fits, dropping those before it.
func (h *host) next(what string, fits func(frame) bool) frame {
	h.t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case f, ok := <-h.frames:
			if !ok {
				h.t.Fatalf("stdout ended while waiting for %s", what)
			}
			if fits(f) {
				return f
			}
		case <-timeout:
			h.t.Fatalf("no %s", what)
		}
	}
}

func (h *host) answer(id any) frame {
	h.t.Helper()
	return h.next(fmt.Sprintf("answer to %v", id), func(f frame) bool { return f.Method == "" && fmt.Sprint(f.ID) == fmt.Sprint(id) })
}

func (h *host) notification(method string) frame {
	h.t.Helper()
	return h.next(method, func(f frame) bool { return f.Method == method })
}

// initialize shakes hands as a 2025-11-25 host and returns the answer.
func (h *host) initialize() frame {
	h.t.Helper()
	h.send(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"host","version":"1"}}}`)
	f := h.answer("init")
	h.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return f
}

// call calls the echo tool and reports its answer.
func (h *host) call(id int, text string) frame {
	h.t.Helper()
	h.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"text":%q}}}`, id, text))
	return h.answer(id)
}

// server is an HTTP server that can be stopped and started again at its address.
type server struct {
	t       testing.TB
	addr    string
	handler http.Handler
	srv     *http.Server
}

func newServer(t testing.TB, h http.Handler) *server {
	t.Helper()
	s := &server{t: t, addr: "127.0.0.1:0", handler: h}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *server) url() string { return "http://" + s.addr + "/mcp" }

func (s *server) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.srv = &http.Server{Handler: s.handler}
	go s.srv.Serve(l)
}

// stop breaks all connections at once, as a crash does.
func (s *server) stop() { s.srv.Close() }

// fresh is a transport that makes a connection for each request. With connections
// kept alive, a call in the very moment of a restart may go out on one that is dead
// already, and then has to fail.
func fresh() http.RoundTripper { return &http.Transport{DisableKeepAlives: true} }

// unused returns an address nobody listens on.
func unused(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
