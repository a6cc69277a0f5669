package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/mcpserver"
)

// TestHostileMessages sends what could be read in two ways, or not at all.
func TestHostileMessages(t *testing.T) {
	const parse, invalid, params = -32700, -32600, -32602
	deep := strings.Repeat("[", 70) + strings.Repeat("]", 70)
	tests := []struct {
		name, body string
		code       int64
		id         string
	}{
		{"empty", ``, parse, ""},
		{"blank", "  \n", parse, ""},
		{"not JSON", `hello`, parse, ""},
		{"cut off", `{"jsonrpc":"2.0","id":1,"method":"ping"`, parse, ""},
		{"trailing comma", `{"jsonrpc":"2.0","id":1,"method":"ping",}`, parse, ""},
		{"comment", `{"jsonrpc":"2.0",/* */"id":1,"method":"ping"}`, parse, ""},
		{"single quotes", `{'jsonrpc':'2.0'}`, parse, ""},
		{"NaN", `{"jsonrpc":"2.0","id":NaN,"method":"ping"}`, parse, ""},
		{"two messages", `{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}`, parse, ""},
		{"garbage after", `{"jsonrpc":"2.0","id":1,"method":"ping"} x`, parse, ""},
		{"NUL after", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\x00", parse, ""},
		{"byte order mark", "\ufeff" + `{"jsonrpc":"2.0","id":1,"method":"ping"}`, parse, ""},
		{"invalid UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\xff\"}", parse, ""},
		{"lone surrogate", `{"jsonrpc":"2.0","id":1,"method":"\ud800"}`, parse, ""},
		{"raw control character", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\nng\"}", parse, ""},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, invalid, ""},
		{"empty batch", `[]`, invalid, ""},
		{"string", `"ping"`, invalid, ""},
		{"number", `1`, invalid, ""},
		{"null", `null`, invalid, ""},
		{"empty object", `{}`, invalid, ""},
		{"no version", `{"id":1,"method":"ping"}`, invalid, "1"},
		{"version 1.0", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, invalid, "1"},
		{"version as number", `{"jsonrpc":2.0,"id":1,"method":"ping"}`, invalid, "1"},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, invalid, ""},
		{"boolean id", `{"jsonrpc":"2.0","id":true,"method":"ping"}`, invalid, ""},
		{"object id", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, invalid, ""},
		{"array id", `{"jsonrpc":"2.0","id":[1],"method":"ping"}`, invalid, ""},
		{"fractional id", `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, invalid, ""},
		{"id beyond precision", `{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}`, invalid, ""},
		{"no method", `{"jsonrpc":"2.0","id":"a"}`, invalid, `"a"`},
		{"empty method", `{"jsonrpc":"2.0","id":1,"method":""}`, invalid, "1"},
		{"numeric method", `{"jsonrpc":"2.0","id":1,"method":1}`, invalid, "1"},
		{"request and answer", `{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`, invalid, "1"},
		{"answer without id", `{"jsonrpc":"2.0","result":{}}`, invalid, ""},
		{"Method", `{"jsonrpc":"2.0","id":1,"Method":"ping"}`, invalid, "1"},
		{"method and METHOD", `{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/list"}`, invalid, "1"},
		{"ID", `{"jsonrpc":"2.0","ID":1,"method":"ping"}`, invalid, ""},
		{"JSONRPC", `{"JSONRPC":"2.0","id":1,"method":"ping"}`, invalid, "1"},
		{"Params", `{"jsonrpc":"2.0","id":1,"method":"ping","Params":{}}`, invalid, "1"},
		{"two methods", `{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}`, invalid, ""},
		{"two ids", `{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`, invalid, ""},
		{"two methods, one escaped", `{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/list"}`, invalid, ""},
		{"two tool names", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"listTodos","name":"deleteTodo"}}`, invalid, ""},
		{"two arguments", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"createTodo","arguments":{"todoText":"a","todoText":"b"}}}`, invalid, ""},
		{"too deep", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":` + deep + `}}`, invalid, ""},
		{"params as array", `{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}`, params, "1"},
		{"params as string", `{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}`, params, "1"},
	}
	s := start(t)
	session := s.session(t, full("ada"))
	for _, tc := range tests {
		for _, p := range []post{
			{body: tc.body, version: modern, header: http.Header{"Mcp-Method": {"ping"}}},
			{body: tc.body, version: legacy, header: http.Header{"Mcp-Session-Id": {session}}},
		} {
			r := s.send(t, p)
			code, id := r.rpcError(t)
			if r.status != http.StatusBadRequest || code != tc.code || id != tc.id {
				t.Errorf("%s, %s: %d %s, want 400, %d, id %q", tc.name, p.version, r.status, r.body, tc.code, tc.id)
			}
			if ct := r.header.Get("Content-Type"); ct != "application/json" {
				t.Errorf("%s, %s: answered as %s", tc.name, p.version, ct)
			}
		}
	}
}

// TestTheCallJudgedIsTheCallMade tries to have a reader's write taken for a read.
func TestTheCallJudgedIsTheCallMade(t *testing.T) {
	s := start(t)
	reader := token("ada", "reader", auth.ScopeRead)
	sid := s.session(t, reader)
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"createTodo","arguments":{"todoText":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"name":"createTodo","arguments":{"todoText":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"m\u0065thod":"tools/call","p\u0061rams":{"n\u0061me":"create\u0054odo","arguments":{"todoText":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"listTodos","name":"createTodo","arguments":{"todoText":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"createTodo","NAME":"listTodos","arguments":{"todoText":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"listTodos","name ":"createTodo","arguments":{"todoText":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"createtodo","arguments":{"todoText":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"TOOLS/CALL","params":{"name":"createTodo","arguments":{"todoText":"x"}}}`,
	} {
		s.send(t, post{token: reader, version: legacy, header: http.Header{"Mcp-Session-Id": {sid}}, body: body})
		for _, name := range []string{"createTodo", "listTodos"} {
			p := post{token: reader, version: modern, header: http.Header{"Mcp-Method": {"tools/call"}, "Mcp-Name": {name}}}
			p.body = strings.Replace(body, `"params":{`, `"params":{`+meta+`,`, 1)
			s.send(t, p)
		}
	}
	p, err := s.svc.List(t.Context(), "ada", web, pageOf(1))
	if err != nil || p.Total != 0 || p.Rev != 0 {
		t.Errorf("a reader wrote: %+v, %v", p, err)
	}
}

func TestHeadersOfARequest(t *testing.T) {
	s := start(t)
	listTools := modernCall("tools/list", "", "")
	with := func(p post, key, value string) post {
		h := p.header.Clone()
		if h == nil {
			h = http.Header{}
		}
		h.Set(key, value)
		if value == "" {
			h[key] = nil
		}
		p.header = h
		return p
	}
	read := modernCall("resources/read", "todoapp://todos", `"uri":"todoapp://todos"`)
	big := post{body: `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"` + strings.Repeat("x", 1<<20) + `"}}`}
	noVersion, otherVersion, olderVersion := listTools, listTools, listTools
	olderVersion.version = legacy
	noVersion.version = ""
	otherVersion.version = "2099-01-01"
	for _, tc := range []struct {
		name   string
		post   post
		status int
		code   int64
	}{
		{"as it should be", listTools, 200, 0},
		{"any type accepted", with(listTools, "Accept", "*/*"), 200, 0},
		{"old session id", with(listTools, "Mcp-Session-Id", "x"), 200, 0},
		{"event id", with(listTools, "Last-Event-ID", "x_1"), 200, 0},
		{"encoded name", with(read, "Mcp-Name", "=?base64?dG9kb2FwcDovL3RvZG9z?="), 200, 0},
		{"badly encoded name", with(read, "Mcp-Name", "=?base64?!?="), 400, -32020},
		{"other name", with(read, "Mcp-Name", "todoapp://todos/a"), 400, -32020},
		{"no name", with(read, "Mcp-Name", ""), 400, -32020},
		{"other method", with(listTools, "Mcp-Method", "tools/call"), 400, -32020},
		{"no method", with(listTools, "Mcp-Method", ""), 400, -32020},
		{"no version header", noVersion, 400, -32020},
		{"version header of the other era", olderVersion, 400, -32020},
		{"other version header", otherVersion, 400, -32020},
		{"unknown method", modernCall("todos/list", "", ""), 404, -32601},
		{"ping, which is no more", modernCall("ping", "", ""), 404, -32601},
		{"initialize, which is no more", modernCall("initialize", "", ""), 404, -32601},
		{"GET", post{method: http.MethodGet, version: modern}, 405, 0},
		{"DELETE", post{method: http.MethodDelete, version: modern}, 405, 0},
		{"text/plain", with(listTools, "Content-Type", "text/plain"), 415, 0},
		{"form", with(listTools, "Content-Type", "application/x-www-form-urlencoded"), 415, 0},
		{"no type", with(listTools, "Content-Type", ""), 415, 0},
		{"compressed", with(listTools, "Content-Encoding", "gzip"), 415, 0},
		{"only JSON accepted", with(listTools, "Accept", "application/json"), 400, 0},
		{"too large", big, 413, 0},
		{"unknown session", with(post{version: legacy, body: `{"jsonrpc":"2.0","id":1,"method":"ping"}`}, "Mcp-Session-Id", "x"), 404, 0},
		{"stream without a session", post{version: legacy, method: http.MethodGet}, 400, 0},
		{"end of no session", post{version: legacy, method: http.MethodDelete}, 400, 0},
		{"no session", post{version: legacy, body: `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`}, 400, -32600},
		{"no session, no version", post{body: `{"jsonrpc":"2.0","id":1,"method":"ping"}`}, 400, -32600},
		{"notification without a session", post{version: legacy, body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`}, 400, -32600},
		{"unknown method of the older era", with(post{version: legacy, body: `{"jsonrpc":"2.0","id":1,"method":"todos/list"}`}, "Mcp-Session-Id", s.session(t, full("ada"))), 200, -32601},
		{"bad version", post{version: "1999-01-01", body: `{"jsonrpc":"2.0","id":1,"method":"ping"}`}, 400, 0},
		{"PUT", post{method: http.MethodPut, version: legacy}, 405, 0},
		{"cookie instead of a bearer", with(with(listTools, "Authorization", ""), "Cookie", "stytch_session=x; stytch_session_jwt=y"), 401, 0},
		{"token in the query", post{path: "/mcp?access_token=x", body: listTools.body}, 400, 0},
	} {
		r := s.send(t, tc.post)
		if r.status != tc.status {
			t.Errorf("%s: %d %.200s, want %d", tc.name, r.status, r.body, tc.status)
			continue
		}
		if tc.code != 0 {
			if code, _ := r.rpcError(t); code != tc.code {
				t.Errorf("%s: %s, want %d", tc.name, r.body, tc.code)
			}
		}
		if tc.status == 405 && r.header.Get("Allow") == "" {
			t.Errorf("%s: no Allow", tc.name)
		}
	}
}

func TestUnsupportedVersionNamesTheSupported(t *testing.T) {
	s := start(t)
	p := modernCall("tools/list", "", "")
	p.version, p.body = "2099-01-01", strings.Replace(p.body, modern, "2099-01-01", 1)
	r := s.send(t, p)
	var v struct {
		Error struct {
			Code int64
			Data struct{ Supported []string }
		}
	}
	if err := json.Unmarshal([]byte(r.body), &v); err != nil || r.status != 400 || v.Error.Code != -32022 || len(v.Error.Data.Supported) == 0 {
		t.Errorf("answer %d %s", r.status, r.body)
	}
}

func TestNotificationsAreAcceptedInSilence(t *testing.T) {
	s := start(t)
	r := s.send(t, post{version: legacy, header: http.Header{"Mcp-Session-Id": {s.session(t, full("ada"))}}, body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`})
	if r.status != http.StatusAccepted || r.body != "" {
		t.Errorf("answer %d %q", r.status, r.body)
	}
}

func TestOrigins(t *testing.T) {
	s := start(t)
	port := s.url[strings.LastIndex(s.url, ":"):]
	for _, tc := range []struct {
		origin, host string
		status       int
	}{
		{"", "", 200},
		{s.url, "", 200},
		{"https://todo.example", "", 200},
		{"http://localhost:6274", "", 200},
		{"http://127.0.0.1:1", "", 200},
		{"http://[::1]:5173", "", 200},
		{"https://localhost", "", 200},
		{"null", "", 403},
		{"https://evil.example", "", 403},
		{"http://localhost.evil.example", "", 403},
		{"http://127.0.0.1.evil.example", "", 403},
		{"http://evil.example#localhost", "", 403},
		{"http://localhost@evil.example", "", 403},
		{"http://localhost:1/path", "", 403},
		{"https://todo.example.evil.example", "", 403},
		{"https://todo.example:444", "", 403},
		{"http://todo.example", "", 403},
		{"HTTPS://TODO.EXAMPLE", "", 403},
		{"file://localhost", "", 403},
		{"chrome-extension://localhost", "", 403},
		{"http://10.0.0.1", "", 403},
		{"http://2130706433", "", 403},
		{"", "evil.example", 403},
		{"", "localhost.evil.example" + port, 403},
		{"", "127.0.0.1:1", 403},
		{"", "localhost" + port, 200},
	} {
		p := modernCall("tools/list", "", "")
		if tc.origin != "" {
			p.header.Set("Origin", tc.origin)
		}
		if tc.host != "" {
			p.header.Set("Host", tc.host)
		}
		r := s.send(t, p)
		if r.status != tc.status {
			t.Errorf("origin %q, host %q: %d, want %d: %s", tc.origin, tc.host, r.status, tc.status, r.body)
		}
		allowed := r.header.Get("Access-Control-Allow-Origin")
		if tc.status == 200 && allowed != tc.origin || tc.status == 403 && allowed != "" || r.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("origin %q: allows %q", tc.origin, allowed)
		}
	}
	preflight := post{method: http.MethodOptions, header: http.Header{
		"Origin": {"http://localhost:6274"}, "Authorization": nil, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization,mcp-param-x"},
	}}
	r := s.send(t, preflight)
	if r.status != http.StatusNoContent || r.header.Get("Access-Control-Allow-Headers") != "authorization,mcp-param-x" {
		t.Errorf("preflight: %d %v", r.status, r.header)
	}
	preflight.header.Set("Origin", "https://evil.example")
	if r := s.send(t, preflight); r.status != http.StatusForbidden || r.header.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("preflight of a foreign page: %d %v", r.status, r.header)
	}
}

// FuzzParse holds the strict reader to the lenient one: what it takes, encoding/json
// takes too and reads the same in it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"createTodo","arguments":{"todoText":"x"},` + meta + `}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":"a","result":{}}`,
		`{"jsonrpc":"2.0","id":1,"m\u0065thod":"ping","params":null}`,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
		`{"jsonrpc":"2.0","id":null,"method":"ping"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := mcpserver.Parse(body)
		if got.Refused != 0 {
			return
		}
		if !utf8.Valid(body) {
			t.Fatalf("took invalid UTF-8")
		}
		var want struct {
			JSONRPC string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Method  string          `json:"method"`
			Params  struct {
				Name any                        `json:"name"`
				Meta map[string]json.RawMessage `json:"_meta"`
			} `json:"params"`
		}
		_ = json.Unmarshal(body, &want) // a member of another type leaves the rest read
		name, _ := want.Params.Name.(string)
		if want.JSONRPC != "2.0" || want.Method != got.Method || name != got.Name || string(want.ID) != got.ID {
			t.Errorf("%s: read %+v, encoding/json %+v", body, got, want)
		}
	})
}
