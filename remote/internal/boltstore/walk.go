package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// The format of a bbolt file, in the byte order of the machine that made it: pages,
// of which the first two are meta pages and the others free or nodes of B+ trees.
// Source: go.etcd.io/bbolt v1.5.0, internal/common.
const (
	metaMagic   = 0xED0CDAED
	metaVersion = 2

	pageHeader  = 16 // id uint64, flags uint16, count uint16, overflow uint32
	elementSize = 16 // branch: pos, ksize uint32, page uint64; leaf: flags, pos, ksize, vsize uint32
	metaSize    = 64 // magic, version, pageSize, flags uint32; root, sequence, freelist, pages, txid, checksum uint64

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10

	bucketElement = 0x01 // flag of a leaf element whose value is a bucket
	bucketHeader  = 16   // root page uint64, sequence uint64; with root 0 its only page follows
)

var native = binary.NativeEndian

// walk goes through the pages of a bbolt file, each at most once.
type walk struct {
	file     io.ReaderAt
	pageSize int
	root     uint64
	free     uint64 // page of the freelist
	seen     []bool // by page
	rowErr   error  // the first row that fails its checksum
}

// newWalk reads the meta pages. Both must be sound: bbolt would fall back from a
// damaged one to the other, and so to the state before the last commit.
func newWalk(file io.ReaderAt, size int64) (*walk, error) {
	first, err := readMeta(file, 0)
	if err != nil {
		return nil, err
	}
	second, err := readMeta(file, int64(first.pageSize))
	if err != nil {
		return nil, err
	}
	latest := first
	if second.txid > first.txid {
		latest = second
	}
	if latest.pages < 4 || latest.pages > uint64(size)/uint64(latest.pageSize) {
		return nil, fmt.Errorf("it is cut short: %d bytes for %d pages of %d", size, latest.pages, latest.pageSize)
	}
	w := &walk{file: file, pageSize: int(latest.pageSize), root: latest.root, free: latest.freelist, seen: make([]bool, latest.pages)}
	w.seen[0], w.seen[1] = true, true
	return w, nil
}

type meta struct {
	pageSize                    uint32
	root, freelist, pages, txid uint64
}

func readMeta(file io.ReaderAt, offset int64) (m meta, err error) {
	b := make([]byte, metaSize)
	if _, err := file.ReadAt(b, offset+pageHeader); err != nil {
		return m, fmt.Errorf("read a meta page: %w", err)
	}
	h := fnv.New64a()
	h.Write(b[:metaSize-8])
	if native.Uint32(b) != metaMagic || native.Uint32(b[4:]) != metaVersion || native.Uint64(b[metaSize-8:]) != h.Sum64() {
		return m, errors.New("a meta page is not sound")
	}
	return meta{native.Uint32(b[8:]), native.Uint64(b[16:]), native.Uint64(b[32:]), native.Uint64(b[40:]), native.Uint64(b[48:])}, nil
}

// page reads a page with its overflow, and takes note that it was reached.
func (w *walk) page(id uint64) (page, error) {
	if id < 2 || id >= uint64(len(w.seen)) {
		return nil, fmt.Errorf("page %d is outside the file", id)
	}
	b := make([]byte, w.pageSize)
	if _, err := w.file.ReadAt(b, int64(id)*int64(w.pageSize)); err != nil {
		return nil, err
	}
	overflow := uint64(page(b).overflow())
	if page(b).id() != id || overflow >= uint64(len(w.seen))-id {
		return nil, fmt.Errorf("page %d has a wrong header", id)
	}
	for i := id; i <= id+overflow; i++ {
		if w.seen[i] {
			return nil, fmt.Errorf("page %d is used twice", i)
		}
		w.seen[i] = true
	}
	if overflow == 0 {
		return b, nil
	}
	b = make([]byte, (1+overflow)*uint64(w.pageSize))
	_, err := w.file.ReadAt(b, int64(id)*int64(w.pageSize))
	return b, err
}

// bucket walks the tree of a bucket below the given page.
func (w *walk) bucket(root uint64, seed uint32, n *node) error {
	p, err := w.page(root)
	if err != nil {
		return err
	}
	return w.node(p, nil, nil, seed, n)
}

// node walks a page of a tree whose keys must be at least low and, unless that is
// nil, below high.
func (w *walk) node(p page, low, high []byte, seed uint32, n *node) error {
	switch p.flags() {
	case branchPage:
		return w.branch(p, low, high, seed, n)
	case leafPage:
		return w.leaf(p, low, high, seed, n)
	}
	return fmt.Errorf("page %d is of no known kind", p.id())
}

