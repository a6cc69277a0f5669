package identity

import "todo.example/internal/kv"

// The server keeps its records in a kv.Store. identitytest.TestStore is its contract as a test.
type (
	// Store is kv.Store.
	Store = kv.Store
	// Tx is kv.Tx.
	Tx = kv.Tx
)

// ErrNotFound is kv.ErrNotFound.
var ErrNotFound = kv.ErrNotFound
