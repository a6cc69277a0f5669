package todo

import (
	"context"
	"time"
)

// Store keeps lists. It knows no permission and no rule but these: a change is
// one transaction, a namespace's revision grows by one with each, and no call
// sees another namespace. Package todotest holds every implementation to it.
type Store interface {
	// View calls read with a consistent snapshot of one namespace.
	View(ctx context.Context, ns Namespace, read func(Reader) error) error

	// Commit makes one change. It calls decide with the namespace as it stands,
	// in a serializable transaction, and writes the rows, index keys, counters, marks,
	// journal entry and idempotency record of what decide returns, durably and all or
	// nothing, before it returns. It sets Rev and Open of the change, Rev of every
	// Edits[i].After, and UndoneBy of the change that Undoes names.
	//
	// decide only reads; it may be called more than once. If it fails, nothing is
	// written and its error is returned; other changes are not disturbed. If it
	// returns a change without Edits and Marks, no revision is spent.
	//
	// decide names a todo at most once in Edits, with Before as the Reader showed it:
	// a store may go by that to know which index keys and counters to change. Ids and
	// positions are not empty, and without blanks and NULs; keys of marks are not
	// empty. Times are UTC and truncated to TimePrecision.
	//
	// If key was used in this namespace before and had not expired at key.At,
	// decide is not called: the recorded change is returned with replayed true, or
	// ErrInvalid (field "Idempotency-Key") if the recorded fingerprint is another.
	// A change without Edits and Marks is recorded too; one that failed is not.
	//
	// It fails with ErrStorageFull where the disk is full, and with ErrUnavailable
	// once a write could not be made durable: from then on every call does.
	Commit(ctx context.Context, ns Namespace, key Key, decide func(Reader) (Change, error)) (c Change, replayed bool, err error)

	// Prune forgets, in small transactions, changes made and todos deleted before
	// old, and idempotency keys that expired at now or before.
	Prune(ctx context.Context, now, old time.Time) error
}

// Reader reads one namespace inside a Store's transaction. It must not be used
// after the function it was given to returns. No method's cost grows with the
// length of the list, only with what it returns.
type Reader interface {
	// Rev returns the namespace's revision; 0 before the first change.
	Rev() (uint64, error)
	// Todo returns one todo, also from the trash. ErrNotFound.
	Todo(id string) (Todo, error)
	// Todos returns the todos with these ids, in their order, one that is named twice
	// twice; absent ones are left out.
	Todos(ids []string) ([]Todo, error)
	// Keys returns at most limit index keys k with from <= k < to, ascending by bytes;
	// limit 0 means all. The index holds IndexKeys of every todo.
	Keys(from, to string, limit int) ([]string, error)
	// Counters returns the counters above 0 whose name begins with prefix, by name in
	// byte order. Each todo counts in its CounterKeys.
	Counters(prefix string) ([]Counter, error)
	// Marks returns what Change.Marks set, by key, for the keys that begin with
	// prefix; what was set to "" is gone.
	Marks(prefix string) (map[string]string, error)
	// LastPosition returns the greatest Position ever given to a todo of the
	// namespace, or "" before the first. It never falls.
	LastPosition() (string, error)
	// Change returns the journal's entry of one revision. ErrNotFound.
	Change(rev uint64) (Change, error)
	// Changes returns at most limit entries with a revision above since, oldest
	// first; limit 0 means all.
	Changes(since uint64, limit int) ([]Change, error)
	// LatestChanges returns at most limit entries with a revision below before
	// (0: from the newest), newest first; limit 0 means all.
	LatestChanges(before uint64, limit int) ([]Change, error)
}

// Key is an idempotency key, already scoped to its caller. The zero Key is none.
type Key struct {
	Value       string
	Fingerprint string    // of the request: the same key with another one is refused
	At          time.Time // when the request was made: what expired by then does not count
	Expires     time.Time
}

// Counter is a number of todos that have something in common.
type Counter struct {
	Name string
	N    int
}
