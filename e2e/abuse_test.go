package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	abuses    = 20_000
	abuseSeed = 20261125
	abusers   = 128
	maxGrowth = 50 << 10 // KiB of memory, from when it is warm
	// A server that is at work has answered by then, so that a request is not given
	// up, which may be told anything, but completed.
	impatience = 3 * time.Second
)

// TestAbuse sends requests that were valid before they were damaged, with the
// tokens of somebody who is signed in. Whatever they are answered, it is not a
// failure of the server, and nothing is left behind.
func TestAbuse(t *testing.T) {
	s := serve(t)
	m := &mutator{requests: validRequests(t, s), random: rand.New(rand.NewPCG(abuseSeed, 0))}
	statuses := map[int]int{}
	abuse(t, s, m, abuses/10, statuses)
	warm := memory(t, s.cmd.Process.Pid)
	abuse(t, s, m, abuses-abuses/10, statuses)
	grown := memory(t, s.cmd.Process.Pid) - warm
	if grown > maxGrowth {
		t.Errorf("the server grew by %d KiB, want at most %d", grown, maxGrowth)
	}
	if strings.Contains(s.stderr.String(), "panic") {
		t.Error("the server's log tells of a panic")
	}
	s.ready()
	t.Logf("answers by status: %v; memory %d KiB when warm and %d more at the end", statuses, warm, grown)
}

