package boltstore

import (
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// TestTransactionIsBounded hands the writer many requests at once: those that write
// little share a transaction, and none begins behind one that wrote much.
func TestTransactionIsBounded(t *testing.T) {
	db := openQuietly(t, filepath.Join(t.TempDir(), "todo.db"))
	defer closeQuietly(t, db)
	db.writer.stop() // its work is done here, by hand
	for _, test := range []struct {
		rows []int // that the requests write
		want int   // how many transactions
	}{
		{[]int{1, 1, 1}, 1},
		{[]int{1, maxRows, 1, 1}, 2},
		{[]int{maxRows, maxRows, maxRows}, 3},
		{[]int{maxRows / 2, maxRows / 2, 1}, 2},
		{[]int{0, 0}, 1},
	} {
		var batch []*request
		for i, rows := range test.rows {
			batch = append(batch, &request{
				ctx:  t.Context(),
				done: make(chan error, 1),
				run: func(tx *bbolt.Tx, _ bool) (int, error) {
					return rows, rootBucket(tx, headerBucket).put(fmt.Append(nil, "row", i), nil)
				},
			})
		}
		transactions := 0
		for waiting := batch; len(waiting) > 0; transactions++ {
			waiting, _ = db.writer.transaction(waiting, true)
		}
		if transactions != test.want {
			t.Errorf("%v rows took %d transactions, want %d", test.rows, transactions, test.want)
		}
		for i, r := range batch {
			select {
			case err := <-r.done:
				if err != nil {
					t.Errorf("request %d of %v: %v", i, test.rows, err)
				}
			default:
				t.Errorf("request %d of %v was not answered", i, test.rows)
			}
		}
	}
}
