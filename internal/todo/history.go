package todo

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"
)

// HistoryQuery asks who changed what. Its conditions combine with AND.
type HistoryQuery struct {
	Kind   Kind      // what the change is or, whatever it is, did to a todo: Change.Does; "" all
	Since  time.Time // at or after; zero: from the beginning
	Until  time.Time // before; zero: until now
	By     string    // author or a part of the name, no case matters
	TodoID string
	Limit  int // at most MaxPage; 0 means 50
	Cursor string
}

// HistoryPage is a part of the history, newest first. It may be short and yet have
// a NextCursor: so the cost of a page does not grow with the journal.
type HistoryPage struct {
	Changes    []Change
	NextCursor string
}

// How much of the journal a page of the history reads.
const (
	historyLimit = 50
	historyChunk = 20     // changes
	historyReach = 1000   // changes
	historyEdits = 20_000 // edits in them, of which an import has many
)

// History returns changes, newest first. A todo's own history follows its
// revisions and costs no more than they are; of each change it has only what the
// change did to that todo. It begins with the oldest change that is kept.
func (s *Service) History(ctx context.Context, ns Namespace, actor Actor, q HistoryQuery) (HistoryPage, error) {
	if err := actor.require(Read); err != nil {
		return HistoryPage{}, err
	}
	if err := q.check(); err != nil {
		return HistoryPage{}, err
	}
	question := q
	question.Cursor, question.Limit = "", 0
	place, err := placeFrom(question, q.Cursor)
	if err != nil {
		return HistoryPage{}, err
	}
	q.Limit = min(q.Limit, MaxPage)
	if q.Limit == 0 {
		q.Limit = historyLimit
	}
	var p HistoryPage
	err = s.store.View(ctx, ns, func(r Reader) (err error) {
		h := &history{HistoryQuery: q, r: r, by: FoldName(q.By), found: []Change{}}
		if place != "" {
			if h.before, err = ParseChangeID(place); err != nil {
				return invalid("cursor", "take nextCursor of the page before, and ask for the same", "the cursor is not one of this history's")
			}
		}
		if q.TodoID != "" {
			err = h.ofTodo()
		} else {
			err = h.ofAll()
		}
		p = HistoryPage{Changes: h.found, NextCursor: cursorOf(question, Change{Rev: h.next}.ID())}
		return err
	})
	return p, err
}

func (q HistoryQuery) check() error {
	if q.Kind != "" && !slices.Contains(Kinds(), q.Kind) {
		return invalid("kind", "use created, updated, completed, reopened, deleted, restored, undone or imported", "%q is not something a change does", q.Kind)
	}
	return checkLimit(q.Limit)
}

// Does reports whether the change is of a kind, or did that to a todo: so what was
// completed is found in an edit, a batch and an undo as well. What a change brings
// along counts too, but not the next of a repeating todo as one that was created.
func (c Change) Does(k Kind) bool {
	return c.Kind == k || slices.ContainsFunc(c.Edits, func(e Revision) bool { return e.does(k) })
}

func (e Revision) does(k Kind) bool {
	if e.Before == nil {
		return k == Created && !e.Follows
	}
	before, after := e.Before, e.After
	switch k {
	case Completed:
		return after.Completed && !before.Completed
	case Reopened:
		return before.Completed && !after.Completed
	case Deleted:
		return after.Deleted() && !before.Deleted()
	case Restored:
		return before.Deleted() && !after.Deleted()
	}
	return false
}

// history reads one page.
type history struct {
	HistoryQuery
	r      Reader
	by     string // folded
	before uint64 // only changes with a revision below it; 0: all
	found  []Change
	next   uint64 // what the next page goes on before; 0 if there is none
}

// matches reports whether a change is asked for.
func (h *history) matches(c Change) bool {
	return (h.Kind == "" || c.Does(h.Kind)) && authorIs(c.By, h.by) && (h.Until.IsZero() || c.At.Before(h.Until))
}

// over reports whether a change, and so all older ones, is before what is asked for.
func (h *history) over(c Change) bool { return c.At.Before(h.Since) }

func (h *history) ofAll() error {
	before, err := h.begin()
	if err != nil {
		return err
	}
	read, edits := 0, 0
	for {
		changes, err := h.r.LatestChanges(before, historyChunk)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if h.over(c) {
				return nil
			}
			if len(h.found) == h.Limit || read == historyReach || edits > historyEdits {
				h.next = before
				return nil
			}
			before, read, edits = c.Rev, read+1, edits+len(c.Edits)
			if h.matches(c) {
				h.found = append(h.found, c)
			}
		}
		if len(changes) < historyChunk || before == 1 {
			return nil
		}
	}
}

// begin returns the revision before which the page begins. The journal is searched
// for it: what came after Until is not read.
func (h *history) begin() (uint64, error) {
	if h.before != 0 || h.Until.IsZero() {
		return h.before, nil
	}
	newest, err := h.r.Rev()
	if err != nil {
		return 0, err
	}
	oldest, err := h.r.Changes(0, 1)
	if err != nil || len(oldest) == 0 {
		return 0, err
	}
	first := oldest[0].Rev
	i := sort.Search(int(newest-first+1), func(i int) bool {
		c, e := h.r.Change(first + uint64(i))
		if e != nil {
			err = e
		}
		return !c.At.Before(h.Until)
	})
	return first + uint64(i), err
}

// ofTodo follows the todo from its last revision to the first.
func (h *history) ofTodo() error {
	rev := h.before
	if rev == 0 {
		t, err := h.r.Todo(h.TodoID)
		if err != nil {
			return err
		}
		rev = t.Rev
	}
	for read := 0; rev != 0; read++ {
		if len(h.found) == h.Limit || read == historyReach {
			h.next = rev
			return nil
		}
		c, err := h.r.Change(rev)
		if errors.Is(err, ErrNotFound) {
			return nil // no longer kept
		}
		if err != nil {
			return err
		}
		if h.over(c) {
			return nil
		}
		c.Edits = slices.DeleteFunc(c.Edits, func(e Revision) bool { return e.After.ID != h.TodoID })
		c.Unchanged, c.Failures = nil, nil
		rev = 0
		if len(c.Edits) > 0 && c.Edits[0].Before != nil {
			rev = c.Edits[0].Before.Rev
		}
		if h.matches(c) {
			h.found = append(h.found, c)
		}
	}
	return nil
}
