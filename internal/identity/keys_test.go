package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testKeyring(t testing.TB) *keyring {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := newKeyring([]*keyRecord{{ID: "next", Private: der}, {ID: "current", Private: der}})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// mapTx is as much of a transaction as key rotation needs.
type mapTx map[string][]byte

func (tx mapTx) Get(string, string) ([]byte, error) { return nil, ErrNotFound }
func (tx mapTx) Put(_, key string, value []byte, _ time.Time) error {
	tx[key] = value
	return nil
}

func (tx mapTx) Delete(_, key string) error {
	delete(tx, key)
	return nil
}

func (tx mapTx) Scan(_, _ string, fn func(string, []byte) error) error {
	for _, key := range slices.Sorted(maps.Keys(tx)) {
		if err := fn(key, tx[key]); err != nil {
			return err
		}
	}
	return nil
}
func (tx mapTx) DeleteExpired(time.Time, int) (int, error) { return 0, errors.ErrUnsupported }

// TestRotate goes through three years, a day at a time, with a gap of half a year in which nothing ran.
func TestRotate(t *testing.T) {
	tx := mapTx{}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	published := map[string]time.Time{}  // since when
	lastSigned := map[string]time.Time{} // until when
	made := 0
	for day := range 3 * 365 {
		if day > 400 && day < 580 {
			continue
		}
		now := start.AddDate(0, 0, day)
		records, err := keysTable.list(tx, "")
		if err != nil {
			t.Fatal(err)
		}
		var spare []*keyRecord
		for range keysDue(records, now) + 1 { // one more than is due: another process may have been faster
			spare = append(spare, &keyRecord{ID: fmt.Sprintf("%03d", made)})
			made++
		}
		records, err = rotate(tx, records, spare, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) < 2 || len(records) > 3 {
			t.Fatalf("day %d: %d keys are published", day, len(records))
		}
		var ids []string
		for _, record := range records {
			ids = append(ids, record.ID)
			if _, known := published[record.ID]; !known {
				published[record.ID] = now
			}
		}
		signer := records[1].ID
		if age := now.Sub(published[signer]); day > 0 && published[signer] != start && age < keyPeriod {
			t.Errorf("day %d: key %s signs after it was published for %s", day, signer, age)
		}
		lastSigned[signer] = now
		for id, last := range lastSigned {
			if now.Sub(last) < keyOverlap && !slices.Contains(ids, id) {
				t.Errorf("day %d: key %s signed %s ago and is gone", day, id, now.Sub(last))
			}
		}
		if diff := cmp.Diff(len(records), len(tx)); diff != "" {
			t.Errorf("day %d: stored and published differ:\n%s", day, diff)
		}
	}
	if len(lastSigned) < 8 {
		t.Errorf("in three years %d keys have signed", len(lastSigned))
	}
}
