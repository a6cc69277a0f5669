package identitytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/identity"
)

// TestStore checks a store against the contract of identity.Store. open returns an empty store and sees to its closing.
func TestStore(t *testing.T, open func(t *testing.T) identity.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, identity.Store)
	}{
		{"records", testRecords},
		{"values are copied", testCopies},
		{"any bytes", testAnyBytes},
		{"scan", testScan},
		{"scan stops", testScanStops},
		{"own writes", testOwnWrites},
		{"failed update leaves nothing", testRollback},
		{"failing beside succeeding", testFailingBeside},
		{"view cannot write", testReadOnly},
		{"context over", testContext},
		{"increments", testIncrements},
		{"write skew", testWriteSkew},
		{"consistent views", testConsistentViews},
		{"expiry", testExpiry},
		{"expiry follows the record", testExpiryChanges},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// TestDurable checks that what was answered outlives the store. open opens the same data each time it is called;
// close closes that opening.
func TestDurable(t *testing.T, open func(t *testing.T) (store identity.Store, close func())) {
	store, done := open(t)
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(put(tx, "k", "kept", "1"), put(tx, "k", "gone", "2"),
			tx.Put("k", "old", []byte("3"), epoch), tx.Put("k", "new", []byte("4"), epoch.Add(time.Hour)))
	})
	update(t, store, func(tx identity.Tx) error { return tx.Delete("k", "gone") })
	done()

	store, done = open(t)
	wantRecords(t, store, "k", map[string]string{"kept": "1", "old": "3", "new": "4"})
	update(t, store, func(tx identity.Tx) error {
		n, err := tx.DeleteExpired(epoch, 10)
		if n != 1 {
			err = errors.Join(err, fmt.Errorf("deleted %d expired records after reopening, want 1", n))
		}
		return err
	})
	done()

	store, done = open(t)
	defer done()
	wantRecords(t, store, "k", map[string]string{"kept": "1", "new": "4"})
}

var (
	epoch     = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	errWanted = errors.New("wanted failure")
)

func put(tx identity.Tx, kind, key, value string) error {
	return tx.Put(kind, key, []byte(value), time.Time{})
}

func update(t *testing.T, store identity.Store, fn func(identity.Tx) error) {
	t.Helper()
	if err := store.Update(t.Context(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, store identity.Store, fn func(identity.Tx) error) {
	t.Helper()
	if err := store.View(t.Context(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func wantRecords(t *testing.T, store identity.Store, kind string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	view(t, store, func(tx identity.Tx) error {
		return tx.Scan(kind, "", func(key string, value []byte) error {
			got[key] = string(value)
			return nil
		})
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records of %q (-want +got):\n%s", kind, diff)
	}
}

func testRecords(t *testing.T, store identity.Store) {
	missing := func(kind, key string) {
		t.Helper()
		view(t, store, func(tx identity.Tx) error {
			if _, err := tx.Get(kind, key); !errors.Is(err, identity.ErrNotFound) {
				t.Errorf("Get(%q, %q) = %v, want ErrNotFound", kind, key, err)
			}
			return nil
		})
	}
	missing("a", "x")
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(put(tx, "a", "x", "1"), put(tx, "b", "x", "2"), put(tx, "a", "y", "3"))
	})
	update(t, store, func(tx identity.Tx) error { return put(tx, "a", "x", "4") })
	wantRecords(t, store, "a", map[string]string{"x": "4", "y": "3"})
	wantRecords(t, store, "b", map[string]string{"x": "2"})
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(tx.Delete("a", "x"), tx.Delete("a", "never"), tx.Delete("none", "never"))
	})
	missing("a", "x")
	wantRecords(t, store, "a", map[string]string{"y": "3"})
	wantRecords(t, store, "none", map[string]string{})
}

func testCopies(t *testing.T, store identity.Store) {
	value := []byte("before")
	update(t, store, func(tx identity.Tx) error {
		err := tx.Put("k", "x", value, time.Time{})
		copy(value, "after!")
		return err
	})
	// The closure may run again, so what it must have stored is either text, whole; a shared slice shows "broken".
	copy(value, "broken")
	view(t, store, func(tx identity.Tx) error {
		got, err := tx.Get("k", "x")
		if string(got) == "broken" {
			t.Error("the store shares the slice that was put")
		}
		return err
	})
}

func testAnyBytes(t *testing.T, store identity.Store) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	want := map[string]string{
		"empty":         "",
		"ada@b.example": string(all),
		"a/b:c\x00d":    "separators",
		"\xff\xff":      "high bytes",
		"snow ☃":        string(bytes.Repeat(all, 256)),
	}
	update(t, store, func(tx identity.Tx) error {
		for key, value := range want {
			if err := put(tx, "k", key, value); err != nil {
				return err
			}
		}
		return nil
	})
	wantRecords(t, store, "k", want)
}

func testScan(t *testing.T, store identity.Store) {
	update(t, store, func(tx identity.Tx) error {
		for _, key := range []string{"b/2", "a", "b/10", "b", "b/1", "c", "b0", "b/\xff", "b/\xff\xff"} {
			if err := put(tx, "k", key, key); err != nil {
				return err
			}
		}
		return errors.Join(put(tx, "j", "b/0", ""), put(tx, "l", "b/9", ""))
	})
	for prefix, want := range map[string][]string{
		"b/":     {"b/1", "b/10", "b/2", "b/\xff", "b/\xff\xff"},
		"b/1":    {"b/1", "b/10"},
		"b/\xff": {"b/\xff", "b/\xff\xff"},
		"":       {"a", "b", "b/1", "b/10", "b/2", "b/\xff", "b/\xff\xff", "b0", "c"},
		"d":      nil,
	} {
		var got []string
		view(t, store, func(tx identity.Tx) error {
			return tx.Scan("k", prefix, func(key string, _ []byte) error {
				got = append(got, key)
				return nil
			})
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("scan %q (-want +got):\n%s", prefix, diff)
		}
	}
}

func testScanStops(t *testing.T, store identity.Store) {
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(put(tx, "k", "1", ""), put(tx, "k", "2", ""))
	})
	calls := 0
	err := store.View(t.Context(), func(tx identity.Tx) error {
		return tx.Scan("k", "", func(string, []byte) error {
			calls++
			return errWanted
		})
	})
	if !errors.Is(err, errWanted) || calls != 1 {
		t.Errorf("scan called fn %d times and returned %v; want once and fn's error", calls, err)
	}
}

