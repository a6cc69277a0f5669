package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"iter"
	"sync"

	"go.etcd.io/bbolt"
)

// errRow says that a row is not what was written: it fails its checksum, or it
// does not decode.
var errRow = errors.New("a row fails its checksum")

// castagnoli is made when a file is opened: also who only lists todos from a server
// starts with this package.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

const sumSize = 4

// bucket is a bbolt bucket whose rows carry checksums. A checksum covers the names
// of the buckets around the row, its key and its payload, so that a row in the
// wrong place, for one in another person's list, is noticed like a changed one.
// The zero bucket is one that was never made: it is empty.
type bucket struct {
	b    *bbolt.Bucket
	seed uint32
}

func rootBucket(tx *bbolt.Tx, name []byte) bucket {
	return bucket{tx.Bucket(name), place(0, name)}
}

func createRoot(tx *bbolt.Tx, name []byte) (bucket, error) {
	b, err := tx.CreateBucketIfNotExists(name)
	return bucket{b, place(0, name)}, err
}

// place is the checksum's start for the rows of a bucket: that of the length of its
// name, in four bytes, and the name. It is reckoned for each row that is read or written,
// so the length is not made bytes.
func place(parent uint32, name []byte) uint32 {
	table, crc := castagnoli(), ^parent
	for shift := 24; shift >= 0; shift -= 8 {
		crc = table[byte(crc)^byte(len(name)>>shift)] ^ crc>>8
	}
	return crc32.Update(^crc, table, name)
}

func sum(seed uint32, key, payload []byte) uint32 {
	return crc32.Update(place(seed, key), castagnoli(), payload)
}

func (b bucket) child(name []byte) bucket {
	if b.b == nil {
		return bucket{}
	}
	return bucket{b.b.Bucket(name), place(b.seed, name)}
}

func (b bucket) create(name []byte) (bucket, error) {
	child, err := b.b.CreateBucketIfNotExists(name)
	return bucket{child, place(b.seed, name)}, err
}

// get returns a row's payload, valid until the transaction ends; ok is false where
// there is no such row.
func (b bucket) get(key []byte) (payload []byte, ok bool, err error) {
	if b.b == nil {
		return nil, false, nil
	}
	row := b.b.Get(key)
	if row == nil {
		return nil, false, nil
	}
	payload, err = b.open(key, row)
	return payload, true, err
}

func (b bucket) open(key, row []byte) ([]byte, error) {
	if len(row) < sumSize || binary.BigEndian.Uint32(row) != sum(b.seed, key, row[sumSize:]) {
		return nil, errRow
	}
	return row[sumSize:], nil
}

func (b bucket) put(key, payload []byte) error {
	row := make([]byte, sumSize, sumSize+len(payload))
	binary.BigEndian.PutUint32(row, sum(b.seed, key, payload))
	return b.b.Put(key, append(row, payload...))
}

func (b bucket) delete(key []byte) error { return b.b.Delete(key) }

// row is one row of a bucket, or why it cannot be read.
type row struct {
	key, payload []byte
	err          error
}

// from yields the rows from the first key that is not below start, or from the
// last one that is not above it if backward; a nil start is the near end.
func (b bucket) from(start []byte, backward bool) iter.Seq[row] {
	return func(yield func(row) bool) {
		if b.b == nil {
			return
		}
		c := b.b.Cursor()
		step := c.Next
		if backward {
			step = c.Prev
		}
		for k, v := seek(c, start, backward); k != nil; k, v = step() {
			payload, err := b.open(k, v)
			if !yield(row{k, payload, err}) || err != nil {
				return
			}
		}
	}
}

// prefixed yields the rows whose keys begin with prefix.
func (b bucket) prefixed(prefix string) iter.Seq[row] {
	return func(yield func(row) bool) {
		for row := range b.from([]byte(prefix), false) {
			if !bytes.HasPrefix(row.key, []byte(prefix)) || !yield(row) {
				return
			}
		}
	}
}

func seek(c *bbolt.Cursor, start []byte, backward bool) (key, value []byte) {
	switch {
	case start == nil && backward:
		return c.Last()
	case start == nil:
		return c.First()
	}
	k, v := c.Seek(start)
	if !backward || bytes.Equal(k, start) {
		return k, v
	}
	if k == nil {
		return c.Last()
	}
	return c.Prev()
}

func bigEndian(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
