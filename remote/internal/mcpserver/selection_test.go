package mcpserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// TestAddressSelectsTools lists and calls at addresses that offer other tools, from
// one Server and within one session.
func TestAddressSelectsTools(t *testing.T) {
	s := start(t)
	for _, tc := range []struct {
		path, scope string
		want        string
		refuses     string // a tool that is not offered
	}{
		{"/mcp?readonly=1", auth.ScopeWrite, "getOverview getTodo listChanges listTodos", "createTodo"},
		{"/mcp?readonly", auth.ScopeWrite, "getOverview getTodo listChanges listTodos", "delete_todo"},
		{"/mcp?tools=createTodo,listTodos", auth.ScopeWrite, "createTodo listTodos", "deleteTodo"},
		{"/mcp?tools=create_todo&tools=list_todos", auth.ScopeWrite, "createTodo listTodos", "getTodo"},
		{"/mcp?tools=createTodo,listTodos&readonly=1", auth.ScopeWrite, "listTodos", "createTodo"},
		{"/mcp?tools=createTodo,listTodos", auth.ScopeRead, "listTodos", ""},
		{"/mcp?tools=openai&readonly=1", auth.ScopeWrite, "fetch getOverview getTodo listChanges listTodos search", "undoChange"},
		{"/mcp?tools=search,fetch", auth.ScopeRead, "fetch search", "listTodos"},
		{"/mcp?tools=listTodos,openai", auth.ScopeRead, "fetch listTodos search", "getTodo"},
		{"/mcp", auth.ScopeRead, "getOverview getTodo listChanges listTodos", "search"},
		{"/mcp?readonly=0&readonly=1", auth.ScopeWrite, "getOverview getTodo listChanges listTodos", "createTodo"},
		{"/mcp?read_only=1", auth.ScopeWrite, "getOverview getTodo listChanges listTodos", "createTodo"},
		{"/mcp?Tools=listTodos", auth.ScopeWrite, "listTodos", "createTodo"},
		{"/mcp?tools=OpenAI,getTodo", auth.ScopeRead, "fetch getTodo search", "listTodos"},
		{"/mcp?readonly=False", auth.ScopeRead, "getOverview getTodo listChanges listTodos", ""},
		{"/mcp?readonly=0&other=1", auth.ScopeRead, "getOverview getTodo listChanges listTodos", ""},
	} {
		eras(t, func(t *testing.T, version string) {
			cs := s.connectTo(t, tc.path, version, newBearer(t, token("ada", "app", tc.scope)), nil)
			if got := listed(t, cs); got != tc.want {
				t.Errorf("%s with %s lists %s, want %s", tc.path, tc.scope, got, tc.want)
			}
			if tc.refuses == "" {
				return
			}
			_, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tc.refuses, Arguments: args{"todoText": "x", "todoID": "x"}})
			if rpcCode(err) != -32602 || !strings.Contains(err.Error(), strings.Fields(tc.want)[0]) {
				t.Errorf("%s calls %s: %v", tc.path, tc.refuses, err)
			}
		})
	}
	if got := s.openTexts(t, "ada"); len(got) != 0 {
		t.Errorf("refused calls made %v", got)
	}
}

func listed(t *testing.T, cs *mcp.ClientSession) string {
	t.Helper()
	list, err := cs.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return strings.Join(names, " ")
}

// openTexts returns the texts of a namespace's open todos.
func (s *server) openTexts(t *testing.T, ns todo.Namespace) []string {
	t.Helper()
	page, err := s.svc.List(t.Context(), ns, web, pageOf(0))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, item := range page.Todos {
		texts = append(texts, item.Text)
	}
	return texts
}

func TestAddressWithAnUnknownToolIsRefused(t *testing.T) {
	s := start(t)
	p := modernCall("tools/list", "", "")
	p.path = "/mcp?tools=listTodos,listtasks"
	r := s.send(t, p)
	if r.status != http.StatusBadRequest || !strings.Contains(r.body, "listtasks") || !strings.Contains(r.body, "createTodos") {
		t.Errorf("answer %d %s", r.status, r.body)
	}
}

// TestAddressThatCannotBeReadIsRefused: it would offer more than was meant.
func TestAddressThatCannotBeReadIsRefused(t *testing.T) {
	s := start(t)
	for _, query := range []string{"tools=listTodos;readonly=1", "%zz", "readonly=%"} {
		p := modernCall("tools/list", "", "")
		p.path = "/mcp?" + query
		if r := s.send(t, p); r.status != http.StatusBadRequest || !strings.Contains(r.body, "cannot be read") {
			t.Errorf("?%s: answer %d %s", query, r.status, r.body)
		}
	}
}

