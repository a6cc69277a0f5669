// Package durable puts files on the disk so that a crash or a full disk leaves either
// the whole file or what was there before.
//
// It knows no format, and must never leave half a file under the name it was given.
package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// WriteFile makes the file of a path, for its owner only, of what write writes, and
// returns when it and its name are on the disk. Until then the file is called path and
// ".part"; one that a crash left is written over.
func WriteFile(path string, write func(io.Writer) error) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes the names in a directory durable.
func SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // there a directory cannot be flushed, and need not be
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
