package remote_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"todo.example/internal/api"
)

// The benchmarks send requests over loopback to the whole server: routing, host
// check, bearer check with its revocation check, permission, durable store, journal
// and log, as shipped. benchmark -cpu says how many clients; load generator and
// server share the machine, so compare ratios of one run.

// benchmarkSite is a running server and a client of Ada's with full access.
func benchmarkSite(b *testing.B) (*site, string) {
	b.Helper()
	s := start(b)
	ada := s.browser()
	ada.signIn("ada@example.com")
	return s, ada.connect("Bench", "todos:read", "todos:write").access()
}

// hammer sends requests from 16 clients and fails on any answer but want.
func hammer(b *testing.B, want int, request func(n int64) *http.Request) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	var n atomic.Int64
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := client.Do(request(n.Add(1)))
			if err != nil {
				b.Error(err)
				return
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != want {
				b.Errorf("%s %s", resp.Status, body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

func post(url, token, body string) *http.Request {
	r, _ := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

func BenchmarkRESTAdd(b *testing.B) {
	s, token := benchmarkSite(b)
	hammer(b, http.StatusCreated, func(n int64) *http.Request {
		r := post(s.url+api.PathTodos, token, fmt.Sprintf(`{"todoText":"todo %d"}`, n))
		r.Header.Set(api.HeaderPrefer, api.PreferMinimal)
		return r
	})
}

func BenchmarkRESTListPage(b *testing.B) {
	s, token := benchmarkSite(b)
	for n := range 100 {
		s.call(token, "POST", api.PathTodos, fmt.Sprintf(`{"todoText":"todo %d"}`, n))
	}
	hammer(b, http.StatusOK, func(int64) *http.Request {
		r, _ := http.NewRequest(http.MethodGet, s.url+api.PathTodos+"?limit=100", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		return r
	})
}

func BenchmarkMCPCreate(b *testing.B) {
	s, token := benchmarkSite(b)
	b.Run("2026-07-28", func(b *testing.B) {
		hammer(b, http.StatusOK, func(n int64) *http.Request {
			return modernCall(s.url, token, "createTodo", fmt.Sprintf(`{"todoText":"todo %d"}`, n))
		})
	})
	session := s.initialize(token)
	b.Run("2025-11-25", func(b *testing.B) {
		hammer(b, http.StatusOK, func(n int64) *http.Request {
			return legacyCall(s.url, token, session, n, "createTodo", fmt.Sprintf(`{"todoText":"todo %d"}`, n))
		})
	})
}

func BenchmarkMCPList(b *testing.B) {
	s, token := benchmarkSite(b)
	for n := range 100 {
		s.call(token, "POST", api.PathTodos, fmt.Sprintf(`{"todoText":"todo %d"}`, n))
	}
	b.Run("2026-07-28", func(b *testing.B) {
		hammer(b, http.StatusOK, func(int64) *http.Request { return modernCall(s.url, token, "listTodos", `{"limit":100}`) })
	})
	session := s.initialize(token)
	b.Run("2025-11-25", func(b *testing.B) {
		hammer(b, http.StatusOK, func(n int64) *http.Request { return legacyCall(s.url, token, session, n, "listTodos", `{"limit":100}`) })
	})
}

func modernCall(url, token, name, arguments string) *http.Request {
	r := post(url+"/mcp", token, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+name+`","arguments":`+arguments+`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"tester","version":"1"}}}}`)
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("MCP-Protocol-Version", "2026-07-28")
	r.Header.Set("Mcp-Method", "tools/call")
	r.Header.Set("Mcp-Name", name)
	return r
}

func legacyCall(url, token, session string, id int64, name, arguments string) *http.Request {
	r := post(url+"/mcp", token, `{"jsonrpc":"2.0","id":`+fmt.Sprint(id)+`,"method":"tools/call","params":{"name":"`+name+`","arguments":`+arguments+`}}`)
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Mcp-Session-Id", session)
	r.Header.Set("MCP-Protocol-Version", "2025-11-25")
	return r
}

// initialize begins a session of the era of 2025-11-25 and returns its id.
func (s *site) initialize(token string) string {
	s.t.Helper()
	r := post(s.url+"/mcp", token, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"tester","version":"1"}}}`)
	r.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	session := resp.Header.Get("Mcp-Session-Id")
	if session == "" {
		s.t.Fatalf("initialize: %s %s", resp.Status, body)
	}
	return session
}
