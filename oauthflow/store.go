package oauthflow

import (
	"context"
	"errors"
)

// Errors of a TokenStore. Compare with errors.Is.
var (
	// ErrNotFound: the store has no such item.
	ErrNotFound = errors.New("no such item")
	// ErrTooLarge: the store cannot hold an item of that size. It kept what it had.
	ErrTooLarge = errors.New("the item is too large for this store")
	// ErrUnavailable: the store cannot be used at all; the message says what to use instead.
	ErrUnavailable = errors.New("the token store cannot be used")
)

// wayOut tells a person what else they can do when a store fails them.
const wayOut = "use --token-store file, or set TODO_TOKEN"

// TokenStore keeps small secret values by name for one person. Each call is atomic; a sequence of calls is not, which
// is why a Flow holds a lock of its own around them. Values are at most a few kilobytes.
type TokenStore interface {
	// Get returns the value, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Set creates or replaces the value. It is ErrTooLarge when the store has no room for it.
	Set(ctx context.Context, key string, value []byte) error
	// Delete removes the value. Removing what is not there is no error.
	Delete(ctx context.Context, key string) error
}

var (
	_ TokenStore = (*Keyring)(nil)
	_ TokenStore = (*File)(nil)
)
