package mcpserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/mcpserver"
)

// TestPermissionMatrix makes every call with every kind of access, in both eras.
func TestPermissionMatrix(t *testing.T) {
	s := start(t)
	s.add(t, "ada", "a secret of ada's")
	revoked := token("ada", "gone", auth.ScopeRead, auth.ScopeWrite)
	s.identity.revoke(revoked)
	access := []struct {
		name, token   string
		reads, writes int
	}{
		{"all", full("ada"), 200, 200},
		{"write only", token("ada", "w", auth.ScopeWrite), 200, 200},
		{"read only", token("ada", "r", auth.ScopeRead), 200, 403},
		{"openid only", token("ada", "o", "openid"), 403, 403},
		{"none", "", 401, 401},
		{"bad", "|", 401, 401},
		{"revoked", revoked, 401, 401},
	}
	type operation struct {
		method, name, params string
		writes               bool
	}
	operations := []operation{
		{"tools/list", "", "", false},
		{"resources/list", "", "", false},
		{"resources/templates/list", "", "", false},
		{"resources/read", "todoapp://todos", `"uri":"todoapp://todos"`, false},
		{"completion/complete", "", `"ref":{"type":"ref/resource","uri":"todoapp://todos/{id}"},"argument":{"name":"id","value":""}`, false},
		{"tools/call", "create_todo", `"name":"create_todo","arguments":{}`, true}, // an alias is the tool
	}
	for _, tool := range mcpserver.Tools() {
		operations = append(operations, operation{"tools/call", tool.Name, fmt.Sprintf(`"name":%q,"arguments":{}`, tool.Name), tool.Action.Writes()})
	}
	for _, op := range operations {
		for _, a := range access {
			want := a.reads
			if op.writes {
				want = a.writes
			}
			call := modernCall(op.method, op.name, op.params)
			call.header.Set("Authorization", "Bearer "+a.token)
			old := post{
				version: legacy, header: http.Header{"Authorization": {"Bearer " + a.token}, "Mcp-Session-Id": {s.session(t, full("ada"))}},
				body: fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"method":%q,"params":{%s}}`, op.method, op.params),
			}
			call.path, old.path = "/mcp?tools=openai", "/mcp?tools=openai" // where every tool is
			if want == 200 && a.name != "all" {
				old.header.Set("Mcp-Session-Id", s.session(t, a.token)) // another client's session is not theirs
			}
			for _, p := range []post{call, old} {
				r := s.send(t, p)
				if r.status != want {
					t.Errorf("%s %s with %s, %s: %d, want %d: %s", op.method, op.name, a.name, p.version, r.status, want, r.body)
				}
				if want != 200 && strings.Contains(r.body, "secret") {
					t.Errorf("%s %s with %s tells %s", op.method, op.name, a.name, r.body)
				}
			}
		}
	}
}

// TestMissingScopeIsAChallenge wants what makes a client ask for more access.
func TestMissingScopeIsAChallenge(t *testing.T) {
	s := start(t)
	p := modernCall("tools/call", "createTodo", `"name":"createTodo","arguments":{"todoText":"x"}`)
	p.token = token("ada", "reader", auth.ScopeRead)
	r := s.send(t, p)
	challenge := r.header.Get("WWW-Authenticate")
	for _, want := range []string{"Bearer ", `error="insufficient_scope"`, `scope="todos:read todos:write"`, `resource_metadata="` + s.url + `/.well-known/oauth-protected-resource/mcp"`} {
		if !strings.Contains(challenge, want) {
			t.Errorf("challenge %q lacks %q", challenge, want)
		}
	}
	if code, id := r.rpcError(t); r.status != http.StatusForbidden || code != -32000 || id != "1" {
		t.Errorf("answer %d %s", r.status, r.body)
	}
}

// TestAccessIsThatOfTheCall changes the token within one legacy session: each call
// has what its own bearer may, not what the session began with.
func TestAccessIsThatOfTheCall(t *testing.T) {
	s := start(t)
	all, reader := token("ada", "app", auth.ScopeRead, auth.ScopeWrite), token("ada", "app", auth.ScopeRead)
	b := newBearer(t, reader)
	cs := s.connectAs(t, legacy, b, nil)
	create := &mcp.CallToolParams{Name: "createTodo", Arguments: args{"todoText": "x"}}
	if _, err := cs.CallTool(t.Context(), create); err == nil {
		t.Fatal("a reader created a todo")
	}
	b.set(all)
	if r, err := cs.CallTool(t.Context(), create); err != nil || r.IsError {
		t.Fatalf("after stepping up: %v %v", r, err)
	}
	b.set(reader)
	if _, err := cs.CallTool(t.Context(), create); err == nil {
		t.Error("a reader created a todo after the session had been more")
	}
	b.set(all)
	s.identity.revoke(all)
	if _, err := cs.CallTool(t.Context(), create); err == nil {
		t.Error("a revoked token created a todo")
	}
}

// TestSessionsAreTheirOwners wants another user, and another client of the same
// user, to get nowhere with a session's id.
func TestSessionsAreTheirOwners(t *testing.T) {
	s := start(t)
	s.add(t, "ada", "a secret of ada's")
	id := s.session(t, full("ada"))
	list := `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"listTodos","arguments":{}}}`
	for who, thief := range map[string]string{"another user": full("eve"), "another user of the client": token("eve", "client-of-ada", auth.ScopeRead), "another client": token("ada", "other", auth.ScopeRead)} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
			r := s.send(t, post{method: method, token: thief, version: legacy, header: http.Header{"Mcp-Session-Id": {id}}, body: list})
			if r.status != http.StatusForbidden || strings.Contains(r.body, "secret") {
				t.Errorf("%s of %s: %d %s", method, who, r.status, r.body)
			}
		}
	}
	if r := s.send(t, post{version: legacy, header: http.Header{"Mcp-Session-Id": {id}}, body: list}); r.status != http.StatusOK || !strings.Contains(r.body, "secret") {
		t.Errorf("the owner: %d %s", r.status, r.body)
	}
}

// TestNothingOfAnothers asks for another user's todo in every way there is.
func TestNothingOfAnothers(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		secret := s.add(t, "ada", "a secret of ada's")
		page, err := s.svc.List(t.Context(), "ada", web, pageOf(1))
		if err != nil {
			t.Fatal(err)
		}
		cs := s.connectTo(t, "/mcp?tools=openai", version, newBearer(t, full("eve")), nil)
		for tool, a := range map[string]args{
			"markTodoComplete":  {"todoID": secret.ID},
			"deleteTodo":        {"todoID": secret.ID},
			"setTodosCompleted": {"todoIDs": []string{secret.ID}},
			"updateTodos":       {"todos": []args{{"todoID": secret.ID, "todoText": "mine"}}},
			"deleteTodos":       {"todoIDs": []string{secret.ID}},
			"undoChange":        {"changeID": "c1"},
			"getTodo":           {"todoID": secret.ID},
			"createTodo":        {"todoText": "mine", "parentID": secret.ID},
			"createTodos":       {"todos": []args{{"todoText": "mine", "parentID": secret.ID}}},
			"listChanges":       {"todoID": secret.ID},
			"getOverview":       {},
			"listTodos":         {"status": "all", "cursor": page.NextCursor},
			"search":            {"query": "secret"},
			"fetch":             {"id": secret.ID},
		} {
			r, _ := call[outcome](t, cs, tool, a)
			data, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), "secret") {
				t.Errorf("%s tells %s", tool, data)
			}
		}
		if _, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "todoapp://todos/" + secret.ID}); rpcCode(err) != -32602 {
			t.Errorf("reading it: %v", err)
		}
		for r, err := range cs.Resources(t.Context(), nil) {
			if err != nil || strings.Contains(r.Name, "secret") {
				t.Errorf("listed: %+v, %v", r, err)
			}
		}
		if got, err := s.svc.Get(t.Context(), "ada", web, secret.ID); err != nil || got.Rev != secret.Rev {
			t.Errorf("changed: %+v, %v", got, err)
		}
	})
}

func TestWhoMadeAChange(t *testing.T) {
	s := start(t)
	for _, tc := range []struct{ name, title, client, want string }{
		{"claude-ai", "Claude", "c1", "Claude"},
		{"claude-ai", "", "c1", "claude-ai"},
		{"", "", "c1", "c1"},
		{"web", "CLI", "c1", "c1"},
		{"\u0007\u202e", "", "c1", "c1"},
		{strings.Repeat("é", 80), "", "c1", strings.Repeat("é", 64)},
		{"", "", "web", "app"},
		{"todo CLI", "", "c1", "cli"},
	} {
		info, err := json.Marshal(args{"name": tc.name, "title": tc.title, "version": "1"})
		if err != nil {
			t.Fatal(err)
		}
		p := modernCall("tools/call", "createTodo", `"name":"createTodo","arguments":{"todoText":"x"}`)
		p.token = token("ada", tc.client, auth.ScopeWrite)
		p.body = strings.Replace(p.body, `"_meta":{`, `"_meta":{"io.modelcontextprotocol/clientInfo":`+string(info)+`,`, 1)
		if r := s.send(t, p); r.status != http.StatusOK {
			t.Fatalf("%q: %d %s", tc.name, r.status, r.body)
		}
		log, err := s.svc.Changes(t.Context(), "ada", web, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		last := log.Changes[len(log.Changes)-1]
		if last.By != tc.want || last.ClientID != tc.client {
			t.Errorf("%q %q %q made it as %q, want %q", tc.name, tc.title, tc.client, last.By, tc.want)
		}
	}
}
