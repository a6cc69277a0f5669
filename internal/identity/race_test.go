package identity_test

import (
	"testing"

	"todo.example/internal/identity"
	"todo.example/internal/identity/identitytest"
)

func memory(*testing.T) identity.Store { return identitytest.NewMemoryStore() }

func TestCodeRace(t *testing.T)    { identitytest.TestCodeRace(t, memory) }
func TestRefreshRace(t *testing.T) { identitytest.TestRefreshRace(t, memory) }

func TestReuseAfterReopen(t *testing.T) {
	store := identitytest.NewMemoryStore()
	identitytest.TestReuseAfterReopen(t, func(*testing.T) (identity.Store, func()) { return store, func() {} })
}
