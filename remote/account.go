package remote

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"todo.example/internal/account"
	"todo.example/remote/internal/auth"
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
	return key, writeDurably(path, key)
}

// writeDurably makes a file that is there whole or not at all, for its owner only.
func writeDurably(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // there a directory cannot be flushed, and need not be
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
