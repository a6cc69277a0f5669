package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// The methods themselves are tested against the server, in remote/internal/rest.

// recorder is a server that remembers what it was asked.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
	keys []string
}

// serve starts a server whose answer to request n, counted from 0, is answer's.
func serve(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *recorder {
	t.Helper()
	s := &recorder{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		n := len(s.seen)
		s.seen = append(s.seen, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+string(body)))
		s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
		s.mu.Unlock()
		answer(n, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *recorder) requests() (seen, keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen, s.keys
}

func connect(t *testing.T, base string) *client.Client {
	t.Helper()
	c, err := client.New(base, &http.Client{Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ok(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{}`)
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestRequests(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { ok(w) })
	c, ctx := connect(t, s.URL+"/"), t.Context()
	text, notes, done := "a", "", true
	calls := []struct {
		want string
		do   func() error
	}{
		{"GET /api/todos", func() error { _, err := c.List(ctx, todo.Query{}); return err }},
		{"GET /api/todos?cursor=x%26y&limit=5&status=open", func() error {
			_, err := c.List(ctx, todo.Query{Status: todo.StatusOpen, Cursor: "x&y", Limit: 5})
			return err
		}},
		{"GET /api/todos/a%2F%3Fb", func() error { _, err := c.Get(ctx, "a/?b"); return err }},
		{`POST /api/todos {"todoText":"a","notes":"n"}`, func() error { _, err := c.Create(ctx, api.Create{TodoText: "a", Notes: "n"}); return err }},
		{`PATCH /api/todos/a {"text":"a","notes":"","completed":true}`, func() error {
			_, err := c.Patch(ctx, todo.Patch{ID: "a", Text: &text, Notes: &notes, Completed: &done})
			return err
		}},
		{"POST /api/todos/a/complete", func() error { _, err := c.Complete(ctx, "a"); return err }},
		{"POST /api/todos/a/reopen", func() error { _, err := c.Reopen(ctx, "a"); return err }},
		{"DELETE /api/todos/a", func() error { _, err := c.Delete(ctx, "a"); return err }},
		{"POST /api/todos/a/restore", func() error { _, err := c.Restore(ctx, "a"); return err }},
		{"POST /api/changes/c8/undo", func() error { _, err := c.Undo(ctx, "c8"); return err }},
		{"POST /api/changes/last/undo", func() error { _, err := c.Undo(ctx, ""); return err }},
		{"GET /api/changes?limit=10&since=7", func() error { _, err := c.Changes(ctx, 7, 10); return err }},
		{"GET /api/me", func() error { _, err := c.Me(ctx); return err }},
		{"GET /api/todos?due=week&list=a%2Fb&parentID=p&priority=high&q=milk+-bread&sort=due&tag=home", func() error {
			_, err := c.List(ctx, todo.Query{Text: "milk -bread", Due: "week", List: "a/b", Tag: "home", Priority: "high", ParentID: "p", Sort: todo.SortDue})
			return err
		}},
		{`POST /api/todos {"todoText":"a","due":"tomorrow","repeat":"daily","priority":"high","list":"L","tags":["t"],"parentID":"p","position":"top"}`, func() error {
			_, err := c.Create(ctx, api.NewCreate(todo.New{Text: "a", Due: "tomorrow", Repeat: "daily", Priority: "high", List: "L", Tags: []string{"t"}, ParentID: "p", Position: "top"}))
			return err
		}},
		{`PATCH /api/todos/a {"notes":"","tags":[],"addTags":["t"],"position":"after:b"}`, func() error {
			_, err := c.Patch(ctx, todo.Patch{ID: "a", Notes: &notes, Tags: &[]string{}, AddTags: []string{"t"}, Position: "after:b"})
			return err
		}},
		{`POST /api/todos/a/move {"list":"L","before":"b"}`, func() error { _, err := c.Move(ctx, "a", api.Move{List: "L", Before: "b"}); return err }},
		{`POST /api/todos/batch {"operations":[{"op":"create","text":"a","due":"tomorrow","tags":["t"]},{"op":"update","id":"x","notes":""},{"op":"delete","id":"y"}],"atomic":true}`, func() error {
			_, err := c.Batch(ctx, []todo.Op{
				{Op: todo.OpCreate, New: todo.New{Text: "a", Due: "tomorrow", Tags: []string{"t"}}},
				{Op: todo.OpUpdate, ID: "x", Patch: todo.Patch{ID: "x", Notes: &notes}},
				{Op: todo.OpDelete, ID: "y"},
			}, true)
			return err
		}},
		{`POST /api/quickadd {"text":"a !high"}`, func() error { _, err := c.QuickAdd(ctx, "a !high"); return err }},
		{`POST /api/quickadd?dryRun=1 {"text":"a !high"}`, func() error { _, err := c.Draft(ctx, "a !high"); return err }},
		{"GET /api/lists", func() error { _, err := c.Lists(ctx); return err }},
		{"GET /api/tags", func() error { _, err := c.Tags(ctx); return err }},
		{`PATCH /api/lists/a%2F%20b {"name":"c"}`, func() error { _, err := c.RenameList(ctx, "a/ b", "c"); return err }},
		{`PATCH /api/lists/%2E%2E {"archived":false}`, func() error { _, err := c.ArchiveList(ctx, "..", false); return err }},
		{"DELETE /api/lists/a", func() error { _, err := c.DeleteList(ctx, "a"); return err }},
		{`PATCH /api/tags/a {"name":"b"}`, func() error { _, err := c.RenameTag(ctx, "a", "b"); return err }},
		{"DELETE /api/tags/%C3%A4", func() error { _, err := c.DeleteTag(ctx, "ä"); return err }},
		{"GET /api/overview", func() error { _, err := c.Overview(ctx); return err }},
		{"GET /api/history?by=cli&cursor=c&kind=deleted&limit=5&since=2026-11-25T00%3A00%3A00Z&todoID=x", func() error {
			_, err := c.History(ctx, todo.HistoryQuery{Kind: todo.Deleted, Since: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), By: "cli", TodoID: "x", Limit: 5, Cursor: "c"})
			return err
		}},
		{"POST /api/import?dryRun=1&format=csv&skipInvalid=1 text\nBuy milk", func() error {
			_, err := c.Import(ctx, strings.NewReader("text\nBuy milk"), client.ImportOptions{Format: "csv", DryRun: true, SkipInvalid: true})
			return err
		}},
	}
	var want []string
	for _, call := range calls {
		if err := call.do(); err != nil {
			t.Errorf("%s: %v", call.want, err)
		}
		want = append(want, call.want)
	}
	seen, keys := s.requests()
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	used := map[string]bool{}
	for i, key := range keys {
		if isRead := strings.HasPrefix(seen[i], "GET"); isRead != (key == "") || used[key] && !isRead {
			t.Errorf("%s came with the key %q", seen[i], key)
		}
		used[key] = true
	}
}

// TestRetry: a connection that breaks costs one more try, with the same key and
// body, and no more than one.
func TestRetry(t *testing.T) {
	breaks := map[string]func(http.ResponseWriter){
		"before the answer": hangUp,
		"within the answer": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			ok(w)
		},
	}
	for name, breakOff := range breaks {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n == 0 {
					breakOff(w)
					return
				}
				ok(w)
			})
			if _, err := connect(t, s.URL).Create(t.Context(), api.Create{TodoText: "a"}); err != nil {
				t.Error(err)
			}
			seen, keys := s.requests()
			if len(seen) != 2 || seen[0] != seen[1] || keys[0] == "" || keys[0] != keys[1] {
				t.Errorf("requests %q with keys %q", seen, keys)
			}
		})
	}
	t.Run("for good", func(t *testing.T) {
		s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { hangUp(w) })
		_, err := connect(t, s.URL).Complete(t.Context(), "a")
		want(t, err, todo.CodeUnavailable, "the server at "+s.URL+" broke the connection")
		if seen, _ := s.requests(); len(seen) != 2 {
			t.Errorf("requests: %q", seen)
		}
	})
	t.Run("not after a failure", func(t *testing.T) {
		s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			problem(w, 503, `{"code":"unavailable","detail":"later"}`)
		})
		_, err := connect(t, s.URL).Complete(t.Context(), "a")
		want(t, err, todo.CodeUnavailable, "later")
		if seen, _ := s.requests(); len(seen) != 1 {
			t.Errorf("requests: %q", seen)
		}
	})
}

func problem(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// want checks the code, the message, and that there is a next step.
func want(t *testing.T, err error, code todo.Code, message string) {
	t.Helper()
	var e *todo.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != message || code == todo.CodeUnavailable && e.Hint == "" && message != "later" {
		t.Errorf("got %#v, want %s: %s", err, code, message)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		target error
		want   todo.Error
	}{
		{"ours", 404, `{"code":"not_found","detail":"no todo","hint":"look","errors":[{"pointer":"/id","message":"no todo"}],"todos":[]}`, todo.ErrNotFound, todo.Error{Code: todo.CodeNotFound, Message: "no todo", Hint: "look", Field: "id"}},
		{"without a code", 409, `{"status":409,"detail":"no"}`, todo.ErrConflict, todo.Error{Code: todo.CodeConflict, Message: "no"}},
		{"with a request id", 500, `{"code":"internal","detail":"oh","hint":"report it","requestID":"r1"}`, &todo.Error{Code: todo.CodeInternal}, todo.Error{Code: todo.CodeInternal, Message: "oh", Hint: "report it (request id r1)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { problem(w, test.status, test.body) })
			_, err := connect(t, s.URL).Get(t.Context(), "a")
			var got *todo.Error
			if !errors.As(err, &got) || !errors.Is(err, test.target) || *got != test.want {
				t.Errorf("got %#v, want %+v", err, test.want)
			}
		})
	}
}

func TestStrangeAnswers(t *testing.T) {
	typed := func(status int, media, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	const notOurs = "the server at URL does not answer as a todo server does"
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		code   todo.Code
		want   string
	}{
		{"a page", typed(200, "text/html", "<html>"), todo.CodeUnavailable, notOurs},
		{"another 404", typed(404, "text/plain", "404 page not found"), todo.CodeUnavailable, notOurs},
		{"half JSON", typed(200, "application/json", `{"todos":[`), todo.CodeUnavailable, notOurs},
		{"half a problem", typed(400, "application/problem+json", `{`), todo.CodeUnavailable, notOurs},
		{"proxy", typed(502, "text/html", "Bad Gateway"), todo.CodeUnavailable, "the server at URL is not running behind its proxy"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			chunk := []byte(strings.Repeat(" ", 1<<16))
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, todo.CodeTooLarge, "the answer of URL is over 32 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { test.answer(w, r) })
			_, err := connect(t, s.URL).List(t.Context(), todo.Query{})
			want(t, err, test.code, strings.ReplaceAll(test.want, "URL", s.URL))
		})
	}
}

func TestRedirects(t *testing.T) {
	elsewhere := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { ok(w) })
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/api/me":
			http.Redirect(w, r, elsewhere.URL+"/api/me", http.StatusTemporaryRedirect)
		case strings.HasPrefix(r.URL.Path, "/api/todos/loop"):
			http.Redirect(w, r, "/api/todos/loop", http.StatusTemporaryRedirect)
		case r.URL.Path == "/api/todos/old":
			http.Redirect(w, r, "/api/todos/new", http.StatusPermanentRedirect)
		default:
			ok(w)
		}
	})
	c := connect(t, s.URL)
	_, err := c.Me(t.Context())
	want(t, err, todo.CodeUnavailable, "the server at "+s.URL+" sends requests on to "+elsewhere.URL)
	if seen, _ := elsewhere.requests(); len(seen) != 0 {
		t.Errorf("the other server was sent %q", seen)
	}
	if _, err := c.Get(t.Context(), "old"); err != nil {
		t.Errorf("redirect on the same server: %v", err)
	}
	if _, err := c.Get(t.Context(), "loop"); err == nil {
		t.Error("a loop of redirects is no error")
	}
}

func TestOutOfReach(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	refused := "http://" + closed.Addr().String()
	_, err = connect(t, refused).Me(t.Context())
	want(t, err, todo.CodeUnavailable, "the server at "+refused+" is not running")

	release := make(chan struct{})
	slow := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	c, err := client.New(slow.URL, &http.Client{Transport: &http.Transport{}, Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Me(t.Context())
	want(t, err, todo.CodeUnavailable, "the server at "+slow.URL+" did not answer in time")
	if seen, _ := slow.requests(); len(seen) != 1 {
		t.Errorf("a slow server was asked %d times", len(seen))
	}

	unknown := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "nowhere.example", IsNotFound: true}}
	}}}
	if c, err = client.New("https://nowhere.example", unknown); err != nil {
		t.Fatal(err)
	}
	_, err = c.Me(t.Context())
	want(t, err, todo.CodeUnavailable, "the server at https://nowhere.example has a name that cannot be found")

	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = nil
	defer untrusted.Close()
	_, err = connect(t, untrusted.URL).Me(t.Context())
	want(t, err, todo.CodeUnavailable, "the server at "+untrusted.URL+" has a certificate that is not valid for it")
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := connect(t, s.URL).Create(ctx, api.Create{TodoText: "a"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if seen, _ := s.requests(); len(seen) != 1 {
		t.Errorf("requests: %q", seen)
	}
}

// errTransport is what a transport that signs requests may say.
var errTransport = errors.New("not signed in")

type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, errTransport }

func TestTransportErrorsPass(t *testing.T) {
	c, err := client.New("http://localhost:1", &http.Client{Transport: refusing{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me(t.Context()); !errors.Is(err, errTransport) {
		t.Errorf("got %v, want %v in it", err, errTransport)
	}
}

func TestNew(t *testing.T) {
	for _, base := range []string{"", "localhost:3000", "ftp://a", "http://", "http://a/api", "http://a?x=1", "http://a#x", "http://u:p@a", "http://a:b", "://"} {
		if _, err := client.New(base, &http.Client{}); !errors.Is(err, todo.ErrInvalid) {
			t.Errorf("New(%q): %v", base, err)
		}
	}
	hc := &http.Client{}
	if _, err := client.New("https://a.example:8443/", hc); err != nil || hc.Timeout != 0 || hc.CheckRedirect != nil {
		t.Errorf("New: %v; the caller's http.Client became %+v", err, hc)
	}
}

// TestExport: the file is passed on byte for byte, and what is no file is an error.
func TestExport(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		switch n {
		case 0:
			w.Header().Set("Content-Disposition", "attachment; filename=todos.csv")
			w.Header().Set("Content-Type", "text/csv; charset=utf-8")
			fmt.Fprint(w, "text\nBuy milk\n")
		case 1:
			problem(w, 422, `{"code":"invalid_argument","detail":"no such format"}`)
		case 2:
			ok(w)
		default:
			w.Header().Set("Content-Disposition", "attachment; filename=todos.csv")
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "te")
		}
	})
	c := connect(t, s.URL)
	var file strings.Builder
	err := c.Export(t.Context(), &file, "csv", todo.Query{Status: todo.StatusAll, Tag: "home", Limit: 7, Cursor: "x"})
	if seen, _ := s.requests(); err != nil || file.String() != "text\nBuy milk\n" || seen[0] != "GET /api/export?format=csv&status=all&tag=home" {
		t.Errorf("Export wrote %q, %v, after %q", &file, err, seen)
	}
	err = c.Export(t.Context(), io.Discard, "xls", todo.Query{})
	want(t, err, todo.CodeInvalid, "no such format")
	err = c.Export(t.Context(), io.Discard, "csv", todo.Query{})
	want(t, err, todo.CodeUnavailable, "the server at "+s.URL+" does not answer as a todo server does")
	err = c.Export(t.Context(), io.Discard, "csv", todo.Query{})
	want(t, err, todo.CodeUnavailable, "the server at "+s.URL+" broke the connection")
	full := errors.New("disk full")
	r, w := io.Pipe()
	r.CloseWithError(full)
	s2 := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", "attachment")
		fmt.Fprint(w, "x")
	})
	if err := connect(t, s2.URL).Export(t.Context(), w, "csv", todo.Query{}); !errors.Is(err, full) {
		t.Errorf("Export to a full disk: %v", err)
	}
}

// TestImportRefused: the lines that the server names arrive beside the error.
func TestImportRefused(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		problem(w, 422, `{"code":"invalid_argument","detail":"1 line is broken","lines":[{"line":3,"message":"no date"}]}`)
	})
	got, err := connect(t, s.URL).Import(t.Context(), strings.NewReader("x"), client.ImportOptions{})
	want(t, err, todo.CodeInvalid, "1 line is broken")
	if diff := cmp.Diff([]api.LineError{{Line: 3, Message: "no date"}}, got.Lines); diff != "" {
		t.Errorf("invalid lines (-want +got):\n%s", diff)
	}
	_, err = connect(t, s.URL).Import(t.Context(), io.LimitReader(zeros{}, 17<<20), client.ImportOptions{})
	want(t, err, todo.CodeTooLarge, "the file is over 16 MiB")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// TestTextAsItIs: what is not UTF-8 is refused, not changed on its way, and what looks
// like that goes as it is.
func TestTextAsItIs(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { ok(w) })
	c := connect(t, s.URL)
	for text, fine := range map[string]bool{"M\xfcll": false, "a\\\xff": false, "\ufffd": true, `\ufffd`: true, `\\ufffd`: true} {
		_, err := c.QuickAdd(t.Context(), text)
		if (err == nil) != fine || err != nil && !errors.Is(err, todo.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if seen, _ := s.requests(); len(seen) != 3 {
		t.Errorf("sent: %q", seen)
	}
}
