package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"todo.example/internal/identity"
	"todo.example/internal/todo"
	"todo.example/remote/internal/boltstore"
)

// sample makes a database in which every kind of row occurs, on tree pages of every
// kind, and returns its bytes.
func sample(t *testing.T) []byte {
	t.Helper()
	path := temp(t)
	db := open(t, path)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	service := todo.NewService(db.Todos(), func() time.Time { return now })
	for _, ns := range []todo.Namespace{"ada", "bob"} {
		for i := range 60 {
			c, err := service.Create(t.Context(), ns, ada, []todo.New{{Text: fmt.Sprintf("todo %d of %s", i, ns)}}, todo.Options{IdempotencyKey: fmt.Sprint("k", i)})
			if err == nil && i%3 == 1 {
				_, err = service.SetCompleted(t.Context(), ns, ada, []string{c.Todos()[0].ID}, true, todo.Options{})
			}
			if err == nil && i%5 == 1 {
				_, err = service.Delete(t.Context(), ns, ada, []string{c.Todos()[0].ID}, todo.Options{})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	err := db.Identity().Update(t.Context(), func(tx identity.Tx) error {
		var errs []error
		for i := range 60 {
			errs = append(errs, tx.Put("session", fmt.Sprint("s", i), []byte(strings.Repeat("x", 50)), now.Add(time.Hour)))
		}
		return errors.Join(append(errs, tx.Put("user", "ada", []byte("ada@example.com"), time.Time{}))...)
	})
	if err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// contents reads everything out of a database.
func contents(t *testing.T, db *boltstore.DB) (all []any, err error) {
	t.Helper()
	for _, ns := range []todo.Namespace{"ada", "bob"} {
		err = errors.Join(err, db.Todos().View(t.Context(), ns, func(r todo.Reader) error {
			var errs []error
			add := func(v any, err error) { all, errs = append(all, v), append(errs, err) }
			add(r.Rev())
			add(r.Keys("", "\xff", 0))
			add(r.Counters(""))
			add(r.Marks(""))
			add(r.LastPosition())
			add(r.Changes(0, 0))
			add(r.LatestChanges(0, 0))
			for _, view := range steps {
				todos, err := page(r, view, "", 0)
				add(todos, err)
				for _, listed := range todos {
					add(r.Todo(listed.ID))
				}
			}
			return errors.Join(errs...)
		}))
	}
	for _, kind := range []string{"session", "user"} {
		err = errors.Join(err, db.Identity().View(t.Context(), func(tx identity.Tx) error {
			return tx.Scan(kind, "", func(key string, value []byte) error {
				all = append(all, key, string(value))
				return nil
			})
		}))
	}
	return all, err
}

// TestDamage flips bytes of a database file, or cuts it short: it is refused and
// left alone, or it gives the right answers because nothing that counts was hit.
func TestDamage(t *testing.T) {
	data := sample(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "todo.db")
	write(t, path, data)
	db := open(t, path)
	want, err := contents(t, db)
	if err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)

	const seeds = 500
	refused := 0
	for seed := range seeds {
		bad := damage(data, rand.New(rand.NewPCG(uint64(seed), 1)))
		write(t, path, bad)
		db, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			refused++
			wantRefusal(t, path, bad, err)
			continue
		}
		got, err := contents(t, db)
		if err != nil {
			t.Errorf("seed %d: Open let damage through: %v", seed, err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("seed %d: a wrong answer:\n%s", seed, cmp.Diff(want, got))
		}
		if _, err := todo.NewService(db.Todos(), time.Now).Create(t.Context(), "ada", ada, []todo.New{{Text: "new"}}, todo.Options{}); err != nil {
			t.Errorf("seed %d: a write: %v", seed, err)
		}
		check(t, db)
		closeDB(t, db)
	}
	if refused < seeds/2 || refused == seeds {
		t.Errorf("%d of %d damaged files were refused: the damage does not hit as it should", refused, seeds)
	}
	t.Logf("%d of %d damaged files refused, the others right", refused, seeds)
}

func wantRefusal(t *testing.T, path string, data []byte, err error) {
	t.Helper()
	if !errors.Is(err, boltstore.ErrDamaged) && !errors.Is(err, boltstore.ErrForeign) && !errors.Is(err, boltstore.ErrNewer) || !strings.Contains(err.Error(), path) {
		t.Errorf("the error %q does not say what is wrong with which file", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(after, data) {
		t.Errorf("the file was changed (%v)", err)
	}
}

func damage(data []byte, r *rand.Rand) []byte {
	bad := bytes.Clone(data)
	if r.IntN(5) == 0 {
		return bad[:r.IntN(len(bad))]
	}
	for range 1 << r.IntN(7) {
		bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
	}
	return bad
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamageWhileOpen changes a byte of each row that holds a text, under the eyes
// of an open database.
func TestDamageWhileOpen(t *testing.T) {
	path := temp(t)
	db := open(t, path)
	service := todo.NewService(db.Todos(), time.Now)
	c, err := service.Create(t.Context(), "ada", ada, []todo.New{{Text: "buy milk"}}, todo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for i := bytes.Index(data, []byte("milk")); i >= 0; i = bytes.Index(data, []byte("milk")) {
		data[i] = 's'
		if _, err := f.WriteAt([]byte("s"), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	_, errGet := service.Get(t.Context(), "ada", ada, c.Todos()[0].ID)
	_, errList := service.List(t.Context(), "ada", ada, todo.Query{})
	_, errLog := service.Changes(t.Context(), "ada", ada, 0, 0)
	_, errUndo := service.Undo(t.Context(), "ada", ada, c.ID(), todo.Options{})
	for what, err := range map[string]error{"Get": errGet, "List": errList, "Changes": errLog, "Undo": errUndo, "Check": db.Check()} {
		if !errors.Is(err, boltstore.ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s of a damaged row: %v, want ErrDamaged with the file", what, err)
		}
	}
	if _, err := service.Create(t.Context(), "bob", ada, []todo.New{{Text: "unharmed"}}, todo.Options{}); err != nil {
		t.Errorf("a write to another list: %v", err)
	}
}

// TestTruncatedWhileOpen takes the pages away: the processor faults on them.
func TestTruncatedWhileOpen(t *testing.T) {
	path := temp(t)
	write(t, makeDir(t, path), sample(t))
	db := open(t, path)
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	err := db.Todos().View(t.Context(), "ada", func(r todo.Reader) error {
		_, err := page(r, todo.ViewOpen, "", 0)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a read of a page that is gone: %v, want an error with the file", err)
	}
}

func makeDir(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestForeign(t *testing.T) {
	other := temp(t)
	bolt, err := bbolt.Open(makeDir(t, other), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(bolt.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("widgets"))
		return errors.Join(err, b.Put([]byte("a"), []byte("b")))
	}), bolt.Close())
	if err != nil {
		t.Fatal(err)
	}
	widgets, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a line of text":         []byte("buy milk\n"),
		"a page of text":         bytes.Repeat([]byte("buy milk\n"), 500),
		"much text":              bytes.Repeat([]byte("buy milk\n"), 50_000),
		"zeros":                  make([]byte, 1<<16),
		"SQLite":                 append([]byte("SQLite format 3\x00"), make([]byte, 8176)...),
		"another program's bolt": widgets,
	} {
		t.Run(name, func(t *testing.T) {
			path := makeDir(t, temp(t))
			write(t, path, data)
			_, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)})
			if !errors.Is(err, boltstore.ErrForeign) {
				t.Errorf("Open = %v, want ErrForeign", err)
			}
			wantRefusal(t, path, data, err)
		})
	}
}

// TestUnfinished opens what a crash leaves between making the file and its first
// commit.
func TestUnfinished(t *testing.T) {
	path := makeDir(t, temp(t))
	write(t, path, nil)
	open(t, path)

	path = makeDir(t, temp(t))
	bolt, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := bolt.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, open(t, path))
}
