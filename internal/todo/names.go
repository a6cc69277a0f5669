package todo

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Name is a list or a tag: made by use, gone when its last todo is, unless archived.
type Name struct {
	Name      string `json:"name"`
	Open      int    `json:"open"`
	Completed int    `json:"completed"`
	Archived  bool   `json:"archived,omitempty"` // lists only
}

// markArchived is the mark of an archived list: this and the folded name. Its value is
// the name as it is spelled.
const markArchived = "archived:"

// Lists returns the lists in use by name, the inbox first, though it be empty; archived
// ones last. What is only in the trash is not in use.
func (s *Service) Lists(ctx context.Context, ns Namespace, actor Actor) ([]Name, error) {
	return s.names(ctx, ns, actor, listNames)
}

// Tags returns the tags in use by name; where there are none the list is empty, not nil.
func (s *Service) Tags(ctx context.Context, ns Namespace, actor Actor) ([]Name, error) {
	return s.names(ctx, ns, actor, tagNames)
}

func (s *Service) names(ctx context.Context, ns Namespace, actor Actor, read func(Reader) ([]Name, error)) (names []Name, err error) {
	if err := actor.require(Read); err != nil {
		return nil, err
	}
	err = s.store.View(ctx, ns, func(r Reader) error {
		names, err = read(r)
		return err
	})
	return names, err
}

func listNames(r Reader) ([]Name, error) {
	all, err := counts(r)
	if err != nil {
		return nil, err
	}
	names, err := namesOf(r, countList)
	if err != nil {
		return nil, err
	}
	archived, err := archivedLists(r)
	if err != nil {
		return nil, err
	}
	for _, name := range archived {
		i := slices.IndexFunc(names, func(n Name) bool { return FoldName(n.Name) == FoldName(name) })
		if i < 0 {
			i, names = len(names), append(names, Name{Name: name})
		}
		names[i].Archived = true
	}
	inbox := Name{Name: Inbox, Open: all.Open, Completed: all.Completed}
	for _, n := range names {
		inbox.Open -= n.Open
		inbox.Completed -= n.Completed
	}
	slices.SortFunc(names, func(a, b Name) int {
		if a.Archived != b.Archived {
			return map[bool]int{true: 1, false: -1}[a.Archived]
		}
		return cmp.Compare(FoldName(a.Name), FoldName(b.Name))
	})
	return slices.Insert(names, 0, inbox), nil
}

func tagNames(r Reader) ([]Name, error) { return namesOf(r, countTag) }

// namesOf returns the names of a kind that an open or completed todo has, by folded
// name. Spellings that differ in case are one, under that of the most todos.
func namesOf(r Reader, kind string) ([]Name, error) {
	counters, err := r.Counters(kind)
	if err != nil {
		return nil, err
	}
	names, most := []Name{}, 0
	folded := ""
	for _, c := range counters {
		parts := strings.Split(c.Name[len(kind):], "\x00") // folded name, name, view
		if parts[2] == viewPrefix[ViewTrash] {
			continue
		}
		if len(names) == 0 || folded != parts[0] {
			names, folded, most = append(names, Name{}), parts[0], 0
		}
		n := &names[len(names)-1]
		if c.N > most {
			n.Name, most = parts[1], c.N
		}
		if parts[2] == viewPrefix[ViewOpen] {
			n.Open += c.N
		} else {
			n.Completed += c.N
		}
	}
	return names, nil
}

// countName returns how many todos have a name, in any spelling.
func countName(r Reader, kind, name string) (n Counts, err error) {
	counters, err := r.Counters(kind + FoldName(name) + "\x00")
	for _, c := range counters {
		switch c.Name[len(c.Name)-1:] {
		case viewPrefix[ViewOpen]:
			n.Open += c.N
		case viewPrefix[ViewCompleted]:
			n.Completed += c.N
		default:
			n.Trash += c.N
		}
	}
	return n, err
}

// archivedLists returns the names of the archived lists, by folded name.
func archivedLists(r Reader) ([]string, error) {
	marks, err := r.Marks(markArchived)
	if err != nil || len(marks) == 0 {
		return nil, err
	}
	var names []string
	for _, name := range marks {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(FoldName(a), FoldName(b)) })
	return names, nil
}

// listSpelling returns the name of a list as the namespace spells it, if it has that
// list in whatever spelling; else the name as it is given. The inbox is "".
func listSpelling(r Reader, name string) (string, error) {
	folded := FoldList(name)
	if folded == "" {
		return "", nil
	}
	counters, err := r.Counters(countList + folded + "\x00")
	if err != nil {
		return "", err
	}
	most := 0
	for _, inTrash := range []bool{false, true} { // what is restored shall find its list
		for _, c := range counters {
			parts := strings.Split(c.Name, "\x00")
			if c.N > most && inTrash == (parts[2] == viewPrefix[ViewTrash]) {
				name, most = parts[1], c.N
			}
		}
		if most > 0 {
			return name, nil
		}
	}
	marks, err := r.Marks(markArchived + folded)
	if kept, ok := marks[markArchived+folded]; ok {
		name = kept
	}
	return name, err
}
