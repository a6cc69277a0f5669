package boltstore

import (
	"encoding/binary"
	"time"

	"todo.example/internal/todo"
)

// keyRecord is what is remembered of an idempotency key. Its row is: expiry,
// big-endian milliseconds; the fingerprint's length as uvarint; fingerprint; change.
type keyRecord struct {
	expires     time.Time
	fingerprint string
	change      []byte // as in the journal
}

func (k keyRecord) encode() []byte {
	b := binary.AppendUvarint(bigEndian(uint64(k.expires.UnixMilli())), uint64(len(k.fingerprint)))
	return append(append(b, k.fingerprint...), k.change...)
}

func (k *keyRecord) decode(b []byte) error {
	if len(b) < 8 {
		return errRow
	}
	k.expires = time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	size, b, err := cutUvarint(b[8:])
	if err != nil || size > uint64(len(b)) {
		return errRow
	}
	k.fingerprint, k.change = string(b[:size]), b[size:]
	return nil
}

// replay returns the change that was recorded under the key, if any.
func (r reader) replay(key todo.Key) (c todo.Change, replayed bool, err error) {
	if key == (todo.Key{}) {
		return c, false, nil
	}
	old, ok, err := r.key(key.Value)
	if err != nil || !ok || !old.expires.After(key.At) {
		return c, false, err
	}
	if old.fingerprint != key.Fingerprint {
		return c, false, todo.KeyReused()
	}
	return c, true, decode(old.change, &c)
}

// key returns what is remembered of a key, valid until the transaction ends.
func (r reader) key(value string) (k keyRecord, ok bool, err error) {
	payload, ok, err := r.list.child(keysBucket).get([]byte(value))
	if err != nil || !ok {
		return k, false, err
	}
	return k, true, k.decode(payload)
}

// record remembers what an idempotency key did, the change encoded, in place of
// what it did before it expired.
func (w *listWriter) record(key todo.Key, change []byte) error {
	old, had, err := w.key(key.Value)
	if err != nil {
		return err
	}
	keys, err := w.list.create(keysBucket)
	if err != nil {
		return err
	}
	expiries, err := w.list.create(expiriesBucket)
	if err != nil {
		return err
	}
	if had {
		if err := expiries.delete(expiryKey(old.expires, key.Value)); err != nil {
			return err
		}
		w.state.Keys--
	}
	w.state.Keys++
	if err := keys.put([]byte(key.Value), keyRecord{key.Expires, key.Fingerprint, change}.encode()); err != nil {
		return err
	}
	return expiries.put(expiryKey(key.Expires, key.Value), nil)
}

// expiryKey sorts by expiry. Milliseconds before 1970 do not occur.
func expiryKey(expires time.Time, key string) []byte {
	return append(bigEndian(uint64(expires.UnixMilli())), key...)
}
