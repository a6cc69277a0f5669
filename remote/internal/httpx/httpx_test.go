package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// serve runs one request through what remote wraps every handler in, and returns
// the answer and the log.
func serve(t *testing.T, h http.Handler, r *http.Request, extra ...httpx.Middleware) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	chain := append([]httpx.Middleware{httpx.Log(logger, time.Now), httpx.SecurityHeaders(false), httpx.Recover}, extra...)
	w := httptest.NewRecorder()
	httpx.Chain(h, chain...).ServeHTTP(w, r)
	return w, log.String()
}

func problem(t *testing.T, w *httptest.ResponseRecorder) api.Problem {
	t.Helper()
	var p api.Problem
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("Content-Type %q, body %s", ct, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFailureShowsWhatAPersonMayReadAndLogsTheCause(t *testing.T) {
	cause := errors.New("bucket 7 is gone")
	for _, tt := range []struct {
		name   string
		err    error
		status int
		code   todo.Code
		detail string
	}{
		{"classified", &todo.Error{Code: todo.CodeConflict, Message: "c1 cannot be undone", Cause: cause}, 409, todo.CodeConflict, "c1 cannot be undone"},
		{"unclassified", cause, 500, todo.CodeInternal, "something went wrong on the server"},
		{"too large", &http.MaxBytesError{Limit: 1}, 413, todo.CodeTooLarge, "the request body is too large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := httpx.API(func(http.ResponseWriter, *http.Request) error { return tt.err })
			w, log := serve(t, h, httptest.NewRequest("GET", "/x?token=s3cret", nil))
			p := problem(t, w)
			if w.Code != tt.status || p.Code != tt.code || p.Detail != tt.detail {
				t.Errorf("answer %d %+v", w.Code, p)
			}
			if strings.Contains(w.Body.String(), "bucket") {
				t.Error("the cause is in the answer")
			}
			if tt.name != "too large" && !strings.Contains(log, "bucket 7 is gone") {
				t.Errorf("the cause is not in the log: %s", log)
			}
			if strings.Contains(log, "s3cret") {
				t.Error("the query is in the log")
			}
			if p.RequestID == "" || p.RequestID != w.Header().Get(api.HeaderRequestID) || !strings.Contains(log, p.RequestID) {
				t.Errorf("request id %q, header %q, log %s", p.RequestID, w.Header().Get(api.HeaderRequestID), log)
			}
		})
	}
}

func TestFailureAfterTheAnswerBeganChangesNothing(t *testing.T) {
	h := httpx.API(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusAccepted)
		w.Write([]byte("half"))
		return errors.New("broke")
	})
	w, log := serve(t, h, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusAccepted || w.Body.String() != "half" || !strings.Contains(log, "broke") {
		t.Errorf("answer %d %q, log %s", w.Code, w.Body, log)
	}
}

func TestClientThatLeftIsNoFailureOfOurs(t *testing.T) {
	h := httpx.API(func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w, log := serve(t, h, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if w.Code != 499 || !strings.Contains(log, "level=INFO") || !strings.Contains(log, "context canceled") {
		t.Errorf("%d, log %s", w.Code, log)
	}
}

func TestPanicIsA500WithItsStackInTheLog(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	w, log := serve(t, h, httptest.NewRequest("GET", "/", nil))
	if p := problem(t, w); w.Code != 500 || strings.Contains(w.Body.String(), "boom") || p.Code != todo.CodeInternal {
		t.Errorf("answer %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log, "boom") || !strings.Contains(log, "httpx_test.go") {
		t.Errorf("log %s", log)
	}
}

func TestHosts(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	allow := httpx.Hosts("todo.example", "localhost:3000", "[::1]:3000")
	for host, want := range map[string]int{
		"todo.example": 204, "TODO.example": 204, "localhost:3000": 204, "[::1]:3000": 204,
		"localhost": 403, "localhost:3001": 403, "localhost:3000.evil.example": 403, "evil.example": 403, "127.0.0.1:3000": 403, "": 403,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if w, _ := serve(t, ok, r, allow); w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
}

func TestMaxBody(t *testing.T) {
	read := httpx.API(func(w http.ResponseWriter, r *http.Request) error {
		var b bytes.Buffer
		_, err := b.ReadFrom(r.Body)
		return err
	})
	for _, tt := range []struct {
		path   string
		size   int
		length int64
		want   int
	}{
		{"/", 10, 10, 200},
		{"/", 11, 11, 413},
		{"/", 11, -1, 413},
		{"/", 0, 0, 200},
		{"/file", 11, 11, 200},
		{"/file", 20, -1, 200},
		{"/file", 21, 21, 413},
		{"/file", 21, -1, 413},
		{"/file/", 11, 11, 413},
	} {
		r := httptest.NewRequest("POST", tt.path, strings.NewReader(strings.Repeat("x", tt.size)))
		r.ContentLength = tt.length
		if w, _ := serve(t, read, r, httpx.MaxBody(10, httpx.LargeBody{Path: "/file", Limit: 20})); w.Code != tt.want {
			t.Errorf("%d bytes, Content-Length %d: %d, want %d", tt.size, tt.length, w.Code, tt.want)
		}
	}
}

func TestWriteJSONKeepsTextAsItIs(t *testing.T) {
	h := httpx.API(func(w http.ResponseWriter, _ *http.Request) error {
		return httpx.WriteJSON(w, http.StatusOK, map[string]string{"text": "<b>&"})
	})
	w, _ := serve(t, h, httptest.NewRequest("GET", "/", nil))
	if got := strings.TrimSpace(w.Body.String()); got != `{"text":"<b>&"}` {
		t.Error(got)
	}
	broken := httpx.API(func(w http.ResponseWriter, _ *http.Request) error {
		return httpx.WriteJSON(w, http.StatusOK, make(chan int))
	})
	if w, _ := serve(t, broken, httptest.NewRequest("GET", "/", nil)); w.Code != 500 {
		t.Errorf("a value that cannot be encoded: %d", w.Code)
	}
}

func TestStreamsCanFlushThroughTheMiddleware(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("a"))
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	if w, _ := serve(t, h, httptest.NewRequest("GET", "/", nil)); !w.Flushed {
		t.Error("not flushed")
	}
}
