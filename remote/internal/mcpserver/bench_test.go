package mcpserver_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// BenchmarkToolsCall measures one call over loopback HTTP, 16 at a time: ours, with
// bearer check, permission and strict reading, and beside it the SDK's bare handler
// with a trivial typed tool and no checks at all, in the same run. The write finds
// everything as asked, for the store in memory is not built to be measured.
func BenchmarkToolsCall(b *testing.B) {
	write := `"name":"markTodoComplete","arguments":{"todoID":"%s"}`
	list := `"name":"listTodos","arguments":{"limit":100}`
	for _, version := range []string{legacy, modern} {
		b.Run("write/"+version, func(b *testing.B) { benchmarkOurs(b, version, "markTodoComplete", write) })
		b.Run("write/"+version+"/bare", func(b *testing.B) { benchmarkBare(b, version, "markTodoComplete", write) })
		b.Run("list100/"+version, func(b *testing.B) { benchmarkOurs(b, version, "listTodos", list) })
		b.Run("list100/"+version+"/bare", func(b *testing.B) { benchmarkBare(b, version, "listTodos", list) })
	}
}

func benchmarkOurs(b *testing.B, version, tool, params string) {
	s := start(b)
	ada := full("ada")
	items := make([]todo.New, 100)
	for i := range items {
		items[i].Text = fmt.Sprintf("todo number %d", i)
	}
	c, err := s.svc.Create(b.Context(), "ada", web, items, todo.Options{})
	if err != nil {
		b.Fatal(err)
	}
	id := c.Todos()[0].ID
	if _, err := s.svc.SetCompleted(b.Context(), "ada", web, []string{id}, true, todo.Options{}); err != nil {
		b.Fatal(err)
	}
	params = strings.Replace(params, "%s", id, 1)
	session := ""
	if version == legacy {
		session = s.session(b, ada)
	}
	benchmarkCalls(b, s.url+"/mcp", version, ada, session, tool, params)
}

type bareTodo struct {
	ID        string `json:"id"`
	Text      string `json:"text"`
	Completed bool   `json:"completed"`
}

func benchmarkBare(b *testing.B, version, tool, params string) {
	server := mcp.NewServer(&mcp.Implementation{Name: "bare", Version: "1"}, nil)
	list := make([]bareTodo, 100)
	for i := range list {
		list[i] = bareTodo{fmt.Sprintf("id%06d", i), fmt.Sprintf("todo number %d", i), false}
	}
	type in struct {
		TodoID string `json:"todoID,omitempty"`
		Limit  int    `json:"limit,omitempty"`
	}
	type out struct {
		Todos []bareTodo `json:"todos"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "markTodoComplete"}, func(context.Context, *mcp.CallToolRequest, in) (*mcp.CallToolResult, out, error) {
		return nil, out{list[:1]}, nil
	})
	mcp.AddTool(server, &mcp.Tool{Name: "listTodos"}, func(context.Context, *mcp.CallToolRequest, in) (*mcp.CallToolResult, out, error) {
		return nil, out{list}, nil
	})
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: version == modern})
	web := httptest.NewServer(handler)
	b.Cleanup(web.Close)
	session := ""
	if version == legacy {
		session = beginSession(b, web.URL)
		b.Cleanup(func() {
			for ss := range server.Sessions() {
				ss.Close()
			}
		})
	}
	benchmarkCalls(b, web.URL, version, "none", session, tool, params)
}

func beginSession(b *testing.B, url string) string {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"tester","version":"1"}}}`))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.Header.Get("Mcp-Session-Id")
}

func benchmarkCalls(b *testing.B, url, version, token, session, tool, params string) {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	b.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	var ids atomic.Int64
	b.SetParallelism(8) // 16 at a time on two cores
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,%s}}`, ids.Add(1), params, meta)
			if version == legacy {
				body = strings.Replace(body, ","+meta, "", 1)
			}
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header = http.Header{
				"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + token},
				"Mcp-Protocol-Version": {version}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {tool},
			}
			if session != "" {
				r.Header.Set("Mcp-Session-Id", session)
			}
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			answer, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK || strings.Contains(string(answer), `"isError":true`) {
				b.Errorf("%d %s %v", resp.StatusCode, answer, err)
				return
			}
		}
	})
}
