package localmcp_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"todo.example/localmcp"
)

// TestHostileFrames sends what no host should, and wants one answer to each that
// can be answered, and the bridge alive after it.
func TestHostileFrames(t *testing.T) {
	big := strings.Repeat("x", 65<<20)
	tests := []struct {
		name, line string
		id         string // of the answer, as fmt prints it
		code       int    // 0: no answer is due
	}{
		{"not JSON", `{"jsonrpc":`, "<nil>", -32700},
		{"words", `hello`, "<nil>", -32700},
		{"NUL", "{\"jsonrpc\":\"2.0\",\"id\":1,\x00\"method\":\"ping\"}", "<nil>", -32700},
		{"bytes that are not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\xff\"}", "<nil>", -32700},
		{"two in one line", `{"jsonrpc":"2.0","id":1,"method":"ping"}{}`, "<nil>", -32700},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, "<nil>", -32600},
		{"scalar", `42`, "<nil>", -32600},
		{"null", `null`, "<nil>", -32600},
		{"no version", `{"id":1,"method":"ping"}`, "1", -32600},
		{"wrong version", `{"jsonrpc":"1.0","id":"a","method":"ping"}`, "a", -32600},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, "<nil>", -32600},
		{"object id", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, "<nil>", -32600},
		{"number as method", `{"jsonrpc":"2.0","id":3,"method":7}`, "3", -32600},
		{"neither method nor result", `{"jsonrpc":"2.0","id":3}`, "3", -32600},
		{"result and error", `{"jsonrpc":"2.0","id":3,"result":{},"error":{}}`, "3", -32600},
		{"request before initialize", `{"jsonrpc":"2.0","id":4,"method":"tools/list"}`, "4", -32600},
		{"too long, id first", `{"jsonrpc":"2.0","id":5,"method":"x","params":{"a":"` + big + `"}}`, "5", -32600},
		{"too long, id last", `{"method":"x","params":{"a":"` + big + `","id":9},"jsonrpc":"2.0","id":"q\"x"}`, `q"x`, -32600},
		{"too long, id hidden", `{"method":"x","params":{"a":"` + big + `","id":9}}`, "<nil>", -32600},
		{"answer nobody asked for", `{"jsonrpc":"2.0","id":6,"result":{}}`, "", 0},
		{"unknown notification", `{"jsonrpc":"2.0","method":"notifications/odd"}`, "", 0},
		{"cancellation of nothing", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[]}}`, "", 0},
		{"blank", " \t", "", 0},
		{"carriage return", "\r", "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := start(t, "http://"+unused(t), failing{io.ErrUnexpectedEOF})
			h.send(test.line)
			h.send(`{"jsonrpc":"2.0","id":"alive","method":"ping"}` + "\r")
			if test.code != 0 {
				f := h.next("answer", func(f frame) bool { return f.Method == "" && f.ID != "alive" })
				if f.Error == nil || f.Error.Code != test.code || fmt.Sprint(f.ID) != test.id {
					t.Errorf("answer: %.300s, want id %s, code %d", f.Line, test.id, test.code)
				}
			}
			if test.code == 0 {
				if f := h.next("frame", func(frame) bool { return true }); f.ID != "alive" {
					t.Errorf("answered: %.300s", f.Line)
				}
			}
		})
	}
}

// TestLargeFrames carries ten megabytes each way.
func TestLargeFrames(t *testing.T) {
	big := strings.Repeat("é", 5<<20)
	s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asMethod(r) {
		case "initialize":
			respond(w, `{"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2025-11-25"}}`)
		case "tools/call":
			n, _ := io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":%d,\"big\":%q}}\n\n", n, big)
		default:
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	h := start(t, s.url(), nil)
	h.initialize()
	line := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":"` + big + `"}}`
	h.send(line)
	if f := h.answer(1); !strings.HasPrefix(string(f.Result), fmt.Sprintf(`{"n":%d,`, len(line))) || len(f.Result) < len(big) {
		t.Errorf("%d bytes came back: %.200s", len(f.Line), f.Line)
	}
}

