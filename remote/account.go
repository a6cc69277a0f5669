package remote

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"todo.example/internal/account"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/durable"
	"todo.example/remote/internal/httpx"
)

// keyFile is where, beside the database, the key lies that webhooks' secrets are
// derived from: who gets hold of the database alone, or of a backup, cannot sign.
const (
	keyFile = "webhook.key"
	keySize = 32
)

// openAccounts makes what people have beside their todos.
func (s *Server) openAccounts() error {
	key, err := loadKey(filepath.Join(s.config.DataDir, keyFile))
	if err != nil {
		return explainData(err)
	}
	s.accounts, err = account.New(account.Config{
		Store: s.db.Account(), Now: s.config.Now, Key: key, Loopback: httpx.IsLoopback(s.public.Hostname()),
	})
	if err != nil {
		return err
	}
	s.webhooks = account.NewDeliverer(account.DelivererConfig{
		Accounts: s.accounts, Service: s.service, Reader: auth.Reader, Logger: s.config.Logger,
	})
	return nil
}

// loadKey reads the key, or makes one that is on disk before it is used.
func loadKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == keySize:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("%s has %d bytes, not %d: put a backup in its place, or remove it and give each webhook a new secret", path, len(key), keySize)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	key = make([]byte, keySize)
	rand.Read(key) // never fails (crypto/rand)
	return key, durable.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(key)
		return err
	})
}
