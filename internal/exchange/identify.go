package exchange

import (
	"strconv"

	"todo.example/internal/todo"
)

// names are what an export calls its todos, and the indexes of their parents, -1
// for none.
type names struct {
	own []string
	up  []int
}

// parent returns the name of a todo's parent, or "".
func (n names) parent(i int) string {
	if n.up[i] < 0 {
		return ""
	}
	return n.own[n.up[i]]
}

// identify names each todo by the UID it came with, so that the program it came
// from knows it again, or else by its id; in one export no name comes twice. A
// parent that is not in the export has no name.
func identify(todos []todo.Todo) names {
	n := names{make([]string, len(todos)), make([]int, len(todos))}
	taken, byID := make(map[string]bool, len(todos)), make(map[string]int, len(todos))
	for i, t := range todos {
		name := t.UID
		if name == "" || taken[name] {
			name = t.ID
		}
		if name == "" || taken[name] {
			name = t.ID + "-" + strconv.Itoa(i)
		}
		n.own[i], taken[name] = name, true
		if t.ID != "" {
			byID[t.ID] = i
		}
	}
	for i, t := range todos {
		n.up[i] = -1
		if at, ok := byID[t.ParentID]; ok && at != i {
			n.up[i] = at
		}
	}
	return n
}
