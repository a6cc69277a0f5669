package localmcp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkCall is one tools/call through the bridge and back, to a server that
// answers from memory over loopback HTTP.
func BenchmarkCall(b *testing.B) {
	s := newServer(b, http.HandlerFunc(memory))
	h := start(b, s.url(), nil)
	h.initialize()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if f := h.call(1, "x"); f.Error != nil {
			b.Fatal(f.Line)
		}
	}
}

// BenchmarkInitialize is a bridge from start to the answer of initialize to exit.
func BenchmarkInitialize(b *testing.B) {
	s := newServer(b, http.HandlerFunc(memory))
	for b.Loop() {
		h := start(b, s.url(), nil)
		if f := h.initialize(); f.Error != nil {
			b.Fatal(f.Line)
		}
		if err := h.stop(); err != nil {
			b.Fatal(err)
		}
	}
}

// memory is a server with a session that answers every call alike.
func memory(w http.ResponseWriter, r *http.Request) {
	switch asMethod(r) {
	case "initialize":
		w.Header().Set("Mcp-Session-Id", "s")
		respond(w, `{"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"2025-11-25"}}`)
	case "tools/call":
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = fmt.Fprintf(w, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":%q}]}}\n\n", strings.Repeat("x", 100))
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}
