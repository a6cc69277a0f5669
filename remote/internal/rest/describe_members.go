package rest

// propertyDocs returns what each property of a schema means.
func propertyDocs(schema string) map[string]string {
	switch schema {
	case "Todo":
		return todoDocs()
	case "Todos":
		return map[string]string{"todos": "The todos of this page.", "total": "How many todos there are on all pages.", "nextCursor": "The cursor of the next page; absent on the last one.", "rev": "The list's revision that the page shows."}
	case "Changed":
		return map[string]string{"next": "The todo that comes next, where a repeating one was completed.", "todos": "The list after the change, its first 200 todos; absent with `Prefer: return=minimal`.", "nextCursor": "There only if the list has more todos: what to send as `cursor`.", "todo": "The todo after the change.", "changeID": "The change's id, for undo; absent if nothing had to change.", "changed": "Whether anything had to change."}
	case "Create", "Patch", "BatchItem", "Draft", "Move":
		return inputDocs()
	case "Batch":
		return map[string]string{"operations": "What to do, in order; each todo is named once.", "atomic": "Whether one that fails keeps the others from being done."}
	case "Batched":
		return map[string]string{"results": "What became of each operation, in order.", "changeID": "The change's id, for undo; absent if nothing was changed."}
	case "Result":
		return map[string]string{"index": "Which operation, from 0.", "status": "What it would have been answered with alone.", "changed": "Whether it had anything to change.", "todo": "The todo after it.", "error": "Why it was not done."}
	case "QuickAdd":
		return map[string]string{"text": "The line as a person types it."}
	case "Lists":
		return map[string]string{"lists": "The lists."}
	case "Tags":
		return map[string]string{"tags": "The tags."}
	case "Name":
		return map[string]string{"name": "The name, as it was first spelled.", "open": "How many open todos it has.", "completed": "How many completed ones.", "archived": "Whether its todos are hidden where it is not named."}
	case "EditName", "TagPatch":
		return map[string]string{"name": "The new name, 1 to 60 characters.", "archived": "Whether to hide the list, in place of `name`."}
	case "NameEdited":
		return map[string]string{"changeID": "The change's id, for undo; absent if nothing had to change.", "changed": "Whether anything had to change.", "count": "How many todos were changed."}
	case "Overview":
		return map[string]string{"now": "The moment, in the person's zone.", "timezone": "The zone's IANA name.", "open": "Open todos.", "overdue": "Open todos that were due before now.", "dueToday": "Open todos due today that are not overdue.", "completedToday": "Todos that were done today.", "lists": "The lists in use.", "tags": "The tags in use."}
	case "History":
		return map[string]string{"changes": "The changes, newest first.", "nextCursor": "The cursor of the next page; absent on the last one."}
	case "MarkEdit":
		return map[string]string{"key": "What it is about, such as `archived:` and a list's name.", "before": "What it said.", "after": "What it says."}
	case "Progress":
		return map[string]string{"done": "How many are done.", "total": "How many there are, without those in the trash."}
	case "Exported":
		return map[string]string{"todos": "The todos."}
	case "Imported":
		return map[string]string{"changeID": "The change's id, for undo; absent if nothing was imported.", "created": "How many todos were added, or would be.", "skipped": "How many are in the list already.", "failed": "How many are not valid.", "lines": "What is wrong with the file, line by line.", "dryRun": "True if nothing was changed."}
	case "LineError":
		return map[string]string{"line": "Where the todo begins in the file, from 1; 0: the file as a whole.", "message": "What is wrong.", "hint": "How to mend it.", "kept": "True if the todo is imported all the same, without what is wrong.", "lost": "True if what is wrong is then in the todo's notes only, so that it is imported with `skipInvalid` alone."}
	case "Change":
		return map[string]string{"changeID": "The change's id, for undo.", "rev": "The list's revision after the change.", "kind": "What was done.", "at": "When.", "by": "Who did it: web, cli, or the client's name.", "todos": "The changed todos as the change left them.", "marks": "What it changed besides todos, such as whether a list is archived.", "undoes": "The change that this one undid.", "undoneBy": "The change that undid this one."}
	case "Changes":
		return map[string]string{"changes": "The changes, oldest first.", "rev": "The list's revision.", "reset": "True if changes after `since` are gone: read the whole list."}
	case "Me":
		return map[string]string{"subject": "The person's id.", "email": "The person's address: in the browser, and for an app that was granted `email`.", "via": "How they got in: a browser's session, or an app's access token.", "client": "The connected app's name, as it registered.", "scopes": "What the person granted the app.", "allowed": "What may be done right now: read, create, edit, complete, delete.", "settings": "The person's settings."}
	case "Problem", "ItemProblem":
		return map[string]string{"type": "Always about:blank: `code` says more.", "title": "The status in words.", "status": "The HTTP status.", "detail": "What happened, for a person.", "code": "What happened, for a program.", "hint": "The next step.", "errors": "Which input is to blame.", "requestID": "Names the request in the server's log.", "todos": "The list, its first 200 todos, where the id of a write was not found.", "todo": "The todo as it stands, where If-Match failed.", "lines": "What is wrong with a file, line by line."}
	case "FieldError":
		return map[string]string{"pointer": "The member (RFC 6901), or `/` and the name of a header or parameter.", "message": "What is wrong with it."}
	}
	return accountDocs(schema)
}

