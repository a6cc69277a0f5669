package exchange

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// task is what we read of a task as Taskwarrior exports it.
type task struct {
	UUID        string   `json:"uuid"`
	Description string   `json:"description"`
	Status      string   `json:"status"`
	Due         string   `json:"due"`
	Entry       string   `json:"entry"`
	End         string   `json:"end"`
	Project     string   `json:"project"`
	Tags        tagList  `json:"tags"`
	Priority    string   `json:"priority"`
	Recur       string   `json:"recur"`
	Parent      string   `json:"parent"` // the template that a repeating task was made from
	Annotations []remark `json:"annotations"`
}

type remark struct {
	Description string `json:"description"`
}

// tagList is an array, or in old versions one string with commas.
type tagList []string

// UnmarshalJSON reads both.
func (l *tagList) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*l = strings.Split(one, ",")
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(l))
}

// taskMembers are read, or are of no meaning outside of Taskwarrior.
var taskMembers = map[string]bool{
	"uuid": true, "description": true, "status": true, "due": true, "entry": true, "end": true, "project": true, "tags": true, "priority": true,
	"recur": true, "parent": true, "annotations": true, "id": true, "urgency": true, "modified": true, "mask": true, "imask": true, "rtype": true, "last": true, "template": true,
}

func isTask(members map[string]json.RawMessage) bool {
	return members["description"] != nil && members["text"] == nil && (members["uuid"] != nil || members["entry"] != nil)
}

// warriors holds what is known of repeating tasks until the end of the file: each
// is there as a template and as the open instances made from it so far. One todo
// repeats for all of them: the last open instance, or else the template.
type warriors struct {
	templates map[string]found
	instances map[string]instance // by template
}

// instance says which of the todos repeats.
type instance struct {
	item int
	due  string
}

func (w *warriors) task(c *collector, line int, raw json.RawMessage, members map[string]json.RawMessage) {
	var t task
	if err := json.Unmarshal(raw, &t); err != nil {
		c.broken(line, "export it again with task export", "a task has a member of the wrong type")
		return
	}
	for name := range members {
		if !taskMembers[name] {
			c.ignore(name)
		}
	}
	f := c.fromTask(t, line)
	switch {
	case t.Status == "deleted":
		c.ignore("deleted tasks") // an export has all there ever were
	case t.Status == "recurring":
		if w.templates == nil {
			w.templates = map[string]found{}
		}
		w.templates[t.UUID] = f
	case t.Parent != "" && t.Recur != "" && !f.Todo.Completed:
		w.instance(c, t, f)
	default:
		if f.Todo.Completed {
			f.Todo.Repeat = ""
		}
		c.add(f)
	}
}

// instance lets only the one that is due last repeat.
func (w *warriors) instance(c *collector, t task, f found) {
	count := len(c.items)
	last, more := w.instances[t.Parent]
	if more && last.due > t.Due {
		f.Todo.Repeat = ""
	}
	c.add(f)
	if len(c.items) == count || f.Todo.Repeat == "" {
		return
	}
	if more {
		c.items[last.item].Todo.Repeat = ""
	}
	if w.instances == nil {
		w.instances = map[string]instance{}
	}
	w.instances[t.Parent] = instance{count, t.Due}
}

// finish adds the templates that no open instance stands for.
func (w *warriors) finish(c *collector) {
	var rest []found
	for id, f := range w.templates {
		if _, made := w.instances[id]; !made {
			rest = append(rest, f)
		}
	}
	slices.SortFunc(rest, func(a, b found) int { return a.Line - b.Line }) // as the file has them
	for _, f := range rest {
		c.add(f)
	}
}

func (c *collector) fromTask(t task, line int) found {
	f := found{Import: todo.Import{Line: line}, id: t.UUID}
	f.Todo.UID, f.Todo.Text, f.Todo.List, f.Todo.Tags = t.UUID, t.Description, t.Project, t.Tags
	f.Todo.Completed = t.Status == "completed"
	notes := make([]string, len(t.Annotations))
	for i, a := range t.Annotations {
		notes[i] = a.Description
	}
	f.Todo.Notes = strings.Join(notes, "\n")
	c.priority(&f, t.Priority)
	if t.Due != "" {
		if at, ok := c.stamp(t.Due); ok {
			c.at(&f, wholeDay(at, c.zone()), true)
		} else {
			c.due(&f, t.Due, "")
		}
	}
	if t.Recur != "" {
		if rule := recurrence(t.Recur); rule != "" {
			c.repeat(&f, rule)
		} else {
			c.lost(&f, "Repeat", t.Recur, &when.Error{Message: "the repeat " + todo.Cut(oneLine(t.Recur)) + " is not known", Hint: "a todo repeats by days, weeks, months or years"})
		}
	}
	c.stampInto(&f.Todo.CreatedAt, line, "entry", t.Entry)
	if f.Todo.Completed {
		c.stampInto(&f.Todo.CompletedAt, line, "end", t.End)
	}
	return f
}

// wholeDay returns the midnight that begins the day of an instant, if that is its
// last second: Taskwarrior's end of a day, week or month.
func wholeDay(at time.Time, loc *time.Location) time.Time {
	local := at.In(loc)
	if local.Hour() == 23 && local.Minute() == 59 && local.Second() == 59 {
		return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, loc)
	}
	return at
}

// recurrences are Taskwarrior's words for how often.
var recurrences = map[string]string{
	"daily": "FREQ=DAILY", "day": "FREQ=DAILY", "weekdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekly": "FREQ=WEEKLY", "sennight": "FREQ=WEEKLY",
	"biweekly": "FREQ=WEEKLY;INTERVAL=2", "fortnight": "FREQ=WEEKLY;INTERVAL=2", "monthly": "FREQ=MONTHLY", "month": "FREQ=MONTHLY",
	"bimonthly": "FREQ=MONTHLY;INTERVAL=2", "quarterly": "FREQ=MONTHLY;INTERVAL=3", "semiannual": "FREQ=MONTHLY;INTERVAL=6",
	"annual": "FREQ=YEARLY", "yearly": "FREQ=YEARLY", "year": "FREQ=YEARLY", "biannual": "FREQ=YEARLY;INTERVAL=2", "biyearly": "FREQ=YEARLY;INTERVAL=2",
}

var (
	period = pattern(`^p?(\d{0,3}) ?(d|days?|w|wks?|weeks?|m|mo|mths?|months?|mnths?|q|qtrs?|quarters?|y|yrs?|years?)$`)
	unit   = map[byte]string{'d': "DAILY", 'w': "WEEKLY", 'm': "MONTHLY", 'q': "MONTHLY", 'y': "YEARLY"}
)

// recurrence returns the rule of a word or a period (2wks, 3 months, P1W), or "".
func recurrence(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if rule, ok := recurrences[text]; ok {
		return rule
	}
	match := period().FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	every := number(match[1])
	if match[2][0] == 'q' {
		every *= 3
	}
	return everyRule(unit[match[2][0]], every)
}
