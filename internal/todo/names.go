package todo

import (
	"context"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Name is a list or a tag: made by use, gone when its last todo is, unless archived.
type Name struct {
	Name      string `json:"name"`
	Open      int    `json:"open"`
	Completed int    `json:"completed"`
	Archived  bool   `json:"archived,omitempty"` // lists only
}

// Lists returns the lists in use by name, the inbox first; archived ones last.
func (s *Service) Lists(ctx context.Context, ns Namespace, actor Actor) ([]Name, error) {
	return nil, notYet()
}

// Tags returns the tags in use by name.
func (s *Service) Tags(ctx context.Context, ns Namespace, actor Actor) ([]Name, error) {
	return nil, notYet()
}

// RenameList gives every todo of a list another list, as one change; if that list
// exists the two become one. to "" or Inbox empties the list into the inbox.
func (s *Service) RenameList(ctx context.Context, ns Namespace, actor Actor, from, to string, o Options) (Change, error) {
	return Change{}, notYet()
}

// ArchiveList hides a list and its todos from every answer that does not name it,
// or shows them again.
func (s *Service) ArchiveList(ctx context.Context, ns Namespace, actor Actor, name string, archived bool, o Options) (Change, error) {
	return Change{}, notYet()
}

// RenameTag gives every todo with a tag another in its place, as one change; to ""
// takes the tag away.
func (s *Service) RenameTag(ctx context.Context, ns Namespace, actor Actor, from, to string, o Options) (Change, error) {
	return Change{}, notYet()
}

func notYet() error { return &Error{Code: CodeInternal, Message: "not built yet"} }

// foldName returns what the names of one list have in common, whatever their case.
func foldName(name string) string { return strings.ToLower(norm.NFC.String(name)) }

// listSpelling returns the name of a list as it is spelled already; name itself if
// there is no such list.
func listSpelling(r Reader, name string) (string, error) {
	for _, v := range []View{ViewOpen, ViewCompleted, ViewTrash} {
		from, to := termRange(v, termList+foldName(name))
		keys, err := r.Keys(from, to, 1)
		if err != nil {
			return "", err
		}
		for _, key := range keys {
			t, err := r.Todo(KeyID(key))
			return t.List, err
		}
	}
	return name, nil
}
