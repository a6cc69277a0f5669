package todo

import (
	"cmp"
	"errors"
	"slices"
)

// collector fills a page, or counts.
type collector struct {
	p     *plan
	limit int  // 0: everything
	count bool // only how many there are
	n     int  // matches taken
	rows  int  // examined
	todos []Todo
	after string // the place after the last match
	next  string // the place to go on from; "" while there may be more, or if there is none
}

// run takes from the segments, from a place on, until there is enough.
func (c *collector) run(segments []segment, from string) error {
	c.after = from
	for _, s := range segments {
		at, ok := s.begin(from)
		if !ok {
			continue
		}
		if err := c.take(s, at); err != nil || c.next != "" {
			return err
		}
	}
	return nil
}

// begin returns the slot to begin a segment with that is to be read from a place on;
// ok is false if all of it is before.
func (s segment) begin(from string) (at string, ok bool) {
	n := len(s.prefix)
	switch {
	case from < s.prefix:
		return "", true
	case len(from) >= n && from[:n] == s.prefix:
		return from[n:], true
	}
	return "", false
}

func (c *collector) take(s segment, at string) error {
	for want := c.want(s); ; want = min(2*want, lastChunk) {
		var slots []string
		err := drain(s.stream, at, func(slot string) bool {
			slots = append(slots, slot)
			return len(slots) < want
		})
		stopped, isStop := errors.AsType[*pausedError](err)
		if err != nil && !isStop {
			return err
		}
		if err := c.examine(s, slots); err != nil || c.next != "" {
			return err
		}
		if isStop {
			c.next = s.prefix + stopped.at
			return nil
		}
		if len(slots) < want {
			return nil
		}
		at = slots[len(slots)-1] + "\x00"
	}
}

// want returns how many slots to begin with: one more than the page has room for, to
// know whether there is another page, and more where not all will match.
func (c *collector) want(s segment) int {
	if c.limit == 0 {
		return lastChunk
	}
	n := c.limit - c.n + 1
	if len(s.checks) > 0 {
		n = max(n, 4*firstChunk)
	}
	return min(n, lastChunk)
}

// examine takes what matches of a segment's slots.
func (c *collector) examine(s segment, slots []string) error {
	if len(s.checks) > 0 {
		return c.check(s, slots)
	}
	if c.limit > 0 && len(slots) > c.limit-c.n {
		slots = slots[:c.limit-c.n]
		defer func() { c.next = c.after }()
	}
	c.n += len(slots)
	if len(slots) == 0 {
		return nil
	}
	c.after = s.prefix + slots[len(slots)-1] + "\x00"
	if c.count {
		return nil
	}
	rows, err := c.p.r.Todos(idsOf(slots))
	if cap(c.todos) == 0 {
		c.todos = rows // most pages are read in one go
	} else {
		c.todos = append(c.todos, rows...)
	}
	return err
}

func (c *collector) check(s segment, slots []string) error {
	if c.count {
		if slots = c.countDue(s, slots); c.n == c.limit {
			c.next = s.prefix // as many as are counted
			return nil
		}
	}
	rows, err := c.p.r.Todos(idsOf(slots))
	if err != nil {
		return err
	}
	for i := range rows {
		place := c.p.sort.placeOf(&rows[i])
		ok, err := c.p.matchesAll(&rows[i], s.checks)
		switch {
		case err != nil:
			return err
		case ok && c.limit > 0 && c.n == c.limit:
			c.next = c.after
			return nil
		case ok:
			c.n++
			c.after = place + "\x00"
			if !c.count {
				c.todos = append(c.todos, rows[i])
			}
		}
		if c.rows++; c.rows >= pageEffort.rows && !c.p.endless {
			c.next = place + "\x00"
			return nil
		}
	}
	return nil
}

// countDue counts the slots that say by themselves that they match, and returns those
// whose rows must be seen.
func (c *collector) countDue(s segment, slots []string) (unsure []string) {
	if s.prefix != rankDue || len(s.checks) != 1 || !s.checks[0].ranged() || s.checks[0].Due.Overdue {
		return slots
	}
	for _, slot := range slots {
		switch in, sure := dueSlotWithin(slot, s.checks[0].Due); {
		case !sure:
			unsure = append(unsure, slot)
		case in && c.n < c.limit:
			c.n++
		}
	}
	return unsure
}

