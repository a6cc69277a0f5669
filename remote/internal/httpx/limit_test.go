package httpx_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// limited is a handler of which each caller may ask 60 times a minute, 3 times at
// once; header X-Who says who calls, and at which door.
func limited(t *testing.T, now func() time.Time) http.Handler {
	t.Helper()
	l, err := httpx.NewLimiter(60, 3, now)
	if err != nil {
		t.Fatal(err)
	}
	return httpx.API(func(w http.ResponseWriter, r *http.Request) error {
		door, person, _ := strings.Cut(r.Header.Get("X-Who"), " ")
		if err := l.Take(w.Header(), httpx.Caller{Door: door, Person: person}); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

func TestLimit(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	h := limited(t, func() time.Time { return now })
	steps := []struct {
		after  time.Duration
		who    string
		status int
		limit  string
		retry  string
	}{
		{0, "rest ada", 204, `"rest";r=2;t=1`, ""},
		{0, "rest ada", 204, `"rest";r=1;t=2`, ""},
		{0, "rest ada", 204, `"rest";r=0;t=3`, ""},
		{0, "rest ada", 429, `"rest";r=0;t=3`, "1"},
		{0, "mcp ada", 204, `"mcp";r=2;t=1`, ""},
		{0, "rest bob", 204, `"rest";r=2;t=1`, ""},
		{900 * time.Millisecond, "rest ada", 429, `"rest";r=0;t=3`, "1"}, // a refusal costs nothing
		{100 * time.Millisecond, "rest ada", 204, `"rest";r=0;t=3`, ""},
		{0, "rest ada", 429, `"rest";r=0;t=3`, "1"},
		{2 * time.Second, "rest ada", 204, `"rest";r=1;t=2`, ""},
		{time.Hour, "rest ada", 204, `"rest";r=2;t=1`, ""},
	}
	for i, s := range steps {
		now = now.Add(s.after)
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Who", s.who)
		w, _ := serve(t, h, r)
		door, _, _ := strings.Cut(s.who, " ")
		if w.Code != s.status || w.Header().Get("RateLimit") != s.limit || w.Header().Get("Retry-After") != s.retry || w.Header().Get("RateLimit-Policy") != strconv.Quote(door)+";q=3;w=3" {
			t.Errorf("step %d by %s: %d %v", i, s.who, w.Code, w.Header())
		}
		if w.Code == 429 {
			if p := problem(t, w); p.Code != todo.CodeRateLimited || !strings.Contains(p.Hint, "wait 1 s") {
				t.Errorf("step %d: %+v", i, p)
			}
		}
	}
}

// TestLimitOfManyAtOnce: a flood gets the burst through and not one more.
func TestLimitOfManyAtOnce(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	h := limited(t, func() time.Time { return now })
	ask := func() int {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Who", "rest ada")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	through := atomic.Int64{}
	if ask() == 204 { // the first makes the budget
		through.Add(1)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if ask() == 204 {
				through.Add(1)
			}
		})
	}
	all.Wait()
	if through.Load() != 3 {
		t.Errorf("%d requests went through", through.Load())
	}
}
