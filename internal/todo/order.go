package todo

import "slices"

// The manual order is that of the open view's index. What follows walks it in both
// directions, through a Reader that reads upwards only, and sees what the change at
// hand has done to it.

const orderChunk = 64

// following returns the SortKey of the first open todo after a place in the order,
// without those in the set skip; "" if there is none. after "" is the top.
func (d *draft) following(after string, skip map[string]bool) (string, error) {
	stored, err := d.storedAfter(after, skip)
	if err != nil {
		return "", err
	}
	for _, key := range d.orderKeys()[d.orderIndex(after+"\x00"):] {
		if stored != "" && key > stored {
			break
		}
		if !skip[KeyID(key)] {
			return key, nil
		}
	}
	return stored, nil
}

// preceding returns the SortKey of the last open todo before a place in the order,
// without those in the set skip; "" if there is none. before "" is the bottom.
func (d *draft) preceding(before string, skip map[string]bool) (string, error) {
	stored, err := d.storedBefore(before, skip)
	if err != nil {
		return "", err
	}
	keys := d.orderKeys()
	if before != "" {
		keys = keys[:d.orderIndex(before)]
	}
	for _, key := range slices.Backward(keys) {
		if !skip[KeyID(key)] {
			return max(key, stored), nil
		}
	}
	return stored, nil
}

// storedAfter is following, for the todos that the change has not touched.
func (d *draft) storedAfter(after string, skip map[string]bool) (string, error) {
	from, to := ViewRange(ViewOpen)
	prefix := len(from)
	if after != "" {
		from += after + "\x00"
	}
	for limit := 2; ; limit = min(2*limit, orderChunk) {
		keys, err := d.r.Keys(from, to, limit)
		if err != nil || len(keys) == 0 {
			return "", err
		}
		for _, key := range keys {
			if d.untouched(KeyID(key), skip) {
				return key[prefix:], nil
			}
		}
		from = keys[len(keys)-1] + "\x00"
	}
}

// storedBefore is preceding, for the todos that the change has not touched.
func (d *draft) storedBefore(before string, skip map[string]bool) (string, error) {
	from, to := ViewRange(ViewOpen)
	if before != "" {
		to = from + before
	}
	last, err := d.lastPosition() // nothing is below it
	if err != nil {
		return "", err
	}
	for {
		keys, err := lastKeys(d.r, from, to, last)
		if err != nil || len(keys) == 0 {
			return "", err
		}
		for _, key := range slices.Backward(keys) {
			if d.untouched(KeyID(key), skip) {
				return key[len(from):], nil
			}
		}
		to = keys[0]
	}
}

func (d *draft) untouched(id string, skip map[string]bool) bool {
	_, touched := d.at[id]
	return !touched && !skip[id]
}

// lastKeys returns the last keys of the open view before to, some of them or, where
// there is none, none. It looks into ever wider ranges before to: how many depends
// on how far the neighbours are apart, not on how many they are. last is the greatest
// position there is.
func lastKeys(r Reader, from, to, last string) ([]string, error) {
	top := positionNumber(min(positionIn(to, from), last)) + 1
	for step := uint64(1); ; step *= 32 {
		low := from
		if step <= top { // the first reaches down to top's own position
			low += positionOf(top - step)
		}
		keys, err := r.Keys(low, to, orderChunk)
		if err != nil || len(keys) == orderChunk {
			return lastOf(r, from, to, keys, err)
		}
		if len(keys) > 0 || low == from {
			return keys, nil
		}
	}
}

// lastOf finds the last keys before to where many follow the ones that were found,
// by halving what lies between.
func lastOf(r Reader, from, to string, keys []string, err error) ([]string, error) {
	high := to // nothing is between it and to
	for err == nil {
		last := keys[len(keys)-1]
		var more []string
		if more, err = r.Keys(last+"\x00", to, orderChunk); err != nil || len(more) == 0 {
			break
		}
		if keys = more; len(keys) < orderChunk {
			break
		}
		low := positionIn(keys[len(keys)-1], from)
		mid, ok := positionBetween(low, positionIn(high, from))
		if !ok {
			continue
		}
		if more, err = r.Keys(from+mid, to, orderChunk); len(more) == 0 {
			high = from + mid
			continue
		}
		if keys = more; len(keys) < orderChunk {
			break
		}
	}
	return keys, err
}

// positionIn returns the position in a key of the open view, or in one past its end.
func positionIn(key, from string) string {
	if len(key) <= len(from) || key[:len(from)] != from {
		return positionOf(positionSpace - 1)
	}
	for i := len(from); i < len(key); i++ {
		if key[i] == ' ' {
			return key[len(from):i]
		}
	}
	return key[len(from):]
}

// orderKeys returns the SortKeys of the open todos among the edits, ascending.
func (d *draft) orderKeys() []string {
	if d.order == nil {
		d.order = []string{}
		for _, e := range d.Edits {
			if e.After.View() == ViewOpen {
				d.order = append(d.order, e.After.SortKey())
			}
		}
		slices.Sort(d.order)
	}
	return d.order
}

func (d *draft) orderIndex(key string) int {
	i, _ := slices.BinarySearch(d.orderKeys(), key)
	return i
}

// orderWith and orderWithout keep order as the edits are, once it is asked for.
func (d *draft) orderWith(t Todo) {
	if d.order != nil {
		d.order = slices.Insert(d.order, d.orderIndex(t.SortKey()), t.SortKey())
	}
}

func (d *draft) orderWithout(t Todo, edited bool) {
	if d.order == nil || !edited {
		return
	}
	if i, found := slices.BinarySearch(d.order, t.SortKey()); found {
		d.order = slices.Delete(d.order, i, i+1)
	}
}
