package todo

import (
	"context"
	"slices"
)

// RenameList gives every todo of a list another list, as one change; if that list
// exists the two become one. to "" or Inbox empties the list into the inbox. Todos
// in the trash go along. An archived list stays archived under a new name, but not
// where it becomes one with another. It fails with CodeQuota where the list has more
// than MaxImport todos, and with CodeNotFound where there is no such list.
func (s *Service) RenameList(ctx context.Context, ns Namespace, actor Actor, from, to string, o Options) (Change, error) {
	name, err := properList("from", from)
	if err != nil {
		return Change{}, err
	}
	target, err := cleanList(to)
	if err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Edit, Updated, o, []string{"list", from, to}, func(d *draft) error {
		return d.renameList(name, target)
	}})
}

func (d *draft) renameList(from, to string) error {
	key := markArchived + FoldName(from)
	marks, err := d.r.Marks(key)
	if err != nil {
		return err
	}
	spelling, archived := marks[key]
	ids, err := idsUnder(d.r, "list", termList+FoldName(from))
	if err != nil {
		return err
	}
	if len(ids) == 0 && !archived {
		return noSuchName("list", from)
	}
	if FoldName(from) != FoldName(to) { // else another spelling of it is what is asked for
		if to, err = listSpelling(d.r, to); err != nil {
			return err
		}
	}
	if archived && to != spelling {
		exists, err := hasList(d.r, to)
		if err != nil {
			return err
		}
		d.Marks = append(d.Marks, movedMark(key, spelling, to, exists && FoldName(from) != FoldName(to))...)
	}
	return d.editAll(ids, func(t *Todo) { t.List = to })
}

// movedMark takes an archived list's mark along to its new name, unless that is the
// inbox or was a list already.
func movedMark(key, spelling, to string, exists bool) []MarkEdit {
	newKey := markArchived + FoldName(to)
	switch {
	case newKey == key:
		return []MarkEdit{{Key: key, Before: spelling, After: to}}
	case to == "" || exists:
		return []MarkEdit{{Key: key, Before: spelling}}
	}
	return []MarkEdit{{Key: key, Before: spelling}, {Key: newKey, After: to}}
}

// hasList reports whether a list is in use or archived.
func hasList(r Reader, name string) (bool, error) {
	n, err := countName(r, countList, name)
	if err != nil || n.Open+n.Completed > 0 {
		return true, err
	}
	key := markArchived + FoldName(name)
	marks, err := r.Marks(key)
	return marks[key] != "", err
}

// ArchiveList hides a list and its todos from every answer that does not name it,
// or shows them again. A list that is so already is left as it is. CodeNotFound where
// there is no such list.
func (s *Service) ArchiveList(ctx context.Context, ns Namespace, actor Actor, name string, archived bool, o Options) (Change, error) {
	clean, err := properList("list", name)
	if err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Edit, Updated, o, []any{"archive", name, archived}, func(d *draft) error {
		exists, err := hasList(d.r, clean)
		if err != nil {
			return err
		}
		if !exists {
			return noSuchName("list", clean)
		}
		key := markArchived + FoldName(clean)
		marks, err := d.r.Marks(key)
		if err != nil || (marks[key] != "") == archived {
			return err
		}
		edit := MarkEdit{Key: key, Before: marks[key]}
		if archived {
			edit.After, err = listSpelling(d.r, clean)
		}
		d.Marks = append(d.Marks, edit)
		return err
	}})
}

// properList cleans the name of a list that is not the inbox.
func properList(field, name string) (string, error) {
	clean, err := cleanList(name)
	if err == nil && clean == "" {
		err = invalid(field, "name another list", "the inbox can be neither renamed nor archived")
	}
	return clean, err
}

// RenameTag gives every todo with a tag another in its place, as one change; to ""
// takes the tag away. Todos in the trash go along. Errors are those of RenameList.
func (s *Service) RenameTag(ctx context.Context, ns Namespace, actor Actor, from, to string, o Options) (Change, error) {
	old, err := cleanTag(from)
	if err != nil {
		return Change{}, err
	}
	if old == "" {
		return Change{}, invalid("from", "name a tag", "no tag is named")
	}
	tag, err := cleanTag(to)
	if err != nil {
		return Change{}, err
	}
	return s.write(ctx, ns, actor, writing{Edit, Updated, o, []string{"tag", from, to}, func(d *draft) error {
		ids, err := idsUnder(d.r, "tag", termTag+FoldName(old))
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return noSuchName("tag", old)
		}
		return d.editAll(ids, func(t *Todo) { t.Tags = replaceTag(t.Tags, old, tag) })
	}})
}

// replaceTag returns tags with one in place of another, sorted and each once.
func replaceTag(tags []string, old, tag string) []string {
	var kept []string
	for _, t := range tags {
		if FoldName(t) != FoldName(old) {
			kept = append(kept, t)
		}
	}
	if tag != "" {
		kept = append(kept, tag)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// idsUnder returns the todos under a term in every view, at most MaxImport.
func idsUnder(r Reader, field, term string) (ids []string, err error) {
	for _, v := range []View{ViewOpen, ViewCompleted, ViewTrash} {
		from, to := termRange(v, term)
		keys, err := r.Keys(from, to, MaxImport+1)
		if err != nil {
			return nil, err
		}
		ids = append(ids, idsOf(keys)...)
	}
	if len(ids) > MaxImport {
		return nil, OverQuota(field, MaxImport, "todos in one change")
	}
	return ids, nil
}

// editAll makes the same edit of each todo that it changes.
func (d *draft) editAll(ids []string, edit func(*Todo)) error {
	todos, err := d.r.Todos(ids)
	if err != nil {
		return err
	}
	for i := range todos {
		before, after := todos[i], todos[i]
		if edit(&after); !after.Equal(before) {
			d.put(&before, after)
		}
	}
	return nil
}

func noSuchName(kind, name string) *Error {
	return &Error{Code: CodeNotFound, Field: kind, Message: "there is no " + kind + " " + Cut(name), Hint: "take names from the " + kind + "s; nothing was changed"}
}