// TestSplitFrames feeds the host's bytes one at a time, so that every line and
// every character is split.
func TestSplitFrames(t *testing.T) {
	var out strings.Builder
	in := io.NopCloser(iotest.OneByteReader(strings.NewReader(
		"\n{\"jsonrpc\":\"2.0\",\"id\":\"ü\",\"method\":\"ping\"}\r\n\r\n  {\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}")))
	err := localmcp.Run(t.Context(), localmcp.Config{Endpoint: "http://127.0.0.1", Client: &http.Client{Transport: failing{io.EOF}}, In: in, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{`"ü"`, "2"} {
		if strings.Count(out.String(), `"id":`+id) != 1 {
			t.Errorf("no single answer to %s in %q", id, out.String())
		}
	}
}

// TestDuplicateID uses an id a second time before its answer: that is refused, and
// the first use is answered.
func TestDuplicateID(t *testing.T) {
	b := newBackend(t)
	h := start(t, newServer(t, b.stateful()).url(), nil)
	h.initialize()
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}`)
	receive(t, "start", b.started)
	h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	if f := h.answer(1); f.Error == nil || f.Error.Code != -32600 {
		t.Errorf("second use: %s", f.Line)
	}
	b.release <- struct{}{}
	if f := h.answer(1); f.Error != nil {
		t.Errorf("first use: %s", f.Line)
	}
}

// TestHostileServer answers a call in ways no server should. The host gets one
// answer, with the id it sent, that says what was wrong.
func TestHostileServer(t *testing.T) {
	tests := []struct {
		name   string
		status int
		kind   string
		body   string
		want   string // in the answer
	}{
		{"a page", 200, "text/html", "<html>hello</html>", "not MCP"},
		{"nothing", 202, "", "", "not MCP"},
		{"broken JSON", 200, "application/json", `{"jsonrpc":`, "not valid JSON"},
		{"bytes that are not UTF-8", 200, "application/json", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\xff\"}", "not valid JSON"},
		{"no version", 200, "application/json", `{"id":1,"result":{}}`, "not a JSON-RPC"},
		{"another's id", 200, "application/json", `{"jsonrpc":"2.0","id":2,"result":{}}`, "another request"},
		{"a request as answer", 200, "application/json", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, "another request"},
		{"a stream without an answer", 200, "text/event-stream", ": hello\n\n", "not known"},
		{"a stream with rubbish", 200, "text/event-stream", "data: }{\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}\n\n", "not known"},
		{"a stream cut off", 200, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n", "not known"},
		{"unauthorized", 401, "text/plain", "", "401 Unauthorized"},
		{"not found", 404, "text/plain", "no such page", "404 Not Found: no such page"},
		{"a page with an error", 500, "text/html", "<h1>secret</h1>", "500 Internal Server Error"},
		{"an error with a null id", 400, "application/json", `{"jsonrpc":"2.0","id":null,"error":{"code":-32099,"message":"odd"}}`, `"code":-32099`},
		{"on more than one line", 200, "application/json", "{\n \"jsonrpc\": \"2.0\",\r\n \"id\": 1,\n \"result\": {\"a\": \"b\"}\n}", `"result":{"a":"b"}`},
		{"on more than one line of a stream", 200, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\r\ndata: \"id\":1,\"result\":{\"a\":1}}\r\n\r\n", `"result":{"a":1}`},
		{"a number for the id in another form", 200, "application/json", `{"jsonrpc":"2.0","id":1.0,"result":{"a":1}}`, `"result":{"a":1}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch asMethod(r) {
				case "initialize":
					respond(w, `{"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2025-11-25"}}`)
				case "tools/call":
					w.Header().Set("Content-Type", test.kind)
					w.WriteHeader(test.status)
					_, _ = io.WriteString(w, test.body)
				default:
					w.WriteHeader(http.StatusMethodNotAllowed)
				}
			}))
			h := start(t, s.url()+"?key=secret", nil)
			h.initialize()
			h.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}`)
			if f := h.answer(1); !strings.Contains(f.Line, test.want) || strings.Contains(f.Line, "secret") {
				t.Errorf("answer: %s, want %q in it", f.Line, test.want)
			}
		})
	}
}

// TestInitializeRefused passes on what the server has against the host.
func TestInitializeRefused(t *testing.T) {
	s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respond(w, `{"jsonrpc":"2.0","id":"init","error":{"code":-32602,"message":"no such version"}}`)
	}))
	h := start(t, s.url(), nil)
	if f := h.initialize(); f.Error == nil || f.Error.Code != -32602 || f.Error.Message != "no such version" {
		t.Errorf("initialize: %s", f.Line)
	}
}

func TestEndpoint(t *testing.T) {
	for _, endpoint := range []string{"", "localhost:3000", "file:///etc/passwd", "http://", "://"} {
		if err := localmcp.Run(t.Context(), localmcp.Config{Endpoint: endpoint, In: io.NopCloser(strings.NewReader("")), Out: io.Discard}); err == nil {
			t.Errorf("%q was accepted", endpoint)
		}
	}
}
