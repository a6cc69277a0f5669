package todo

import (
	"strings"
)

// A store keeps, beside the rows, one ordered set of index keys and one set of
// counters. What they are is decided here, by pure functions of a todo, so that
// every store has the same and none knows why.
//
// An index key is: view, term, NUL, place, blank, id. All keys of a term in a view
// are neighbours, and their order is the order in which the term's todos are shown.
// The term "" has every todo of the view.

// The terms of the index: the first byte says what the rest is.
const (
	termAll      = ""
	termList     = "l" // folded name; "" is the inbox
	termTag      = "g" // name
	termPriority = "p" // high, medium, low
	termParent   = "s" // id
	termWord     = "w" // folded word of the text, the notes or a tag
	termUID      = "u" // of an import
	orderDue     = "@d"
	orderCreated = "@c"
)

// IndexVersion is raised whenever IndexKeys or CounterKeys answers otherwise for a
// todo that may be stored: a store then makes its index anew.
const IndexVersion = 1

// viewPrefix is the first byte of a view's keys.
var viewPrefix = map[View]string{ViewOpen: "o", ViewCompleted: "c", ViewTrash: "t"}

// indexKey returns the key of a todo under a term, in its view.
func indexKey(v View, term, place, id string) string {
	return viewPrefix[v] + term + "\x00" + place + " " + id
}

// termRange returns the range of a term's keys: from (inclusive), to (exclusive).
func termRange(v View, term string) (from, to string) {
	prefix := viewPrefix[v] + term
	return prefix + "\x00", prefix + "\x01"
}

// KeyID returns the id of the todo that an index key is of.
func KeyID(key string) string { return key[strings.LastIndexByte(key, ' ')+1:] }

// IndexKeys returns every index key of a todo, without repetition.
func IndexKeys(t Todo) []string {
	v, place := t.View(), t.place()
	keys := []string{indexKey(v, termAll, place, t.ID)}
	return keys
}

// CounterKeys returns the counters that a todo counts in: one for its view, and
// one each for its list and tags, by view.
func CounterKeys(t Todo) []string {
	return []string{CounterOf(t.View())}
}

// CounterOf names the counter of all todos in a view.
func CounterOf(v View) string { return "v" + viewPrefix[v] }

// place returns the todo's place in its view: SortKey without the id.
func (t Todo) place() string { return strings.TrimSuffix(t.SortKey(), " "+t.ID) }

// ViewRange returns the range of the index that has a view's todos in its order:
// from (inclusive), to (exclusive).
func ViewRange(v View) (from, to string) { return termRange(v, termAll) }
