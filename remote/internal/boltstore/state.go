package boltstore

import (
	"encoding/binary"
	"fmt"
	"iter"

	jsonv2 "github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// A list's bucket, named by its namespace, holds these. What is in the index and
// the counters follows from the todos: package todo says how.
var (
	stateKey       = []byte("state")    // → state
	todosBucket    = []byte("todos")    // id → todo.Todo
	indexBucket    = []byte("index")    // key of todo.IndexKeys → nothing
	countersBucket = []byte("counters") // name of todo.CounterKeys → how many todos have it, never 0, as uvarint
	marksBucket    = []byte("marks")    // key → value, never empty
	journalBucket  = []byte("journal")  // revision, big-endian → todo.Change
	keysBucket     = []byte("keys")     // idempotency key → keyRecord
	expiriesBucket = []byte("expiries") // expiry, big-endian milliseconds, then the key → nothing
)

// state is what a list knows of itself without counting: its revision, the
// greatest position ever given, and how many rows its buckets have. It is
// read and written with every change, so it has no JSON.
type state struct {
	Rev  uint64
	Last string

	Todos, Index, Counters, Marks, Journal, Keys int
}

func readState(list bucket) (s state, err error) {
	payload, ok, err := list.get(stateKey)
	if err != nil || !ok {
		return s, err
	}
	return s, s.decode(payload)
}

// rows are the numbers of rows, in the order in which they are stored.
func (s *state) rows() [6]*int {
	return [...]*int{&s.Todos, &s.Index, &s.Counters, &s.Marks, &s.Journal, &s.Keys}
}

// encode returns the revision and the numbers of rows as uvarints, then Last.
func (s *state) encode() []byte {
	b := binary.AppendUvarint(make([]byte, 0, 48), s.Rev)
	for _, n := range s.rows() {
		b = binary.AppendUvarint(b, uint64(*n))
	}
	return append(b, s.Last...)
}

func (s *state) decode(b []byte) (err error) {
	if s.Rev, b, err = cutUvarint(b); err != nil {
		return err
	}
	for _, n := range s.rows() {
		var rows uint64
		if rows, b, err = cutUvarint(b); err != nil {
			return err
		}
		*n = int(rows)
	}
	s.Last = string(b)
	return nil
}

// cutUvarint cuts a number off the front of a payload.
func cutUvarint(b []byte) (n uint64, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, errRow
	}
	return n, b[size:], nil
}

// encode returns a row's JSON, and decode parses it. A page of a list is mostly
// decode, and a change is for a quarter encode: the coming version of encoding/json takes
// half and two thirds of the time.
func encode(v any) ([]byte, error) { return jsonv1.Marshal(v) }

// decode parses a row's JSON. What passed its checksum and does not parse was
// written by another program.
func decode(payload []byte, v any) error {
	if err := jsonv2.Unmarshal(payload, v); err != nil {
		return fmt.Errorf("%w: %w", errRow, err)
	}
	return nil
}

// decoded yields what rows hold, up to the first that cannot be read.
func decoded[T any](rows iter.Seq[row]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row := range rows {
			var v T
			err := row.err
			if err == nil {
				err = decode(row.payload, &v)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

func putJSON(b bucket, key []byte, v any) error {
	payload, err := encode(v)
	if err != nil {
		return err
	}
	return b.put(key, payload)
}

func parseUint(b []byte) (n uint64, ok bool) {
	if len(b) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(b), true
}
