package todo

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// undoSearch is how far back "my last change" is looked for, in changes.
const undoSearch = 100

// Undo reverses one change, of any client. An empty changeID means the actor's own
// last change that still stands. It fails with ErrNotFound where there is no such
// change and with ErrConflict where it was undone, or where a later change touched
// the same todo; then nothing is undone. Undoing an undo does the change again.
func (s *Service) Undo(ctx context.Context, ns Namespace, actor Actor, changeID string, o Options) (Change, error) {
	var rev uint64
	if changeID != "" {
		var err error
		if rev, err = ParseChangeID(changeID); err != nil {
			return Change{}, err
		}
	}
	// Which action this is shows only when the change is found, in the transaction.
	return s.write(ctx, ns, actor, writing{Read, Undone, o, changeID, func(r Reader, d *draft) error {
		target, err := findChange(r, actor, rev)
		if err != nil {
			return err
		}
		for _, action := range target.undoActions() {
			if err := actor.require(action); err != nil {
				return err
			}
		}
		d.Undoes = target.Rev
		return d.reverse(r, target)
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
// take away or bring back by undoing either.
func (c Change) undoActions() []Action {
	switch c.Kind {
	case Created, Deleted, Restored, Undone:
		return []Action{Delete}
	case Completed, Reopened:
		return []Action{Complete}
	}
	toggles := func(e Revision) bool { return e.Before != nil && e.Before.Completed != e.After.Completed }
	if slices.ContainsFunc(c.Edits, toggles) {
		return []Action{Edit, Complete}
	}
	return []Action{Edit}
}

// reverse adds the edits that put every todo of target back as it was.
func (d *draft) reverse(r Reader, target Change) error {
	for _, e := range target.Edits {
		now, err := r.Todo(e.After.ID)
		if errors.Is(err, ErrNotFound) {
			return superseded(target, "it left the trash for good")
		}
		if err != nil {
			return err
		}
		if shown, err := shows(r, now, target.Rev); err != nil {
			return err
		} else if !shown {
			return superseded(target, fmt.Sprintf("%q was changed by %s since, in %s", now.Text, now.UpdatedBy, Change{Rev: now.Rev}.ID()))
		}
		d.put(&now, d.undone(e, now))
	}
	return nil
}

// shows reports whether a todo is as revision rev left it: because nothing changed
// it since, or because what did was undone. So changes can be undone one after the
// other, newest first.
func shows(r Reader, t Todo, rev uint64) (bool, error) {
	for at := t.Rev; at >= rev; {
		if at == rev {
			return true, nil
		}
		c, err := r.Change(at)
		if err != nil || c.Undoes == 0 {
			return false, ignoreNotFound(err)
		}
		undone, err := r.Change(c.Undoes)
		if err != nil {
			return false, ignoreNotFound(err)
		}
		at = undone.revBefore(t.ID)
	}
	return false, nil
}

// revBefore returns the revision of a todo before the change, 0 if there was none.
func (c Change) revBefore(id string) uint64 {
	for _, e := range c.Edits {
		if e.After.ID == id && e.Before != nil {
			return e.Before.Rev
		}
	}
	return 0
}

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// undone returns the todo as it was before the edit; one that the edit made goes
// to the trash, so that the undo can be undone.
func (d *draft) undone(e Revision, now Todo) Todo {
	if e.Before == nil {
		now.DeletedAt = d.At
		return now
	}
	return *e.Before
}

func superseded(c Change, why string) *Error {
	return &Error{Code: CodeConflict, Field: "changeID", Message: c.ID() + " cannot be undone: " + why, Hint: "undo the later change first; nothing was changed"}
}
