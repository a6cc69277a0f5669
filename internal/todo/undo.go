package todo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// undoSearch is how far back "my last change" is looked for, in changes.
const undoSearch = 100

// Undo reverses one change, of any client. An empty changeID means the actor's own
// last change that still stands. It fails with ErrNotFound where there is no such
// change and with ErrConflict where it was undone, or where a later change touched
// the same todo; then nothing is undone. Undoing an undo does the change again.
//
// A deletion is not superseded by what changed its todos in the trash, as renaming
// their list does: they come back, and that stays.
func (s *Service) Undo(ctx context.Context, ns Namespace, actor Actor, changeID string, o Options) (Change, error) {
	var rev uint64
	if changeID != "" {
		var err error
		if rev, err = ParseChangeID(changeID); err != nil {
			return Change{}, err
		}
	}
	// Which action this is shows only when the change is found, in the transaction.
	return s.write(ctx, ns, actor, writing{Read, Undone, o, changeID, func(d *draft) error {
		target, err := findChange(d.r, actor, rev)
		if err != nil {
			return err
		}
		if err := actor.requireAll(target.undoActions()); err != nil {
			return err
		}
		d.Undoes = target.Rev
		return d.reverse(target)
	}})
}

func findChange(r Reader, actor Actor, rev uint64) (Change, error) {
	if rev == 0 {
		return lastChangeOf(r, actor)
	}
	c, err := r.Change(rev)
	if errors.Is(err, ErrNotFound) {
		return c, noSuchChange(Change{Rev: rev}.ID())
	}
	if err == nil && c.UndoneBy != 0 {
		err = &Error{Code: CodeConflict, Field: "changeID", Message: fmt.Sprintf("%s was already undone, by %s", c.ID(), Change{Rev: c.UndoneBy}.ID()), Hint: "nothing was changed"}
	}
	return c, err
}

func lastChangeOf(r Reader, actor Actor) (Change, error) {
	changes, err := r.LatestChanges(0, undoSearch)
	if err != nil {
		return Change{}, err
	}
	for _, c := range changes {
		if c.Subject == actor.Subject && c.ClientID == actor.ClientID && c.By == actor.Name && c.UndoneBy == 0 && c.Kind != Undone {
			return c, nil
		}
	}
	return Change{}, &Error{Code: CodeNotFound, Field: "changeID", Message: "there is nothing of yours to undo", Hint: "name the change to undo; the log lists them"}
}

func noSuchChange(id string) *Error {
	return &Error{Code: CodeNotFound, Field: "changeID", Message: fmt.Sprintf("no change has the id %q", id), Hint: "changes can be undone for 30 days; nothing was changed"}
}

// undoActions are what reversing the change amounts to: who may not delete may not
// take away or bring back by undoing either. What only followed needs no right of
// its own, as it needed none when the change was made.
func (c Change) undoActions() []Action {
	switch c.Kind {
	case Created, Deleted, Restored, Undone, Imported:
		return []Action{Delete}
	case Completed, Reopened:
		return []Action{Complete}
	}
	var set Actions
	for _, e := range c.Edits {
		if !e.Follows {
			set |= e.undoActions()
		}
	}
	var actions []Action
	for _, action := range []Action{Edit, Complete, Delete} {
		if set.Has(action) || action == Edit && set == 0 {
			actions = append(actions, action)
		}
	}
	return actions
}

func (e Revision) undoActions() Actions {
	switch {
	case e.Before == nil || e.Before.Deleted() != e.After.Deleted():
		return Actions(Delete)
	case e.Before.Completed == e.After.Completed:
		return Actions(Edit)
	}
	// Only completed, or also edited? The rule of a repeating todo goes with completing it.
	t := e.After
	t.Completed, t.CompletedAt, t.Rev = e.Before.Completed, e.Before.CompletedAt, e.Before.Rev
	t.UpdatedAt, t.UpdatedBy, t.Repeat = e.Before.UpdatedAt, e.Before.UpdatedBy, e.Before.Repeat
	if t.Equal(*e.Before) {
		return Actions(Complete)
	}
	return Actions(Edit | Complete)
}

// reverse adds the edits that put every todo of target back as it was, and its marks.
func (d *draft) reverse(target Change) error {
	past := past{r: d.r, changes: map[uint64]*pastChange{}}
	for _, e := range target.Edits {
		d.item = e.Item
		now, err := d.r.Todo(e.After.ID)
		if errors.Is(err, ErrNotFound) {
			return superseded(target, 0, "it left the trash for good")
		}
		if err != nil {
			return err
		}
		shown, err := past.shows(now.ID, now.Rev, target.Rev)
		if err != nil {
			return err
		}
		if !shown && !e.leftInTrash(now) {
			return superseded(target, now.Rev, fmt.Sprintf("%q was changed by %s since, in %s", now.Text, now.UpdatedBy, Change{Rev: now.Rev}.ID()))
		}
		if then := e.undone(now, shown, d.At); e.Follows {
			d.follow(&now, then)
		} else {
			d.put(&now, then)
		}
	}
	if err := d.reverseMarks(target); err != nil {
		return err
	}
	return d.checkFamilies(target)
}

