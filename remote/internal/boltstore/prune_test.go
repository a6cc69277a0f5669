package boltstore

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"todo.example/internal/todo"
)

// TestPruneStep forgets much, and looks at what each transaction takes: nobody waits
// long for one.
func TestPruneStep(t *testing.T) {
	const n = 2*pruneStep + pruneStep/2
	db := openQuietly(t, filepath.Join(t.TempDir(), "todo.db"))
	t.Cleanup(func() { closeQuietly(t, db) })
	fill(t, db, n)
	later := time.Now().Add(todo.Retention)
	left := stateOf(t, db)
	for steps := 1; ; steps++ {
		more, err := lists{db}.pruneList(t.Context(), "ada", later, later)
		if err != nil {
			t.Fatal(err)
		}
		s := stateOf(t, db)
		for _, forgot := range []int{left.Todos - s.Todos, left.Journal - s.Journal, left.Keys - s.Keys} {
			if forgot > pruneStep {
				t.Errorf("step %d forgot %d rows of a kind, %d are wanted at the most", steps, forgot, pruneStep)
			}
		}
		if left = s; !more {
			break
		}
		if steps > n {
			t.Fatal("there is no end of it")
		}
	}
	if left.Todos+left.Journal+left.Keys != 0 {
		t.Errorf("left: %+v", left)
	}
}

// fill makes n todos and deletes each, with a key of its own.
func fill(t *testing.T, db *DB, n int) {
	t.Helper()
	service := todo.NewService(db.Todos(), time.Now)
	actor := todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			made, err := service.Create(t.Context(), "ada", actor, []todo.New{{Text: "milk"}}, todo.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			_, err = service.Delete(t.Context(), "ada", actor, []string{made.Todos()[0].ID}, todo.Options{IdempotencyKey: fmt.Sprint("key", i)})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s := stateOf(t, db); s.Todos != n || s.Journal != 2*n || s.Keys != n {
		t.Fatalf("made: %+v", s)
	}
}

func stateOf(t *testing.T, db *DB) state {
	t.Helper()
	var s state
	err := db.view(func(tx *bbolt.Tx) (err error) {
		s, err = readState(listReader(tx, "ada").list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
