package oauthflow

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

func TestKeyringErrors(t *testing.T) {
	tests := []struct {
		err, want error
	}{
		{nil, nil},
		{keyring.ErrNotFound, ErrNotFound},
		{keyring.ErrSetDataTooBig, ErrTooLarge},
		{errors.New("failed to unlock correct collection"), ErrUnavailable},
		{keyring.ErrUnsupportedPlatform, ErrUnavailable},
	}
	for _, test := range tests {
		k := NewKeyring("test", time.Second)
		k.probe = func() error { return nil }
		_, err := k.call(t.Context(), func() (string, error) { return "", test.err })
		if !errors.Is(err, test.want) {
			t.Errorf("%v became %v, want %v", test.err, err, test.want)
		}
		if errors.Is(err, ErrUnavailable) {
			wantWayOut(t, err)
		}
	}
}

func TestKeyringProbeComesFirst(t *testing.T) {
	k := NewKeyring("test", time.Second)
	k.probe = func() error { return errors.New("no session bus") }
	_, err := k.call(t.Context(), func() (string, error) {
		t.Error("the keyring was touched")
		return "", nil
	})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("error = %v", err)
	}
}

// TestKeyringIsNotWaitedFor is an unlock prompt that nobody answers.
func TestKeyringIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyring("test", 0)
		k.probe = func() error { return nil }
		answered := make(chan struct{})
		defer close(answered)
		prompt := func() (string, error) { <-answered; return "", nil }
		started := time.Now()
		_, err := k.call(t.Context(), prompt)
		if took := time.Since(started); took != DefaultKeyringTimeout || !errors.Is(err, ErrUnavailable) {
			t.Errorf("%v after %v", err, took)
		}
		wantWayOut(t, err)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := k.call(ctx, prompt); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnavailable) {
			t.Errorf("a caller that left got %v", err)
		}
	})
}

func TestKeyringSizeLimit(t *testing.T) {
	k := NewKeyring("test", time.Second)
	k.probe = func() error { t.Error("the keyring was touched"); return nil }
	if err := k.Set(t.Context(), "k", make([]byte, 2501)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Set = %v", err)
	}
}

func wantWayOut(t *testing.T, err error) {
	t.Helper()
	for _, want := range []string{"--token-store file", "TODO_TOKEN"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