func testOwnWrites(t *testing.T, store identity.Store) {
	update(t, store, func(tx identity.Tx) error { return errors.Join(put(tx, "k", "a", "1"), put(tx, "k", "b", "2")) })
	update(t, store, func(tx identity.Tx) error {
		if err := errors.Join(put(tx, "k", "c", "3"), put(tx, "k", "a", "4"), tx.Delete("k", "b")); err != nil {
			return err
		}
		if _, err := tx.Get("k", "b"); !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("Get after Delete in one transaction = %v, want ErrNotFound", err)
		}
		got := ""
		err := tx.Scan("k", "", func(key string, value []byte) error {
			got += key + string(value)
			return nil
		})
		if got != "a4c3" {
			t.Errorf("scan within the transaction saw %q, want a4c3", got)
		}
		return err
	})
}

func testRollback(t *testing.T, store identity.Store) {
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(put(tx, "k", "kept", "1"), put(tx, "k", "same", "2"), tx.Put("k", "old", []byte("3"), epoch))
	})
	err := store.Update(t.Context(), func(tx identity.Tx) error {
		_, err := tx.DeleteExpired(epoch, 10)
		return errors.Join(err, tx.Delete("k", "kept"), put(tx, "k", "same", "9"), put(tx, "k", "new", "9"), errWanted)
	})
	if !errors.Is(err, errWanted) {
		t.Errorf("update returned %v, want fn's error", err)
	}
	wantRecords(t, store, "k", map[string]string{"kept": "1", "same": "2", "old": "3"})
	update(t, store, func(tx identity.Tx) error {
		if n, err := tx.DeleteExpired(epoch, 10); n != 1 || err != nil {
			t.Errorf("after a rollback DeleteExpired = %d, %v; want the one record back", n, err)
		}
		return nil
	})
}

func testFailingBeside(t *testing.T, store identity.Store) {
	const n = 40
	want := map[string]string{}
	var wg sync.WaitGroup
	for i := range n {
		key := fmt.Sprintf("%02d", i)
		fails := i%2 == 1
		if !fails {
			want[key] = key
		}
		wg.Go(func() {
			err := store.Update(t.Context(), func(tx identity.Tx) error {
				if err := put(tx, "k", key, key); err != nil || !fails {
					return err
				}
				return errWanted
			})
			if fails != errors.Is(err, errWanted) || (!fails && err != nil) {
				t.Errorf("update %s: fails %t, got %v", key, fails, err)
			}
		})
	}
	wg.Wait()
	wantRecords(t, store, "k", want)
}

func testReadOnly(t *testing.T, store identity.Store) {
	update(t, store, func(tx identity.Tx) error { return put(tx, "k", "x", "1") })
	view(t, store, func(tx identity.Tx) error {
		if err := put(tx, "k", "x", "2"); err == nil {
			t.Error("Put in a view succeeded")
		}
		if err := tx.Delete("k", "x"); err == nil {
			t.Error("Delete in a view succeeded")
		}
		return nil
	})
	wantRecords(t, store, "k", map[string]string{"x": "1"})
}

