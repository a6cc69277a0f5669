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
		{`PATCH /api/todos/a {"completed":true,"notes":"","text":"a"}`, func() error {
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
