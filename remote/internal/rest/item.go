package rest

import (
	"todo.example/internal/todo"
)

// newItem is a todo to be made, as a body says it.
type newItem struct {
	sample, text *string // todoText is the sample's name for the text
	todo.New
}

func (n *newItem) fields() fields {
	return fields{
		"todoText": &n.sample, "text": &n.text, "notes": &n.Notes, "due": &n.Due, "repeat": &n.Repeat, "priority": &n.Priority,
		"list": &n.List, "tags": &n.Tags, "parentID": &n.ParentID, "position": &n.Position,
	}
}

// item returns the todo to be made, and the name of the member that had the text.
func (n *newItem) item() (item todo.New, field string, err error) {
	item = n.New
	switch {
	case n.sample != nil && n.text != nil:
		return item, "", invalid("text", "the body has both todoText and text", "send one of them; they mean the same")
	case n.text != nil:
		item.Text, field = *n.text, "text"
	case n.sample != nil:
		item.Text, field = *n.sample, "todoText"
	default:
		field = "todoText"
	}
	return item, field, nil
}

// patchItem is a change to a todo, as a body says it. Null clears what may be empty.
type patchItem struct {
	todo.Patch
	notes, due, repeat, priority, list, parentID nullable[string]
	tags                                         nullable[[]string]
}

func (p *patchItem) fields() fields {
	return fields{
		"text": &p.Text, "notes": &p.notes, "due": &p.due, "repeat": &p.repeat, "priority": &p.priority, "list": &p.list,
		"tags": &p.tags, "addTags": &p.AddTags, "removeTags": &p.RemoveTags, "parentID": &p.parentID, "position": &p.Position, "completed": &p.Completed,
	}
}

func (p *patchItem) patch(id string) todo.Patch {
	patch := p.Patch
	patch.ID = id
	patch.Notes, patch.Due, patch.Repeat, patch.Priority, patch.List = p.notes.value, p.due.value, p.repeat.value, p.priority.value, p.list.value
	patch.ParentID, patch.Tags = p.parentID.value, p.tags.value
	return patch
}
