package identitytest_test

import (
	"testing"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

func TestMemoryStore(t *testing.T) {
	identitytest.TestStore(t, func(*testing.T) identity.Store { return identitytest.NewMemoryStore() })
}
