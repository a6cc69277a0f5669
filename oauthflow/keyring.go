package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

// maxKeyringItem stays below Windows' 2,560 bytes for one credential and macOS's 4,096 for one command line.
const maxKeyringItem = 2500

// DefaultKeyringTimeout suits a program nobody may be watching. One that asked the person to unlock their keyring
// needs longer.
const DefaultKeyringTimeout = 3 * time.Second

// Keyring keeps items in the operating system's keyring: Keychain, Credential Manager, or the Secret Service.
type Keyring struct {
	service string
	timeout time.Duration
	probe   func() error // whether there is a keyring to talk to
}

// NewKeyring returns the keyring's items of the given service name. Every call ends after timeout (zero:
// DefaultKeyringTimeout), because an unlock prompt that nobody answers would otherwise block for ever.
func NewKeyring(service string, timeout time.Duration) *Keyring {
	if timeout <= 0 {
		timeout = DefaultKeyringTimeout
	}
	return &Keyring{service: service, timeout: timeout, probe: probeKeyring}
}

// Get implements TokenStore.
func (k *Keyring) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := k.call(ctx, func() (string, error) { return keyring.Get(k.service, key) })
	if err != nil {
		return nil, err
	}
	return []byte(value), nil
}

// Set implements TokenStore. An item may have 2,500 bytes.
func (k *Keyring) Set(ctx context.Context, key string, value []byte) error {
	if len(value) > maxKeyringItem {
		return fmt.Errorf("%w: %d bytes, %d at most", ErrTooLarge, len(value), maxKeyringItem)
	}
	_, err := k.call(ctx, func() (string, error) { return "", keyring.Set(k.service, key, string(value)) })
	return err
}

// Delete implements TokenStore.
func (k *Keyring) Delete(ctx context.Context, key string) error {
	_, err := k.call(ctx, func() (string, error) { return "", keyring.Delete(k.service, key) })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// call runs op, which knows no context, and gives up on it when the time is over. op then goes on by itself until the
// keyring lets go of it.
func (k *Keyring) call(ctx context.Context, op func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	type answer struct {
		value string
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		if err := k.probe(); err != nil {
			answered <- answer{err: err}
			return
		}
		value, err := op()
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, keyringError(a.err)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%w: the keyring did not answer within %v (is it locked?); %s", ErrUnavailable, k.timeout, wayOut)
	}
}

func keyringError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return ErrTooLarge
	default:
		return fmt.Errorf("%w: the system keyring: %w; %s", ErrUnavailable, err, wayOut)
	}
}
