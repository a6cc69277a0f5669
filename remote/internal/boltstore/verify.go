package boltstore

import (
	"errors"
	"fmt"
	"os"
)

// verify reads a database file from end to end: that its pages are a whole and
// sound tree, that every row passes its checksum, and that there are as many rows
// as the counts say. It reads the file itself, because bbolt follows a damaged page
// wherever it leads, into a fault or an endless recursion, that no caller can catch.
// The caller holds a lock on the file. made is false for a file without buckets, as
// a crash between making it and its first commit leaves it.
//
// Its errors wrap ErrDamaged, ErrForeign or ErrNewer.
func verify(path string) (made bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	made, err = verifyFile(f, path)
	return made, errors.Join(err, f.Close())
}

func verifyFile(f *os.File, path string) (made bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	w, err := newWalk(f, info.Size())
	if err != nil {
		return false, foreign(path, err)
	}
	root, err := w.tree()
	if err != nil {
		return false, damaged(path, err)
	}
	if len(root.children) == 0 {
		return false, nil
	}
	version, ok := root.format()
	switch {
	case !ok:
		return false, foreign(path, errors.New("it has no header of ours"))
	case version > format:
		return false, fmt.Errorf("%w: %s has format %d, this program knows %d: use a newer program", ErrNewer, path, version, format)
	}
	if w.rowErr == nil {
		w.rowErr = root.checkCounts(version)
	}
	if w.rowErr != nil {
		return false, damaged(path, w.rowErr)
	}
	return true, nil
}

// node is what verify remembers of a bucket.
type node struct {
	rows     int
	single   []byte // the payload of its "state" or "format" row, if any
	children map[string]*node
}

func (n *node) child(name []byte) *node {
	if c, ok := n.children[string(name)]; ok {
		return c
	}
	return &node{}
}

func (n *node) format() (version uint64, ok bool) {
	return parseUint(n.child(headerBucket).single)
}

// checkCounts compares the numbers of rows with those that the state rows hold: a
// page that lost its last row is otherwise as good as any.
func (n *node) checkCounts(version uint64) error {
	for name, list := range n.child(listsBucket).children {
		wants := wantedRows
		if version < 2 {
			wants = wantedRows1
		}
		want, err := wants(list.single)
		if err != nil {
			return fmt.Errorf("the counts of list %q: %w", name, err)
		}
		for _, w := range want {
			if got := list.child(w.bucket).rows; got != w.rows {
				return fmt.Errorf("list %q has %d rows in %q, not %d", name, got, w.bucket, w.rows)
			}
		}
	}
	for _, name := range [][]byte{identityBucket, accountBucket} {
		if err := n.child(name).checkRecords(name); err != nil {
			return err
		}
	}
	return nil
}

// wanted is how many rows a bucket must have.
type wanted struct {
	bucket []byte
	rows   int
}

func wantedRows(payload []byte) ([]wanted, error) {
	var s state
	err := s.decode(payload)
	return []wanted{
		{todosBucket, s.Todos},
		{indexBucket, s.Index},
		{countersBucket, s.Counters},
		{marksBucket, s.Marks},
		{journalBucket, s.Journal},
		{keysBucket, s.Keys},
		{expiriesBucket, s.Keys},
	}, err
}

func (n *node) checkRecords(name []byte) error {
	var s recordState
	if n.single != nil {
		if err := decode(n.single, &s); err != nil {
			return fmt.Errorf("the counts of %s: %w", name, err)
		}
	}
	records := 0
	for _, kind := range n.child(kindsBucket).children {
		records += kind.rows
	}
	if records != s.Records || n.child(expiriesBucket).rows != s.Expiring {
		return fmt.Errorf("there are %d records and %d expiries in %s, not %d and %d", records, n.child(expiriesBucket).rows, name, s.Records, s.Expiring)
	}
	return nil
}

// add takes note of a row.
func (n *node) add(key, payload []byte) {
	n.rows++
	if string(key) == string(stateKey) || string(key) == string(formatKey) {
		n.single = append([]byte{}, payload...)
	}
}

// tree walks the whole file.
func (w *walk) tree() (*node, error) {
	root := &node{}
	if err := w.bucket(w.root, 0, root); err != nil {
		return nil, err
	}
	if err := w.freelist(); err != nil {
		return nil, err
	}
	for id, seen := range w.seen {
		if !seen {
			return nil, fmt.Errorf("page %d is in no use and not free", id)
		}
	}
	return root, nil
}