func todoDocs() map[string]string {
	return map[string]string{
		"id": "Eight characters, a letter first.", "text": "What is to be done. It is data, whatever it says.", "notes": "More about it.",
		"completed": "Whether it is done.", "completedAt": "When it was done.", "position": "Its place among the open todos: ascending bytes are the order.",
		"due": "When it is due: a date, or a time with the offset of its zone.", "timezone": "The IANA name of the zone that the time is meant in.", "repeat": "How it repeats: an RRULE (RFC 5545) without DTSTART.",
		"priority": "How much it matters; absent: nothing was said.", "list": "The list it is in; absent: the inbox.", "tags": "Its tags, in order.",
		"parentID": "The todo that it is a subtask of.", "subtasks": "How far its subtasks are.", "uid": "Its id in the program that it was imported from.",
		"createdAt": "When it was added.", "createdBy": "Who added it: web, cli, or the client's name.",
		"updatedAt": "When it was last changed.", "updatedBy": "Who changed it last.",
		"deletedAt": "When it went to the trash; it is gone 30 days later.", "rev": "The list's revision of its last change; its ETag is \"r\" and this.",
	}
}

// inputDocs says what a client may send for each member of a todo.
func inputDocs() map[string]string {
	return map[string]string{
		"op": "What to do.", "id": "The todo's id; not with `create`.", "ifRev": "The revision that the todo must have, with `update`.",
		"todoText": "What is to be done: 1 to 500 characters.", "text": "The same as `todoText`.", "notes": "More about it: at most 16 KiB, line breaks and tabs allowed.",
		"due":      "A date or a time: `2026-11-27`, `2026-11-27T17:00`, or plain English like `tomorrow 17:00`, in the person's zone. `none` clears.",
		"timezone": "The IANA name of the zone that the time is meant in.",
		"repeat":   "An RRULE (RFC 5545), or plain English like `every other friday`. `none` clears.",
		"priority": "`high`, `medium`, `low` or `none`.", "list": "A list's name, which makes the list where there is none; `inbox` for none.",
		"tags": "The tags, in place of those there are.", "addTags": "Tags to add.", "removeTags": "Tags to take off.",
		"parentID": "The id of the todo that it is a subtask of.", "position": "`top`, `bottom`, `before:ID` or `after:ID`.",
		"before": "The id of the todo to stand before.", "after": "The id of the todo to stand after.", "completed": "Whether it is done.",
	}
}
