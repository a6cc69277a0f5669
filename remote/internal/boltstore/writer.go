package boltstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"todo.example/internal/todo"
)

// What one transaction holds is bounded, and so how long a commit takes: by
// requests, and by rows after which no further request begins. The rows matter because
// bbolt splits a node only when it commits, and a key that goes into the middle of a
// long node moves all behind it: two imports in one transaction take a hundred times as
// long as in two.
const (
	maxBatch = 256
	maxRows  = 5_000
)

// errTorn wraps the error of a request that failed between its first and its last
// write: nothing of its transaction may be committed.
var errTorn = errors.New("a write failed half-way")

// request is one change that waits for the writer.
type request struct {
	ctx context.Context
	// run makes the change, and says how many rows it wrote, 0 if nothing. If it fails
	// it leaves the transaction as it found it, or wraps errTorn. Where there is no
	// room it fails with errNoRoom instead of making the file grow. It may run more
	// than once.
	run  func(tx *bbolt.Tx, room bool) (rows int, err error)
	done chan error
}

// writer is the one goroutine that writes. Whatever waits for it is committed in
// one transaction: alone, a change pays for its own two fsyncs; under load, many
// share them. Each request still succeeds or fails alone, and none is answered
// before the commit that holds it.
type writer struct {
	db        *DB
	reserve   *reserve
	onFailure func(error)
	requests  chan *request
	stopping  chan struct{}
	stopOnce  sync.Once
	stopped   chan struct{}
}

func startWriter(db *DB, r *reserve, onFailure func(error)) *writer {
	w := &writer{
		db: db, reserve: r, onFailure: onFailure,
		requests: make(chan *request),
		stopping: make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	go w.loop()
	return w
}

func (w *writer) stop() {
	w.stopOnce.Do(func() { close(w.stopping) })
	<-w.stopped
}

// update hands run to the writer and waits for the commit. Once run may have begun
// it waits whatever becomes of ctx: the caller learns what happened, always.
func (db *DB) update(ctx context.Context, run func(tx *bbolt.Tx, room bool) (rows int, err error)) error {
	w := db.writer
	r := &request{ctx: ctx, run: run, done: make(chan error, 1)}
	select {
	case w.requests <- r:
		return <-r.done
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stopped:
		return db.unavailable(berrors.ErrDatabaseNotOpen)
	}
}

func (w *writer) loop() {
	defer close(w.stopped)
	for {
		select {
		case r := <-w.requests:
			w.commit(w.gather(r))
		case <-w.stopping:
			return
		}
	}
}

// gather returns first and whatever else waits. It lets others run before it
// is content: those whose answers just went out may have the next request at hand,
// and would else wait for a commit of their own. Alone, that costs nothing.
func (w *writer) gather(first *request) []*request {
	batch := []*request{first}
	for yielded := false; len(batch) < maxBatch; {
		select {
		case r := <-w.requests:
			batch = append(batch, r)
			yielded = false
			continue
		default:
		}
		if yielded {
			break
		}
		runtime.Gosched()
		yielded = true
	}
	return batch
}

// commit answers every request of the batch.
func (w *writer) commit(batch []*request) {
	room := w.room()
	for len(batch) > 0 {
		if failure := w.db.failure.Load(); failure != nil {
			answer(batch, w.db.unavailable(*failure))
			return
		}
		batch, room = w.transaction(batch, room)
	}
}

// room reports whether the file may grow, or need not to: what was forgotten leaves
// free pages in it, and never makes it smaller.
func (w *writer) room() bool {
	inside := w.db.bolt.Stats().FreePageN * w.db.bolt.Info().PageSize
	return w.reserve.held || inside >= reserveSize || w.reserve.remake()
}

func answer(batch []*request, err error) {
	for _, r := range batch {
		r.done <- err
	}
}

// transaction runs as much of the batch as one transaction takes. It returns the
// requests that must run again, or have yet to, and whether there is room for them.
func (w *writer) transaction(batch []*request, room bool) (again []*request, roomThen bool) {
	tx, err := w.db.bolt.Begin(true)
	if err != nil {
		w.fail(batch, err)
		return nil, room
	}
	var ready []*request
	rows := 0
	for len(batch) > 0 && rows < maxRows {
		r := batch[0]
		batch = batch[1:]
		n, err := w.run(r, tx, room)
		if errors.Is(err, errTorn) {
			r.done <- err
			w.rollback(tx)
			return append(ready, batch...), room
		}
		if err != nil {
			r.done <- err
			continue
		}
		rows += n
		ready = append(ready, r)
	}
	if rows == 0 {
		w.rollback(tx)
		answer(ready, nil)
		return batch, room
	}
	err = w.db.guard(tx.Commit)
	switch {
	case err == nil:
		answer(ready, nil)
		return batch, room
	case isFull(err):
		return append(w.full(ready, room, err), batch...), false
	}
	w.fail(append(ready, batch...), err)
	w.rollback(tx) // a commit that fails has done so itself, but one that panics has not
	return nil, room
}

// run runs one request. A panic in it is its own failure.
func (w *writer) run(r *request, tx *bbolt.Tx, room bool) (rows int, err error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	err = w.db.guard(func() (err error) {
		rows, err = r.run(tx, room)
		return err
	})
	if errors.Is(err, errNoRoom) {
		err = todo.StorageFull(fmt.Errorf("database %s: %w", w.db.path, err))
	}
	return rows, err
}

func (w *writer) rollback(tx *bbolt.Tx) {
	err := w.db.guard(tx.Rollback)
	if err != nil && !errors.Is(err, berrors.ErrTxClosed) {
		w.db.log.Error("roll back", "database", w.db.path, "error", err)
	}
}

// full says which of a batch that the disk had no room for must run again, now
// without room. bbolt has left the file as it was: it writes its meta page last. What
// does not make the file grow gets another try, at last at the price of the reserve.
func (w *writer) full(batch []*request, room bool, cause error) (again []*request) {
	if room {
		return batch
	}
	if w.reserve.held {
		w.reserve.release()
		return batch
	}
	answer(batch, todo.StorageFull(fmt.Errorf("database %s: %w", w.db.path, cause)))
	return nil
}

// fail ends all use of the database. After a failed fsync the kernel may have
// dropped what it could not write and report success the next time; bbolt would go
// on, so that a later commit could build on pages that are not there.
func (w *writer) fail(batch []*request, cause error) {
	w.db.failure.Store(&cause)
	w.db.log.Error("a commit could not be made durable; the database is closed", "database", w.db.path, "error", cause)
	answer(batch, w.db.unavailable(cause))
	if w.onFailure != nil {
		w.onFailure(cause)
	}
}
