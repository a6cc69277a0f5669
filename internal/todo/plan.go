package todo

import (
	"slices"
	"strings"

	"todo.example/internal/when"
)

// effort bounds the work of a page, so that its cost does not grow with the list.
// What is not found within it is on the next page.
type effort struct {
	keys     int // of the index read
	rows     int // examined, of which not all match
	gathered int // rows that are put in order here and not by the index
	words    int // distinct words that one beginning of a word stands for; broader ones are looked for in the rows
}

var pageEffort = effort{keys: 50_000, rows: 5_000, gathered: 2_000, words: 64}

// plan answers one query. A condition that the index can answer becomes terms, whose
// ranges are walked side by side; the rest are checks on the rows found.
type plan struct {
	r         Reader
	views     []View
	conds     []Condition
	sort      Sort
	clock     when.Clock
	filtered  bool // by conditions of the query's own
	endless   bool // everything is wanted, whatever it costs
	room      int  // for how many todos to begin with: all, where everything is wanted and matches
	keysSpent int
	chunk     int                 // keys that are wanted in one go
	words     map[string][]string // by view and beginning; nil where there are too many
}

// over reports whether the page has read as many keys as it may.
func (p *plan) over() bool { return !p.endless && p.keysSpent > pageEffort.keys }

// terms is how the index answers a condition: with what is in all of the streams
// and in none of those without. If it is not exact, rows must be checked as well.
type terms struct {
	all, without []stream
	exact        bool
}

// terms returns how the index answers a condition in a view.
func (p *plan) terms(v View, c Condition) (terms, error) {
	t, err := p.asked(v, c)
	if !c.Not || err != nil {
		return t, err
	}
	if t.exact && len(t.all)+len(t.without) == 1 {
		return terms{t.without, t.all, true}, nil
	}
	return terms{}, nil
}

// asked is terms for the condition without its Not.
func (p *plan) asked(v View, c Condition) (terms, error) {
	in := func(term string) (terms, error) { return terms{all: []stream{p.span(v, term)}, exact: true}, nil }
	out := func(s stream) (terms, error) { return terms{without: []stream{s}, exact: true}, nil }
	switch c.On {
	case OnWords:
		return p.wordTerms(v, c)
	case OnTag:
		return in(termTag + c.Value)
	case OnList:
		return in(termList + c.Value)
	case OnParent:
		return in(termParent + c.Value)
	case OnPriority:
		if c.Value == "" {
			return out(p.prioritized(v))
		}
		return in(termPriority + c.Value)
	case OnDue:
		if c.Due.None {
			return out(p.span(v, termHas+"due"))
		}
		return terms{all: []stream{p.span(v, termHas+"due")}}, nil
	case OnHas:
		switch c.Value {
		case "due", "notes", "repeat", "tag":
			return in(termHas + c.Value)
		case "list":
			return out(p.span(v, termList))
		case "priority":
			return terms{all: []stream{p.prioritized(v)}, exact: true}, nil
		}
	}
	return terms{}, nil
}

// prioritized is what has any priority.
func (p *plan) prioritized(v View) stream {
	var u union
	for _, value := range priorities {
		u = append(u, p.span(v, termPriority+string(value)))
	}
	return u
}

// priorities, the first ones first.
var priorities = []Priority{PriorityHigh, PriorityMedium, PriorityLow}

func (p *plan) wordTerms(v View, c Condition) (terms, error) {
	last := len(c.Words) - 1
	t := terms{exact: last == 0}
	for _, w := range c.Words[:last] {
		t.all = append(t.all, p.span(v, termWord+w))
	}
	if !c.prefix() {
		t.all = append(t.all, p.span(v, termWord+c.Words[last]))
		return t, nil
	}
	longer, err := p.beginning(v, c.Words[last])
	if longer == nil || err != nil {
		t.exact = false
		return t, err
	}
	var u union
	for _, w := range longer {
		u = append(u, p.span(v, termWord+w))
	}
	t.all = append(t.all, u)
	return t, nil
}

// beginning returns the words of a view that begin like this, or nil if there are
// more than pageEffort.words.
func (p *plan) beginning(v View, prefix string) ([]string, error) {
	id := viewPrefix[v] + prefix
	if known, ok := p.words[id]; ok {
		return known, nil
	}
	begin := viewPrefix[v] + termWord
	found := []string{}
	for from, to := begin+prefix, begin+prefix+"\xff"; len(found) <= pageEffort.words; {
		keys, err := p.r.Keys(from, to, firstChunk)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			word, _, _ := strings.Cut(key[len(begin):], "\x00")
			if len(found) == 0 || found[len(found)-1] != word {
				found = append(found, word)
			}
		}
		if len(keys) < firstChunk {
			break
		}
		from = begin + found[len(found)-1] + "\x01"
	}
	if len(found) > pageEffort.words {
		found = nil
	}
	p.words[id] = found
	return found, nil
}

// matching returns what matches in a view, in its own order, and the conditions that
// must still be checked. more and less are terms besides those of the conditions.
func (p *plan) matching(v View, more, less []stream) (stream, []Condition, error) {
	m := &meet{all: more, without: less, over: p.over}
	var checks []Condition
	for _, c := range p.conds {
		t, err := p.terms(v, c)
		if err != nil {
			return nil, nil, err
		}
		m.all, m.without = append(m.all, t.all...), append(m.without, t.without...)
		if !t.exact {
			checks = append(checks, c)
		}
	}
	if len(m.all) == 0 {
		m.all = []stream{p.span(v, termAll)}
	}
	if s, ok := m.all[0].(*span); ok && len(m.all) == 1 && len(checks) == 0 {
		s.size = max(s.size, p.chunk)
	}
	return m, checks, nil
}

// selective reports whether a term narrows the query down.
func (p *plan) selective() bool {
	return slices.ContainsFunc(p.conds, func(c Condition) bool {
		switch c.On {
		case OnWords, OnTag, OnList, OnParent:
			return !c.Not
		case OnPriority:
			return !c.Not && c.Value != ""
		case OnHas:
			return !c.Not && c.Value != "list" && c.Value != "subtasks"
		}
		return false
	})
}

// ranged returns the first condition that asks for dues between dates.
func (p *plan) ranged() (Condition, bool) {
	i := slices.IndexFunc(p.conds, Condition.ranged)
	if i < 0 {
		return Condition{}, false
	}
	return p.conds[i], true
}
