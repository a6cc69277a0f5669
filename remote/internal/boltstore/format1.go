package boltstore

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"todo.example/internal/todo"
)

// Format 1 had a bucket for each view, with the todos' rows in the order in which
// they were shown (SortKey → todo.Todo), and two more that pointed into these:
// "ids" (id → view, blank, SortKey) and "positions" (Position, blank, id → nothing).
// The journal and the expiries were as they are; state and keys were JSON.
var (
	views1           = [][]byte{[]byte("open"), []byte("completed"), []byte("trash")}
	idsBucket1       = []byte("ids")
	positionsBucket1 = []byte("positions")
)

type state1 struct {
	Rev       uint64 `json:"rev"`
	Open      int    `json:"open"`
	Completed int    `json:"completed"`
	Trash     int    `json:"trash"`
	Journal   int    `json:"journal"`
	Keys      int    `json:"keys"`
}

type keyRecord1 struct {
	Fingerprint string          `json:"fingerprint"`
	Expires     time.Time       `json:"expires"`
	Change      json.RawMessage `json:"change"`
}

func wantedRows1(payload []byte) ([]wanted, error) {
	var s state1
	err := decode(payload, &s)
	todos := s.Open + s.Completed + s.Trash
	return []wanted{
		{views1[0], s.Open},
		{views1[1], s.Completed},
		{views1[2], s.Trash},
		{idsBucket1, todos},
		{positionsBucket1, todos},
		{journalBucket, s.Journal},
		{keysBucket, s.Keys},
		{expiriesBucket, s.Keys},
	}, err
}

// fromFormat1 converts a list's rows, and its state but for the index.
func (w *listWriter) fromFormat1() error {
	payload, _, err := w.list.get(stateKey)
	var s state1
	if err == nil {
		err = decode(payload, &s)
	}
	if err != nil {
		return err
	}
	w.state = state{Rev: s.Rev, Todos: s.Open + s.Completed + s.Trash, Journal: s.Journal, Keys: s.Keys}
	for row := range w.list.child(positionsBucket1).from(nil, true) {
		position, _, _ := bytes.Cut(row.key, []byte(" "))
		w.state.Last, err = string(position), row.err
		break
	}
	return errors.Join(err, w.todosFrom1(), w.keysFrom1())
}

// todosFrom1 moves the rows of all views into one bucket.
func (w *listWriter) todosFrom1() error {
	type idRow struct {
		id      string
		payload []byte
	}
	var rows []idRow
	for _, view := range views1 {
		for row := range w.list.child(view).from(nil, false) {
			var t todo.Todo
			if err := errors.Join(row.err, decode(row.payload, &t)); err != nil {
				return err
			}
			rows = append(rows, idRow{t.ID, bytes.Clone(row.payload)})
		}
	}
	slices.SortFunc(rows, func(a, b idRow) int { return cmp.Compare(a.id, b.id) })
	b, err := w.list.create(todosBucket)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := b.put([]byte(r.id), r.payload); err != nil {
			return err
		}
	}
	for _, old := range append([][]byte{idsBucket1, positionsBucket1}, views1...) {
		if err := w.drop(old); err != nil {
			return err
		}
	}
	return nil
}

func (w *listWriter) keysFrom1() error {
	b := w.list.child(keysBucket)
	type key struct{ value, record []byte }
	var keys []key
	for row := range b.from(nil, false) {
		var k keyRecord1
		if err := errors.Join(row.err, decode(row.payload, &k)); err != nil {
			return err
		}
		keys = append(keys, key{bytes.Clone(row.key), keyRecord{k.Expires, k.Fingerprint, k.Change}.encode()})
	}
	for _, k := range keys {
		if err := b.put(k.value, k.record); err != nil {
			return err
		}
	}
	return nil
}
