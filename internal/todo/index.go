package todo

import "strings"

// A store keeps, beside the rows, one ordered set of index keys and one set of
// counters. What they are is decided here, by pure functions of a todo, so that
// every store has the same and none knows why.
//
// An index key is: view, term, NUL, place, blank, id. All keys of a term in a view
// are neighbours, and their order is the order in which the term's todos are shown.
// The term "" has every todo of the view. What comes after the NUL is called a slot;
// a todo has the same slot under each of its terms, so that what has two of them is
// found by walking both ranges side by side. Under an order its slot is another.

// IndexVersion is raised whenever IndexKeys or CounterKeys answers otherwise for a
// todo that may be stored: a store then makes its index anew.
const IndexVersion = 2

// The terms of the index: the first byte says what the rest is.
const (
	termAll      = ""
	termList     = "l" // folded name; "" is the inbox
	termTag      = "g" // folded name
	termPriority = "p" // high, medium, low
	termParent   = "s" // id
	termWord     = "w" // folded word of the text, the notes or a tag: searchWords
	termUID      = "u" // of an import
	termHas      = "h" // due, notes, repeat or tag: what of these the todo has
	orderDue     = "@d"
	orderCreated = "@c"
)

// viewPrefix is the first byte of a view's keys.
var viewPrefix = map[View]string{ViewOpen: "o", ViewCompleted: "c", ViewTrash: "t"}

// termRange returns the range of a term's keys: from (inclusive), to (exclusive).
func termRange(v View, term string) (from, to string) {
	prefix := viewPrefix[v] + term
	return prefix + "\x00", prefix + "\x01"
}

// KeyID returns the id of the todo that an index key is of.
func KeyID(key string) string { return key[strings.LastIndexByte(key, ' ')+1:] }

// IndexKeys returns every index key of a todo, without repetition. All views have
// all terms and orders: what was completed or deleted is found and sorted alike.
func IndexKeys(t Todo) []string {
	view, slot := viewPrefix[t.View()], "\x00"+t.SortKey()
	terms := t.terms()
	found := searchWords(t)
	keys := make([]string, 0, len(terms)+len(found)+2)
	for _, term := range terms {
		keys = append(keys, view+term+slot)
	}
	for _, word := range found {
		keys = append(keys, view+termWord+word+slot)
	}
	keys = append(keys, view+orderCreated+"\x00"+t.createdSlot())
	if t.Due != "" {
		keys = append(keys, view+orderDue+"\x00"+t.dueSlot())
	}
	return keys
}

// terms returns all terms of the todo but its words.
func (t Todo) terms() []string {
	terms := []string{termAll, termList + FoldName(t.List)}
	for _, tag := range t.Tags {
		terms = append(terms, termTag+FoldName(tag))
	}
	add := func(has bool, term string) {
		if has {
			terms = append(terms, term)
		}
	}
	add(t.Priority != "", termPriority+string(t.Priority))
	add(t.ParentID != "", termParent+t.ParentID)
	add(t.UID != "", termUID+t.UID)
	add(t.Due != "", termHas+"due")
	add(t.Notes != "", termHas+"notes")
	add(t.Repeat != "", termHas+"repeat")
	add(len(t.Tags) > 0, termHas+"tag")
	return terms
}

func (t Todo) createdSlot() string { return newestFirst(t.CreatedAt.UnixMilli()) + t.ID }
func (t Todo) dueSlot() string     { return t.When().Key() + " " + t.ID }

// CounterKeys returns the counters that a todo counts in: one for its view, and
// one each for its list and tags, by view, under the name as it is spelled. The inbox
// has none: it holds what no list does. Subtasks outside the trash count for their
// parent, by view, and in one counter for all.
func CounterKeys(t Todo) []string {
	v := t.View()
	keys := []string{CounterOf(v)}
	if t.List != "" {
		keys = append(keys, nameCounter(countList, t.List)+viewPrefix[v])
	}
	for _, tag := range t.Tags {
		keys = append(keys, nameCounter(countTag, tag)+viewPrefix[v])
	}
	if t.ParentID != "" && v != ViewTrash {
		keys = append(keys, countSubtasks, countParent+t.ParentID+viewPrefix[v])
	}
	return keys
}

// The kinds of counters: their first byte.
const (
	countList     = "l"
	countTag      = "g"
	countSubtasks = "s" // all of them
	countParent   = "p" // id: its subtasks
	countView     = "v"
)

// nameCounter returns the counter of a list or tag without the view: kind, folded
// name, NUL, name, NUL. So all spellings of a name are neighbours.
func nameCounter(kind, name string) string { return kind + FoldName(name) + "\x00" + name + "\x00" }

// CounterOf names the counter of all todos in a view.
func CounterOf(v View) string { return countView + viewPrefix[v] }

// ViewRange returns the range of the index that has a view's todos in its order:
// from (inclusive), to (exclusive).
func ViewRange(v View) (from, to string) { return termRange(v, termAll) }
