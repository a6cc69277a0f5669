package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// refHelp is what the help of every command that takes a REF says.
const refHelp = "A REF is a todo's id, the beginning of one, or words of its text (quoted, if there are several)."

const (
	leastPrefix   = 2   // characters of an id that are a beginning of it
	mostQuery     = 900 // bytes of words that are sent to be searched for
	mostWords     = 30
	mostShown     = 10 // candidates of an ambiguous REF
	idLength      = 8
	idAlphabet    = "0123456789abcdefghjkmnpqrstvwxyz"
	idFirstLetter = 10 // in the alphabet, from where on an id may begin
)

// ambiguousError is a REF that means more than one todo.
type ambiguousError struct {
	public     *todo.Error
	candidates []todo.Todo
}

// Error implements error.
func (e *ambiguousError) Error() string { return e.public.Message }

// Unwrap returns what a person may read.
func (e *ambiguousError) Unwrap() error { return e.public }

func newAmbiguous(ref string, found []todo.Todo) error {
	var message strings.Builder
	fmt.Fprintf(&message, "%d todos match %q", len(found), ref)
	shown := found[:min(len(found), mostShown)]
	for _, t := range shown {
		message.WriteString("\n  " + quoted(t))
	}
	return &ambiguousError{&todo.Error{Code: todo.CodeAmbiguous, Field: "id", Message: message.String(), Hint: "give an id, or more words"}, shown}
}

// finder finds the todo that a person means among those of some views. What is in an
// earlier view wins.
type finder struct {
	c     *client.Client
	views []todo.View
}

var (
	among          = []todo.View{todo.ViewOpen, todo.ViewCompleted}
	amongAll       = []todo.View{todo.ViewOpen, todo.ViewCompleted, todo.ViewTrash}
	amongOpen      = []todo.View{todo.ViewOpen}
	amongCompleted = []todo.View{todo.ViewCompleted}
	amongTrash     = []todo.View{todo.ViewTrash}
)

// find returns the one todo that ref means: by its id, in whatever view, by the
// beginning of it, or by words of its text. Several are CodeAmbiguous.
func (f finder) find(ctx context.Context, ref string) (todo.Todo, error) {
	ref = strings.TrimSpace(ref)
	if isID(ref) {
		t, err := f.c.Get(ctx, ref)
		if !errors.Is(err, todo.ErrNotFound) {
			return t, err
		}
	}
	for _, view := range f.views {
		found, err := f.in(ctx, view, ref)
		switch {
		case err != nil:
			return todo.Todo{}, err
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return todo.Todo{}, newAmbiguous(ref, found)
		}
	}
	return todo.Todo{}, &todo.Error{
		Code: todo.CodeNotFound, Field: "id", Message: fmt.Sprintf("no todo matches %q", ref),
		Hint: "give an id, the beginning of one, or words of the text; 'todo list' shows them",
	}
}

// in returns what ref may mean in one view: what has it as the beginning of its id, and
// of those with its words the closest ones.
func (f finder) in(ctx context.Context, view todo.View, ref string) ([]todo.Todo, error) {
	found, err := f.byPrefix(ctx, view, ref)
	if err != nil {
		return nil, err
	}
	worded, err := f.byWords(ctx, view, ref)
	for _, t := range worded {
		if !slices.ContainsFunc(found, func(u todo.Todo) bool { return u.ID == t.ID }) {
			found = append(found, t)
		}
	}
	return found, err
}

// viewStatus is the status whose todos are those of a view.
var viewStatus = map[todo.View]todo.Status{
	todo.ViewOpen: todo.StatusOpen, todo.ViewCompleted: todo.StatusCompleted, todo.ViewTrash: todo.StatusTrash,
}

// byPrefix reads the whole view: no index has the beginnings of ids.
func (f finder) byPrefix(ctx context.Context, view todo.View, ref string) ([]todo.Todo, error) {
	if len(ref) < leastPrefix || len(ref) >= idLength || !beginsID(ref) {
		return nil, nil
	}
	list, err := collect(ctx, f.c, todo.Query{Status: viewStatus[view]}, 0)
	return keep(list.Todos, func(t todo.Todo) bool { return strings.HasPrefix(t.ID, ref) }), err
}

// byWords has the server search, and then looks at the texts alone: those that are the
// words exactly, else but for case, else those that have them all.
func (f finder) byWords(ctx context.Context, view todo.View, ref string) ([]todo.Todo, error) {
	query := searchFor(ref)
	if query == "" {
		return nil, nil
	}
	list, err := collect(ctx, f.c, todo.Query{Status: viewStatus[view], Text: query}, 0)
	if err != nil {
		return nil, err
	}
	folded := fold(ref)
	words := strings.Fields(folded)
	for _, matches := range []func(todo.Todo) bool{
		func(t todo.Todo) bool { return t.Text == ref },
		func(t todo.Todo) bool { return fold(t.Text) == folded },
		func(t todo.Todo) bool {
			text := fold(t.Text)
			return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
		},
	} {
		if found := keep(list.Todos, matches); len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// searchFor returns the query for all words of a text. What could be read as a part of
// the query's syntax is quoted.
func searchFor(text string) string {
	var query strings.Builder
	for i, word := range strings.Fields(strings.ReplaceAll(text, `"`, " ")) {
		if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			word = `"` + word + `"`
		}
		if i == mostWords || query.Len()+len(word) > mostQuery {
			break
		}
		query.WriteString(word + " ")
	}
	return strings.TrimSpace(query.String())
}

func keep(todos []todo.Todo, matches func(todo.Todo) bool) []todo.Todo {
	var kept []todo.Todo
	for _, t := range todos {
		if matches(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// fold returns text without case and accents, as the server's search has it.
func fold(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(unicode.ToUpper(r))
	}, norm.NFKD.String(s))
}

func isID(s string) bool { return len(s) == idLength && beginsID(s) }

// beginsID reports whether an id may begin so.
func beginsID(s string) bool {
	for i := range len(s) {
		at := strings.IndexByte(idAlphabet, s[i])
		if at < 0 || i == 0 && at < idFirstLetter {
			return false
		}
	}
	return s != ""
}

// byRef does something to the todo that ref means. An id is not looked up before: the
// request says whether there is such a todo.
func byRef[T any](ctx context.Context, f finder, ref string, do func(id string) (T, error)) (T, error) {
	if ref = strings.TrimSpace(ref); isID(ref) {
		answer, err := do(ref)
		if !errors.Is(err, todo.ErrNotFound) {
			return answer, err
		}
		if t, e := f.find(ctx, ref); e == nil && t.ID != ref {
			return do(t.ID)
		}
		return answer, err
	}
	t, err := f.find(ctx, ref)
	if err != nil {
		var none T
		return none, err
	}
	return do(t.ID)
}
