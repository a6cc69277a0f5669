package boltstore

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"todo.example/internal/todo"
)

// These tests are inside the package because only it can write such files.

func openQuietly(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(path, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// tamper changes a file below the store.
func tamper(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	bolt, err := openBolt(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bolt.Update(change), bolt.Close()); err != nil {
		t.Fatal(err)
	}
}

func closeQuietly(t *testing.T, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNewerFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "todo.db")
	closeQuietly(t, openQuietly(t, path))
	tamper(t, path, header{format + 1, todo.IndexVersion}.put)
	if _, err := Open(path, Options{Logger: slog.New(slog.DiscardHandler)}); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), path) {
		t.Errorf("Open = %v, want ErrNewer with the file", err)
	}
}

// withTodos makes a file with two lists, and returns its path.
func withTodos(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "todo.db")
	db := openQuietly(t, path)
	service := todo.NewService(db.Todos(), time.Now)
	actor := todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything}
	for _, ns := range []todo.Namespace{"ada", "bob"} {
		for i := range 5 {
			if _, err := service.Create(t.Context(), ns, actor, []todo.New{{Text: fmt.Sprint("todo ", i)}}, todo.Options{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	closeQuietly(t, db)
	return path
}

// spoil changes what follows from the rows of bob's list, its state with it.
func spoil(change func(w *listWriter) error) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) (err error) {
		w := &listWriter{reader: reader{list: rootBucket(tx, listsBucket).child([]byte("bob"))}}
		if w.state, err = readState(w.list); err != nil {
			return err
		}
		return errors.Join(change(w), w.putState())
	}
}

var (
	lessKeys = spoil(func(w *listWriter) error {
		w.state.Index--
		first, _ := w.list.child(indexBucket).b.Cursor().First()
		return w.list.child(indexBucket).delete(first)
	})
	moreKeys = spoil(func(w *listWriter) error {
		w.state.Index++
		return w.list.child(indexBucket).put([]byte("other"), nil)
	})
	otherCounters = spoil(func(w *listWriter) error {
		return w.list.child(countersBucket).put([]byte(todo.CounterOf(todo.ViewOpen)), []byte{7})
	})
	lessCounters = spoil(func(w *listWriter) error {
		w.state.Counters--
		return w.list.child(countersBucket).delete([]byte(todo.CounterOf(todo.ViewOpen)))
	})
)

// TestIndexVersion has indexes as other rules would have made them: Check finds
// that, and a new version mends it.
func TestIndexVersion(t *testing.T) {
	for name, spoilt := range map[string]func(*bbolt.Tx) error{
		"a key less": lessKeys, "a key more": moreKeys, "another count": otherCounters, "a counter less": lessCounters,
	} {
		t.Run(name, func(t *testing.T) { testIndexVersion(t, spoilt) })
	}
}

func testIndexVersion(t *testing.T, spoilt func(*bbolt.Tx) error) {
	path := withTodos(t)
	tamper(t, path, spoilt)
	db := openQuietly(t, path)
	if err := db.Check(); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), `"bob"`) {
		t.Errorf("Check of a wrong index = %v, want ErrDamaged with the list", err)
	}
	closeQuietly(t, db)

	tamper(t, path, header{format, todo.IndexVersion + 1}.put)
	for range 2 { // the second time nothing is left to do
		db = openQuietly(t, path)
		if err := db.Check(); err != nil {
			t.Errorf("Check after the index was made anew: %v", err)
		}
		closeQuietly(t, db)
	}
	if _, err := os.Stat(path + fmt.Sprint(".format", format)); err == nil {
		t.Error("a copy was kept for a new index")
	}
}

// TestFailedConversion has a row that was sealed and makes no sense.
func TestFailedConversion(t *testing.T) {
	path := withTodos(t)
	tamper(t, path, func(tx *bbolt.Tx) error {
		rows := rootBucket(tx, listsBucket).child([]byte("bob")).child(todosBucket)
		first, _ := rows.b.Cursor().First()
		return errors.Join(rows.put(first, []byte(`{"text":7}`)), header{format, 0}.put(tx))
	})
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{Logger: slog.New(slog.DiscardHandler)}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), `"bob"`) {
		t.Errorf("Open = %v, want ErrDamaged with the list", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file was changed (%v)", err)
	}
}
