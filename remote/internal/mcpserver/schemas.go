package mcpserver

// Schemas are written by hand: no unions and nothing optional that is null, which
// some models' providers refuse. Inputs are closed. Outputs allow further members
// and require none at the top, since strict clients hold a failed result to them
// too. Every conversation pays for each word here: say only what is not plain from
// the names.

const (
	typeString   = `{"type":"string"}`
	typeStrings  = `{"type":"array","items":{"type":"string"}}`
	typeInteger  = `{"type":"integer"}`
	typeBoolean  = `{"type":"boolean"}`
	typePriority = `{"type":"string","enum":["high","medium","low","none"]}`

	argTodoID = `{"type":"string","description":"ID as returned by listTodos."}`
	argIDs    = `{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":100}`
	argKey    = `{"type":"string","description":"Same key on a retry returns the first result and adds nothing twice."}`
	argLimit  = `{"type":"integer","minimum":1,"maximum":200,"description":"Default 50."}`
	argCursor = `{"type":"string","description":"nextCursor of the previous page."}`
)

// Inputs.
const (
	inNothing = `{"type":"object","properties":{},"additionalProperties":false}`

	inTodo = `{"type":"object","properties":{"todoID":` + argTodoID + `},"required":["todoID"],"additionalProperties":false}`

	inIDs = `{"type":"object","properties":{"todoIDs":` + argIDs + `},"required":["todoIDs"],"additionalProperties":false}`

	inSetCompleted = `{"type":"object","properties":{"todoIDs":` + argIDs + `,` +
		`"completed":{"type":"boolean","description":"Default true."}},"required":["todoIDs"],"additionalProperties":false}`

	inUndo = `{"type":"object","properties":{"changeID":{"type":"string","description":"From a result or listChanges; omit for your own last change."}},"additionalProperties":false}`

	inList = `{"type":"object","properties":{` +
		`"status":{"type":"string","enum":["open","completed","all","trash"],"description":"Default open."},` +
		`"query":{"type":"string","description":"Words to find in title, notes and tags."},` +
		`"due":{"type":"string","description":"\"today\" (includes overdue), \"overdue\", \"tomorrow\", \"week\", \"none\", a date, or a range 2026-12-01..2026-12-07."},` +
		`"list":` + typeString + `,"tag":` + typeString + `,"priority":` + typePriority + `,` +
		`"parentID":{"type":"string","description":"Only subtasks of this TODO."},` +
		`"sort":{"type":"string","enum":["order","due","priority","created","completed"]},` +
		`"limit":` + argLimit + `,"cursor":` + argCursor + `},"additionalProperties":false}`

	inChanges = `{"type":"object","properties":{` +
		`"action":{"type":"string","enum":["created","updated","completed","reopened","deleted","restored"]},` +
		`"since":{"type":"string","description":"Date, date-time, or \"yesterday\", \"last monday\", \"last week\"."},` +
		`"until":{"type":"string","description":"Likewise; a date includes its whole day."},` +
		`"by":{"type":"string","description":"web, cli, or an MCP client name."},` +
		`"todoID":` + typeString + `,` +
		`"limit":` + argLimit + `,"cursor":` + argCursor + `},"additionalProperties":false}`

	inCreate = `{"type":"object","properties":{` +
		`"todoText":{"type":"string","minLength":1,"maxLength":500,"description":"Short, actionable title. One TODO per call; details go in notes."},` +
		`"notes":{"type":"string","description":"Longer details. Markdown."},` +
		`"due":{"type":"string","description":"YYYY-MM-DD, YYYY-MM-DDTHH:MM, or plain English such as \"today\", \"tomorrow 17:00\", \"next friday\", \"in 3 days\". Read in the user's time zone."},` +
		`"repeat":{"type":"string","description":"\"every day\", \"every weekday\", \"every 2 weeks\", \"every month on the 1st\", or an RRULE."},` +
		`"priority":` + typePriority + `,` +
		`"list":{"type":"string","description":"List name; made if new. Default \"Inbox\"."},` +
		`"tags":` + typeStrings + `,` +
		`"parentID":{"type":"string","description":"Make it a subtask of this TODO."},` +
		`"idempotencyKey":` + argKey + `},"required":["todoText"],"additionalProperties":false}`

	inCreateMany = `{"type":"object","properties":{"todos":{"type":"array","minItems":1,"maxItems":50,"items":{"type":"object","properties":{` +
		`"todoText":` + typeString + `,"notes":` + typeString + `,` +
		`"due":{"type":"string","description":"As in createTodo."},"repeat":{"type":"string","description":"As in createTodo."},` +
		`"priority":` + typePriority + `,"list":` + typeString + `,"tags":` + typeStrings + `,"parentID":` + typeString + `},` +
		`"required":["todoText"],"additionalProperties":false}},` +
		`"idempotencyKey":` + argKey + `},"required":["todos"],"additionalProperties":false}`

	inUpdate = `{"type":"object","properties":{"todos":{"type":"array","minItems":1,"maxItems":50,"items":{"type":"object","properties":{` +
		`"todoID":` + typeString + `,"todoText":` + typeString + `,` +
		`"notes":{"type":"string","description":"\"none\" clears."},` +
		`"due":{"type":"string","description":"As in createTodo; \"none\" clears. Moving a repeating TODO keeps its repeat rule."},` +
		`"repeat":{"type":"string","description":"\"none\" stops repeating."},` +
		`"priority":` + typePriority + `,` +
		`"list":{"type":"string","description":"Move to this list."},` +
		`"addTags":` + typeStrings + `,"removeTags":` + typeStrings + `,` +
		`"parentID":{"type":"string","description":"New parent, or \"none\"."},` +
		`"position":{"type":"string","description":"\"top\", \"bottom\", \"before:todoID\" or \"after:todoID\"."}},` +
		`"required":["todoID"],"additionalProperties":false}}},"required":["todos"],"additionalProperties":false}`

	inSearch = `{"type":"object","properties":{"query":{"type":"string","description":"Words to find."}},"required":["query"],"additionalProperties":false}`
	inFetch  = `{"type":"object","properties":{"id":{"type":"string","description":"ID as returned by search."}},"required":["id"],"additionalProperties":false}`
)

