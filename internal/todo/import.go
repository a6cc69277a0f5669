package todo

import (
	"context"
	"strings"
	"time"

	"todo.example/internal/when"
)

// Import is a todo that another program wrote, its dates exact.
type Import struct {
	Todo   Todo   // Text at least; ID, ParentID, Rev, Position and the authors are not taken over
	Parent string // UID of the todo in the same import, or imported before, that it is a subtask of
	Line   int    // of the file, for errors; 0: unknown
}

// ImportOptions of an import.
type ImportOptions struct {
	Options
	DryRun bool // say what would happen, and write nothing
}

// ImportResult says what an import did, or would do.
type ImportResult struct {
	Change  Change // without the skipped ones; of a dry run its ids are made up
	Created int
	Skipped int // already there: the same UID (or id, of an export of ours), or the same text, list and due date, open or completed
}

// Limits of an import.
const (
	maxUID     = 255 // bytes
	maxNesting = 100 // parents above a todo; in the list there is one
)

// Import adds todos that other programs wrote, at most MaxImport, as one change that
// can be undone, at the bottom and in their order. Items whose UID or else text, list
// and due are in the list are skipped, and so is all but the first with the same UID.
// Items that are not valid, or whose parent is not, are in the change's Failures, by
// index; with Options.Atomic they sink the whole.
//
// Where the other program nests deeper, what is below a subtask becomes a subtask of
// the same todo. Times of making and completing are kept unless they lie ahead. What
// is completed does not repeat.
func (s *Service) Import(ctx context.Context, ns Namespace, actor Actor, items []Import, o ImportOptions) (ImportResult, error) {
	switch {
	case len(items) == 0:
		return ImportResult{}, invalid("todos", "name at least one", "no todo is named")
	case len(items) > MaxImport:
		return ImportResult{}, invalid("todos", "import them in several parts", "%d todos are too many for one import, %d are allowed", len(items), MaxImport)
	}
	w := writing{Create, Imported, o.Options, items, func(d *draft) error { return d.importAll(items) }}
	var c Change
	var err error
	if o.DryRun {
		c, err = s.tryOut(ctx, ns, actor, w)
	} else {
		c, err = s.write(ctx, ns, actor, w)
	}
	if err != nil {
		return ImportResult{}, err
	}
	return ImportResult{Change: c, Created: len(c.Edits), Skipped: len(items) - len(c.Edits) - len(c.Failures)}, nil
}

// tryOut decides a change and does not make it.
func (s *Service) tryOut(ctx context.Context, ns Namespace, actor Actor, w writing) (c Change, err error) {
	if err := actor.require(w.action); err != nil {
		return Change{}, err
	}
	at := s.moment()
	err = s.store.View(ctx, ns, func(r Reader) (err error) {
		c, err = w.change(r, actor, at)
		return err
	})
	return c, err
}

// importing is an import as far as it is decided.
type importing struct {
	d     *draft
	items []Import
	todos []Todo
	errs  []error        // why an item cannot be imported
	there []string       // id of the todo that an item is already
	byUID map[string]int // the first item of each UID
	kids  map[string]int // subtasks that a todo has
	empty bool           // nothing can be there already
	known alike
}

func (d *draft) importAll(items []Import) error {
	all, err := counts(d.r)
	if err != nil {
		return err
	}
	n := len(items)
	im := &importing{d, items, make([]Todo, n), make([]error, n), make([]string, n), map[string]int{}, map[string]int{}, all.Open+all.Completed == 0, alike{r: d.r, todos: all.Open + all.Completed}}
	for i := range items {
		if err := im.prepare(i); err != nil {
			return err
		}
	}
	return d.each(n, func(int) string { return "" }, func(i int) error {
		if im.errs[i] != nil || im.there[i] != "" {
			return im.errs[i]
		}
		return im.add(i)
	})
}

// prepare cleans an item, finds out whether it is there already, and gives it an id,
// which its subtasks may need before its turn comes.
func (im *importing) prepare(i int) (err error) {
	t := &im.todos[i]
	if *t, im.errs[i] = im.d.imported(im.items[i].Todo); im.errs[i] != nil {
		if !itemCodes[AsError(im.errs[i]).Code] {
			return im.errs[i]
		}
		return nil
	}
	if t.UID != "" {
		if first, twice := im.byUID[t.UID]; twice {
			im.there[i] = im.todos[first].ID
			return nil
		}
		im.byUID[t.UID] = i
	}
	if im.there[i], err = im.find(*t); err != nil || im.there[i] != "" {
		t.ID = im.there[i]
		return err
	}
	t.ID, err = im.d.newID()
	return err
}

