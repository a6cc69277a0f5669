package todotest

import (
	"errors"
	"slices"
	"time"

	"pgregory.net/rapid"

	"todo.example/internal/todo"
)

// machine makes random requests of one namespace. Each may fail; what must not
// happen is that its two stores differ.
type machine struct {
	service *todo.Service
	store   todo.Store
	ns      todo.Namespace
	actors  []todo.Actor
	now     time.Time
	ids     []string
	last    uint64
}

func newMachine(t *rapid.T, store todo.Store, ns todo.Namespace) *machine {
	m := &machine{ns: ns, actors: []todo.Actor{person("web", ""), person("Claude", "client")}, now: epoch}
	m.store = twin{t, store, NewStore()}
	m.service = todo.NewService(m.store, func() time.Time { return m.now })
	return m
}

func person(name, client string) todo.Actor {
	return todo.Actor{Name: name, Subject: "ada", ClientID: client, Allowed: todo.Everything}
}

func (m *machine) live(t *rapid.T) {
	t.Repeat(map[string]func(*rapid.T){
		"create":   m.create,
		"update":   m.update,
		"move":     m.move,
		"complete": m.complete,
		"delete":   m.delete,
		"restore":  m.restore,
		"batch":    m.batch,
		"import":   m.importing,
		"rename":   m.rename,
		"archive":  m.archive,
		"undo":     m.undo,
		"prune":    m.prune,
		"query":    m.query,
		"":         m.check,
	})
}

// did takes note of what a request did.
func (m *machine) did(c todo.Change, err error) {
	m.now = m.now.Add(time.Second)
	if err != nil {
		return
	}
	m.last = max(m.last, c.Rev)
	for _, e := range c.Edits {
		if !slices.Contains(m.ids, e.After.ID) {
			m.ids = append(m.ids, e.After.ID)
		}
	}
}

func (m *machine) create(t *rapid.T) {
	items := make([]todo.New, oneOf(t, "items", 1, 2, 4))
	for i := range items {
		items[i] = m.item(t)
	}
	m.did(m.service.Create(t.Context(), m.ns, m.actor(t), items, m.options(t)))
}

func (m *machine) update(t *rapid.T) {
	var patches []todo.Patch
	for _, id := range m.some(t) {
		patches = append(patches, m.patch(t, id))
	}
	m.did(m.service.Update(t.Context(), m.ns, m.actor(t), patches, m.options(t)))
}

func (m *machine) move(t *rapid.T) {
	var patches []todo.Patch
	for _, id := range m.some(t) {
		patches = append(patches, todo.Patch{ID: id, Position: m.position(t)})
	}
	m.did(m.service.Update(t.Context(), m.ns, m.actor(t), patches, m.options(t)))
}

func (m *machine) complete(t *rapid.T) {
	m.did(m.service.SetCompleted(t.Context(), m.ns, m.actor(t), m.some(t), oneOf(t, "completed", true, false), m.options(t)))
}

func (m *machine) delete(t *rapid.T) {
	m.did(m.service.Delete(t.Context(), m.ns, m.actor(t), m.some(t), m.options(t)))
}

func (m *machine) restore(t *rapid.T) {
	m.did(m.service.Restore(t.Context(), m.ns, m.actor(t), m.some(t), m.options(t)))
}

func (m *machine) batch(t *rapid.T) {
	ops := make([]todo.Op, oneOf(t, "operations", 1, 2, 4))
	for i := range ops {
		op := todo.Op{Op: oneOf(t, "op", todo.OpCreate, todo.OpUpdate, todo.OpComplete, todo.OpReopen, todo.OpDelete, todo.OpRestore)}
		switch op.Op {
		case todo.OpCreate:
			op.New = m.item(t)
		case todo.OpUpdate:
			op.ID = m.id(t)
			op.Patch = m.patch(t, op.ID)
		default:
			op.ID = m.id(t)
		}
		ops[i] = op
	}
	m.did(m.service.Batch(t.Context(), m.ns, m.actor(t), ops, m.options(t)))
}

