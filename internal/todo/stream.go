package todo

import (
	"cmp"
	"slices"
)

// stream is a set of todos in an order: their slots, ascending. It is read forwards
// only: each seek is at or after the one before.
type stream interface {
	// seek returns the first slot at or after at, or "" if there is none.
	seek(at string) (string, error)
}

// pausedError is what a seek fails with when the page's budget is spent: the place to go
// on from, which has not been looked at.
type pausedError struct{ at string }

func (p *pausedError) Error() string { return "the page's budget is spent" }

// A span reads keys in chunks that double while they are used up one by one and
// begin small again after a leap.
const (
	firstChunk = 8
	lastChunk  = 512
)

// span is the stream of a range of the index: of one term or order in one view.
type span struct {
	r      Reader
	prefix string // of its keys, up to the slot
	from   string // slot
	to     string // key, exclusive
	keys   []string
	last   string // key read last
	size   int    // of the chunk to read next
	ended  bool
	spent  *int // keys read, on account of the page
}

func (p *plan) span(v View, term string) *span {
	from, to := termRange(v, term)
	return &span{r: p.r, prefix: from, to: to, size: firstChunk, spent: &p.keysSpent}
}

func (s *span) seek(at string) (string, error) {
	at = max(at, s.from)
	s.skip(at)
	if len(s.keys) == 0 && !s.ended {
		if err := s.read(s.prefix + at); err != nil {
			return "", err
		}
	}
	if len(s.keys) == 0 {
		return "", nil
	}
	return s.keys[0][len(s.prefix):], nil
}

// skip drops the keys before a slot.
func (s *span) skip(at string) {
	n := len(s.prefix)
	for range 2 { // mostly it is the next one
		if len(s.keys) == 0 || s.keys[0][n:] >= at {
			return
		}
		s.keys = s.keys[1:]
	}
	i, _ := slices.BinarySearchFunc(s.keys, at, func(key, at string) int { return cmp.Compare(key[n:], at) })
	s.keys = s.keys[i:]
}

func (s *span) read(from string) (err error) {
	if s.last != "" {
		if from == s.last+"\x00" {
			s.size = min(2*s.size, lastChunk)
		} else {
			s.size = firstChunk
		}
	}
	s.keys, err = s.r.Keys(from, s.to, s.size)
	*s.spent += len(s.keys)
	s.ended = len(s.keys) < s.size
	if len(s.keys) > 0 {
		s.last = s.keys[len(s.keys)-1]
	}
	return err
}

// union is what is in any of its streams.
type union []stream

func (u union) seek(at string) (string, error) {
	first := ""
	for _, s := range u {
		slot, err := s.seek(at)
		if err != nil {
			return "", err
		}
		if slot != "" && (first == "" || slot < first) {
			first = slot
		}
	}
	return first, nil
}

// meet is what is in all of its streams and in none of those without.
type meet struct {
	all, without []stream
	over         func() bool // the budget is spent
}

func (m *meet) seek(at string) (string, error) {
	begin, agree := at, 0
	for i := 0; ; i = (i + 1) % len(m.all) {
		if at != begin && m.over() {
			return "", &pausedError{at}
		}
		slot, err := m.all[i].seek(at)
		if slot == "" || err != nil {
			return "", err
		}
		if slot != at {
			at, agree = slot, 0
		}
		if agree++; agree < len(m.all) {
			continue
		}
		if out, err := anyHas(m.without, at); !out || err != nil {
			return at, err
		}
		at, agree = at+"\x00", 0
	}
}

func anyHas(streams []stream, slot string) (bool, error) {
	for _, s := range streams {
		if found, err := s.seek(slot); found == slot || err != nil {
			return true, err
		}
	}
	return false, nil
}

// drain calls yield with the slots of a stream from one on, until it returns false.
// It returns the pausedError of a stream that was.
func drain(s stream, at string, yield func(slot string) bool) error {
	for {
		slot, err := s.seek(at)
		if slot == "" || err != nil || !yield(slot) {
			return err
		}
		at = slot + "\x00"
	}
}