// imported returns the todo that an imported one becomes.
func (d *draft) imported(from Todo) (t Todo, err error) {
	t = Todo{Completed: from.Completed, UID: strings.TrimSpace(from.UID), CreatedBy: d.By, CreatedAt: d.past(from.CreatedAt)}
	if t.Completed {
		t.CompletedAt = d.past(from.CompletedAt)
	}
	if from.Deleted() {
		return t, invalid("deletedAt", "leave it out, or restore it first where it comes from", "the todo is in the trash of the program it comes from")
	}
	if err := checkString("uid", t.UID, ""); err != nil {
		return t, err
	}
	if len(t.UID) > maxUID {
		return t, invalid("uid", "shorten it", "the UID has %d bytes, %d are allowed", len(t.UID), maxUID)
	}
	if t.Text, err = cleanText(from.Text); err != nil {
		return t, err
	}
	if t.Notes, err = cleanNotes(from.Notes); err != nil {
		return t, err
	}
	if t.Priority, err = cleanPriority(string(from.Priority)); err != nil {
		return t, err
	}
	if t.Tags, err = cleanTags(from.Tags); err != nil {
		return t, err
	}
	if t.List, err = d.list(from.List); err != nil {
		return t, err
	}
	return t, d.importDates(&t, from)
}

func (d *draft) importDates(t *Todo, from Todo) error {
	due, err := when.Valid(from.Due, from.Timezone)
	if err != nil {
		return dateError("due", err)
	}
	t.setDue(due)
	if t.Completed {
		return nil
	}
	return d.schedule(t, nil, &from.Repeat)
}

// past returns a time that was told, unless that cannot be.
func (d *draft) past(told time.Time) time.Time {
	if told.Year() < 1970 || told.After(d.At) {
		return d.At
	}
	return told.UTC().Truncate(TimePrecision)
}

// add puts an item at the bottom, below its parent.
func (im *importing) add(i int) (err error) {
	t := im.todos[i]
	if im.items[i].Parent != "" {
		parent, err := im.parent(i)
		if err != nil {
			return err
		}
		if err := im.roomFor(parent.ID); err != nil {
			return err
		}
		t.ParentID, t.List = parent.ID, parent.List
	}
	if t.Position, err = im.d.bottom(); err != nil {
		return err
	}
	im.d.put(nil, t)
	return nil
}

// parent returns the todo that an item is to be a subtask of: the topmost above it.
func (im *importing) parent(i int) (Todo, error) {
	uid := im.items[i].Parent
	for range maxNesting {
		j, ok := im.byUID[uid]
		switch {
		case !ok:
			return im.before(uid)
		case im.errs[j] != nil:
			return Todo{}, invalid("parentID", "correct that first", "the todo it belongs to, todos[%d], cannot be imported", j)
		case im.there[j] != "":
			return im.topmost(im.there[j])
		case im.items[j].Parent == "":
			return im.todos[j], nil
		}
		uid = im.items[j].Parent
	}
	return Todo{}, invalid("parentID", "leave out what it belongs to", "it is nested in a circle, or more than %d deep", maxNesting)
}

// before returns the todo that was imported before with a UID.
func (im *importing) before(uid string) (Todo, error) {
	id, err := im.find(Todo{UID: uid})
	if err != nil {
		return Todo{}, err
	}
	if id == "" {
		return Todo{}, invalid("parentID", "import it along", "there is no todo with the UID %q, to which it belongs", Cut(uid))
	}
	return im.topmost(id)
}

func (im *importing) topmost(id string) (Todo, error) {
	t, err := im.d.r.Todo(id)
	if err != nil || t.ParentID == "" {
		return t, err
	}
	return im.d.r.Todo(t.ParentID)
}

// roomFor counts one more subtask of a todo.
func (im *importing) roomFor(parent string) error {
	n, ok := im.kids[parent]
	if !ok && !im.empty {
		p, err := progress(im.d.r, parent)
		if err != nil {
			return err
		}
		n = p.Total
	}
	if n >= MaxSubtasks {
		return OverQuota("parentID", MaxSubtasks, "subtasks of one todo")
	}
	im.kids[parent] = n + 1
	return nil
}
