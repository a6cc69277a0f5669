package boltstore

import (
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"todo.example/internal/todo"
	"todo.example/remote/internal/durable"
)

// header is what a file says of itself.
type header struct {
	format uint64
	index  uint64 // todo.IndexVersion when the index was made; 0 before there was one
}

func readHeader(tx *bbolt.Tx) (h header, err error) {
	b := rootBucket(tx, headerBucket)
	for _, row := range []struct {
		key   []byte
		value *uint64
	}{{formatKey, &h.format}, {indexVersionKey, &h.index}} {
		payload, _, errRow := b.get(row.key)
		*row.value, _ = parseUint(payload)
		err = errors.Join(err, errRow)
	}
	return h, err
}

func (h header) put(tx *bbolt.Tx) error {
	b, err := createRoot(tx, headerBucket)
	if err != nil {
		return err
	}
	return errors.Join(b.put(formatKey, bigEndian(h.format)), b.put(indexVersionKey, bigEndian(h.index)))
}

// convert brings an older file up to date: one of an older format, and one whose
// index was made by other rules. It is one transaction, so that a crash or a full
// disk leaves the file as it was; and of an older format a copy is kept, for whoever
// wants to go back to the older program.
func (db *DB) convert() error {
	var from header
	err := db.bolt.View(func(tx *bbolt.Tx) (err error) {
		from, err = readHeader(tx)
		return err
	})
	to := header{format, todo.IndexVersion}
	if err != nil || from == to {
		return err
	}
	if from.format < format {
		if err := db.keepCopy(fmt.Sprintf("%s.format%d", db.path, from.format)); err != nil {
			return fmt.Errorf("keep a copy of it as it is, in format %d: %w", from.format, err)
		}
	}
	db.log.Info("converting the database", "database", db.path, "format", from.format, "toFormat", to.format, "index", from.index, "toIndex", to.index)
	err = db.guard(func() error {
		return db.bolt.Update(func(tx *bbolt.Tx) error {
			if err := convertLists(tx, from.format); err != nil {
				return err
			}
			return to.put(tx)
		})
	})
	if err != nil {
		return fmt.Errorf("convert it from format %d: %w", from.format, err)
	}
	return nil
}

func convertLists(tx *bbolt.Tx, from uint64) error {
	root := rootBucket(tx, listsBucket)
	var names [][]byte
	err := root.b.ForEachBucket(func(name []byte) error {
		names = append(names, append([]byte{}, name...))
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		w := &listWriter{reader: reader{list: root.child(name)}}
		if from < 2 {
			err = w.fromFormat1()
		} else {
			w.state, err = readState(w.list)
		}
		if err == nil {
			err = w.reindex()
		}
		if err != nil {
			return fmt.Errorf("list %q: %w", name, err)
		}
	}
	return nil
}

// reindex makes the index and the counters anew from the rows.
func (w *listWriter) reindex() error {
	for _, name := range [][]byte{indexBucket, countersBucket} {
		if err := w.drop(name); err != nil {
			return err
		}
	}
	w.state.Index, w.state.Counters = 0, 0
	var f following
	for t, err := range decoded[todo.Todo](w.list.child(todosBucket).from(nil, false)) {
		if err != nil {
			return err
		}
		f.add(t)
	}
	return errors.Join(w.follow(f), w.putState())
}

// drop deletes one of the list's buckets, if there is one.
func (w *listWriter) drop(name []byte) error {
	if w.list.child(name).b == nil {
		return nil
	}
	return w.list.b.DeleteBucket(name)
}

// keepCopy writes the file to another path, whole or not at all.
func (db *DB) keepCopy(path string) error {
	return durable.WriteFile(path, func(w io.Writer) error {
		return db.bolt.View(func(tx *bbolt.Tx) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
}
