package todo

import (
	"context"
	"time"

	"todo.example/internal/when"
)

// SetCompleted completes todos, or reopens them. Completing a repeating todo makes
// the next one (Change.Next) and takes the rule along to it: the done one stays done,
// and does not repeat again when it is reopened. Completing a todo completes its
// open subtasks; reopening one reopens nothing else.
func (s *Service) SetCompleted(ctx context.Context, ns Namespace, actor Actor, ids []string, completed bool, o Options) (Change, error) {
	if err := checkBatch(len(ids)); err != nil {
		return Change{}, err
	}
	kind := Reopened
	if completed {
		kind = Completed
	}
	return s.write(ctx, ns, actor, writing{Complete, kind, o, ids, func(d *draft) error {
		return d.eachID(ids, func(_ int, t Todo) (Todo, error) { return d.setCompleted(t, completed) })
	}})
}

func (d *draft) setCompleted(t Todo, completed bool) (Todo, error) {
	switch {
	case t.Deleted():
		return t, deleted(t.ID)
	case t.Completed == completed:
		return t, nil
	case !completed:
		t.Completed, t.CompletedAt = false, time.Time{}
		return t, nil
	}
	subtasks, err := d.subtasks(t.ID, ViewOpen, ViewCompleted)
	if err != nil {
		return t, err
	}
	repeated, err := d.repeat(t, subtasks)
	if err != nil {
		return t, err
	}
	for _, sub := range subtasks {
		if sub.Completed {
			continue
		}
		done := d.done(sub)
		if repeated { // its copy has the rule
			done.Repeat = ""
		}
		d.follow(&sub, done)
	}
	t = d.done(t)
	t.Repeat = ""
	return t, nil
}

func (d *draft) done(t Todo) Todo {
	t.Completed, t.CompletedAt = true, d.At
	return t
}

// repeat makes the next of a repeating todo, in the same place and with open copies
// of its subtasks, unless its rule has ended.
func (d *draft) repeat(t Todo, subtasks []Todo) (made bool, err error) {
	if t.Repeat == "" {
		return false, nil
	}
	due, ok := when.Next(t.Repeat, t.When(), d.clock())
	if !ok {
		return false, nil
	}
	next, err := d.copy(t)
	if err != nil {
		return false, err
	}
	next.setDue(due)
	next.Repeat = when.NextRule(t.Repeat)
	d.follow(nil, next)
	return true, d.copySubtasks(next, t, subtasks)
}

// copySubtasks gives the next of a repeating todo the subtasks of the one before,
// due as many days later as it is itself. Where a subtask repeats by itself there are
// done ones beside the open one, or beside each other: those are one subtask.
func (d *draft) copySubtasks(next, old Todo, subtasks []Todo) error {
	copied := map[string]bool{}
	for _, completed := range []bool{false, true} {
		for _, sub := range subtasks {
			if sub.Completed != completed || copied[sub.Text] && completed {
				continue
			}
			copied[sub.Text] = true
			again, err := d.copy(sub)
			if err != nil {
				return err
			}
			due, err := shifted(sub.When(), old.When(), next.When())
			if err != nil {
				return dateError("due", err)
			}
			again.setDue(due)
			again.ParentID = next.ID
			d.follow(nil, again)
		}
	}
	return nil
}

// copy returns a todo that is to be done again: open, new, and otherwise the same.
// It is not what another program exported, so it has no UID.
func (d *draft) copy(t Todo) (Todo, error) {
	id, err := d.newID()
	t.ID, t.UID, t.Rev = id, "", 0
	t.Completed, t.CompletedAt = false, time.Time{}
	t.CreatedAt, t.CreatedBy = d.At, d.By
	return t, err
}
