package cli

import (
	"fmt"
	"strings"

	"todo.example/internal/todo"
)

const textColumn = 2 // of a todo's row

// todoRows has a line for each todo: mark, id, text, due, and the rest as it is said
// when adding. For programs the due is exact, and priority, list and tags have columns
// of their own.
func (g *global) todoRows(todos []todo.Todo, cal calendar, indent bool) [][]cell {
	rows := make([][]cell, len(todos))
	shown := map[string]bool{}
	for i, t := range todos {
		text := printableLine(t.Text)
		if g.terminal && indent && t.ParentID != "" && shown[t.ParentID] {
			text = "  " + text
		}
		shown[t.ID] = true
		row := []cell{{text: mark(t)}, {text: printableLine(t.ID), sgr: faint}, {text: text, sgr: look(t)}}
		if g.terminal {
			rows[i] = append(row, cell{cal.due(t), dueLook(t, cal)}, cell{signs(t), faint})
			continue
		}
		rows[i] = append(row, cell{text: printableLine(t.Due)}, cell{text: printableLine(string(t.Priority))},
			cell{text: printableLine(t.List)}, cell{text: printableLine(strings.Join(t.Tags, ","))})
	}
	return rows
}

// look makes what matters stand out, and what is done step back.
func look(t todo.Todo) sgr {
	switch {
	case t.View() != todo.ViewOpen:
		return faint
	case t.Priority == todo.PriorityHigh:
		return strong
	}
	return plain
}

func dueLook(t todo.Todo, cal calendar) sgr {
	switch {
	case t.View() != todo.ViewOpen:
		return faint
	case cal.overdue(t):
		return red
	case t.Due != "" && cal.isToday(t):
		return yellow
	}
	return plain
}

// signs is what else there is to a todo: "!high +Shopping #home 1/3 repeats".
func signs(t todo.Todo) string {
	var all []string
	if t.Priority != "" {
		all = append(all, "!"+string(t.Priority))
	}
	if t.List != "" {
		all = append(all, "+"+t.List)
	}
	for _, tag := range t.Tags {
		all = append(all, "#"+tag)
	}
	if t.Subtasks.Total > 0 {
		all = append(all, fmt.Sprintf("%d/%d", t.Subtasks.Done, t.Subtasks.Total))
	}
	if t.Repeat != "" {
		all = append(all, "repeats")
	}
	return printableLine(strings.Join(all, " "))
}

// nested returns the todos with each subtask below its parent, if that is among them.
func nested(todos []todo.Todo) []todo.Todo {
	there, below := map[string]bool{}, map[string][]todo.Todo{}
	for _, t := range todos {
		there[t.ID] = true
	}
	for _, t := range todos {
		if there[t.ParentID] {
			below[t.ParentID] = append(below[t.ParentID], t)
		}
	}
	if len(below) == 0 {
		return todos
	}
	sorted := make([]todo.Todo, 0, len(todos))
	for _, t := range todos {
		if !there[t.ParentID] {
			sorted = append(append(sorted, t), below[t.ID]...)
		}
	}
	return sorted
}

func mark(t todo.Todo) string {
	switch {
	case t.Deleted():
		return "-"
	case t.Completed:
		return "x"
	}
	return "o"
}