func (m *machine) importing(t *rapid.T) {
	items := make([]todo.Import, oneOf(t, "items", 1, 2, 4))
	for i := range items {
		items[i] = todo.Import{
			Todo: todo.Todo{
				Text: m.text(t), Notes: oneOf(t, "notes", "", "from afar"), Completed: oneOf(t, "completed", false, true),
				Due: oneOf(t, "due", "", "2026-11-27"), Priority: oneOf(t, "priority", todo.PriorityNone, todo.PriorityHigh),
				List: m.list(t), Tags: oneOf(t, "tags", nil, []string{"home"}), UID: oneOf(t, "uid", "", "u1", "u2", "u3"),
			},
			Parent: oneOf(t, "parent", "", "", "u1"),
			Line:   i,
		}
	}
	o := todo.ImportOptions{Options: m.options(t), DryRun: oneOf(t, "dry run", false, false, true)}
	result, err := m.service.Import(t.Context(), m.ns, m.actor(t), items, o)
	m.did(result.Change, err)
}

func (m *machine) rename(t *rapid.T) {
	if oneOf(t, "what", "list", "tag") == "tag" {
		m.did(m.service.RenameTag(t.Context(), m.ns, m.actor(t), m.tag(t), m.tag(t), m.options(t)))
		return
	}
	m.did(m.service.RenameList(t.Context(), m.ns, m.actor(t), m.list(t), m.list(t), m.options(t)))
}

func (m *machine) archive(t *rapid.T) {
	m.did(m.service.ArchiveList(t.Context(), m.ns, m.actor(t), m.list(t), oneOf(t, "archived", true, false), m.options(t)))
}

func (m *machine) undo(t *rapid.T) {
	id := "" // the actor's last, or one of the latest
	if back := oneOf[uint64](t, "back", 0, 1, 1, 2, 3, 5); back > 0 && back <= m.last {
		id = todo.Change{Rev: m.last + 1 - back}.ID()
	}
	m.did(m.service.Undo(t.Context(), m.ns, m.actor(t), id, m.options(t)))
}

func (m *machine) prune(t *rapid.T) {
	now := m.now.Add(time.Duration(rapid.IntRange(0, 25).Draw(t, "hours")) * time.Hour)
	old := m.now.Add(-time.Duration(oneOf(t, "seconds", 0, 5, 10, 30)) * time.Second)
	if err := m.store.Prune(t.Context(), now, old); err != nil {
		t.Fatal(err)
	}
}

// query reads in all the ways in which people ask.
func (m *machine) query(t *rapid.T) {
	q := todo.Query{
		Status:   oneOf(t, "status", todo.StatusOpen, todo.StatusAll, todo.StatusCompleted, todo.StatusTrash),
		Text:     oneOf(t, "query", "", "", "milk", "mi", "milk bread", "tag:home", "-milk", "!high", "due:week"),
		Due:      oneOf(t, "due", "", "", "today", "overdue", "week", "none"),
		List:     oneOf(t, "list", "", m.list(t)),
		Tag:      oneOf(t, "tag", "", "", m.tag(t)),
		Priority: oneOf(t, "priority", "", "", "high", "none"),
		ParentID: oneOf(t, "parent", "", "", m.id(t)),
		Sort:     oneOf(t, "sort", todo.Sort(""), todo.SortOrder, todo.SortDue, todo.SortPriority, todo.SortCreated, todo.SortCompleted),
		Limit:    rapid.IntRange(0, 5).Draw(t, "limit"),
	}
	ctx, actor := t.Context(), m.actor(t)
	for range 50 { // pages: a list of these has fewer
		p, err := m.service.List(ctx, m.ns, actor, q)
		if q.Cursor = p.NextCursor; err != nil || q.Cursor == "" {
			break
		}
	}
	_, _ = m.service.Lists(ctx, m.ns, actor)
	_, _ = m.service.Tags(ctx, m.ns, actor)
	_, _ = m.service.Overview(ctx, m.ns, actor)
	_, _ = m.service.History(ctx, m.ns, actor, todo.HistoryQuery{TodoID: q.ParentID, Limit: q.Limit})
}

// check reads everything, and so compares it; and holds the answers together.
func (m *machine) check(t *rapid.T) {
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	err := m.store.View(t.Context(), m.ns, func(r todo.Reader) error {
		got, todos, errIndex := indexed(r)
		same(t, "what the index and counters should be", got, derive(todos))
		_, errMarks := r.Marks("")
		last, errLast := r.LastPosition()
		for _, a := range todos {
			if a.Position > last {
				t.Errorf("%s is at %q, behind the last position %q", a.ID, a.Position, last)
			}
		}
		_, errChanges := r.Changes(m.last/2, limit)
		_, errLatest := r.LatestChanges(0, 0)
		return errors.Join(errIndex, errMarks, errLast, errChanges, errLatest)
	})
	if err != nil {
		t.Fatal(err)
	}
}