// reverseMarks sets marks back to what they were before the change.
func (d *draft) reverseMarks(target Change) error {
	for _, m := range target.Marks {
		marks, err := d.r.Marks(m.Key)
		if err != nil {
			return err
		}
		if marks[m.Key] != m.After {
			return superseded(target, 0, "what it set was set anew since")
		}
		d.Marks = append(d.Marks, MarkEdit{Key: m.Key, Before: m.After, After: m.Before})
	}
	return nil
}

// checkFamilies wants what became of parents and subtasks since to fit what is put
// back: a subtask has a parent, which is not one itself, in the same list and, if the
// subtask is not in the trash, not there either.
func (d *draft) checkFamilies(target Change) error {
	for _, e := range d.Edits {
		if t := e.After; t.ParentID != "" && !t.Deleted() {
			parent, err := d.todo(t.ParentID)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if err != nil || parent.Deleted() || parent.ParentID != "" || parent.List != t.List {
				return superseded(target, parent.Rev, fmt.Sprintf("%q would be a subtask of what was moved or deleted since", t.Text))
			}
		}
		if err := d.checkSubtasks(target, *e.Before, e.After); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) checkSubtasks(target Change, before, after Todo) error {
	if before.List == after.List && before.ParentID == after.ParentID && before.Deleted() == after.Deleted() {
		return nil
	}
	subtasks, err := d.subtasks(after.ID, ViewOpen, ViewCompleted)
	if err != nil {
		return err
	}
	for _, sub := range subtasks {
		if after.Deleted() || after.ParentID != "" || sub.List != after.List {
			return superseded(target, sub.Rev, fmt.Sprintf("%q became a subtask of %q since", sub.Text, after.Text))
		}
	}
	return nil
}

// past is the journal as an undo reads it: each change once, however many of its
// todos are looked at.
type past struct {
	r       Reader
	changes map[uint64]*pastChange // nil: forgotten
}

// pastChange is what an undo needs of a change.
type pastChange struct {
	undoes uint64
	before map[string]uint64 // by todo, its revision before the change; 0 if there was none
}

func (p past) change(rev uint64) (*pastChange, error) {
	if c, ok := p.changes[rev]; ok {
		return c, nil
	}
	c, err := p.r.Change(rev)
	if errors.Is(err, ErrNotFound) {
		p.changes[rev] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known := &pastChange{undoes: c.Undoes, before: make(map[string]uint64, len(c.Edits))}
	for _, e := range c.Edits {
		known.before[e.After.ID] = e.was().Rev
	}
	p.changes[rev] = known
	return known, nil
}

// shows reports whether a todo that is at a revision is as revision rev left it:
// because nothing changed it since, or because what did was undone. So changes can be
// undone one after the other, newest first.
func (p past) shows(id string, at, rev uint64) (bool, error) {
	for at > rev {
		c, err := p.change(at)
		if err != nil || c == nil || c.undoes == 0 {
			return false, err
		}
		// What was changed in the trash stays so when the deletion is undone.
		if whole, err := p.shows(id, c.before[id], c.undoes); !whole {
			return false, err
		}
		undone, err := p.change(c.undoes)
		if err != nil || undone == nil {
			return false, err
		}
		at = undone.before[id]
	}
	return at == rev, nil
}

// leftInTrash reports whether all that the edit did was to put its todo into the
// trash, and the todo, as it is now, is there since.
func (e Revision) leftInTrash(now Todo) bool {
	if !e.does(Deleted) || !now.DeletedAt.Equal(e.After.DeletedAt) {
		return false
	}
	was := e.After
	was.DeletedAt, was.Rev, was.UpdatedAt, was.UpdatedBy = e.Before.DeletedAt, e.Before.Rev, e.Before.UpdatedAt, e.Before.UpdatedBy
	return was.Equal(*e.Before)
}

// undone returns the todo as it was before the edit, which still shows; if not, it
// comes out of the trash as it is now. One that the edit made goes to the trash, so
// that the undo can be undone.
func (e Revision) undone(now Todo, shown bool, at time.Time) Todo {
	switch {
	case e.Before == nil:
		now.DeletedAt = at
		return now
	case !shown:
		now.DeletedAt = time.Time{}
		return now
	}
	return *e.Before
}

// superseded is the refusal of an undo, with the change that is in its way; 0: none
// that could be undone.
func superseded(c Change, by uint64, why string) *Error {
	hint := "what the todos are now is in the list; nothing was changed"
	if by > c.Rev {
		hint = "undo " + Change{Rev: by}.ID() + " first; nothing was changed"
	}
	return &Error{Code: CodeConflict, Field: "changeID", Message: c.ID() + " cannot be undone: " + why, Hint: hint}
}
