package mcpserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"todo.example/internal/todo"
)

// batch is the items of a call on many. One whose arguments are wrong is a failure
// like one that the Service refuses: it does not keep the others from going through.
type batch struct {
	items  []args
	at     []int // where in the request each of items is
	misses []todo.Failure
}

// MarshalJSON returns the items that are right.
func (b batch) MarshalJSON() ([]byte, error) { return json.Marshal(b.items) }

// batch reads the items of a list of objects. It fails if all of them are wrong.
func (s *schema) batch(items []any, path string) (batch, error) {
	var b batch
	var first error
	for i, item := range items {
		read, err := s.Items.object(item, fmt.Sprintf("%s[%d]", path, i))
		if err == nil {
			b.items, b.at = append(b.items, read), append(b.at, i)
			continue
		}
		first = cmp.Or(first, err)
		e := todo.AsError(err)
		b.misses = append(b.misses, todo.Failure{Item: i, ID: s.Items.idIn(item), Code: e.Code, Field: e.Field, Message: e.Message, Hint: e.Hint})
	}
	if len(b.items) == 0 {
		return b, first
	}
	return b, nil
}

// idIn returns the todoID that an item has, wrong as it may be otherwise.
func (s *schema) idIn(item any) string {
	members, _ := unquoted(item, '{').(map[string]any)
	for given, value := range members {
		if id, ok := value.(string); ok && s.folded[fold(given)] == "todoID" {
			return cleanID(id)
		}
	}
	return ""
}

// whole returns what the Service made of the items with the failures of the request.
func (b batch) whole(change todo.Change) todo.Change {
	failures := slices.Clone(b.misses)
	for _, f := range change.Failures {
		f.Item = b.at[f.Item]
		failures = append(failures, f)
	}
	slices.SortStableFunc(failures, func(a, b todo.Failure) int { return cmp.Compare(a.Item, b.Item) })
	change.Failures = failures
	return change
}

// missing returns the id that is of no todo, and for which an item failed.
func (b batch) missing(f todo.Failure) string {
	i := slices.Index(b.at, f.Item)
	if f.Field == "parentID" && i >= 0 {
		return cleanID(b.items[i].text("parentID"))
	}
	return missing(f)
}
