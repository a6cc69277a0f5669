package boltstore

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// TestNewerFormat is inside the package because only it can write a header.
func TestNewerFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "todo.db")
	o := Options{Logger: slog.New(slog.DiscardHandler)}
	db, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	err = db.bolt.Update(func(tx *bbolt.Tx) error { return rootBucket(tx, headerBucket).put(formatKey, bigEndian(format+1)) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, o); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), path) {
		t.Errorf("Open = %v, want ErrNewer with the file", err)
	}
}
