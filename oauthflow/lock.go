package oauthflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockPoll = 10 * time.Millisecond
	// signInPoll is longer: the one who holds that lock is a person in front of a browser.
	signInPoll = 100 * time.Millisecond
)

// lockPath names a lock of this resource. The files stay for good: removing one would let two processes each hold "the"
// lock. The kernel drops the lock itself when its holder dies, so it cannot go stale.
func (f *Flow) lockPath(purpose string) string {
	sum := sha256.Sum256([]byte(f.cfg.Resource))
	return filepath.Join(f.cfg.LockDir, hex.EncodeToString(sum[:12])+"."+purpose+".lock")
}

func (f *Flow) lock(ctx context.Context, purpose string, poll time.Duration) (unlock func(), err error) {
	if err := privateDir(f.cfg.LockDir); err != nil {
		return nil, fmt.Errorf("lock directory: %w", err)
	}
	return lockFile(ctx, f.lockPath(purpose), poll)
}

// lockFile takes the exclusive lock on path, waiting until ctx ends.
func lockFile(ctx context.Context, path string, poll time.Duration) (unlock func(), err error) {
	l := flock.New(path, flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, poll); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = l.Unlock() }, nil
}

// semaphore is a mutex whose waiters can give up.
type semaphore chan struct{}

func newSemaphore() semaphore { return make(semaphore, 1) }

func (s semaphore) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s semaphore) release() { <-s }