func (p *plan) matchesAll(row *Todo, conds []Condition) (bool, error) {
	for _, c := range conds {
		if ok, err := p.matches(row, c); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// idsOf returns the ids of the todos that slots or index keys are of.
func idsOf(slots []string) []string {
	ids := make([]string, len(slots))
	for i, slot := range slots {
		ids[i] = KeyID(slot)
	}
	return ids
}

// gather returns every match in order, if the index can name at most
// pageEffort.gathered todos among which they are, though in another order.
func (p *plan) gather() (matches []Todo, ok bool, err error) {
	if p.endless {
		return nil, false, nil
	}
	if _, ranged := p.ranged(); ranged && p.sort != SortDue {
		if matches, ok, err = p.gatherFrom([]stream{p.ordered(orderDue)}); ok || err != nil {
			return matches, ok, err
		}
	}
	if !p.selective() || p.sort != SortDue && p.sort != SortCreated {
		return nil, false, nil
	}
	var streams []stream
	for _, v := range p.views {
		s, _, err := p.matching(v, nil, nil)
		if err != nil {
			return nil, false, err
		}
		streams = append(streams, s)
	}
	return p.gatherFrom(streams)
}

func (p *plan) gatherFrom(streams []stream) ([]Todo, bool, error) {
	p.keysSpent = 0
	var slots []string
	for _, s := range streams {
		err := drain(s, "", func(slot string) bool {
			slots = append(slots, slot)
			return len(slots) <= pageEffort.gathered
		})
		_, stopped := errors.AsType[*pausedError](err)
		if stopped || err == nil && len(slots) > pageEffort.gathered {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	rows, err := p.r.Todos(idsOf(slots))
	if err != nil {
		return nil, false, err
	}
	matches := []Todo{}
	for i := range rows {
		ok, err := p.matchesAll(&rows[i], p.conds)
		if err != nil {
			return nil, false, err
		}
		if ok {
			matches = append(matches, rows[i])
		}
	}
	slices.SortFunc(matches, func(a, b Todo) int { return cmp.Compare(p.sort.placeOf(&a), p.sort.placeOf(&b)) })
	return matches, true, nil
}

// answer returns a page of at most limit matches from a place on, the place to go on
// from, and how many matches there are on all pages, as far as that is counted.
func (p *plan) answer(from string, limit int) (todos []Todo, next string, total int, err error) {
	gathered, ok, err := p.gather()
	if err != nil {
		return nil, "", 0, err
	}
	if ok {
		begin, _ := slices.BinarySearchFunc(gathered, from, func(t Todo, from string) int { return cmp.Compare(p.sort.placeOf(&t), from) })
		todos = gathered[begin:]
		if len(todos) > limit {
			todos = todos[:limit]
			next = p.sort.placeOf(&todos[limit-1]) + "\x00"
		}
		return todos, next, min(len(gathered), MaxTotal), nil
	}
	p.keysSpent, p.chunk = 0, lastChunk
	if limit > 0 {
		p.chunk = min(limit+1, lastChunk)
	}
	segments, err := p.segments()
	if err != nil {
		return nil, "", 0, err
	}
	c := collector{p: p, limit: limit, todos: make([]Todo, 0, p.room)}
	if err := c.run(segments, from); err != nil {
		return nil, "", 0, err
	}
	if from == "" && c.next == "" {
		return c.todos, "", min(c.n, MaxTotal), nil
	}
	total, err = p.total()
	return c.todos, c.next, total, err
}

// total counts the matches of a query with conditions, in keys as far as the index can answer the query.
func (p *plan) total() (int, error) {
	if !p.filtered {
		return 0, nil // the counters know
	}
	p.keysSpent, p.chunk = 0, lastChunk
	if len(p.conds) == 1 && p.conds[0].broad() {
		return p.countBeginning(p.conds[0].Words[0])
	}
	var segments []segment
	var err error
	if _, ranged := p.ranged(); ranged {
		segments = []segment{{rankDue, p.ordered(orderDue), p.conds}}
	} else if segments, err = p.inViews(nil, "", func(View) (more, less []stream) { return nil, nil }); err != nil {
		return 0, err
	}
	c := collector{p: p, limit: MaxTotal, count: true}
	err = c.run(segments, "")
	return c.n, err
}

// broad reports whether a condition is a beginning of words, which may be too many to
// be walked side by side.
func (c Condition) broad() bool {
	return c.On == OnWords && !c.Not && len(c.Words) == 1 && c.prefix()
}

// countBeginning counts the todos that have a word that begins like this: their keys
// are neighbours, though not in the order of a page.
func (p *plan) countBeginning(prefix string) (int, error) {
	found := map[string]bool{}
	for _, v := range p.views {
		begin := viewPrefix[v] + termWord + prefix
		s := &span{r: p.r, prefix: begin, to: begin + "\xff", size: lastChunk, spent: &p.keysSpent}
		err := drain(s, "", func(rest string) bool {
			found[KeyID(rest)] = true
			return len(found) < MaxTotal && !p.over()
		})
		if err != nil {
			return 0, err
		}
	}
	return min(len(found), MaxTotal), nil
}