// TestOldTransportKeepsTheSelection wants the address that the stream names to
// select as the stream's does.
func TestOldTransportKeepsTheSelection(t *testing.T) {
	s := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(s.request(ctx, t, post{method: http.MethodGet, path: "/sse?readonly=1&x=y"}))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	events := bufio.NewScanner(resp.Body)
	next := func() string {
		for events.Scan() {
			if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatalf("no event: %v", events.Err())
		return ""
	}
	endpoint := next()
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`,
	} {
		if r := s.send(t, post{path: endpoint, body: body}); r.status != http.StatusAccepted {
			t.Fatalf("%s: %d %s", body, r.status, r.body)
		}
	}
	next() // of initialize
	var list struct {
		Result struct{ Tools []struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(next()), &list); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Result.Tools {
		names = append(names, tool.Name)
	}
	if diff := cmp.Diff(reading, names); diff != "" {
		t.Errorf("tools (-want +listed):\n%s", diff)
	}
	r := s.send(t, post{path: endpoint, body: `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"create_todo","arguments":{"todoText":"x"}}}`})
	if r.status != http.StatusAccepted { // the client listens on the stream only
		t.Errorf("a call of what is not offered: %d %s", r.status, r.body)
	}
	if answer := next(); !strings.Contains(answer, "-32602") || !strings.Contains(answer, "listTodos") {
		t.Errorf("a call of what is not offered: %s", answer)
	}
}

// TestAliasesAreTheTools calls tools as models and hosts spell them.
func TestAliasesAreTheTools(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		cs := s.connect(t, version, full("ada"), nil)
		_, made := call[outcome](t, cs, "create_todo", args{"todo_text": "one"})
		id := made.Todos[0].ID
		for tool, a := range map[string]args{
			"list_todos": nil, "get_todo": {"todo_id": id}, "get_overview": nil, "list_changes": nil, "create-todos": {"todos": []args{{"todoText": "two"}}},
			"update_todos": {"todos": []args{{"todoID": id, "notes": "n"}}}, "mark_todo_complete": {"todo_id": id}, "SetTodosCompleted": {"todoIDs": id},
		} {
			if r, o := call[outcome](t, cs, tool, a); r.IsError {
				t.Errorf("%s: %+v", tool, o)
			}
		}
		for _, tool := range []string{"delete_todo", "undo_change", "delete_todos"} {
			if r, o := call[outcome](t, cs, tool, map[string]args{"delete_todo": {"todoID": id}, "delete_todos": {"todoIDs": id}}[tool]); r.IsError {
				t.Errorf("%s: %+v", tool, o)
			}
		}
		if got := listed(t, cs); strings.Contains(got, "_") {
			t.Errorf("an alias is listed: %s", got)
		}
	})
}

// TestChatGPTsToolsHaveItsShapes holds search and fetch to what connectors and
// deep research of ChatGPT read: exact members, and one block of text with them.
func TestChatGPTsToolsHaveItsShapes(t *testing.T) {
	s := start(t)
	cs := s.connectTo(t, "/mcp?tools=openai", modern, newBearer(t, full("ada")), nil)
	_, made := call[outcome](t, cs, "createTodo", args{"todoText": "Buy milk", "notes": "2 l", "priority": "high"})
	id := made.Todos[0].ID
	want := args{"id": id, "title": "Buy milk", "url": "https://todo.example/todoapp/" + id}

	r, got := call[map[string]any](t, cs, "search", args{"query": "milk"})
	if diff := cmp.Diff(map[string]any{"results": []any{map[string]any(want)}}, got); diff != "" {
		t.Errorf("search (-want +got):\n%s", diff)
	}
	oneBlock(t, r, got)
	r, got = call[map[string]any](t, cs, "fetch", args{"id": id})
	metadata, _ := got["metadata"].(map[string]any)
	if metadata["status"] != "open" || metadata["priority"] != "high" {
		t.Errorf("metadata: %v", metadata)
	}
	delete(got, "metadata")
	want["text"] = "Buy milk\n\n2 l"
	if diff := cmp.Diff(map[string]any(want), got); diff != "" {
		t.Errorf("fetch (-want +got):\n%s", diff)
	}
	got["metadata"] = metadata
	oneBlock(t, r, got)
	if _, none := call[map[string]any](t, cs, "search", args{"query": "nothing"}); len(none["results"].([]any)) != 0 {
		t.Errorf("search for nothing: %v", none)
	}
}

func oneBlock(t *testing.T, r *mcp.CallToolResult, want map[string]any) {
	t.Helper()
	var said map[string]any
	if err := json.Unmarshal([]byte(words(r)), &said); err != nil || len(r.Content) != 1 {
		t.Errorf("%d blocks: %v", len(r.Content), err)
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("text (-data +text):\n%s", diff)
	}
}
