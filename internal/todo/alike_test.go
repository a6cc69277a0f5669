package todo_test

import (
	"context"
	"fmt"
	"testing"

	"todo.example/internal/todo"
)

// rowStore counts the todos that a change reads one by one and together.
type rowStore struct {
	todo.Store
	rows int
}

func (s *rowStore) Commit(ctx context.Context, ns todo.Namespace, key todo.Key, decide func(todo.Reader) (todo.Change, error)) (todo.Change, bool, error) {
	return s.Store.Commit(ctx, ns, key, func(r todo.Reader) (todo.Change, error) { return decide(rowReader{r, s}) })
}

type rowReader struct {
	todo.Reader
	store *rowStore
}

func (r rowReader) Todo(id string) (todo.Todo, error) {
	r.store.rows++
	return r.Reader.Todo(id)
}

func (r rowReader) Todos(ids []string) ([]todo.Todo, error) {
	r.store.rows += len(ids)
	return r.Reader.Todos(ids)
}

// TestImportAmongTheSameWords: where thousands of todos have the words of those that
// are imported, what is there is found all the same, and at a cost that has an end.
func TestImportAmongTheSameWords(t *testing.T) {
	f := newFixture(t)
	const there, imported = 3000, 1000
	text := func(n int) todo.Import {
		return todo.Import{Todo: todo.Todo{Text: fmt.Sprint("alpha bravo charly deltas ", n), List: "Home", Completed: n%2 > 0, CompletedAt: epoch}}
	}
	var first, second []todo.Import
	for n := range there {
		first = append(first, text(n))
	}
	f.imports(first, todo.ImportOptions{})
	for n := range imported { // every tenth is there; the last one was, at the far end
		second = append(second, text(there+n))
		if n%10 == 9 {
			second[n] = text(there - n)
		}
	}
	rows := &rowStore{Store: f.store}
	f.Service = todo.NewService(rows, f.Now)
	if r := f.imports(second, todo.ImportOptions{}); r.Created != imported*9/10 || r.Skipped != imported/10 {
		t.Errorf("%d made, %d skipped", r.Created, r.Skipped)
	}
	// One by one for as much as the list has, then the list.
	if rows.rows > 3*there {
		t.Errorf("%d todos were read", rows.rows)
	}
}

// TestImportOfAWordOftenSaid: a word that a text has many times says no more than once.
func TestImportOfAWordOftenSaid(t *testing.T) {
	f := newFixture(t)
	var there []todo.Import
	for n := range 500 {
		there = append(there, todo.Import{Todo: todo.Todo{Text: fmt.Sprint(n, " again and again and again and again")}})
	}
	f.imports(there, todo.ImportOptions{})
	rows := &rowStore{Store: f.store}
	f.Service = todo.NewService(rows, f.Now)
	if r := f.imports(there[200:210], todo.ImportOptions{}); r.Skipped != 10 || rows.rows > 20 {
		t.Errorf("%d skipped, %d todos read", r.Skipped, rows.rows)
	}
}
