package todo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// draft is a change in the making. It shows the namespace as the edits so far leave
// it, so that the items of a batch build on one another, and takes back what an
// item that fails had done.
type draft struct {
	*Change
	r      Reader
	actor  Actor
	atomic bool

	item   int                 // of the request, that edits are made for
	items  int                 // of the request
	named  map[string]bool     // todos that an item was about
	at     map[string]int      // where in Edits a todo is
	kids   map[string][]string // by parent, the edited todos that are or were its subtasks
	order  []string            // SortKeys of the open todos among Edits, ascending; nil until asked for
	saved  []savedEdit         // what the item at hand overwrote
	opened int                 // by how many the open todos grew
	made   map[string]bool     // ids given out

	open       *int              // open todos before the change
	lastStored *string           // the greatest position that was ever given
	last       string            // the greatest that an edit gave
	spelled    map[string]string // by folded name, the lists that this change named
}

// savedEdit is one of Edits before an item overwrote it.
type savedEdit struct {
	at  int
	was Revision
}

func newDraft(c *Change, r Reader, actor Actor, atomic bool) *draft {
	return &draft{Change: c, r: r, actor: actor, atomic: atomic, at: map[string]int{}, kids: map[string][]string{}, named: map[string]bool{}, made: map[string]bool{}, spelled: map[string]string{}}
}

// each does the items of a request one after the other. What fails is noted and
// leaves nothing behind.
func (d *draft) each(n int, id func(i int) string, do func(i int) error) error {
	d.items = n
	for i := range n {
		d.item = i
		edits, unchanged, opened := len(d.Edits), len(d.Unchanged), d.opened
		d.saved = d.saved[:0]
		err := do(i)
		if err == nil && d.opened > opened {
			err = d.room()
		}
		if err == nil {
			continue
		}
		d.rollback(edits)
		d.Unchanged, d.opened = d.Unchanged[:unchanged], opened
		if err := d.fail(i, id(i), err); err != nil {
			return err
		}
	}
	return nil
}

// eachID changes the todos that a request names by id.
func (d *draft) eachID(ids []string, change func(i int, t Todo) (Todo, error)) error {
	return d.each(len(ids), func(i int) string { return ids[i] }, func(i int) error {
		return d.edit(ids[i], func(t Todo) (Todo, error) { return change(i, t) })
	})
}

// rollback takes back what the item at hand did to Edits, which had so many before.
func (d *draft) rollback(edits int) {
	for _, e := range d.Edits[edits:] {
		delete(d.at, e.After.ID)
	}
	d.Edits = d.Edits[:edits]
	for _, s := range slices.Backward(d.saved) {
		if s.at < edits {
			d.Edits[s.at] = s.was
		}
	}
	d.order = nil
}

// todo returns a todo as the change so far leaves it.
func (d *draft) todo(id string) (Todo, error) {
	if i, ok := d.at[id]; ok {
		return d.Edits[i].After, nil
	}
	return d.r.Todo(id)
}

// edit changes the todo that an item names. A todo that change leaves as it is
// counts as unchanged; one named twice fails the second time.
func (d *draft) edit(id string, change func(Todo) (Todo, error)) error {
	if d.named[id] {
		return invalid("id", "name each todo once", "the todo %q is named twice", id)
	}
	d.named[id] = true
	before, err := d.todo(id)
	if err != nil {
		return err
	}
	after, err := change(before)
	if err != nil {
		return err
	}
	if _, edited := d.at[id]; !edited && after.Equal(before) {
		d.Unchanged = append(d.Unchanged, before)
		return nil
	}
	d.put(&before, after) // what an item before brought along is now this one's
	return nil
}

// put adds an edit, stamped with who and when. before is nil for a todo that it makes.
func (d *draft) put(before *Todo, after Todo) {
	d.stamp(&after)
	d.add(Revision{Before: before, After: after, Item: d.item})
}

// follow adds an edit that the item was not about but brings along.
func (d *draft) follow(before *Todo, after Todo) {
	d.stamp(&after)
	d.add(Revision{Before: before, After: after, Item: d.item, Follows: true})
}

func (d *draft) stamp(t *Todo) { t.UpdatedAt, t.UpdatedBy = d.At, d.By }

// add notes an edit. A todo has one in a change: it goes from what was before the
// first to what is after the last.
func (d *draft) add(e Revision) {
	i, edited := d.at[e.After.ID]
	was := e.Before
	if edited {
		old := d.Edits[i]
		d.saved = append(d.saved, savedEdit{i, old})
		was, e.Before = &old.After, old.Before
		if e.Follows { // what an item was about stays that
			e.Item, e.Follows = old.Item, old.Follows
		}
		d.Edits[i] = e
	} else {
		d.at[e.After.ID] = len(d.Edits)
		d.Edits = append(d.Edits, e)
	}
	if was != nil && was.View() == ViewOpen {
		d.opened--
		d.orderWithout(*was, edited)
	}
	if e.After.View() == ViewOpen {
		d.opened++
		d.orderWith(e.After)
	}
	if p := e.After.ParentID; p != "" && (!edited || was.ParentID != p) {
		d.kids[p] = append(d.kids[p], e.After.ID)
	}
	d.last = max(d.last, e.After.Position)
}

// fail notes that one item did not go through, or fails the whole if that was asked
// or if it was not the item's fault.
func (d *draft) fail(item int, id string, err error) error {
	e := AsError(err)
	switch {
	case !itemCodes[e.Code]:
		return err
	case d.atomic:
		named := *e
		if d.items > 1 {
			named.Message = fmt.Sprintf("todos[%d]: %s", item, e.Message)
		}
		return &ItemError{Item: item, Err: &named}
	}
	d.Failures = append(d.Failures, failure(item, id, e))
	return nil
}

// itemCodes are the failures that are one item's own.
var itemCodes = map[Code]bool{
	CodeInvalid: true, CodeInvalidDate: true, CodeNotFound: true, CodeAmbiguous: true,
	CodeConflict: true, CodeQuota: true, CodePrecondition: true,
}

// finish puts the edits in the order of the items, what follows an item after it.
func (d *draft) finish() error {
	slices.SortStableFunc(d.Edits, func(a, b Revision) int {
		if a.Item != b.Item || a.Follows == b.Follows {
			return cmp.Compare(a.Item, b.Item)
		}
		if a.Follows {
			return 1
		}
		return -1
	})
	if d.opened > 0 {
		return d.room()
	}
	return nil
}

// room fails where the change would leave more open todos than a namespace may have.
func (d *draft) room() error {
	if d.open == nil {
		c, err := counts(d.r)
		if err != nil {
			return err
		}
		d.open = &c.Open
	}
	if *d.open+d.opened > MaxOpen {
		return OverQuota("todos", MaxOpen, "open todos")
	}
	return nil
}

// newID returns an id that no todo of the namespace has.
func (d *draft) newID() (string, error) {
	for {
		id := newID()
		_, err := d.r.Todo(id)
		if errors.Is(err, ErrNotFound) && !d.made[id] {
			d.made[id] = true
			return id, nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
	}
}
