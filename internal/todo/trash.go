package todo

import (
	"context"
	"errors"
	"time"
)

// Delete moves todos to the trash, where they stay for Retention, each with its
// subtasks.
func (s *Service) Delete(ctx context.Context, ns Namespace, actor Actor, ids []string, o Options) (Change, error) {
	if err := checkBatch(len(ids)); err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Delete, Deleted, o, ids, func(d *draft) error {
		return d.eachID(ids, func(_ int, t Todo) (Todo, error) { return d.delete(t) })
	}})
}

func (d *draft) delete(t Todo) (Todo, error) {
	if t.Deleted() {
		return t, nil
	}
	subtasks, err := d.subtasks(t.ID, ViewOpen, ViewCompleted)
	if err != nil {
		return t, err
	}
	for _, sub := range subtasks {
		gone := sub
		gone.DeletedAt = d.At
		d.follow(&sub, gone)
	}
	t.DeletedAt = d.At
	return t, nil
}

// Restore takes todos out of the trash, each with the subtasks that were deleted
// with it. A subtask brings its parent back, if that is in the trash too; one whose
// parent can have no subtasks any more comes back as a todo of its own.
func (s *Service) Restore(ctx context.Context, ns Namespace, actor Actor, ids []string, o Options) (Change, error) {
	if err := checkBatch(len(ids)); err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Delete, Restored, o, ids, func(d *draft) error {
		return d.eachID(ids, func(_ int, t Todo) (Todo, error) { return d.restore(t) })
	}})
}

func (d *draft) restore(t Todo) (Todo, error) {
	at := t.DeletedAt
	if i, edited := d.at[t.ID]; edited && at.IsZero() { // a subtask brought it back already
		at = d.Edits[i].was().DeletedAt
	}
	if at.IsZero() {
		return t, nil
	}
	t.DeletedAt = time.Time{}
	if t.ParentID != "" {
		return d.readmitted(t)
	}
	subtasks, err := d.subtasks(t.ID, ViewTrash)
	if err != nil {
		return t, err
	}
	for _, sub := range subtasks {
		if !sub.DeletedAt.Equal(at) {
			continue
		}
		back := sub
		back.DeletedAt = time.Time{}
		d.follow(&sub, back)
	}
	return t, nil
}

// readmitted returns a subtask that comes back from the trash.
func (d *draft) readmitted(t Todo) (Todo, error) {
	parent, err := d.todo(t.ParentID)
	if errors.Is(err, ErrNotFound) || err == nil && parent.ParentID != "" {
		t.ParentID = ""
		return t, nil
	}
	if err != nil {
		return t, err
	}
	if parent.Deleted() {
		back := parent
		back.DeletedAt = time.Time{}
		d.follow(&parent, back)
	}
	t.List = parent.List
	return t, d.roomFor(parent.ID)
}

func deleted(id string) *Error {
	e := NotFound(id)
	e.Message = "the todo " + id + " is in the trash"
	e.Hint = "restore it first; nothing was changed"
	return e
}
