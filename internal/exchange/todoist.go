package exchange

import (
	"strconv"
	"strings"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// todoist reads the rows of a Todoist project, as its CSV templates have them: a
// TYPE (task, section, note), and an INDENT that makes subtasks. A section becomes
// a list. The people, the durations and how the project is shown are left out.
type todoist struct {
	*collector
	places  map[string]int
	section string
	above   []string // ids of the tasks above the next, by their indent
}

func isTodoistHeader(head []byte) bool {
	line, _, _ := strings.Cut(string(head), "\n")
	return todoistTable(&collector{}, strings.Split(strings.TrimSpace(line), ",")) != nil
}

func todoistTable(c *collector, header []string) *todoist {
	t := &todoist{collector: c, places: map[string]int{}}
	for i, name := range header {
		t.places[strings.ToUpper(strings.Trim(name, "\" "))] = i
	}
	for _, name := range []string{"TYPE", "CONTENT", "INDENT"} {
		if _, ok := t.places[name]; !ok {
			return nil
		}
	}
	return t
}

func (t *todoist) row(line int, cells []string) {
	cell := func(name string) string {
		if i, ok := t.places[name]; ok && i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	switch kind := strings.ToLower(cell("TYPE")); kind {
	case "task":
		t.task(line, cell)
	case "section":
		t.section, t.above = cell("CONTENT"), nil
	case "note":
		if len(t.items) > 0 && cell("CONTENT") != "" {
			last := &t.items[len(t.items)-1].Todo
			last.Notes = strings.TrimPrefix(last.Notes+"\n"+lineEnds(cell("CONTENT")), "\n")
		}
	case "", "meta": // blank between the sections; how the project is shown
	default:
		t.broken(line, "use task, section or note", "%q is not a type of row", todo.Cut(kind))
	}
}

func (t *todoist) task(line int, cell func(string) string) {
	f := found{Import: todo.Import{Line: line}, id: "line " + strconv.Itoa(line)}
	f.Todo.Text, f.Todo.Tags = labels(cell("CONTENT"))
	f.Todo.Notes, f.Todo.List = cell("DESCRIPTION"), t.section
	t.priority(&f, cell("PRIORITY"))
	date, zone := cell("DATE"), cell("TIMEZONE")
	if date == "" {
		date = cell("DEADLINE")
	}
	switch lang := strings.ToLower(cell("DATE_LANG")); {
	case date == "":
	case lang == "", lang == "en", isISO(date):
		t.date(&f, date, zone)
	default:
		t.lost(&f, "Due", date, &when.Error{Message: "the date " + strconv.Quote(todo.Cut(date)) + " is in another language (" + todo.Cut(lang) + ")", Hint: "set Todoist to English and export again"})
	}
	indent, err := strconv.Atoi(cell("INDENT"))
	if err != nil || indent < 1 {
		indent = 1
	}
	indent = min(indent, len(t.above)+1)
	if indent > 1 {
		f.parent = t.above[indent-2]
	}
	t.above = append(t.above[:indent-1], f.id)
	t.add(f)
}

// label matches a label as Todoist writes it into a task.
var label = pattern(`(?:^|\s)@([^\s@]+)`)

func labels(content string) (string, []string) {
	var tags []string
	for _, match := range label().FindAllStringSubmatch(content, -1) {
		tags = append(tags, match[1])
	}
	text := strings.TrimSpace(label().ReplaceAllString(content, ""))
	if text == "" {
		return content, nil
	}
	return text, tags
}

func isISO(date string) bool {
	return len(date) >= 10 && date[4] == '-' && date[7] == '-'
}

// date reads what a person typed into Todoist: a date, a repeat, or both, in the
// task's zone.
func (t *todoist) date(f *found, value, zone string) {
	inZone := *t.collector
	if loc, err := when.Zone(zone); err == nil {
		inZone.Zone = loc
	}
	// "every!" counts from when it was done, which a rule cannot say.
	text := strings.NewReplacer("every!", "every", "ev!", "every").Replace(strings.ToLower(value))
	if due, rule, rest, ok := when.Find("it "+text, inZone.clock()); ok && rest == "it" && rule != "" {
		f.Todo.Due, f.Todo.Timezone = due.At, due.Zone
		inZone.repeat(f, rule)
		return
	}
	if rule, err := when.ParseRepeat(text, inZone.clock()); err == nil && rule != "" {
		inZone.repeat(f, rule)
		return
	}
	d, err := inZone.parseDue(value, "")
	if err != nil {
		t.lost(f, "Due", value, err)
		return
	}
	f.Todo.Due, f.Todo.Timezone = d.At, d.Zone
}
