package exchange

import (
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"todo.example/internal/todo"
)

// column is a column of our tables.
type column string

// The columns, in the order in which they are written.
var columns = []column{"id", "text", "notes", "completed", "due", "timezone", "repeat", "priority", "list", "tags", "parentID", "createdAt", "completedAt"}

// aliases are the names that others give our columns: lower case, letters only.
var aliases = map[string]column{
	"id": "id", "uid": "id", "uuid": "id", "taskid": "id",
	"text": "text", "title": "text", "task": "text", "content": "text", "name": "text", "summary": "text", "subject": "text", "todo": "text", "taskname": "text", "item": "text",
	"notes": "notes", "note": "notes", "description": "notes", "details": "notes", "body": "notes", "comment": "notes", "comments": "notes",
	"completed": "completed", "done": "completed", "status": "completed", "state": "completed", "complete": "completed", "finished": "completed", "checked": "completed", "iscompleted": "completed",
	"due": "due", "duedate": "due", "date": "due", "deadline": "due", "dueat": "due", "dueon": "due",
	"timezone": "timezone", "tz": "timezone",
	"repeat": "repeat", "recurrence": "repeat", "recurring": "repeat", "rrule": "repeat", "repeats": "repeat",
	"priority": "priority", "prio": "priority", "importance": "priority",
	"list": "list", "project": "list", "folder": "list", "listname": "list", "projectname": "list", "section": "list",
	"tags": "tags", "tag": "tags", "labels": "tags", "label": "tags", "contexts": "tags", "context": "tags", "categories": "tags", "category": "tags",
	"parentid": "parentID", "parent": "parentID", "parenttask": "parentID",
	"createdat": "createdAt", "created": "createdAt", "creationdate": "createdAt", "createddate": "createdAt", "createdtime": "createdAt", "dateadded": "createdAt", "entry": "createdAt", "added": "createdAt",
	"completedat": "completedAt", "completeddate": "completedAt", "completiondate": "completedAt", "datecompleted": "completedAt", "completedtime": "completedAt", "completedon": "completedAt",
}

var notLetter = pattern(`[^a-z]+`)

// columnOf returns the column that a header's cell names.
func columnOf(name string) (column, bool) {
	if len(name) > 100 {
		return "", false
	}
	col, ok := aliases[notLetter().ReplaceAllString(strings.ToLower(name), "")]
	return col, ok
}

func writeCSV(w io.Writer, todos []todo.Todo, _ Options) error { return writeTable(w, todos, ',') }
func writeTSV(w io.Writer, todos []todo.Todo, _ Options) error { return writeTable(w, todos, '\t') }

func writeTable(w io.Writer, todos []todo.Todo, comma rune) error {
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = comma, true
	cells := make([]string, len(columns))
	for i, col := range columns {
		cells[i] = string(col)
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	ids := identify(todos)
	for i, t := range todos {
		values := []string{
			ids.own[i], t.Text, t.Notes, strconv.FormatBool(t.Completed), t.Due, t.Timezone, t.Repeat, string(t.Priority),
			t.List, strings.Join(t.Tags, ", "), ids.parent(i), stampOf(t.CreatedAt), stampOf(t.CompletedAt),
		}
		for j, value := range values {
			cells[j] = disarm(value)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// formula matches what a spreadsheet would run, or what looks like it disarmed: the
// full-width signs count too.
var formula = pattern(`^'*[=+\-@\t\r\n＝＋－＠]`)

// disarm puts an apostrophe before a value that a spreadsheet would take for a
// formula; rearm takes it off. One that was there before gets another, so that
// the two undo each other.
func disarm(value string) string {
	if formula().MatchString(value) {
		return "'" + value
	}
	return value
}

func rearm(value string) string {
	if strings.HasPrefix(value, "'") && formula().MatchString(value) {
		return value[1:]
	}
	return value
}

// isHeader reports whether a table's first line has a column for the text.
func isHeader(head []byte) bool {
	line, _, _ := strings.Cut(string(head), "\n")
	cells := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",;\t", r) })
	text, others := false, 0
	for _, cell := range cells {
		if col, ok := columnOf(strings.Trim(cell, "\"\r ")); ok {
			text = text || col == "text"
			others++
		}
	}
	return text && others > 1
}

// separator returns what a table's first line has most of.
func separator(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best, most := ',', 0
	for _, r := range []rune{',', ';', '\t'} {
		if n := strings.Count(line, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

// readCSV reads a table whose first line names its columns, in any order.
func readCSV(text string, c *collector) {
	for n, line := range lines(text) {
		if len(line) > maxLine {
			c.fatal = c.not("line %d has more than %d KiB", n, maxLine>>10)
			return
		}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator(text), -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return
	}
	if err != nil || len(header) > 1000 {
		c.fatal = c.not("the first line does not name the columns")
		return
	}
	read := c.table(header)
	for read != nil && !c.done() {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			c.broken(bad.StartLine, "put a value with quotes into quotes, and double those in it", "the quotes of a row do not match")
			continue
		}
		line, _ := r.FieldPos(0)
		read(line, cells)
	}
}

// table returns what reads the rows below a header.
func (c *collector) table(header []string) func(line int, cells []string) {
	if t := todoistTable(c, header); t != nil {
		return t.row
	}
	places := make([]column, len(header))
	seen := map[column]bool{}
	for i, name := range header {
		col, ok := columnOf(name)
		if !ok || seen[col] {
			c.ignore(name)
			continue
		}
		places[i], seen[col] = col, true
	}
	if !seen["text"] && !seen["notes"] {
		c.fatal = c.not("the first line names no column for the text (text, title, task, content …)")
		return nil
	}
	return func(line int, cells []string) {
		if len(cells) > len(header) {
			c.broken(line, "put a value with commas into quotes", "a row has %d values, and there are %d columns", len(cells), len(header))
			return
		}
		row := make(map[column]string, len(cells))
		for i, cell := range cells {
			if places[i] != "" {
				row[places[i]] = rearm(cell)
			}
		}
		c.row(line, row)
	}
}

// row adds the todo that a row's cells make.
func (c *collector) row(line int, row map[column]string) {
	if strings.TrimSpace(strings.Join(slices.Collect(maps.Values(row)), "")) == "" {
		return
	}
	if row["text"] == "" { // some call the text description
		row["text"], row["notes"] = row["notes"], ""
	}
	f := found{Import: todo.Import{Line: line}, id: row["id"], parent: row["parentID"]}
	t := &f.Todo
	t.Text, t.Notes, t.List, t.UID = row["text"], row["notes"], row["list"], row["id"]
	t.Tags = strings.FieldsFunc(row["tags"], func(r rune) bool { return r == ',' || r == ';' })
	c.due(&f, row["due"], row["timezone"])
	c.repeat(&f, row["repeat"])
	c.priority(&f, row["priority"])
	c.completed(&f, row["completed"])
	c.stampInto(&t.CreatedAt, line, "createdAt", row["createdAt"])
	c.stampInto(&t.CompletedAt, line, "completedAt", row["completedAt"])
	if row["completed"] == "" && !t.CompletedAt.IsZero() {
		t.Completed = true
	}
	c.add(f)
}
