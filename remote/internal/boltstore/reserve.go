package boltstore

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"os"
)

// reserveSize is what a full disk leaves for deletions: about a thousand of them,
// far more than the first one that makes room for the rest.
const reserveSize = 1 << 20

// errNoRoom is the answer to a change that would make the file grow while the disk
// is full.
var errNoRoom = errors.New("no space is left")

// reserve is a file beside the database that does nothing but take up space. Also
// a deletion writes before it frees, since bbolt never overwrites a page that is
// in use; so on a full disk the reserve is given up to let deletions through. While
// it is gone nothing else is written, unless the file has as much free space inside,
// and before each batch it is remade if there is room again: that is how growing
// starts anew, by itself.
type reserve struct {
	path    string
	log     *slog.Logger
	held    bool
	useless bool // it cannot be made, for another reason than a full disk
}

func openReserve(path string, log *slog.Logger) *reserve {
	r := &reserve{path: path, log: log}
	info, err := os.Stat(path)
	r.held = err == nil && info.Size() == reserveSize
	if !r.held {
		r.remake()
	}
	return r
}

// remake makes the file, and reports whether the disk has room.
func (r *reserve) remake() bool {
	if r.useless {
		return true
	}
	filling := make([]byte, reserveSize)
	rand.Read(filling) // no file system can store it in less
	err := writeDurably(r.path, filling)
	switch {
	case err == nil:
		r.held = true
		return true
	case isNoSpace(err):
		r.release()
		return false
	}
	r.useless = true
	r.log.Warn("no space can be kept in reserve: a full disk will stop deletions too", "error", err)
	return true
}

func writeDurably(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func (r *reserve) release() {
	r.held = false
	if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = os.Truncate(r.path, 0) // a directory that cannot be changed
	}
}

// isFull reports whether a commit failed for want of space in a write of pages.
// Only there is it harmless: from an fsync the same errno means, like any other,
// that pages may be lost.
func isFull(err error) bool {
	var e *fs.PathError
	return errors.As(err, &e) && e.Op == "write" && isNoSpace(e.Err)
}
