package todo_test

import (
	"testing"
	"time"

	"todo.example/internal/todo"
)

// TestRequestOfAKey: a retry whose items were made anew, at another time, is one
// because what was asked is the same.
func TestRequestOfAKey(t *testing.T) {
	f := newFixture(t)
	quickAdd := func(text string) (todo.Change, error) {
		item := todo.ParseQuickAdd(text, web, f.now)
		return f.Create(t.Context(), ns, web, []todo.New{item}, todo.Options{IdempotencyKey: "k", Request: text})
	}
	first := ok(t)(quickAdd("Call Ada in 2 hours"))
	f.now = f.now.Add(time.Hour)
	again := ok(t)(quickAdd("Call Ada in 2 hours"))
	if !again.Replayed || again.Rev != first.Rev || first.Todos()[0].Due == "" {
		t.Errorf("a retry an hour later: %+v", again)
	}
	_, err := quickAdd("Call Bob in 2 hours")
	refused(t, "the key of another request", err, todo.CodeInvalid, "Idempotency-Key")
}
