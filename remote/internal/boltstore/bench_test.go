package boltstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"todo.example/internal/todo"
	"todo.example/remote/internal/boltstore"
)

// filled opens a database whose list has n open todos, and returns some of their ids.
func filled(b *testing.B, path string, n int) (db *boltstore.DB, service *todo.Service, ids []string) {
	b.Helper()
	db = open(b, path)
	service = todo.NewService(db.Todos(), time.Now)
	for made := 0; made < n; made += todo.MaxBatch {
		items := make([]todo.New, min(todo.MaxBatch, n-made))
		for i := range items {
			items[i].Text = fmt.Sprintf("todo %d of the list that grows", made+i)
		}
		c, err := service.Create(b.Context(), "ada", ada, items, todo.Options{})
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, c.Todos()[0].ID)
	}
	return db, service, ids
}

// BenchmarkChange is one durable change, alone, in lists of several lengths: the
// time must not grow with the list.
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{10, 1_000, 100_000} {
		_, service, ids := filled(b, temp(b), n)
		ctx := b.Context()
		do := func(b *testing.B, _ todo.Change, err error) {
			b.Helper()
			if err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprintf("add/todos=%d", n), func(b *testing.B) {
			for b.Loop() {
				c, err := service.Create(ctx, "ada", ada, []todo.New{{Text: "one more"}}, todo.Options{})
				do(b, c, err)
			}
		})
		b.Run(fmt.Sprintf("complete/todos=%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				c, err := service.SetCompleted(ctx, "ada", ada, []string{ids[i%len(ids)]}, i/len(ids)%2 == 0, todo.Options{})
				do(b, c, err)
			}
		})
		b.Run(fmt.Sprintf("undo/todos=%d", n), func(b *testing.B) {
			c, err := service.Create(ctx, "ada", ada, []todo.New{{Text: "again and again"}}, todo.Options{})
			do(b, c, err)
			for b.Loop() {
				c, err = service.Undo(ctx, "ada", ada, c.ID(), todo.Options{})
				do(b, c, err)
			}
		})
	}
}

// BenchmarkFirstPage reads the first page of lists of several lengths.
func BenchmarkFirstPage(b *testing.B) {
	for _, n := range []int{100, 1_000, 100_000} {
		_, service, _ := filled(b, temp(b), n)
		b.Run(fmt.Sprintf("todos=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p, err := service.List(b.Context(), "ada", ada, todo.Query{Limit: 100}); err != nil || len(p.Todos) != 100 {
					b.Fatalf("%d todos, %v", len(p.Todos), err)
				}
			}
		})
	}
}

// BenchmarkOpen reads a file with a long list through, and opens it.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		path := temp(b)
		db, _, _ := filled(b, path, n)
		closeDB(b, db)
		b.Run(fmt.Sprintf("todos=%d", n), func(b *testing.B) {
			for b.Loop() {
				db, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWriters has several writers add todos at once: through the Service, and,
// to compare with, as bare rows of the same size that are coalesced in the same way.
func BenchmarkWriters(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("service/w%d", writers), func(b *testing.B) {
			_, service, _ := filled(b, temp(b), 0)
			inParallel(b, writers, func(ctx context.Context) error {
				_, err := service.Create(ctx, "ada", ada, []todo.New{{Text: "one more"}}, todo.Options{})
				return err
			})
		})
		b.Run(fmt.Sprintf("bare/w%d", writers), func(b *testing.B) {
			inParallel(b, writers, newBare(b).put)
		})
	}
}

func inParallel(b *testing.B, workers int, do func(context.Context) error) {
	work := make(chan struct{})
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range work {
				if err := do(b.Context()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
}

// bare is the least that makes rows durable in groups.
type bare struct {
	bolt *bbolt.DB
	in   chan chan error
}

func newBare(b *testing.B) *bare {
	bolt, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	w := &bare{bolt, make(chan chan error)}
	go w.loop()
	b.Cleanup(func() {
		close(w.in)
		if err := bolt.Close(); err != nil {
			b.Error(err)
		}
	})
	return w
}

func (w *bare) put(context.Context) error {
	done := make(chan error, 1)
	w.in <- done
	return <-done
}

func (w *bare) loop() {
	row := make([]byte, 160)
	for first := range w.in {
		waiting := []chan error{first}
		for more := true; more; {
			select {
			case next, ok := <-w.in:
				if more = ok; ok {
					waiting = append(waiting, next)
				}
			default:
				more = false
			}
		}
		err := w.bolt.Update(func(tx *bbolt.Tx) error {
			rows, err := tx.CreateBucketIfNotExists([]byte("rows"))
			for range waiting {
				if err == nil {
					var n uint64
					if n, err = rows.NextSequence(); err == nil {
						err = rows.Put(fmt.Appendf(nil, "%020d", n), row)
					}
				}
			}
			return err
		})
		for _, done := range waiting {
			done <- err
		}
	}
}
