package rest

import (
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func listOperations() []operation {
	one := api.PathLists + "/{name}"
	return []operation{
		{
			Operation: Operation{"listLists", http.MethodGet, api.PathLists, todo.Read},
			handle:    (*Server).lists,
			summary:   "Read the lists",
			doc:       "The inbox first, then the others by name, archived ones last.",
			headers:   []parameter{ifNoneMatch()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Lists{Lists: exampleNames()}},
			answers:   []parameter{etagHeader("of the content")},
			fails:     []int{http.StatusNotModified},
		},
		{
			Operation: Operation{"getList", http.MethodGet, one, todo.Read},
			handle:    (*Server).oneList,
			summary:   "Read one list",
			doc:       "How many todos a list has. `inbox` names the todos that are in none.",
			headers:   []parameter{ifNoneMatch()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleNames()[1]},
			answers:   []parameter{etagHeader("of the content")},
			fails:     []int{http.StatusNotModified, http.StatusNotFound},
		},
		editNameOperation(Operation{"updateList", http.MethodPatch, one, todo.Edit}, (*Server).editList,
			"Rename or archive a list", "Gives the list another `name`, as one change to all its todos; if there is a list of that name, the two become one. Or, with `archived`, hides the list and its todos from every answer that does not name it, or shows them again.", api.EditName{Name: "Groceries"}),
		editNameOperation(Operation{"deleteList", http.MethodDelete, one, todo.Edit}, (*Server).deleteList,
			"Dissolve a list", "Moves the todos of the list to the inbox. No todo is deleted.", nil),
	}
}

func tagOperations() []operation {
	one := api.PathTags + "/{name}"
	return []operation{
		{
			Operation: Operation{"listTags", http.MethodGet, api.PathTags, todo.Read},
			handle:    (*Server).tags,
			summary:   "Read the tags",
			doc:       "The tags in use, by name.",
			headers:   []parameter{ifNoneMatch()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Tags{Tags: []todo.Name{{Name: "home", Open: 3, Completed: 12}}}},
			answers:   []parameter{etagHeader("of the content")},
			fails:     []int{http.StatusNotModified},
		},
		{
			Operation: Operation{"getTag", http.MethodGet, one, todo.Read},
			handle:    (*Server).oneTag,
			summary:   "Read one tag",
			doc:       "How many todos have a tag.",
			headers:   []parameter{ifNoneMatch()},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), todo.Name{Name: "home", Open: 3, Completed: 12}},
			answers:   []parameter{etagHeader("of the content")},
			fails:     []int{http.StatusNotModified, http.StatusNotFound},
		},
		editNameOperation(Operation{"updateTag", http.MethodPatch, one, todo.Edit}, (*Server).editTag,
			"Rename a tag", "Gives each todo with the tag another in its place, as one change; if there is a tag of that name, the two become one.", tagPatch{Name: "house"}),
		editNameOperation(Operation{"deleteTag", http.MethodDelete, one, todo.Edit}, (*Server).deleteTag,
			"Take a tag off", "Takes the tag off all its todos, as one change. No todo is deleted.", nil),
	}
}

// editNameOperation changes what a list or a tag is called; body nil: it has none.
func editNameOperation(o Operation, handle func(*Server, *call) error, summary, doc string, body any) operation {
	op := operation{
		Operation: o,
		handle:    handle,
		summary:   summary,
		doc:       doc,
		headers:   []parameter{idempotencyKey()},
		status:    http.StatusOK,
		answer:    content{jsonMedia(), api.NameEdited{ChangeID: "c812", Changed: true, Count: 3}},
		answers:   []parameter{replayed()},
		fails:     writeFails(http.StatusNotFound, http.StatusConflict),
	}
	if body != nil {
		op.body = &content{[]string{mediaJSON, mediaPatch}, body}
	}
	return op
}

func overviewOperations() []operation {
	return []operation{{
		Operation: Operation{"getOverview", http.MethodGet, api.PathOverview, todo.Read},
		handle:    (*Server).overview,
		summary:   "Read the list at a glance",
		doc:       "How much is open, overdue, due today and was done today, and which lists and tags there are. Days are those of the person's zone, which the answer names.",
		headers:   []parameter{timezoneHeader()},
		status:    http.StatusOK,
		answer:    content{jsonMedia(), exampleOverview()},
	}}
}
