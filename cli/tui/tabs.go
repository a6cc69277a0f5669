package tui

import (
	"strings"

	"todo.example/internal/todo"
)

// tab is one way to look at the list.
type tab struct {
	name   string
	query  todo.Query
	list   string // what it is a list's own view of
	manual bool   // in the order that people make
}

// openTab is the index of the tab that is shown first.
const openTab = 1

// tabsOf returns the fixed views, and one for each list that is not archived.
func tabsOf(lists []todo.Name, clean func(string) string) []tab {
	tabs := []tab{
		{name: "Today", query: todo.Query{Status: todo.StatusOpen, Due: "today"}},
		{name: "Open", query: todo.Query{Status: todo.StatusOpen, Sort: todo.SortOrder}, manual: true},
		{name: "Done", query: todo.Query{Status: todo.StatusCompleted}},
		{name: "Trash", query: todo.Query{Status: todo.StatusTrash}},
	}
	for _, l := range lists {
		if l.Archived {
			continue
		}
		tabs = append(tabs, tab{
			name: clean(l.Name), list: l.Name, manual: true,
			query: todo.Query{Status: todo.StatusOpen, List: l.Name, Sort: todo.SortOrder},
		})
	}
	return tabs
}

// relist puts the lists as they are now into the tabs, and stays where it is, if that
// is still there.
func (m *model) relist(lists []todo.Name) {
	at := m.tabs[m.tab]
	m.tabs = tabsOf(lists, m.words.Line)
	for i, t := range m.tabs {
		if t.name == at.name && t.list == at.list {
			m.tab = i
			return
		}
	}
	// The list has become empty: it is shown until the person leaves it.
	m.tabs = append(m.tabs, at)
	m.tab = len(m.tabs) - 1
}

// query asks for what is shown: the tab's todos, and of those what the filter selects.
func (m *model) query() todo.Query {
	q := m.tabs[m.tab].query
	q.Text = m.filter
	return q
}

// manual reports whether the order shown is one that people make.
func (m *model) manual() bool { return m.tabs[m.tab].manual && m.filter == "" }

// filing returns what a new todo's text begins with, so that it is in the list shown.
func (t tab) filing() string {
	switch {
	case t.list == "" || t.list == todo.Inbox:
		return ""
	case strings.ContainsAny(t.list, " \t"):
		return `+"` + t.list + `" `
	}
	return "+" + t.list + " "
}
