package boltstore_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
	"todo.example/internal/kv"
	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
	"todo.example/remote/internal/boltstore"
)

// open opens a database until the test ends.
func open(t testing.TB, path string) *boltstore.DB {
	t.Helper()
	db, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func temp(t testing.TB) string { return filepath.Join(t.TempDir(), "data", "todo.db") }

func TestTodos(t *testing.T) {
	todotest.TestStore(t, func(t *testing.T) todo.Store {
		db := open(t, temp(t))
		t.Cleanup(func() { check(t, db) })
		return db.Todos()
	})
}

func TestTodosDurable(t *testing.T) {
	path := temp(t)
	todotest.TestDurable(t, func(t *testing.T) (todo.Store, func()) {
		db := open(t, path)
		return db.Todos(), func() { closeDB(t, db) }
	})
}

func TestIdentity(t *testing.T) {
	identitytest.TestStore(t, func(t *testing.T) identity.Store {
		db := open(t, temp(t))
		t.Cleanup(func() { check(t, db) })
		return db.Identity()
	})
}

func TestIdentityDurable(t *testing.T) {
	path := temp(t)
	identitytest.TestDurable(t, func(t *testing.T) (identity.Store, func()) {
		db := open(t, path)
		return db.Identity(), func() { closeDB(t, db) }
	})
}

func TestAccount(t *testing.T) {
	identitytest.TestStore(t, func(t *testing.T) kv.Store {
		db := open(t, temp(t))
		t.Cleanup(func() { check(t, db) })
		return db.Account()
	})
}

// TestAccountOfAnOldFile opens a file that was made before there were accounts.
func TestAccountOfAnOldFile(t *testing.T) {
	path := temp(t)
	closeDB(t, open(t, path))
	bolt, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = bolt.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("account")) })
	if err := errors.Join(err, bolt.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is a file like any other
		db := open(t, path)
		err := db.Account().View(t.Context(), func(tx kv.Tx) error {
			return tx.Scan("k", "", func(string, []byte) error { return nil })
		})
		err = errors.Join(err, db.Account().Update(t.Context(), func(tx kv.Tx) error {
			return tx.Put("k", "x", []byte("kept"), time.Time{})
		}))
		if err != nil {
			t.Fatal(err)
		}
		check(t, db)
		closeDB(t, db)
	}
}

// TestAccountIsApart: what one keeps the other does not see.
func TestAccountIsApart(t *testing.T) {
	db := open(t, temp(t))
	put := func(tx kv.Tx) error { return tx.Put("k", "x", []byte("account's"), time.Time{}) }
	if err := db.Account().Update(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	err := db.Identity().View(t.Context(), func(tx kv.Tx) error {
		_, err := tx.Get("k", "x")
		return err
	})
	if !errors.Is(err, kv.ErrNotFound) {
		t.Errorf("the identity's record is %v, want ErrNotFound", err)
	}
	check(t, db)
}

func check(t testing.TB, db *boltstore.DB) {
	t.Helper()
	if err := db.Check(); err != nil {
		t.Errorf("check: %v", err)
	}
}

func closeDB(t testing.TB, db *boltstore.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestInUse(t *testing.T) {
	path := temp(t)
	open(t, path)
	_, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, boltstore.ErrInUse) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "todo serve") {
		t.Errorf("a second Open = %v, want ErrInUse with the file and the likely reason", err)
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	path := temp(t)
	open(t, path)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700, path + ".reserve": 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", filepath.Base(name), got, want)
		}
	}
}

func TestClosed(t *testing.T) {
	db := open(t, temp(t))
	closeDB(t, db)
	_, _, err := db.Todos().Commit(t.Context(), "ada", todo.Key{}, func(todo.Reader) (todo.Change, error) { return todo.Change{}, nil })
	if !errors.Is(err, todo.ErrUnavailable) {
		t.Errorf("commit after Close = %v, want ErrUnavailable", err)
	}
	err = db.Todos().View(t.Context(), "ada", func(todo.Reader) error { return nil })
	if !errors.Is(err, todo.ErrUnavailable) {
		t.Errorf("view after Close = %v, want ErrUnavailable", err)
	}
}
