package mcpserver_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

// slowStore lets a test hold a change between its arrival and its commit.
type slowStore struct {
	todo.Store
	arrived, proceed chan struct{}
}

func (s slowStore) Commit(ctx context.Context, ns todo.Namespace, key todo.Key, decide func(todo.Reader) (todo.Change, error)) (todo.Change, bool, error) {
	close(s.arrived)
	<-s.proceed
	return s.Store.Commit(ctx, ns, key, decide)
}

// TestCallsUnderWayAreAnswered stops the server while it works on a call.
func TestCallsUnderWayAreAnswered(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		store := slowStore{todotest.NewStore(), make(chan struct{}), make(chan struct{})}
		s := startWith(t, store, nil)
		p := modernCall("tools/call", "createTodo", `"name":"createTodo","arguments":{"todoText":"x"}`)
		if version == legacy {
			p.version = legacy
			p.header = http.Header{"Mcp-Session-Id": {s.session(t, full("ada"))}}
			p.body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"createTodo","arguments":{"todoText":"x"}}}`
		}
		answer := make(chan reply, 1)
		go func() { answer <- s.send(t, p) }()
		<-store.arrived
		s.stop()
		eventually(t, "new work is refused", func() bool {
			return s.send(t, modernCall("tools/list", "", "")).status == http.StatusServiceUnavailable
		})
		close(store.proceed)
		if r := <-answer; r.status != http.StatusOK || !strings.Contains(r.body, "TODO added successfully") {
			t.Errorf("answer %d %s", r.status, r.body)
		}
	})
}
