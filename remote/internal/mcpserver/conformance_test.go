package mcpserver_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"todo.example/internal/todo/todotest"
	"todo.example/remote/internal/mcpserver"
)

// TestConformance runs the protocol's own conformance suite: the sets that each
// revision requires, with nothing excepted, against the handler with the suite's
// fixtures added; and what needs no fixtures against the product as it is.
func TestConformance(t *testing.T) {
	node, peers := os.Getenv("TODO_TEST_NODE"), os.Getenv("TODO_TEST_PEERS")
	if node == "" || peers == "" {
		t.Skip("TODO_TEST_NODE and TODO_TEST_PEERS do not name Node.js and the installed peers: ./test sets them")
	}
	suite := filepath.Join(peers, "@modelcontextprotocol", "conformance", "dist", "index.js")
	run := func(t *testing.T, s *server, arguments ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		command := exec.CommandContext(ctx, node, append([]string{suite, "server", "--url", s.url + "/mcp"}, arguments...)...)
		command.Dir = t.TempDir()
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", arguments, err, out)
		}
	}
	for _, revision := range []string{legacy, modern} {
		t.Run("required by "+revision, func(t *testing.T) {
			s := startWith(t, todotest.NewStore(), signedIn, func(h *mcpserver.Handler) { h.Extend(fixtures) })
			run(t, s, "--requirements", revision)
		})
	}
	for revision, scenarios := range map[string][]string{
		legacy: {"server-initialize", "server-session-lifecycle", "ping", "tools-list", "resources-list", "prompts-list", "dns-rebinding-protection"},
		modern: {"tools-list", "resources-list", "prompts-list", "caching", "dns-rebinding-protection", "http-header-validation", "sep-2164-resource-not-found"},
	} {
		for _, scenario := range scenarios {
			t.Run("product/"+scenario+" "+revision, func(t *testing.T) {
				s := startWith(t, todotest.NewStore(), signedIn)
				s.add(t, "ada", "Buy milk")
				run(t, s, "--scenario", scenario, "--spec-version", revision)
			})
		}
	}
}

// signedIn adds the bearer that the suite cannot send.
func signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+full("ada"))
		next.ServeHTTP(w, r)
	})
}