// abuse sends n damaged requests and counts the answers.
func abuse(t *testing.T, s *server, m *mutator, n int, statuses map[int]int) {
	t.Helper()
	requests := make(chan []byte)
	go func() {
		defer close(requests)
		for range n {
			requests <- m.next()
		}
	}()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range abusers {
		wg.Go(func() {
			for r := range requests {
				status, err := provoke(s, r)
				if err != nil || status == 500 || status == 502 || status == 503 || status == 504 {
					t.Errorf("answered %d (%v):\n%.2000q", status, err, r)
				}
				mu.Lock()
				statuses[status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// provoke sends bytes on a connection of their own and returns the status of the
// first answer; 0 if the server closed the connection without one. If the server
// waits for more it is told that there is none.
func provoke(s *server, request []byte) (int, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		return 0, nil // it was refused while it was being sent
	}
	in := bufio.NewReader(conn)
	conn.SetReadDeadline(time.Now().Add(impatience))
	if _, err := in.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			return 0, nil // it is closed already
		}
	}
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, err := in.ReadString('\n')
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, errors.New("neither answered nor closed")
	}
	if err != nil {
		return 0, nil
	}
	_, rest, _ := strings.Cut(line, " ")
	return strconv.Atoi(rest[:min(3, len(rest))])
}

// message is a request in parts.
type message struct {
	line, body string
	header     []string
}

// validRequests are of every kind that the server takes, but those that would end
// the session or the access of the rest.
func validRequests(t *testing.T, s *server) []message {
	t.Helper()
	p := s.person(ada)
	app := p.connect("Fuzzer")
	c := app.caller()
	result, err := c.tool("createTodo", `{"todoText":"seed"}`)
	if err != nil || result.IsError {
		t.Fatal(result, err)
	}
	id := result.StructuredContent.Todos[0].ID
	host := "Host: " + strings.TrimPrefix(s.URL, "http://")
	bearer, cookies := "Authorization: Bearer "+app.access, "Cookie: "+p.cookies()
	const (
		asJSON = "Content-Type: application/json"
		asForm = "Content-Type: application/x-www-form-urlencoded"
	)
	get := func(path string, header ...string) message {
		return message{"GET " + path + " HTTP/1.1", "", append(header, host)}
	}
	post := func(path, body string, header ...string) message {
		return message{"POST " + path + " HTTP/1.1", body, append(header, host)}
	}
	all := []message{
		get("/api/todos?limit=5&status=all", bearer), get("/api/todos/"+id, bearer, `If-None-Match: "r1"`), get("/api/changes?since=0&limit=3", bearer),
		get("/api/events?since=0", bearer, "Last-Event-ID: 1"), get("/api/me", cookies), get("/api/openapi.json"),
		post("/api/todos", `{"todoText":"Buy milk","notes":"two litres"}`, bearer, asJSON, "Idempotency-Key: 8e03978e-40d5", "Prefer: return=minimal"),
		post("/api/todos/"+id+"/complete", "", bearer), post("/api/todos/"+id+"/reopen", "", cookies, "Origin: "+s.URL),
		{"PATCH /api/todos/" + id + " HTTP/1.1", `{"text":"Buy oat milk","notes":null,"completed":true}`, []string{host, bearer, asJSON, `If-Match: "r2"`, "Prefer: return=minimal"}},
		{"DELETE /api/todos/none HTTP/1.1", "", []string{host, bearer, "Prefer: return=minimal"}},
		get("/todoapp", cookies), get("/todoapp/"+id, cookies), get("/todoapp/completed", cookies), get("/connections", cookies), get("/login?return_to=%2Ftodoapp"),
		post("/todoapp", "text=from+a+form", cookies, asForm, "Origin: "+s.URL), post("/login/code", "code=123456", asForm, "Origin: "+s.URL),
		get("/authenticate?stytch_token_type=magic_links&token=abc"), get("/healthz"), get("/metrics"),
		get("/.well-known/oauth-protected-resource/mcp"), get("/.well-known/oauth-authorization-server"), get("/.well-known/jwks.json"),
		get("/oauth/authorize?response_type=code&client_id="+app.id+"&redirect_uri="+url.QueryEscape(callback)+"&scope=todos%3Aread&state=s&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256", cookies),
		post("/v1/oauth2/token", "grant_type=authorization_code&code=x&client_id="+app.id+"&redirect_uri="+url.QueryEscape(callback)+"&code_verifier="+verifier, asForm),
		post("/v1/oauth2/token", "grant_type=refresh_token&refresh_token=x&client_id="+app.id, asForm),
		post("/v1/oauth2/register", `{"client_name":"Fuzz","redirect_uris":["http://127.0.0.1/callback"],"grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"none"}`, asJSON),
		post("/v1/oauth2/introspect", "token=x&client_id="+app.id, asForm), post("/v1/oauth2/revoke", "token=x&client_id="+app.id, asForm),
		get("/v1/oauth2/userinfo", bearer), post("/v1/otps/email/login_or_create", `{"email":"eve@example.com"}`, asJSON, "Authorization: Basic eDp5"),
		post("/mcp", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"f","version":"1"}}}`,
			bearer, asJSON, "Accept: application/json, text/event-stream"),
		get("/mcp", bearer, "Accept: text/event-stream", "Mcp-Session-Id: none"), get("/sse", bearer, "Accept: text/event-stream"),
	}
	return append(all, mcpMessages(t, c, id)...)
}

// mcpMessages are calls of the version without sessions.
func mcpMessages(t *testing.T, c *caller, id string) (all []message) {
	t.Helper()
	for _, call := range []struct{ method, name, params string }{
		{"tools/list", "", ""},
		{"resources/list", "", ""},
		{"prompts/list", "", ""},
		{"server/discover", "", ""},
		{"subscriptions/listen", "", `"notifications":{"resourceSubscriptions":["todoapp://todos"]}`},
		{"resources/read", "todoapp://todos/" + id, `"uri":"todoapp://todos/` + id + `"`},
		{"tools/call", "listTodos", `"name":"listTodos","arguments":{"limit":5}`},
		{"tools/call", "createTodo", `"name":"createTodo","arguments":{"todoText":"from a tool"}`},
		{"tools/call", "updateTodos", `"name":"updateTodos","arguments":{"todos":[{"todoID":"` + id + `","notes":"n"}]}`},
		{"tools/call", "undoChange", `"name":"undoChange","arguments":{"changeID":"c1"}`},
	} {
		r, err := c.mcp(call.method, call.name, call.params)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		var header bytes.Buffer
		if err := r.Header.Write(&header); err != nil {
			t.Fatal(err)
		}
		m := message{"POST /mcp HTTP/1.1", string(body), []string{"Host: " + r.URL.Host}}
		all = append(all, message{m.line, m.body, append(m.header, strings.Split(strings.TrimSpace(header.String()), "\r\n")...)})
	}
	return all
}

// mutator damages requests, the same ones in the same way for the same seed.
type mutator struct {
	requests []message
	random   *rand.Rand
}

// next returns a damaged request: mostly in a part, so that the rest gets it to
// the code that reads that part, and sometimes as a whole.
func (m *mutator) next() []byte {
	r := m.requests[m.random.IntN(len(m.requests))]
	r.header = slices.Clone(r.header)
	part := m.random.IntN(10)
	switch {
	case part < 5 && r.body != "":
		r.body = m.damage(r.body)
	case part < 8:
		method, target, _ := strings.Cut(r.line, " ")
		target, version, _ := strings.Cut(target, " ")
		r.line = method + " " + m.damage(target) + " " + version
	case part < 9:
		i := m.random.IntN(len(r.header))
		r.header[i] = m.damage(r.header[i])
	}
	if r.body != "" || !strings.HasPrefix(r.line, http.MethodGet) {
		r.header = append(r.header, fmt.Sprintf("Content-Length: %d", len(r.body)))
	}
	raw := r.line + "\r\n" + strings.Join(r.header, "\r\n") + "\r\n\r\n" + r.body
	if part == 9 {
		raw = m.damage(raw)
	}
	return []byte(raw)
}

// splinters are what parsers trip over.
var splinters = []string{
	"\x00", "\xff", "\xed\xa0\x80", "\u202e", "\r\n", "\n", "%00", "%2e%2e%2f", "../", "//", "{", "[", "\"", "\\ud800", "null", "-1", "1e999", "99999999999999999999",
	"&", "=", ";", ",", ":", " ", "true", "[[[[[[[[[[", `{"a":`, "%", "%zz", "+", "\t", strings.Repeat("a", 600), strings.Repeat("[", 5000),
}

// damage changes a text in one to four places.
func (m *mutator) damage(text string) string {
	b := []byte(text)
	for range 1 + m.random.IntN(4) {
		at := m.random.IntN(len(b) + 1)
		until := min(len(b), at+1+m.random.IntN(8))
		switch m.random.IntN(5) {
		case 0:
			b = slices.Delete(b, at, until)
		case 1:
			b = slices.Insert(b, at, b[at:until]...)
		case 2:
			b = slices.Insert(b, at, []byte(splinters[m.random.IntN(len(splinters))])...)
		case 3:
			if at < len(b) {
				b[at] ^= 1 << m.random.IntN(8)
			}
		case 4:
			if m.random.IntN(4) == 0 {
				b = b[:at]
			}
		}
	}
	return string(b)
}
