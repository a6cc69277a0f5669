package account

import "sync"

// marks are names that somebody is to look at.
type marks struct {
	C    chan struct{} // receives after one or more were added
	mu   sync.Mutex
	keys map[string]bool
}

func newMarks() *marks { return &marks{C: make(chan struct{}, 1), keys: map[string]bool{}} }

func (m *marks) add(keys ...string) {
	m.mu.Lock()
	for _, k := range keys {
		m.keys[k] = true
	}
	m.mu.Unlock()
	select {
	case m.C <- struct{}{}:
	default:
	}
}

// take returns the names and forgets them.
func (m *marks) take() map[string]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	keys := m.keys
	m.keys = map[string]bool{}
	return keys
}
