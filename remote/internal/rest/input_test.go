package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// summary is what a problem says, on one line.
func summary(t *testing.T, got response) string {
	t.Helper()
	if got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("no problem: %d %v %s", got.status, got.header, got.body)
	}
	p := decode[api.Problem](t, got.body)
	if p.Status != got.status || p.Type != "about:blank" || p.Title != http.StatusText(got.status) || p.RequestID == "" || p.Hint == "" {
		t.Errorf("incomplete problem: %s", got.body)
	}
	line := fmt.Sprintf("%d %s", p.Status, p.Code)
	for _, e := range p.Errors {
		line += " " + e.Pointer
	}
	return line + ": " + p.Detail
}

func TestBadInput(t *testing.T) {
	s := newSite(t)
	id := s.add(t, ada, "x").ID
	long := strings.Repeat("a", 501)
	tests := []struct {
		name, method, target, body string
		header                     map[string]string
		want                       string
	}{
		{name: "empty", body: `{"todoText":""}`, want: "422 invalid_argument /todoText: the text is empty"},
		{name: "blank", body: `{"todoText":" \t "}`, want: "422 invalid_argument /todoText: the text has a control character (U+0009)"},
		{name: "spaces", body: `{"text":"   "}`, want: "422 invalid_argument /text: the text is empty"},
		{name: "absent", body: `{}`, want: "422 invalid_argument /todoText: the text is empty"},
		{name: "too long", body: `{"todoText":"` + long + `"}`, want: "422 invalid_argument /todoText: the text has 501 characters, 500 are allowed"},
		{name: "control character", body: `{"text":"a\u0000b"}`, want: "422 invalid_argument /text: the text has a control character (U+0000)"},
		{name: "control character in notes", body: `{"text":"a","notes":"\u001b[31m"}`, want: "422 invalid_argument /notes: the notes has a control character (U+001B)"},
		{name: "invalid UTF-8", body: "{\"text\":\"a\xff\"}", want: "422 invalid_argument /text: the text is not valid UTF-8"},
		{name: "overlong UTF-8", body: "{\"notes\":\"\xc0\xaf\",\"text\":\"a\"}", want: "422 invalid_argument /notes: the notes is not valid UTF-8"},
		{name: "half a surrogate pair", body: `{"text":"a\ud83e"}`, want: "422 invalid_argument /text: the text is not valid UTF-8"},
		{name: "surrogates the wrong way round", body: `{"text":"\udd5b\ud83e"}`, want: "422 invalid_argument /text: the text is not valid UTF-8"},
		{name: "unknown member", body: `{"text":"a","done":true}`, want: `422 invalid_argument /done: the body has an unknown member "done"`},
		{name: "other case", body: `{"Text":"a"}`, want: `422 invalid_argument /Text: the body has an unknown member "Text"`},
		{name: "read-only member", body: `{"text":"a","createdBy":"web"}`, want: `422 invalid_argument /createdBy: the body has an unknown member "createdBy"`},
		{name: "long member", body: `{"` + long + `":1}`, want: `422 invalid_argument /` + long[:60] + `…: the body has an unknown member "` + long[:60] + `…"`},
		{name: "member twice", body: `{"text":"a","text":"b"}`, want: `422 invalid_argument /text: the body has "text" twice`},
		{name: "member twice, once escaped", body: `{"text":"a","te\u0078t":"b"}`, want: `422 invalid_argument /text: the body has "text" twice`},
		{name: "both names", body: `{"text":"a","todoText":"a"}`, want: "422 invalid_argument /text: the body has both todoText and text"},
		{name: "number", body: `{"todoText":1}`, want: "422 invalid_argument /todoText: todoText must be a string, not number"},
		{name: "array", body: `{"todoText":["a"]}`, want: "422 invalid_argument /todoText: todoText must be a string, not array"},
		{name: "null", body: `{"todoText":null}`, want: "422 invalid_argument /todoText: todoText must not be null"},
		{name: "two values", body: `{"text":"a"}{}`, want: "400 bad_request: the body is not JSON: invalid character '{' after top-level value"},
		{name: "cut short", body: `{"text":"a"`, want: "400 bad_request: the body is not JSON: unexpected end of JSON input"},
		{name: "trailing comma", body: `{"text":"a",}`, want: "400 bad_request: the body is not JSON: invalid character '}' looking for beginning of object key string"},
		{name: "a list", body: `[{"text":"a"}]`, want: "400 bad_request: the body is not a JSON object"},
		{name: "just null", body: `null`, want: "400 bad_request: the body is not a JSON object"},
		{name: "too deep", body: `{"text":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, want: "400 bad_request: the body is not JSON: invalid character '[' exceeded max depth"},
		{name: "nothing", header: map[string]string{"Content-Type": "application/json"}, want: "400 bad_request: the body is not JSON: unexpected end of JSON input"},
		{name: "over 1 MiB", body: `{"text":"` + strings.Repeat("a", 1<<20) + `"}`, want: "413 too_large: the request body is too large"},
		{name: "no type", body: `{"text":"a"}`, header: map[string]string{"Content-Type": ""}, want: "415 unsupported_media: a body without a Content-Type is not understood"},
		{name: "form", body: "todoText=a", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, want: "415 unsupported_media: a body as application/x-www-form-urlencoded is not understood"},
		{name: "plain text", body: `{"text":"a"}`, header: map[string]string{"Content-Type": "text/plain"}, want: "415 unsupported_media: a body as text/plain is not understood"},
		{name: "another charset", body: `{"text":"a"}`, header: map[string]string{"Content-Type": "application/json; charset=latin1"}, want: "415 unsupported_media: a body as application/json; charset=latin1 is not understood"},
		{name: "merge patch", body: `{"text":"a"}`, header: map[string]string{"Content-Type": "application/merge-patch+json"}, want: "415 unsupported_media: a body as application/merge-patch+json is not understood"},
		{name: "key with a blank", body: `{"text":"a"}`, header: map[string]string{"Idempotency-Key": "a b"}, want: "422 invalid_argument /Idempotency-Key: the idempotency key must be at most 255 printable characters"},
		{name: "long key", body: `{"text":"a"}`, header: map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}, want: "422 invalid_argument /Idempotency-Key: the idempotency key must be at most 255 printable characters"},

		{name: "null text", method: "PATCH", target: "/" + id, body: `{"text":null}`, want: "422 invalid_argument /text: text must not be null"},
		{name: "null completed", method: "PATCH", target: "/" + id, body: `{"completed":null}`, want: "422 invalid_argument /completed: completed must not be null"},
		{name: "completed as text", method: "PATCH", target: "/" + id, body: `{"completed":"yes"}`, want: "422 invalid_argument /completed: completed must be true or false, not string"},
		{name: "notes as number", method: "PATCH", target: "/" + id, body: `{"notes":1.5}`, want: "422 invalid_argument /notes: notes must be a string, not number"},
		{name: "id", method: "PATCH", target: "/" + id, body: `{"id":"z0000000"}`, want: `422 invalid_argument /id: the body has an unknown member "id"`},
		{name: "two tags", method: "PATCH", target: "/" + id, body: `{"text":"b"}`, header: map[string]string{"If-Match": `"r1", "r2"`}, want: "400 bad_request: If-Match has more than one entity tag"},
		{name: "unknown id", method: "PATCH", target: "/z0000000", body: `{"text":"b"}`, want: `404 not_found /id: no todo has the id "z0000000"`},
		{name: "hostile id", method: "GET", target: "/%2e%2e%2fetc%00", want: `404 not_found /id: no todo has the id "../etc\x00"`},
		{name: "complete with a body", target: "/" + id + "/complete", body: `{"completed":true}`, want: `422 invalid_argument /completed: the body has an unknown member "completed"`},
		{name: "complete by a form", target: "/" + id + "/complete", header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, want: "415 unsupported_media: a body as multipart/form-data; boundary=x is not understood"},
		{name: "deleted", method: "PATCH", target: "/" + s.trashed(t), body: `{"text":"b"}`, want: "404 not_found /id: the todo TRASHED is in the trash"},

		{name: "date", body: `{"text":"a","due":"someday"}`, want: `422 invalid_date /due: "someday" is not a date`},
		{name: "repeat", body: `{"text":"a","repeat":"now and then"}`, want: `422 invalid_date /repeat: "now and then" is not a repeat: not all of it is understood`},
		{name: "priority", body: `{"text":"a","priority":"urgent"}`, want: `422 invalid_argument /priority: "urgent" is not a priority`},
		{name: "list with a sign", body: `{"text":"a","list":"#a"}`, want: `422 invalid_argument /list: the name "#a" begins with a sign`},
		{name: "tags as text", body: `{"text":"a","tags":"b"}`, want: "422 invalid_argument /tags: tags must be a list of strings, not string"},
		{name: "tags of numbers", body: `{"text":"a","tags":["b",1]}`, want: "422 invalid_argument /tags: tags must be a list of strings"},
		{name: "tags with null", body: `{"text":"a","tags":["b",null]}`, want: "422 invalid_argument /tags: tags must be a list of strings, without null"},
		{name: "tags with null in a patch", method: "PATCH", target: "/" + id, body: `{"tags":[null]}`, want: "422 invalid_argument /tags: tags must be a list of strings, without null"},
		{name: "list that is a path", body: `{"text":"a","list":".."}`, want: `422 invalid_argument /list: the name ".." is a path`},
		{name: "tags null", body: `{"text":"a","tags":null}`, want: "422 invalid_argument /tags: tags must not be null"},
		{name: "tags not Unicode", body: "{\"text\":\"a\",\"tags\":[\"\xff\"]}", want: "422 invalid_argument /tags: the tags is not valid UTF-8"},
		{name: "parent that is not there", body: `{"text":"a","parentID":"z0000000"}`, want: `404 not_found /parentID: no todo has the id "z0000000"`},
		{name: "place that is none", body: `{"text":"a","position":"second"}`, want: `422 invalid_argument /position: "second" is not a position`},
		{name: "no zone", body: `{"text":"a","timezone":"Europe/Berlin"}`, want: `422 invalid_argument /timezone: the body has an unknown member "timezone"`},
		{name: "move nowhere", target: "/" + id + "/move", body: `{}`, want: "422 invalid_argument /position: the body does not say where the todo is to go"},
		{name: "move to two places", target: "/" + id + "/move", body: `{"before":"a","after":"b"}`, want: "422 invalid_argument /position: the body says more than once where the todo is to go"},
		{name: "move below itself", target: "/" + id + "/move", body: `{"parentID":"` + id + `"}`, want: "422 invalid_argument /parentID: a todo cannot be its own subtask"},
		{name: "quick add of nothing", target: "/api/quickadd", body: `{}`, want: "422 invalid_argument /text: the text is empty"},
		{name: "quick add of nothing, tried out", target: "/api/quickadd?dryRun=true", body: `{"text":" "}`, want: "422 invalid_argument /text: the text is empty"},

		{name: "sort", method: "GET", target: "?sort=newest", want: `422 invalid_argument /sort: "newest" is not an order`},
		{name: "due range", method: "GET", target: "?due=someday", want: `422 invalid_date /due: "someday" is not a date`},
		{name: "priority of a search", method: "GET", target: "?priority=p1", want: `422 invalid_argument /priority: "p1" is not a priority`},
		{name: "key of a search", method: "GET", target: "?q=colour:red", want: `422 invalid_argument /q: a query has no key "colour"`},
		{name: "fields", method: "GET", target: "?fields=text,owner", want: `422 invalid_argument /fields: a todo has no member "owner"`},
		{name: "cursor of another search", method: "GET", target: "?list=b&cursor=b3Blbg", want: "422 invalid_argument /cursor: the cursor is not one of this list's"},
		{name: "unknown parameter", method: "GET", target: "?state=open", want: `400 bad_request /state: the query has an unknown parameter "state"`},
		{name: "parameter of a write", method: "POST", target: "?limit=1", body: `{"text":"a"}`, want: `400 bad_request /limit: the query has an unknown parameter "limit"`},
		{name: "parameter twice", method: "GET", target: "?limit=1&limit=2", want: `400 bad_request /limit: the query has "limit" more than once`},
		{name: "bad escape", method: "GET", target: "?limit=%zz", want: "400 bad_request: the query cannot be read"},
		{name: "status", method: "GET", target: "?status=done", want: `422 invalid_argument /status: "done" is not a status`},
		{name: "no limit", method: "GET", target: "?limit=", want: `422 invalid_argument /limit: "" is not a limit`},
		{name: "limit 0", method: "GET", target: "?limit=0", want: `422 invalid_argument /limit: "0" is not a limit`},
		{name: "limit 201", method: "GET", target: "?limit=201", want: `422 invalid_argument /limit: "201" is not a limit`},
		{name: "cursor", method: "GET", target: "?cursor=b3Blbg", want: "422 invalid_argument /cursor: the cursor is not one of this list's"},
		{name: "token in the query", method: "GET", target: "?access_token=" + ada, header: map[string]string{"Authorization": ""}, want: "400 bad_request: the access token is in the wrong place"},

		{name: "since", method: "GET", target: "/api/changes?since=-1", want: `422 invalid_argument /since: "-1" is not a revision`},
		{name: "changes limit", method: "GET", target: "/api/changes?limit=1e9", want: `422 invalid_argument /limit: "1e9" is not a limit`},
		{name: "change id", target: "/api/changes/12/undo", want: `422 invalid_argument /changeID: "12" is not a change id`},
		{name: "unknown change", target: "/api/changes/c999999/undo", want: `404 not_found /changeID: no change has the id "c999999"`},
		{name: "event id", method: "GET", target: "/api/events", header: map[string]string{"Last-Event-ID": "c12"}, want: `422 invalid_argument /Last-Event-ID: "c12" is not a revision`},
		{name: "parameter of me", method: "GET", target: "/api/me?x=1", want: `400 bad_request /x: the query has an unknown parameter "x"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target := test.target
			if !strings.HasPrefix(target, "/api/") {
				target = "/api/todos" + target
			}
			method := test.method
			if method == "" {
				method = "POST"
			}
			got := summary(t, s.send(t, exchange{method, target, test.body, test.header}))
			if i := strings.LastIndex(target, "/"); strings.Contains(test.want, "TRASHED") {
				test.want = strings.ReplaceAll(test.want, "TRASHED", target[i+1:])
			}
			if got != test.want {
				t.Errorf("%s %s\n got %s\nwant %s", method, target, got, test.want)
			}
		})
	}
	list, err := s.as(t, ada).List(t.Context(), todo.Query{Status: todo.StatusAll})
	if err != nil || len(list.Todos) != 1 || list.Todos[0].Text != "x" {
		t.Errorf("after all that the list is %+v, %v", list, err)
	}
}

