package identitytest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"todo.example/internal/identity"
)

// MemoryStore is an identity.Store that keeps everything in memory. The zero value is not ready: use NewMemoryStore.
type MemoryStore struct {
	mu    sync.RWMutex
	kinds map[string]map[string]record
}

type record struct {
	value   []byte
	expires time.Time
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{kinds: map[string]map[string]record{}}
}

// View implements identity.Store.
func (m *MemoryStore) View(ctx context.Context, fn func(identity.Tx) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(&memoryTx{store: m})
}

// Update implements identity.Store.
func (m *MemoryStore) Update(ctx context.Context, fn func(identity.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &memoryTx{store: m, writable: true}
	if err := fn(tx); err != nil {
		tx.rollback()
		return err
	}
	return nil
}

// Len tells how many records of the kind there are.
func (m *MemoryStore) Len(kind string) int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.kinds[kind])
}

// All calls fn for every record, in no order: for tests that look for secrets at rest.
func (m *MemoryStore) All(fn func(kind, key string, value []byte)) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for kind, records := range m.kinds {
		for key, r := range records {
			fn(kind, key, r.value)
		}
	}
}

type memoryTx struct {
	store    *MemoryStore
	writable bool
	undo     []func()
}

var errReadOnly = errors.New("identitytest: write in a read-only transaction")

func (tx *memoryTx) rollback() {
	for _, undo := range slices.Backward(tx.undo) {
		undo()
	}
}

func (tx *memoryTx) Get(kind, key string) ([]byte, error) {
	r, ok := tx.store.kinds[kind][key]
	if !ok {
		return nil, identity.ErrNotFound
	}
	return r.value, nil
}

func (tx *memoryTx) Put(kind, key string, value []byte, expires time.Time) error {
	if !tx.writable {
		return errReadOnly
	}
	records := tx.store.kinds[kind]
	if records == nil {
		records = map[string]record{}
		tx.store.kinds[kind] = records
	}
	tx.remember(records, key)
	records[key] = record{value: slices.Clone(value), expires: expires}
	return nil
}

func (tx *memoryTx) Delete(kind, key string) error {
	if !tx.writable {
		return errReadOnly
	}
	records := tx.store.kinds[kind]
	tx.remember(records, key)
	delete(records, key)
	return nil
}

func (tx *memoryTx) remember(records map[string]record, key string) {
	old, had := records[key]
	tx.undo = append(tx.undo, func() {
		if had {
			records[key] = old
		} else {
			delete(records, key)
		}
	})
}

func (tx *memoryTx) Scan(kind, prefix string, fn func(string, []byte) error) error {
	records := tx.store.kinds[kind]
	for _, key := range slices.Sorted(maps.Keys(records)) {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if err := fn(key, records[key].value); err != nil {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) DeleteExpired(before time.Time, limit int) (int, error) {
	type expired struct {
		kind, key string
		at        time.Time
	}
	var found []expired
	for kind, records := range tx.store.kinds {
		for key, r := range records {
			if !r.expires.IsZero() && !r.expires.After(before) {
				found = append(found, expired{kind, key, r.expires})
			}
		}
	}
	slices.SortFunc(found, func(a, b expired) int { return a.at.Compare(b.at) })
	found = found[:min(limit, len(found))]
	for _, e := range found {
		if err := tx.Delete(e.kind, e.key); err != nil {
			return 0, err
		}
	}
	return len(found), nil
}
