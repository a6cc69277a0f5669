package todotest

import (
	"pgregory.net/rapid"

	"todo.example/internal/todo"
)

// What a machine's requests are made of: few values, so that they meet, and some
// that are refused.

func oneOf[T any](t *rapid.T, what string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, what)
}

func (m *machine) actor(t *rapid.T) todo.Actor { return oneOf(t, "actor", m.actors...) }

func (m *machine) options(t *rapid.T) todo.Options {
	return todo.Options{IdempotencyKey: oneOf(t, "key", "", "", "", "", "", "", "k1", "k2"), Atomic: oneOf(t, "atomic", false, false, false, true)}
}

func (m *machine) id(t *rapid.T) string {
	if len(m.ids) == 0 {
		return "nonesuch"
	}
	if oneOf(t, "known", true, true, true, true, true, true, true, false) {
		return oneOf(t, "id", m.ids...)
	}
	return "nonesuch"
}

func (m *machine) some(t *rapid.T) []string {
	ids := make([]string, oneOf(t, "ids", 1, 2, 4))
	for i := range ids {
		ids[i] = m.id(t)
	}
	return ids
}

func (m *machine) text(t *rapid.T) string {
	if oneOf(t, "any text", false, false, true) {
		return rapid.StringN(0, 20, 60).Draw(t, "text")
	}
	return oneOf(t, "text", "buy milk", "buy bread and milk", "Milk!", "call Ada")
}

func (m *machine) due(t *rapid.T) string {
	return oneOf(t, "due", "", "2026-01-02", "2026-01-05", "2026-11-27", "tomorrow", "2026-01-03T17:00:00+01:00", "none", "not a date")
}

func (m *machine) repeat(t *rapid.T) string {
	return oneOf(t, "repeat", "", "", "FREQ=DAILY", "every week", "FREQ=DAILY;COUNT=2", "none")
}

func (m *machine) priority(t *rapid.T) string {
	return oneOf(t, "priority", "", "high", "low", "urgent")
}

func (m *machine) list(t *rapid.T) string {
	return oneOf(t, "list", "Home", "home", "Work", "Work/Later", "Inbox", "")
}

func (m *machine) tag(t *rapid.T) string { return oneOf(t, "tag", "home", "Home", "#shop", "late", "") }

func (m *machine) tags(t *rapid.T) []string {
	var tags []string
	for range rapid.IntRange(0, 3).Draw(t, "tags") {
		tags = append(tags, m.tag(t))
	}
	return tags
}

func (m *machine) position(t *rapid.T) string {
	place := oneOf(t, "position", "top", "bottom", "before:", "after:", "aside")
	if place[len(place)-1] == ':' {
		place += m.id(t)
	}
	return place
}

// parent is mostly none.
func (m *machine) parent(t *rapid.T) string {
	if oneOf(t, "parent", false, false, true) {
		return m.id(t)
	}
	return ""
}

func (m *machine) item(t *rapid.T) todo.New {
	item := todo.New{Text: m.text(t), ParentID: m.parent(t)}
	if oneOf(t, "plain", true, false) {
		return item
	}
	item.Notes = oneOf(t, "notes", "", "two\nlines of milk")
	item.Due, item.Repeat, item.Priority = m.due(t), m.repeat(t), m.priority(t)
	item.List, item.Tags = m.list(t), m.tags(t)
	if oneOf(t, "placed", false, false, true) {
		item.Position = m.position(t)
	}
	return item
}

// patch returns one that changes up to three members.
func (m *machine) patch(t *rapid.T, id string) todo.Patch {
	p := todo.Patch{ID: id, IfRev: oneOf[uint64](t, "ifRev", 0, 0, 0, 0, 0, 1)}
	for range oneOf(t, "members", 1, 2, 3) {
		switch oneOf(t, "member", "text", "notes", "due", "repeat", "priority", "list", "tags", "add", "parent", "position", "completed") {
		case "text":
			p.Text = new(m.text(t))
		case "notes":
			p.Notes = new(oneOf(t, "notes", "", "new notes"))
		case "due":
			p.Due = new(m.due(t))
		case "repeat":
			p.Repeat = new(m.repeat(t))
		case "priority":
			p.Priority = new(m.priority(t))
		case "list":
			p.List = new(m.list(t))
		case "tags":
			p.Tags = new(m.tags(t))
		case "add":
			p.AddTags, p.RemoveTags = m.tags(t), m.tags(t)
		case "parent":
			p.ParentID = new(m.parent(t))
		case "position":
			p.Position = m.position(t)
		case "completed":
			p.Completed = new(oneOf(t, "completed", true, false))
		}
	}
	return p
}