func testContext(t *testing.T, store identity.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Update(ctx, func(tx identity.Tx) error { return put(tx, "k", "x", "1") }); !errors.Is(err, context.Canceled) {
		t.Errorf("update with a cancelled context = %v", err)
	}
	if err := store.View(ctx, func(identity.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("view with a cancelled context = %v", err)
	}
	wantRecords(t, store, "k", map[string]string{})
}

func number(tx identity.Tx, key string) (int, error) {
	value, err := tx.Get("n", key)
	if errors.Is(err, identity.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(value))
}

func add(tx identity.Tx, key string, delta int) error {
	n, err := number(tx, key)
	if err != nil {
		return err
	}
	return put(tx, "n", key, strconv.Itoa(n+delta))
}

func testIncrements(t *testing.T, store identity.Store) {
	const workers, each = 20, 20
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if err := store.Update(t.Context(), func(tx identity.Tx) error { return add(tx, "x", 1) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantRecords(t, store, "n", map[string]string{"x": strconv.Itoa(workers * each)})
}

// testWriteSkew lets two transactions each read what the other writes: serializable means that one of them sees it.
func testWriteSkew(t *testing.T, store identity.Store) {
	for round := range 20 {
		var wg sync.WaitGroup
		for _, own := range []string{"a", "b"} {
			wg.Go(func() {
				err := store.Update(t.Context(), func(tx identity.Tx) error {
					a, errA := number(tx, fmt.Sprint("a", round))
					b, errB := number(tx, fmt.Sprint("b", round))
					if a+b > 0 {
						return errors.Join(errA, errB)
					}
					return errors.Join(errA, errB, add(tx, fmt.Sprint(own, round), 1))
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		view(t, store, func(tx identity.Tx) error {
			a, errA := number(tx, fmt.Sprint("a", round))
			b, errB := number(tx, fmt.Sprint("b", round))
			if a+b != 1 {
				t.Errorf("round %d: %d transactions thought they were first, want 1", round, a+b)
			}
			return errors.Join(errA, errB)
		})
	}
}

func testConsistentViews(t *testing.T, store identity.Store) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for range 100 {
			err := store.Update(t.Context(), func(tx identity.Tx) error {
				return errors.Join(add(tx, "from", -1), add(tx, "to", 1))
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		view(t, store, func(tx identity.Tx) error {
			from, errFrom := number(tx, "from")
			to, errTo := number(tx, "to")
			if from+to != 0 {
				t.Errorf("a view saw half a transaction: %d and %d", from, to)
			}
			return errors.Join(errFrom, errTo)
		})
	}
	wg.Wait()
}

func testExpiry(t *testing.T, store identity.Store) {
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(
			tx.Put("a", "third", []byte("3"), epoch.Add(3*time.Second)),
			tx.Put("b", "first", []byte("1"), epoch.Add(1*time.Second)),
			tx.Put("a", "second", []byte("2"), epoch.Add(2*time.Second)),
			tx.Put("c", "same", []byte("2"), epoch.Add(2*time.Second)),
			tx.Put("a", "never", []byte("0"), time.Time{}))
	})
	for _, step := range []struct {
		before time.Duration
		limit  int
		want   int
	}{
		{0, 10, 0},
		{3 * time.Second, 1, 1}, // the longest expired goes first
		{2 * time.Second, 10, 2},
		{2 * time.Second, 10, 0},
		{time.Hour, 10, 1},
		{100 * 365 * 24 * time.Hour, 10, 0},
	} {
		update(t, store, func(tx identity.Tx) error {
			n, err := tx.DeleteExpired(epoch.Add(step.before), step.limit)
			if n != step.want {
				t.Errorf("DeleteExpired(+%s, %d) = %d, want %d", step.before, step.limit, n, step.want)
			}
			return err
		})
		if step.limit == 1 {
			wantRecords(t, store, "b", map[string]string{})
			wantRecords(t, store, "a", map[string]string{"second": "2", "third": "3", "never": "0"})
		}
	}
	wantRecords(t, store, "a", map[string]string{"never": "0"})
}

func testExpiryChanges(t *testing.T, store identity.Store) {
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(tx.Put("k", "longer", nil, epoch), tx.Put("k", "forever", nil, epoch),
			tx.Put("k", "shorter", nil, epoch.Add(time.Hour)), tx.Put("k", "deleted", nil, epoch))
	})
	update(t, store, func(tx identity.Tx) error {
		return errors.Join(tx.Put("k", "longer", nil, epoch.Add(time.Hour)), tx.Put("k", "forever", nil, time.Time{}),
			tx.Put("k", "shorter", nil, epoch), tx.Delete("k", "deleted"))
	})
	update(t, store, func(tx identity.Tx) error {
		n, err := tx.DeleteExpired(epoch, 10)
		if n != 1 {
			t.Errorf("DeleteExpired = %d, want only the record whose expiry moved nearer", n)
		}
		return err
	})
	wantRecords(t, store, "k", map[string]string{"longer": "", "forever": ""})
}
