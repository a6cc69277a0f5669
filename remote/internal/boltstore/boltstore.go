// Package boltstore keeps todos, identities and accounts in one bbolt file. It
// implements todo.Store and kv.Store; their conformance suites are its contract.
//
// What was answered is on disk; what failed left nothing. One goroutine writes
// and commits whatever is waiting in one transaction (writer.go); the first
// commit that could not be made durable ends all use of the file, because after
// a failed fsync nobody knows what is on the disk. Every row carries a checksum of
// itself and of its place (row.go), and a file is read through before bbolt
// touches it (verify.go), so that damage is an error that names the file and never
// a wrong answer, an empty list or a crash.
//
// The package knows no permission and no rule of the domain. It must never change
// a file that it did not make, or that is damaged.
package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"todo.example/internal/kv"
	"todo.example/internal/todo"
	"todo.example/remote/internal/durable"
)

// Targets for errors.Is on what Open returns, and on what any call returns whose
// data turns out to be damaged.
var (
	ErrInUse   = errors.New("the database is in use")
	ErrDamaged = errors.New("the database is damaged")
	ErrForeign = errors.New("this is not a database of todo")
	ErrNewer   = errors.New("the database was made by a newer todo")
)

// format is the version of the layout. A program refuses a higher one than its own.
const format = 2

// lockTimeout is how long Open waits for another process to let go of the file.
const lockTimeout = time.Second

// The buckets at the root of the file.
var (
	headerBucket   = []byte("todo")
	listsBucket    = []byte("lists")
	identityBucket = []byte("identity")
	accountBucket  = []byte("account")
)

// The rows of the header, each a number, big-endian.
var (
	formatKey       = []byte("format")
	indexVersionKey = []byte("index") // todo.IndexVersion of what is in the lists
)

// Options of Open.
type Options struct {
	Logger *slog.Logger
	// OnFailure, unless nil, is called once, when a commit could not be made
	// durable: the database is of no use any more and the process should end. It
	// runs on the writer's goroutine and must not wait for the database.
	OnFailure func(error)
}

// DB is an open database file.
type DB struct {
	bolt    *bbolt.DB
	path    string
	log     *slog.Logger
	writer  *writer
	failure atomic.Pointer[error] // set once: why nothing works any more
}

// Open opens the database file, or makes it and its directory. It fails with
// ErrInUse when another process holds the file for longer than a second, and with
// ErrDamaged, ErrForeign or ErrNewer, having changed nothing. A file of an older
// format is converted; a copy of it as it was stays beside it.
func Open(path string, o Options) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	made, err := inspect(path)
	if err != nil {
		return nil, err
	}
	bolt, err := openBolt(path, false)
	if err != nil {
		return nil, err
	}
	db := &DB{bolt: bolt, path: path, log: o.Logger}
	if err := db.prepare(made); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), bolt.Close())
	}
	db.writer = startWriter(db, openReserve(path+".reserve", o.Logger), o.OnFailure)
	return db, nil
}

func openBolt(path string, readOnly bool) (*bbolt.DB, error) {
	bolt, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      lockTimeout,
		ReadOnly:     readOnly,
		FreelistType: bbolt.FreelistMapType,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s is locked by another process, probably another \"todo serve\" on the same data directory: stop it, or give this one its own --data-dir", ErrInUse, path)
	case errors.As(err, new(*fs.PathError)), errors.As(err, new(syscall.Errno)):
		return nil, fmt.Errorf("open the database: %w", err)
	case err != nil:
		return nil, foreign(path, err)
	}
	return bolt, nil
}

// inspect reads an existing file through, under a shared lock and without letting
// bbolt near anything but its first two pages. It reports whether a file with a
// list in it is there.
func inspect(path string) (made bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	bolt, err := openBolt(path, true)
	if err != nil {
		return false, err
	}
	made, err = verify(path)
	return made, errors.Join(err, bolt.Close())
}

// prepare makes the root of a new file, and its name, durable; or brings an older
// file up to date.
func (db *DB) prepare(made bool) error {
	if err := os.Chmod(db.path, 0o600); err != nil { // it may have come back from a backup
		return err
	}
	if made {
		return db.convert()
	}
	err := db.bolt.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{listsBucket, identityBucket, accountBucket} {
			if _, err := createRoot(tx, name); err != nil {
				return err
			}
		}
		return header{format, todo.IndexVersion}.put(tx)
	})
	if err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(db.path))
}

// Todos returns the database as the store of lists.
func (db *DB) Todos() todo.Store { return lists{db} }

// Identity returns the database as the store of the embedded identity.
func (db *DB) Identity() kv.Store { return records{db, identityBucket} }

// Account returns the database as the store of people's accounts.
func (db *DB) Account() kv.Store { return records{db, accountBucket} }

// Check reads the whole file through and reports the first damage, and the first
// index key or counter that does not follow from the todos. Writes wait.
func (db *DB) Check() error {
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return db.unavailable(err)
	}
	if _, err = verify(db.path); err == nil {
		err = db.guard(func() error { return checkLists(tx) })
		if err != nil && !errors.Is(err, ErrDamaged) {
			err = damaged(db.path, err)
		}
	}
	return errors.Join(err, tx.Rollback())
}

// Close lets what is being written finish, and closes the file. Calls that come
// later fail with todo.ErrUnavailable.
func (db *DB) Close() error {
	db.writer.stop()
	return db.bolt.Close()
}

// view runs read on a consistent state of the file.
func (db *DB) view(read func(*bbolt.Tx) error) error {
	if failure := db.failure.Load(); failure != nil {
		return db.unavailable(*failure)
	}
	err := db.guard(func() error { return db.bolt.View(read) })
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return db.unavailable(err)
	}
	return err
}

// guard runs f, which may read the mapped file. A page that was damaged after Open
// makes bbolt panic or the processor fault: both become errors.
func (db *DB) guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			db.log.Error("panic in a transaction", "database", db.path, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("database %s: panic in a transaction: %v", db.path, p)
		} else if errors.Is(err, errRow) {
			err = damaged(db.path, err)
		}
	}()
	return f()
}

func (db *DB) unavailable(cause error) error {
	return todo.Unavailable(fmt.Errorf("database %s: %w", db.path, cause))
}

func damaged(path string, cause error) error {
	return fmt.Errorf("%w: %s: %w; put a backup in its place", ErrDamaged, path, cause)
}

func foreign(path string, cause error) error {
	return fmt.Errorf("%w, or its first pages are damaged: %s: %w; move it away, or put a backup in its place", ErrForeign, path, cause)
}
