package todo

import (
	"context"
	"errors"
	"reflect"
)

// New is a todo to be made. Due, Repeat and the names are as the person said them.
type New struct {
	Text     string   `json:"text"`
	Notes    string   `json:"notes,omitempty"`
	Due      string   `json:"due,omitempty"`    // when.Parse: ISO 8601 or plain English, in Actor.Zone
	Repeat   string   `json:"repeat,omitempty"` // when.ParseRepeat: an RRULE or plain English
	Priority string   `json:"priority,omitempty"`
	List     string   `json:"list,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	ParentID string   `json:"parentID,omitempty"`
	Position string   `json:"position,omitempty"` // as in Patch; "" is the bottom
}

// Patch changes a todo: nil members stay as they are; "" and "none" clear.
type Patch struct {
	ID         string    `json:"id"`
	Text       *string   `json:"text,omitempty"`
	Notes      *string   `json:"notes,omitempty"` // "" clears; "none" is text
	Due        *string   `json:"due,omitempty"`   // a date without a time keeps the time there was
	Repeat     *string   `json:"repeat,omitempty"`
	Priority   *string   `json:"priority,omitempty"`
	List       *string   `json:"list,omitempty"`
	Tags       *[]string `json:"tags,omitempty"` // in place of all
	AddTags    []string  `json:"addTags,omitempty"`
	RemoveTags []string  `json:"removeTags,omitempty"`
	ParentID   *string   `json:"parentID,omitempty"`
	Position   string    `json:"position,omitempty"` // top, bottom, before:ID or after:ID
	Completed  *bool     `json:"completed,omitempty"`
	// IfRev, unless 0, must be the todo's Rev: ErrPrecondition otherwise.
	IfRev uint64 `json:"ifRev,omitempty"`
}

// Empty reports whether the patch changes nothing, whatever the todo.
func (p Patch) Empty() bool { return reflect.DeepEqual(p, Patch{ID: p.ID, IfRev: p.IfRev}) }

// Create makes todos at the bottom of the list. Items that are not valid are in
// the change's Failures.
func (s *Service) Create(ctx context.Context, ns Namespace, actor Actor, items []New, o Options) (Change, error) {
	if err := checkBatch(len(items)); err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Create, Created, o, items, func(r Reader, d *draft) error {
		position, err := r.LastPosition()
		if err != nil {
			return err
		}
		taken := map[string]bool{}
		for i, item := range items {
			text, notes, err := item.clean()
			if err != nil {
				if err := d.fail(i, "", err); err != nil {
					return err
				}
				continue
			}
			id, err := freeID(r, taken)
			if err != nil {
				return err
			}
			position = positionAfter(position)
			d.put(nil, Todo{ID: id, Text: text, Notes: notes, Position: position, CreatedAt: d.At, CreatedBy: d.By})
		}
		return nil
	}})
}

// freeID returns an id that no todo of the namespace has.
func freeID(r Reader, taken map[string]bool) (string, error) {
	for {
		id := newID()
		_, err := r.Todo(id)
		if errors.Is(err, ErrNotFound) && !taken[id] {
			taken[id] = true
			return id, nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
	}
}

// Update changes todos. An item that names an unknown or deleted todo, or that is
// not valid, is in the change's Failures.
func (s *Service) Update(ctx context.Context, ns Namespace, actor Actor, patches []Patch, o Options) (Change, error) {
	if err := checkBatch(len(patches)); err != nil {
		return Change{}, err
	}
	ids := make([]string, len(patches))
	for i, p := range patches {
		ids[i] = p.ID
		if p.Completed != nil { // who may edit but not complete must not do so by a side door
			if err := actor.require(Complete); err != nil {
				return Change{}, err
			}
		}
	}
	return s.write(ctx, ns, actor, writing{Edit, Updated, o, patches, each(ids, func(i int, t Todo, d *draft) (Todo, error) {
		return patches[i].apply(t, d)
	})})
}

// SetCompleted completes todos, or reopens them.
func (s *Service) SetCompleted(ctx context.Context, ns Namespace, actor Actor, ids []string, completed bool, o Options) (Change, error) {
	if err := checkBatch(len(ids)); err != nil {
		return Change{}, err
	}
	kind := Reopened
	if completed {
		kind = Completed
	}
	return s.write(ctx, ns, actor, writing{Complete, kind, o, ids, each(ids, func(_ int, t Todo, d *draft) (Todo, error) {
		if t.Deleted() {
			return t, deleted(t.ID)
		}
		return t.completed(completed, d), nil
	})})
}

// Delete moves todos to the trash, where they stay for Retention.
func (s *Service) Delete(ctx context.Context, ns Namespace, actor Actor, ids []string, o Options) (Change, error) {
	if err := checkBatch(len(ids)); err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Delete, Deleted, o, ids, each(ids, func(_ int, t Todo, d *draft) (Todo, error) {
		if !t.Deleted() {
			t.DeletedAt = d.At
		}
		return t, nil
	})})
}

// Restore takes todos out of the trash.
func (s *Service) Restore(ctx context.Context, ns Namespace, actor Actor, ids []string, o Options) (Change, error) {
	if err := checkBatch(len(ids)); err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Delete, Restored, o, ids, each(ids, func(_ int, t Todo, _ *draft) (Todo, error) {
		t.DeletedAt = Todo{}.DeletedAt
		return t, nil
	})})
}

// each makes the edits of a batch that names todos by id. A todo that edit leaves
// as it is counts as unchanged; one named twice fails the second time.
func each(ids []string, edit func(i int, t Todo, d *draft) (Todo, error)) func(Reader, *draft) error {
	return func(r Reader, d *draft) error {
		seen := map[string]bool{}
		for i, id := range ids {
			before, after, err := editOne(r, d, i, id, seen, edit)
			switch {
			case err != nil:
				if err := d.fail(i, id, err); err != nil {
					return err
				}
			case after.Equal(before):
				d.Unchanged = append(d.Unchanged, before)
			default:
				d.put(&before, after)
			}
		}
		return nil
	}
}

func editOne(r Reader, d *draft, i int, id string, seen map[string]bool, edit func(int, Todo, *draft) (Todo, error)) (before, after Todo, err error) {
	if seen[id] {
		return before, after, invalid("id", "name each todo once", "the todo %q is named twice", id)
	}
	seen[id] = true
	before, err = r.Todo(id)
	if err != nil {
		return before, after, err
	}
	after, err = edit(i, before, d)
	return before, after, err
}

func (p Patch) apply(t Todo, d *draft) (Todo, error) {
	if t.Deleted() {
		return t, deleted(t.ID)
	}
	if p.IfRev != 0 && p.IfRev != t.Rev {
		return t, &Error{Code: CodePrecondition, Field: "ifRev", Message: "the todo was changed since you read it", Hint: "read it again and repeat the change"}
	}
	var err error
	if p.Text != nil {
		if t.Text, err = cleanText(*p.Text); err != nil {
			return t, err
		}
	}
	if p.Notes != nil {
		if t.Notes, err = cleanNotes(*p.Notes); err != nil {
			return t, err
		}
	}
	if p.Completed != nil {
		t = t.completed(*p.Completed, d)
	}
	return t, nil
}

func (t Todo) completed(completed bool, d *draft) Todo {
	if t.Completed == completed {
		return t
	}
	t.Completed = completed
	t.CompletedAt = Todo{}.CompletedAt
	if completed {
		t.CompletedAt = d.At
	}
	return t
}

func deleted(id string) *Error {
	e := NotFound(id)
	e.Message = "the todo " + id + " is in the trash"
	e.Hint = "restore it first; nothing was changed"
	return e
}