func (w *walk) branch(p page, low, high []byte, seed uint32, n *node) error {
	if p.count() == 0 {
		return fmt.Errorf("page %d is an empty branch", p.id())
	}
	var child uint64
	for i := range p.count() + 1 {
		key, next := high, uint64(0)
		if i < p.count() {
			e, err := p.element(i)
			if err != nil {
				return err
			}
			if key, err = p.part(i, native.Uint32(e), 0, native.Uint32(e[4:])); err != nil {
				return err
			}
			next = native.Uint64(e[8:])
			if bytes.Compare(key, low) < 0 || high != nil && bytes.Compare(key, high) >= 0 || i > 0 && bytes.Equal(key, low) {
				return fmt.Errorf("page %d is out of order", p.id())
			}
		}
		if i > 0 {
			c, err := w.page(child)
			if err != nil {
				return err
			}
			if err := w.node(c, low, key, seed, n); err != nil {
				return err
			}
		}
		low, child = key, next
	}
	return nil
}

func (w *walk) leaf(p page, low, high []byte, seed uint32, n *node) error {
	for i := range p.count() {
		e, err := p.element(i)
		if err != nil {
			return err
		}
		pos, ksize, vsize := native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:])
		key, errKey := p.part(i, pos, 0, ksize)
		value, errValue := p.part(i, pos, ksize, vsize)
		if err := errors.Join(errKey, errValue); err != nil {
			return err
		}
		if bytes.Compare(key, low) < 0 || high != nil && bytes.Compare(key, high) >= 0 || i > 0 && bytes.Equal(key, low) {
			return fmt.Errorf("page %d is out of order", p.id())
		}
		low = key
		if native.Uint32(e)&bucketElement == 0 {
			w.row(key, value, seed, n)
			continue
		}
		if err := w.nested(key, value, seed, n); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) row(key, value []byte, seed uint32, n *node) {
	payload, err := bucket{seed: seed}.open(key, value)
	if err != nil && w.rowErr == nil {
		w.rowErr = fmt.Errorf("%w (key %q)", err, key)
	}
	n.add(key, payload)
}

func (w *walk) nested(name, value []byte, seed uint32, n *node) error {
	if len(value) < bucketHeader {
		return fmt.Errorf("bucket %q is cut short", name)
	}
	child := &node{}
	if n.children == nil {
		n.children = map[string]*node{}
	}
	n.children[string(name)] = child
	if root := native.Uint64(value); root != 0 {
		return w.bucket(root, place(seed, name), child)
	}
	inline := page(value[bucketHeader:])
	if len(inline) < pageHeader || inline.flags() != leafPage {
		return fmt.Errorf("bucket %q has no page", name)
	}
	return w.leaf(inline, nil, nil, place(seed, name), child)
}

// freelist takes note of the free pages.
func (w *walk) freelist() error {
	p, err := w.page(w.free)
	if err != nil {
		return err
	}
	if p.flags() != freelistPage {
		return errors.New("the list of free pages is not one")
	}
	ids, count := p[pageHeader:], uint64(p.count())
	if count == 0xFFFF { // the real number comes first
		count, ids = native.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return errors.New("the list of free pages is cut short")
	}
	for i := range count {
		id := native.Uint64(ids[i*8:])
		if id >= uint64(len(w.seen)) || w.seen[id] {
			return fmt.Errorf("page %d is free and in use", id)
		}
		w.seen[id] = true
	}
	return nil
}

// page is a page of the file with its overflow, or the page inside an inline bucket.
type page []byte

func (p page) id() uint64       { return native.Uint64(p) }
func (p page) flags() uint16    { return native.Uint16(p[8:]) }
func (p page) count() int       { return int(native.Uint16(p[10:])) }
func (p page) overflow() uint32 { return native.Uint32(p[12:]) }

func (p page) element(i int) ([]byte, error) {
	at := pageHeader + i*elementSize
	if at+elementSize > len(p) {
		return nil, fmt.Errorf("page %d is cut short", p.id())
	}
	return p[at : at+elementSize], nil
}

// part returns size bytes that begin skip bytes after pos, which counts from
// element i.
func (p page) part(i int, pos, skip, size uint32) ([]byte, error) {
	from := uint64(pageHeader+i*elementSize) + uint64(pos) + uint64(skip)
	if from+uint64(size) > uint64(len(p)) {
		return nil, fmt.Errorf("page %d has an element outside of it", p.id())
	}
	return p[from : from+uint64(size)], nil
}
