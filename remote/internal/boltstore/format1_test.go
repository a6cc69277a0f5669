package boltstore_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"todo.example/internal/identity"
	"todo.example/internal/todo"
	"todo.example/remote/internal/boltstore"
)

// format1 is what the last program of format 1 read from testdata/format1.db, which
// it wrote; both are its own, and never made again.
type format1 struct {
	Rev                    uint64
	Counts                 todo.Counts
	Last                   string
	Open, Completed, Trash []todo.Todo
	Changes                []todo.Change
	Key                    todo.Key // a request that was made with it, and
	Replay                 todo.Change
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func wantFormat1(t *testing.T) (lists map[todo.Namespace]format1) {
	t.Helper()
	if err := json.Unmarshal(golden(t, "format1.json"), &lists); err != nil {
		t.Fatal(err)
	}
	return lists
}

// converted reports what of a converted database is not as it was before.
func converted(t *testing.T, db *boltstore.DB, want map[todo.Namespace]format1) (diff string) {
	t.Helper()
	check(t, db)
	got := map[todo.Namespace]format1{}
	for ns, w := range want {
		l := format1{Key: w.Key}
		err := db.Todos().View(t.Context(), ns, func(r todo.Reader) error {
			var errs [6]error
			l.Rev, errs[0] = r.Rev()
			l.Last, errs[1] = r.LastPosition()
			l.Open, errs[2] = page(r, todo.ViewOpen, "", 0)
			l.Completed, errs[3] = page(r, todo.ViewCompleted, "", 0)
			l.Trash, errs[4] = page(r, todo.ViewTrash, "", 0)
			l.Changes, errs[5] = r.Changes(0, 0)
			return errors.Join(errs[:]...)
		})
		if err != nil {
			t.Fatal(err)
		}
		l.Counts = todo.Counts{Open: len(l.Open), Completed: len(l.Completed), Trash: len(l.Trash)}
		var replayed bool
		l.Replay, replayed, err = db.Todos().Commit(t.Context(), ns, w.Key, func(todo.Reader) (todo.Change, error) {
			return todo.Change{}, errors.New("not replayed")
		})
		if err != nil || !replayed {
			t.Errorf("the idempotency key of %s: replayed %t, %v", ns, replayed, err)
		}
		got[ns] = l
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty())
}

// TestFormat1 opens a file of the first format.
func TestFormat1(t *testing.T) {
	path, before := temp(t), golden(t, "format1.db")
	write(t, makeDir(t, path), before)
	db := open(t, path)
	if diff := converted(t, db, wantFormat1(t)); diff != "" {
		t.Errorf("the lists (-before +after):\n%s", diff)
	}
	err := db.Identity().View(t.Context(), func(tx identity.Tx) error {
		value, err := tx.Get("user", "ada")
		if string(value) != "ada@example.com" {
			t.Errorf("the identity's record is %q", value)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	kept, err := os.ReadFile(path + ".format1")
	if err != nil {
		t.Fatal(err)
	}
	again := temp(t) // the copy is a database of its own
	write(t, makeDir(t, again), kept)
	if diff := converted(t, open(t, again), wantFormat1(t)); diff != "" {
		t.Errorf("the copy's lists (-before +after):\n%s", diff)
	}

	// From now on it is a file like any other.
	closeDB(t, db)
	if err := os.Remove(path + ".format1"); err != nil {
		t.Fatal(err)
	}
	db = open(t, path)
	if _, err := os.Stat(path + ".format1"); err == nil {
		t.Error("a file that was converted is converted again")
	}
	c, err := todo.NewService(db.Todos(), time.Now).Create(t.Context(), "ada", ada, []todo.New{{Text: "new"}}, todo.Options{})
	if err != nil || c.Rev != wantFormat1(t)["ada"].Rev+1 {
		t.Errorf("the next change: revision %d, %v", c.Rev, err)
	}
	check(t, db)
}

// TestFormat1Damaged flips bits of a file of the first format: none of that must get
// through into the new one.
func TestFormat1Damaged(t *testing.T) {
	data, want := golden(t, "format1.db"), wantFormat1(t)
	path := makeDir(t, temp(t))
	refused := 0
	const places = 60
	for i := range places {
		bad := bytes.Clone(data)
		bad[(i*2+1)*len(bad)/(places*2)+i] ^= 4
		write(t, path, bad)
		db, err := boltstore.Open(path, boltstore.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			refused++
			wantRefusal(t, path, bad, err)
			continue
		}
		if diff := converted(t, db, want); diff != "" {
			t.Errorf("place %d: a wrong answer:\n%s", i, diff)
		}
		closeDB(t, db)
	}
	if refused == 0 || refused == places {
		t.Errorf("%d of %d damaged files were refused: the damage does not hit as it should", refused, places)
	}
}
