package boltstore

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"

	jsonv2 "github.com/go-json-experiment/json"

	"todo.example/internal/todo"
)

// A list's bucket, named by its namespace, holds these. Rows lie in the bucket of
// their view in SortKey order, so that a page is one scan.
var (
	stateKey        = []byte("state")     // → state
	idsBucket       = []byte("ids")       // todo's id → view, blank, SortKey
	positionsBucket = []byte("positions") // Position, blank, id → nothing
	journalBucket   = []byte("journal")   // revision, big-endian → todo.Change
	keysBucket      = []byte("keys")      // idempotency key → keyRecord
	expiriesBucket  = []byte("expiries")  // expiry, big-endian milliseconds, then the key → nothing
)

// viewBucket names the bucket of a view: SortKey → todo.Todo.
func viewBucket(v todo.View) []byte { return []byte(v) }

// state is what a list knows of itself without counting.
type state struct {
	Rev       uint64 `json:"rev"`
	Open      int    `json:"open"`
	Completed int    `json:"completed"`
	Trash     int    `json:"trash"`
	Journal   int    `json:"journal"`
	Keys      int    `json:"keys"`
}

func readState(list bucket) (s state, err error) {
	payload, ok, err := list.get(stateKey)
	if err != nil || !ok {
		return s, err
	}
	return s, s.decode(payload)
}

func (s *state) decode(payload []byte) error { return decode(payload, s) }

// count is where the number of todos of a view is kept.
func (s *state) count(v todo.View) *int {
	switch v {
	case todo.ViewTrash:
		return &s.Trash
	case todo.ViewCompleted:
		return &s.Completed
	}
	return &s.Open
}

// decode parses a row's JSON. What passed its checksum and does not parse was
// written by another program. A page of a list is mostly this, and the coming
// version of encoding/json does it in less than half the time.
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
	payload, err := json.Marshal(v)
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