func (s *site) trashed(t *testing.T) string {
	t.Helper()
	gone, err := s.as(t, ada).Delete(t.Context(), s.add(t, ada, "gone").ID)
	if err != nil {
		t.Fatal(err)
	}
	return gone.Todo.ID
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := newSite(t)
	tests := []struct{ method, target, want, allow string }{
		{"GET", "/api/", "404 not_found: there is nothing at /api/", ""},
		{"GET", "/api/nothing", "404 not_found: there is nothing at /api/nothing", ""},
		{"GET", "/api/todos/", "404 not_found: there is nothing at /api/todos/", ""},
		{"POST", "/api/todos/a/b", "404 not_found: there is nothing at /api/todos/a/b", ""},
		{"PUT", "/api/todos", "405 method_not_allowed: PUT is not possible here", "GET, POST"},
		{"OPTIONS", "/api/todos", "405 method_not_allowed: OPTIONS is not possible here", "GET, POST"},
		{"POST", "/api/todos/a", "405 method_not_allowed: POST is not possible here", "GET, PATCH, DELETE"},
		{"GET", "/api/todos/a/complete", "405 method_not_allowed: GET is not possible here", "POST"},
		{"GET", "/api/todos/batch", "405 method_not_allowed: GET is not possible here", "POST"},
		{"OPTIONS", "/api/todos/batch", "405 method_not_allowed: OPTIONS is not possible here", "POST"},
		{"PUT", "/api/lists/a%2Fb", "405 method_not_allowed: PUT is not possible here", "GET, PATCH, DELETE"},
		{"POST", "/api/docs", "405 method_not_allowed: POST is not possible here", "GET"},
		{"GET", "/api/lists/a/b", "404 not_found: there is nothing at /api/lists/a/b", ""},
		{"DELETE", "/api/me", "405 method_not_allowed: DELETE is not possible here", "GET"},
		{"POST", "/api/openapi.json", "405 method_not_allowed: POST is not possible here", "GET"},
	}
	for _, test := range tests {
		got := s.send(t, exchange{method: test.method, target: test.target})
		if line := summary(t, got); line != test.want || got.header.Get("Allow") != test.allow {
			t.Errorf("%s %s = %s, Allow: %s", test.method, test.target, line, got.header.Get("Allow"))
		}
	}
}
