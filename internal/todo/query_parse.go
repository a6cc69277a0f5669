package todo

import (
	"slices"
	"strings"

	"todo.example/internal/when"
)

// Limits of a query's text.
const (
	maxQuery      = 1000 // bytes
	maxConditions = 32
)

const queryKeys = "tag, list, due, priority, is, has, no and by"

// ParseQuery reads what people type into a search box. All of it must hold:
//
//	milk "oat milk" -bread    words, words one after the other, not this word
//	tag:home #home @home      a tag
//	list:"two words" +list    a list
//	due:week                  what when.ParseRange takes; in quotes if it has blanks
//	!high priority:none       a priority
//	has:notes no:due          notes, due, repeat, subtasks, tag, list or priority
//	by:claude                 who made it or last changed it, or a part of the name
//	is:completed              open, completed (done), all or trash: the status
//
// A leading "-" negates any of these but is:. A word of three letters or more also
// finds the words that it begins; in quotes it is whole. What has a colon but no
// known key is text if it is a time, an address or anything but a short word in
// lower case before a value: the last is refused, so that a wrong key is not taken
// for a word that is nowhere; in quotes it is text.
//
// The status is "" where the text says none. Errors are CodeInvalid or
// CodeInvalidDate, of the field "q".
func ParseQuery(text string, c when.Clock) (Status, []Condition, error) {
	if len(text) > maxQuery {
		return "", nil, invalid("q", "shorten it", "the query has %d bytes, %d are allowed", len(text), maxQuery)
	}
	if err := checkString("query", text, "\t\n\r"); err != nil {
		return "", nil, about("q", err)
	}
	var status Status
	var conds []Condition
	for _, t := range queryTokens(text) {
		if is, ok, err := t.status(); ok || err != nil {
			if err == nil && status != "" && is != status {
				err = invalid("q", "name one of them", "is:%s and is:%s contradict each other", status, is)
			}
			if err != nil {
				return "", nil, err
			}
			status = is
			continue
		}
		cond, ok, err := t.condition(c)
		if err != nil {
			return "", nil, err
		}
		if ok {
			cond.Not = cond.Not != t.not
			conds = append(conds, cond)
		}
	}
	if len(conds) > maxConditions {
		return "", nil, invalid("q", "ask for less at once", "the query has %d conditions, %d are allowed", len(conds), maxConditions)
	}
	return status, conds, nil
}

func (t queryToken) status() (Status, bool, error) {
	if t.key != "is" {
		return "", false, nil
	}
	status := Status(strings.ToLower(t.value))
	if status == "done" {
		status = StatusCompleted
	}
	switch {
	case !slices.Contains([]Status{StatusOpen, StatusCompleted, StatusAll, StatusTrash}, status):
		return "", false, invalid("q", "use is:open, is:completed, is:all or is:trash", "%q is not a status", t.value)
	case t.not:
		return "", false, invalid("q", "use is:open, is:completed, is:all or is:trash", "is: cannot be negated")
	}
	return status, true, nil
}

// condition returns what a token asks for; ok is false if that is nothing.
func (t queryToken) condition(c when.Clock) (cond Condition, ok bool, err error) {
	switch t.key {
	case "":
		cond, ok = textCondition(t.value, t.quoted)
		return cond, ok, nil
	case "tag":
		cond, err = tagCondition("q", t.value)
	case "list":
		cond = listCondition(t.value)
	case "due":
		cond, err = dueCondition("q", t.value, c)
	case "priority":
		cond, err = priorityCondition("q", t.value)
	case "has", "no":
		cond, err = hasCondition(t)
	case "by":
		cond = Condition{On: OnBy, Value: FoldName(strings.TrimSpace(t.value))}
		if cond.Value == "" {
			err = invalid("q", "use by:web or by:claude", "by: wants a name")
		}
	default:
		err = invalid("q", `use `+queryKeys+`; to search for the text, put it in quotes: "`+t.key+":"+t.value+`"`, "a query has no key %q", t.key)
	}
	return cond, err == nil, err
}

// textCondition asks for the words of a text. Signs that are no word are looked for
// as they are; a lone dash is none.
func textCondition(text string, whole bool) (Condition, bool) {
	if found := words(text); len(found) > 0 {
		return Condition{On: OnWords, Words: found, Whole: whole}, true
	}
	text = strings.TrimSpace(fold(text))
	return Condition{On: OnLiteral, Value: text}, text != "" && text != "-"
}

func tagCondition(field, name string) (Condition, error) {
	name = FoldTag(name)
	if name == "" {
		return Condition{}, invalid(field, "use the name of a tag, like home", "the tag has no name")
	}
	return Condition{On: OnTag, Value: name}, nil
}

func listCondition(name string) Condition { return Condition{On: OnList, Value: FoldList(name)} }

func dueCondition(field, text string, c when.Clock) (Condition, error) {
	r, err := when.ParseRange(text, c)
	if err == nil && r == (when.Range{}) {
		err = &when.Error{Message: "no date is named", Hint: `use "today", "week", "none" or 2026-12-01..2026-12-07`}
	}
	if err != nil {
		return Condition{}, dateError(field, err)
	}
	return Condition{On: OnDue, Due: r}, nil
}

var priorityNames = map[string]Priority{
	"high": PriorityHigh, "medium": PriorityMedium, "low": PriorityLow, "none": PriorityNone,
	"1": PriorityHigh, "2": PriorityMedium, "3": PriorityLow,
}

func priorityCondition(field, name string) (Condition, error) {
	p, ok := priorityNames[strings.ToLower(strings.TrimSpace(name))]
	if !ok {
		return Condition{}, invalid(field, "use high, medium, low or none; to search for it as text, put it in quotes", "%q is not a priority", name)
	}
	return Condition{On: OnPriority, Value: string(p)}, nil
}

// hasNames are what has: and no: may ask for, and how else it is called.
var hasNames = map[string]string{
	"due": "due", "notes": "notes", "note": "notes", "repeat": "repeat", "subtasks": "subtasks", "subtask": "subtasks",
	"tag": "tag", "tags": "tag", "list": "list", "priority": "priority",
}

func hasCondition(t queryToken) (Condition, error) {
	member, ok := hasNames[strings.ToLower(t.value)]
	switch {
	case !ok:
		return Condition{}, invalid("q", "use due, notes, repeat, subtasks, tag, list or priority", "%s:%s is not something a todo has", t.key, t.value)
	case t.key == "has":
		return Condition{On: OnHas, Value: member}, nil
	}
	switch member {
	case "due":
		return Condition{On: OnDue, Due: when.Range{None: true}}, nil
	case "list":
		return Condition{On: OnList}, nil
	case "priority":
		return Condition{On: OnPriority}, nil
	}
	return Condition{On: OnHas, Value: member, Not: true}, nil
}