// Outputs.
const (
	outIDTextDone = `"id":` + typeString + `,"text":` + typeString + `,"completed":` + typeBoolean

	outItemMembers = outIDTextDone + `,` +
		`"due":{"type":"string","description":"Resolved, ISO 8601."},"overdue":` + typeBoolean + `,"repeat":` + typeString + `,` +
		`"priority":` + typeString + `,"list":` + typeString + `,"tags":` + typeStrings + `,"parentID":` + typeString + `,` +
		`"subtasks":{"type":"string","description":"done/total"},"hasNotes":` + typeBoolean + `,"completedAt":` + typeString

	outRequired = `"required":["id","text","completed"]`

	outList = `{"type":"object","properties":{` +
		`"todos":{"type":"array","items":{"type":"object","properties":{` + outItemMembers + `},` + outRequired + `}},` +
		`"total":{"type":"integer","description":"Matches on all pages."},"nextCursor":` + typeString + `,` +
		`"now":` + typeString + `,"timezone":` + typeString + `}}`

	outTodo = `{"type":"object","properties":{` +
		`"todo":{"type":"object","properties":{` + outItemMembers + `,"notes":` + typeString + `,"createdAt":` + typeString + `,"updatedAt":` + typeString + `},` + outRequired + `},` +
		`"subtasks":{"type":"array","items":{"type":"object","properties":{` + outIDTextDone + `},` + outRequired + `}},` +
		`"history":{"type":"array","items":{"type":"object","properties":{"changeID":` + typeString + `,"at":` + typeString + `,"by":` + typeString + `,"action":` + typeString + `}}}}}`

	outNames = `{"type":"array","items":{"type":"object","properties":{"name":` + typeString + `,"open":` + typeInteger + `}}}`

	outOverview = `{"type":"object","properties":{"now":` + typeString + `,"timezone":` + typeString + `,` +
		`"open":` + typeInteger + `,"overdue":` + typeInteger + `,"dueToday":` + typeInteger + `,"completedToday":` + typeInteger + `,` +
		`"lists":` + outNames + `,"tags":` + outNames + `}}`

	outChanges = `{"type":"object","properties":{` +
		`"changes":{"type":"array","items":{"type":"object","properties":{"changeID":` + typeString + `,"at":` + typeString + `,"by":` + typeString + `,"action":` + typeString + `,` +
		`"todoID":` + typeString + `,"text":` + typeString + `,"undone":` + typeBoolean + `},"required":["changeID","at","action"]}},` +
		`"nextCursor":` + typeString + `}}`

	outChange = `{"type":"object","properties":{` +
		`"todos":{"type":"array","description":"As the change left them.","items":{"type":"object","properties":{` + outIDTextDone + `,"due":` + typeString + `},` + outRequired + `}},` +
		`"changed":{"type":"boolean","description":"False if all was as asked already."},` +
		`"changeID":{"type":"string","description":"Pass to undoChange."},` +
		`"openCount":` + typeInteger + `,` +
		`"failures":{"type":"array","items":{"type":"object","properties":{"item":{"type":"string","description":"TODO ID, or index in the request."},"code":` + typeString + `,"error":` + typeString + `}}}}}`

	outSearch = `{"type":"object","properties":{"results":{"type":"array","items":{"type":"object","properties":{"id":` + typeString + `,"title":` + typeString + `,"url":` + typeString + `},"required":["id","title","url"]}}}}`
	outFetch  = `{"type":"object","properties":{"id":` + typeString + `,"title":` + typeString + `,"text":` + typeString + `,"url":` + typeString + `,"metadata":{"type":"object","additionalProperties":` + typeString + `}}}`
)
