package todo

import (
	"fmt"
	"math"
)

// View is one of the three disjoint parts of a list. A todo is in exactly one,
// so that each can be an index.
type View string

// The views.
const (
	ViewOpen      View = "open"      // in manual order
	ViewCompleted View = "completed" // newest first
	ViewTrash     View = "trash"     // newest first
)

// View returns the part of the list the todo is in.
func (t Todo) View() View {
	switch {
	case t.Deleted():
		return ViewTrash
	case t.Completed:
		return ViewCompleted
	}
	return ViewOpen
}

// SortKey returns the todo's place in its view: ascending bytes are the order.
func (t Todo) SortKey() string {
	switch t.View() {
	case ViewTrash:
		return newestFirst(t.DeletedAt.UnixMilli()) + t.ID
	case ViewCompleted:
		return newestFirst(t.CompletedAt.UnixMilli()) + t.ID
	default:
		return t.Position + " " + t.ID // the blank sorts before every digit of a longer position
	}
}

func newestFirst(millis int64) string {
	return fmt.Sprintf("%016x ", uint64(math.MaxInt64-millis))
}
