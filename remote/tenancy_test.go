package remote_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote"
	"todo.example/remote/internal/mcpserver"
	"todo.example/remote/internal/rest"
)

const canary = "CANARY-7f3a"

// tenancy is Ada's list, full of canaries, and everyone who should not see them.
type tenancy struct {
	*site
	id, change string
	hook, pat  string            // ids of Ada's webhook and personal token
	tokens     map[string]string // who → token
	bob        *browser
}

// stranger is a caller and the status that each of their requests gets, by
// whether it writes.
type stranger struct {
	name        string
	read, write int
}

// 0: any status will do, the bytes are looked at.
var strangers = []stranger{
	{"nobody", 401, 401},
	{"revoked", 401, 401},
	{"expired", 401, 401},
	{"Ada, to read only", 0, 403},
	{"Ada, OpenID only", 403, 403},
	{"Ada, personal, to read only", 0, 403},
	{"Ada, personal, deleted", 401, 401},
	{"Bob", 0, 0},
	{"Bob, personal", 0, 0},
}

func newTenancy(t *testing.T) *tenancy {
	t.Helper()
	var clock atomic.Int64 // ahead of the real time
	s := start(t, func(c *remote.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(clock.Load())) }
	})
	ada := s.browser()
	ada.signIn("ada@example.com")
	bob := s.browser()
	bob.signIn("bob@example.com")
	x := &tenancy{site: s, bob: bob, tokens: map[string]string{"nobody": ""}}

	x.tokens["expired"] = ada.connect("Expired", "todos:read", "todos:write").access()
	clock.Store(int64(61 * time.Minute))
	revoked := ada.connect("Revoked", "todos:read", "todos:write")
	x.tokens["revoked"] = revoked.access()
	if resp, err := http.PostForm(s.url+"/v1/oauth2/revoke", url.Values{"token": {revoked.access()}, "client_id": {revoked.ID}}); err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	x.tokens["Ada"] = ada.connect("Full", "todos:read", "todos:write").access()
	x.tokens["Ada, to read only"] = ada.connect("Reader", "todos:read").access()
	x.tokens["Ada, OpenID only"] = ada.connect("Profile", "openid").access()
	x.tokens["Bob"] = bob.connect("Bob's", "todos:read", "todos:write").access()

	x.addAccount(ada)

	resp, body := s.call(x.tokens["Ada"], "POST", "/api/todos", `{"todoText":"`+canary+`","notes":"`+canary+`","list":"private","tags":["private"]}`)
	var created struct {
		Todo     todo.Todo
		ChangeID string
	}
	if err := json.Unmarshal([]byte(body), &created); err != nil || created.Todo.ID == "" {
		t.Fatal(resp.Status, body)
	}
	x.id, x.change = created.Todo.ID, created.ChangeID
	return x
}

// addAccount gives Ada a webhook and personal tokens, and Bob one.
func (x *tenancy) addAccount(ada *browser) {
	personal := func(b *browser, name, scopes string) (id, secret string) {
		var token api.Token
		b.api("POST", "/api/tokens", `{"name":"`+name+`","scopes":[`+scopes+`]}`, http.StatusCreated, &token)
		return token.ID, token.Secret
	}
	x.pat, x.tokens["Ada, personal, to read only"] = personal(ada, "Ada's", `"todos:read"`)
	deleted, secret := personal(ada, "deleted", `"todos:read","todos:write"`)
	x.tokens["Ada, personal, deleted"] = secret
	ada.api("DELETE", "/api/tokens/"+deleted, "", http.StatusNoContent, nil)
	_, x.tokens["Bob, personal"] = personal(x.bob, "Bob's", `"todos:read","todos:write"`)
	var hook api.Webhook
	ada.api("POST", "/api/webhooks", `{"url":"https://`+canary+`.example.com/"}`, http.StatusCreated, &hook)
	ada.api("PATCH", "/api/webhooks/"+hook.ID, `{"enabled":false}`, http.StatusOK, nil)
	x.hook = hook.ID
}

// TestTenancy asks for every operation of every surface as everyone who may not:
// no byte of Ada's reaches another, and nothing of hers is changed.
func TestTenancy(t *testing.T) {
	x := newTenancy(t)
	for _, who := range strangers {
		for _, op := range rest.Operations() {
			t.Run(fmt.Sprintf("REST/%s/%s", op.ID, who.name), func(t *testing.T) { x.tryREST(t, who, op) })
		}
		for _, tool := range mcpserver.Tools() {
			t.Run(fmt.Sprintf("MCP/%s/%s", tool.Name, who.name), func(t *testing.T) { x.tryTool(t, who, tool) })
		}
	}
	for _, path := range []string{"/todoapp", "/connections", "/todoapp?view=trash", "/todoapp/" + x.id, "/api/todos/" + x.id, "/api/changes", "/api/todos?status=all"} {
		if _, page := x.bob.get(path); strings.Contains(page, canary) || strings.Contains(page, x.id) && strings.HasPrefix(path, "/todoapp?") {
			t.Errorf("Bob's browser sees Ada's todo at %s", path)
		}
	}
	for path, id := range map[string]string{"/api/tokens": x.pat, "/api/webhooks": x.hook} {
		if resp, body := x.call(x.tokens["Ada"], "GET", path, ""); resp.StatusCode != http.StatusOK || !strings.Contains(body, id) {
			t.Errorf("after all that Ada's %s: %s %s", path, resp.Status, body)
		}
	}
	resp, body := x.call(x.tokens["Ada"], "GET", "/api/todos/"+x.id, "")
	var after todo.Todo
	if err := json.Unmarshal([]byte(body), &after); err != nil || after.Text != canary || after.Completed || after.Deleted() || after.Rev != 1 {
		t.Errorf("Ada's todo was changed: %s %s", resp.Status, body)
	}
}

