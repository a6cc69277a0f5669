package boltstore_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
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
