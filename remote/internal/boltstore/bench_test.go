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

// filled opens a database whose list has n open todos, one in a hundred of them in
// the list "Small" up to smallList, and returns some of their ids.
func filled(b *testing.B, path string, n int) (db *boltstore.DB, service *todo.Service, ids []string) {
	b.Helper()
	db = open(b, path)
	service = todo.NewService(db.Todos(), time.Now)
	for made := 0; made < n; made += todo.MaxBatch {
		items := make([]todo.New, min(todo.MaxBatch, n-made))
		for i := range items {
			items[i] = ordinary(made + i)
		}
		c, err := service.Create(b.Context(), "ada", ada, items, todo.Options{})
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, c.Todos()[0].ID)
	}
	return db, service, ids
}

// smallList is how many todos the list "Small" has, however long all of it is.
const smallList = 10

// ordinary returns the nth todo of a list: five words of which some are everywhere,
// one in thousands and one nowhere else.
func ordinary(n int) todo.New {
	item := todo.New{Text: fmt.Sprintf("call customer%05d about order w%05d", n/20, n)}
	if n < smallList {
		item.List = "Small"
	}
	return item
}

// lengths are of the lists that are compared: at a hundred thousand, an operation may
// take twice what it takes at a hundred.
var lengths = []int{100, 100_000}

// BenchmarkGrowth is what people do all day, alone, in a short list and in a long one:
// neither time nor memory may grow with it. A write is one durable commit.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range lengths {
		_, service, ids := filled(b, temp(b), n)
		ctx := b.Context()
		var undoable string
		for _, op := range []struct {
			name string
			do   func(i int) (todo.Change, error)
		}{
			{"add", func(i int) (todo.Change, error) {
				return service.Create(ctx, "ada", ada, []todo.New{ordinary(n + i)}, todo.Options{})
			}},
			{"complete", func(i int) (todo.Change, error) {
				return service.SetCompleted(ctx, "ada", ada, []string{ids[i%len(ids)]}, i/len(ids)%2 == 0, todo.Options{})
			}},
			{"undo", func(int) (c todo.Change, err error) {
				c, err = service.Undo(ctx, "ada", ada, undoable, todo.Options{})
				undoable = c.ID()
				return c, err
			}},
			{"rename", func(i int) (todo.Change, error) {
				names := []string{"Small", "Little"}
				return service.RenameList(ctx, "ada", ada, names[i%2], names[1-i%2], todo.Options{})
			}},
			{"page", func(int) (todo.Change, error) {
				return found(service, "", 100)
			}},
			{"search", func(i int) (todo.Change, error) { // for what only few have
				return found(service, fmt.Sprintf("customer%05d", i%(n/20)), 19)
			}},
			{"common", func(int) (todo.Change, error) { // for what all have
				return found(service, "order call", 100)
			}},
			{"prefix", func(int) (todo.Change, error) { // for what all begin with
				return found(service, "cust", 100)
			}},
		} {
			i := 0 // goes on where the benchmark's last run ended
			c, err := service.Create(ctx, "ada", ada, []todo.New{{Text: "again and again"}}, todo.Options{})
			if undoable = c.ID(); err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/todos=%d", op.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if c, err := op.do(i); err != nil || c.Rev == 0 {
						b.Fatalf("revision %d, %v", c.Rev, err)
					}
					i++
				}
			})
		}
	}
}

// found reads the first page of what matches, and wants so many todos at least. It
// returns the revision as if it had made a change.
func found(service *todo.Service, text string, least int) (c todo.Change, err error) {
	p, err := service.List(context.Background(), "ada", ada, todo.Query{Text: text, Limit: 100})
	if err == nil && len(p.Todos) < least {
		err = fmt.Errorf("a page of %d todos, want %d", len(p.Todos), least)
	}
	c.Rev = p.Rev
	return c, err
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