func (x *tenancy) tryREST(t *testing.T, who stranger, op rest.Operation) {
	if op.ID == "streamEvents" || strings.HasSuffix(op.Path, "/events") {
		x.tryEvents(t, who, op)
		return
	}
	path := strings.NewReplacer("{id}", x.id, "{changeID}", x.change, "{tokenID}", x.pat, "{webhookID}", x.hook, "{name}", "private").Replace(op.Path)
	body := ""
	switch {
	case op.ID == "createTodo":
		body = `{"todoText":"a stranger's"}`
	case op.ID == "quickAdd":
		body = `{"text":"a stranger's"}`
	case op.ID == "importTodos":
		body = `{"todos":[{"text":"a stranger's"}]}`
	case op.ID == "moveTodo":
		body = `{"position":"top","list":"a stranger's"}`
	case op.ID == "batch":
		body = `{"operations":[{"op":"update","id":"` + x.id + `","text":"a stranger's"},{"op":"delete","id":"` + x.id + `"}]}`
	case strings.Contains(op.Path, "/{name}") && op.Method == http.MethodPatch:
		body = `{"name":"stranger"}`
	case op.Method == http.MethodPatch:
		body = `{"text":"a stranger's"}`
	}
	resp, answer := x.call(x.tokens[who.name], op.Method, path, body)
	x.judge(t, who, op.Action, resp.StatusCode, answer)
}

// judge looks at one answer.
func (x *tenancy) judge(t *testing.T, who stranger, action todo.Action, status int, answer string) {
	t.Helper()
	adas := strings.HasPrefix(who.name, "Ada")
	if strings.Contains(answer, canary) && !(adas && status == 200 && !action.Writes()) {
		t.Errorf("a foreign byte: %d %s", status, answer)
	}
	want := who.read
	if action.Writes() {
		want = who.write
	}
	if action == 0 && adas {
		want = 0 // about oneself
	}
	if want != 0 && status != want {
		t.Errorf("%d, want %d: %s", status, want, answer)
	}
	if strings.HasPrefix(who.name, "Bob") && status >= 500 {
		t.Errorf("%d %s", status, answer)
	}
}

// tryEvents reads Bob's stream until a change of his own has come.
func (x *tenancy) tryEvents(t *testing.T, who stranger, op rest.Operation) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, op.Method, x.url+op.Path, nil)
	r.Header.Set("Authorization", "Bearer "+x.tokens[who.name])
	r.Header.Set("Last-Event-ID", "0")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if who.name != "Bob" {
		if who.read != 0 && resp.StatusCode != who.read {
			t.Errorf("%d, want %d", resp.StatusCode, who.read)
		}
		return
	}
	x.call(x.tokens["Ada"], "POST", "/api/todos", `{"todoText":"`+canary+`"}`)
	x.call(x.tokens["Bob"], "POST", "/api/todos", `{"todoText":"bob's own"}`)
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), canary) {
			t.Errorf("a foreign byte: %s", lines.Text())
		}
		if strings.Contains(lines.Text(), "bob's own") {
			return
		}
	}
	t.Error("Bob's own change did not come")
}

func (x *tenancy) tryTool(t *testing.T, who stranger, tool mcpserver.Tool) {
	arguments := map[string]string{
		"createTodo": `{"todoText":"a stranger's"}`, "markTodoComplete": `{"todoID":"` + x.id + `"}`, "deleteTodo": `{"todoID":"` + x.id + `"}`,
		"listTodos": `{"status":"all"}`, "updateTodos": `{"todos":[{"todoID":"` + x.id + `","todoText":"a stranger's"}]}`,
		"setTodosCompleted": `{"todoIDs":["` + x.id + `"]}`, "undoChange": `{"changeID":"` + x.change + `"}`,
		"createTodos": `{"todos":[{"todoText":"a stranger's","parentID":"` + x.id + `"}]}`, "deleteTodos": `{"todoIDs":["` + x.id + `"]}`,
		"getTodo": `{"todoID":"` + x.id + `"}`, "getOverview": `{}`, "listChanges": `{"todoID":"` + x.id + `"}`,
		"search": `{"query":"` + canary + `"}`, "fetch": `{"id":"` + x.id + `"}`,
	}[tool.Name]
	if arguments == "" {
		t.Fatalf("no row for the tool %s", tool.Name)
	}
	status, answer := x.callTool(x.tokens[who.name], tool.Name, arguments)
	x.judge(t, who, tool.Action, status, answer)
}

// callTool calls a tool in the era of 2026-07-28.
func (s *site) callTool(token, name, arguments string) (int, string) {
	s.t.Helper()
	return s.mcp(token, "tools/call", name, `"name":"`+name+`","arguments":`+arguments)
}

func (s *site) mcp(token, method, name, params string) (int, string) {
	s.t.Helper()
	if params != "" {
		params += ","
	}
	body := `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + params + `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"tester","version":"1"}}}}`
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/mcp?tools=openai", strings.NewReader(body)) // where every tool is
	if err != nil {
		s.t.Fatal(err)
	}
	h := map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": name}
	for k, v := range h {
		if v != "" {
			r.Header.Set(k, v)
		}
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if _, err := bufio.NewReader(resp.Body).WriteTo(&b); err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, b.String()
}
