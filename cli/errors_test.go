package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"todo.example/cli"
	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// TestExitCodes: what the server says decides it. Scripts have the codes that a
// real server gives; here are all of them.
func TestExitCodes(t *testing.T) {
	var code todo.Code
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(api.Status(code))
		json.NewEncoder(w).Encode(api.Problem{Status: api.Status(code), Code: code, Detail: "no", Hint: "do"})
	}))
	t.Cleanup(server.Close)
	env := map[string]string{"TODO_SERVER": server.URL, "TODO_TOKEN": "t"}
	for _, test := range []struct {
		code todo.Code
		want int
	}{
		{todo.CodeInvalid, 1},
		{todo.CodeForbidden, 1},
		{todo.CodeInternal, 1},
		{todo.CodeStorageFull, 1},
		{todo.CodeNotFound, 3},
		{todo.CodeUnauthenticated, 4},
		{todo.CodeAmbiguous, 5},
		{todo.CodeConflict, 6},
		{todo.CodePrecondition, 6},
		{todo.CodeUnavailable, 7},
		{todo.CodeRateLimited, 8},
	} {
		code = test.code
		var out, err bytes.Buffer
		if got := (cli.World{Out: &out, Err: &err, Env: env}).Run(t.Context(), "show", "x", "--json"); got != test.want {
			t.Errorf("%s: exit %d, want %d", code, got, test.want)
		}
		want := fmt.Sprintf(`{"code":%q,`, test.code)
		if !strings.HasPrefix(err.String(), want) || out.Len() > 0 {
			t.Errorf("%s: stdout %q, stderr %q", code, &out, &err)
		}
	}
}

// TestInterrupted: Ctrl-C ends a command that waits.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	var out, err bytes.Buffer
	code := cli.World{Out: &out, Err: &err, Env: map[string]string{"TODO_SERVER": server.URL, "TODO_TOKEN": "t"}}.Run(ctx, "list")
	if code != 1 || err.String() != "todo: interrupted\n" {
		t.Errorf("exit %d, stderr %q", code, &err)
	}
}

// TestServerThatIsNot: a server that answers without the change it speaks of.
func TestServerThatIsNot(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	for _, line := range [][]string{{"add", "x"}, {"done", "abcdefgh"}, {"edit", "abcdefgh", "--text", "y"}, {"undo"}} {
		var out, err bytes.Buffer
		code := cli.World{Out: &out, Err: &err, Env: map[string]string{"TODO_SERVER": server.URL, "TODO_TOKEN": "t"}}.Run(t.Context(), line...)
		if code != 1 || !strings.Contains(err.String(), "does not say what it ") {
			t.Errorf("%v: exit %d, stderr %q", line, code, &err)
		}
	}
}

// gone is the terminal of somebody who has stopped reading.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestReaderThatHasGone(t *testing.T) {
	s := newSite(t)
	token, err := s.token(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	world := cli.World{Out: gone{}, Err: &stderr, Env: map[string]string{"TODO_SERVER": s.url, "TODO_TOKEN": token}}
	for _, line := range [][]string{{"add", "x"}, {"list"}, {"list", "--json"}, {"list", "--format", "csv"}, {"list", "-q"}, {"log"}, {"lists"}, {"export"}, {"api", "/api/me"}, {"whoami"}, {"version"}} {
		if code := world.Run(t.Context(), line...); code != 0 || stderr.Len() > 0 {
			t.Errorf("%v: exit %d, stderr %q", line, code, &stderr)
		}
	}
}
