package todo

import (
	"context"
	"reflect"
	"strings"
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

// Create makes todos, at the bottom of the list unless their Position says otherwise.
// Items that are not valid are in the change's Failures.
func (s *Service) Create(ctx context.Context, ns Namespace, actor Actor, items []New, o Options) (Change, error) {
	if err := checkBatch(len(items)); err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Create, Created, o, items, func(d *draft) error {
		return d.each(len(items), func(int) string { return "" }, func(i int) error { return d.create(items[i]) })
	}})
}

// Preview returns the todo that Create would make of item, its dates resolved, and
// makes nothing. It has no id.
func (s *Service) Preview(ctx context.Context, ns Namespace, actor Actor, item New) (t Todo, err error) {
	if err := actor.require(Create); err != nil {
		return t, err
	}
	at := s.moment()
	err = s.store.View(ctx, ns, func(r Reader) (err error) {
		d := newDraft(&Change{At: at, By: actor.Name}, r, actor, true)
		t, err = d.make(item)
		d.stamp(&t)
		return err
	})
	if err != nil {
		return Todo{}, err
	}
	return t, nil
}

func (d *draft) create(item New) error {
	t, err := d.make(item)
	if err != nil {
		return err
	}
	if t.ID, err = d.newID(); err != nil {
		return err
	}
	d.put(nil, t)
	return nil
}

// make returns the todo that item is to become; it has no id yet.
func (d *draft) make(item New) (t Todo, err error) {
	t = Todo{CreatedAt: d.At, CreatedBy: d.By}
	if t.Text, err = cleanText(item.Text); err != nil {
		return t, err
	}
	if t.Notes, err = cleanNotes(item.Notes); err != nil {
		return t, err
	}
	if t.Priority, err = cleanPriority(item.Priority); err != nil {
		return t, err
	}
	if t.Tags, err = cleanTags(item.Tags); err != nil {
		return t, err
	}
	list := &item.List
	if strings.TrimSpace(item.List) == "" { // not said: the inbox, or the parent's
		list = nil
	}
	if err := d.file(&t, list, &item.ParentID); err != nil {
		return t, err
	}
	if err := d.schedule(&t, &item.Due, &item.Repeat); err != nil {
		return t, err
	}
	if strings.TrimSpace(item.Position) == "" {
		t.Position, err = d.bottom()
		return t, err
	}
	t.Position, err = d.moved(t, item.Position)
	return t, err
}

// Update changes todos. An item that names an unknown or deleted todo, or that is
// not valid, is in the change's Failures. A todo that moves to another list takes its
// subtasks along; one that is completed is as in SetCompleted.
func (s *Service) Update(ctx context.Context, ns Namespace, actor Actor, patches []Patch, o Options) (Change, error) {
	if err := checkBatch(len(patches)); err != nil {
		return Change{}, err
	}
	ids := make([]string, len(patches))
	for i, p := range patches {
		ids[i] = p.ID
		if err := actor.requireAll(p.actions()); err != nil {
			return Change{}, err
		}
	}
	return s.write(ctx, ns, actor, writing{Edit, Updated, o, patches, func(d *draft) error {
		return d.eachID(ids, func(i int, t Todo) (Todo, error) { return d.patch(t, patches[i]) })
	}})
}

// actions are what the patch amounts to: who may edit but not complete must not do
// so by a side door.
func (p Patch) actions() []Action {
	if p.Completed != nil {
		return []Action{Edit, Complete}
	}
	return []Action{Edit}
}

// patch returns a todo as p says, and adds the edits that follow from that.
func (d *draft) patch(t Todo, p Patch) (_ Todo, err error) {
	if t.Deleted() {
		return t, deleted(t.ID)
	}
	if p.IfRev != 0 && p.IfRev != t.Rev {
		return t, &Error{Code: CodePrecondition, Field: "ifRev", Message: "the todo was changed since you read it", Hint: "read it again and repeat the change"}
	}
	if err := p.describe(&t); err != nil {
		return t, err
	}
	if err := d.file(&t, p.List, p.ParentID); err != nil {
		return t, err
	}
	if err := d.schedule(&t, p.Due, p.Repeat); err != nil {
		return t, err
	}
	if strings.TrimSpace(p.Position) != "" {
		if t.Position, err = d.moved(t, p.Position); err != nil {
			return t, err
		}
	}
	if p.Completed != nil {
		return d.setCompleted(t, *p.Completed)
	}
	return t, nil
}

// describe sets what is the todo's own.
func (p Patch) describe(t *Todo) (err error) {
	if p.Text != nil {
		if t.Text, err = cleanText(*p.Text); err != nil {
			return err
		}
	}
	if p.Notes != nil {
		if t.Notes, err = cleanNotes(*p.Notes); err != nil {
			return err
		}
	}
	if p.Priority != nil {
		if t.Priority, err = cleanPriority(*p.Priority); err != nil {
			return err
		}
	}
	if p.Tags != nil || len(p.AddTags)+len(p.RemoveTags) > 0 {
		t.Tags, err = p.retag(t.Tags)
	}
	return err
}

// file sets a todo's list and parent; nil stays as it is.
func (d *draft) file(t *Todo, list, parent *string) error {
	if parent != nil {
		id := strings.TrimSpace(*parent)
		if clears(id) {
			id = ""
		}
		if err := d.setParent(t, id); err != nil {
			return err
		}
	}
	if list == nil {
		return nil
	}
	name, err := d.list(*list)
	switch {
	case err != nil:
		return err
	case t.ParentID != "" && name != t.List:
		return invalid("list", "leave the list out, move the parent, or make it a todo of its own with parentID none", "a subtask is in the list of its parent")
	}
	return d.setList(t, name)
}

// list returns a list's name as it is kept: one that is there keeps its spelling,
// whatever the case it is named in.
func (d *draft) list(s string) (string, error) {
	name, err := cleanList(s)
	if name == "" || err != nil {
		return "", err
	}
	key := FoldName(name)
	if _, ok := d.spelled[key]; !ok {
		if d.spelled[key], err = listSpelling(d.r, name); err != nil {
			return "", err
		}
	}
	return d.spelled[key], nil
}
