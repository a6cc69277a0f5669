package cli

import (
	"fmt"
	"slices"
	"strings"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// form is a todo as it is edited: a line for each field between two of dashes, and the
// notes below.
type form struct {
	fields []formField
	notes  string
}

type formField struct{ name, value string }

const fence = "---"

func newForm(t todo.Todo, cal calendar) form {
	repeat := ""
	if t.Repeat != "" {
		repeat = when.DescribeRepeat(t.Repeat)
	}
	return form{notes: t.Notes, fields: []formField{
		{"text", t.Text},
		{"due", t.When().Human(cal.Clock)},
		{"repeat", repeat},
		{"priority", string(t.Priority)},
		{"list", t.List},
		{"tags", strings.Join(t.Tags, ", ")},
		{"parent", t.ParentID},
	}}
}

func (f form) String() string {
	var b strings.Builder
	b.WriteString(fence + "\n")
	for _, field := range f.fields {
		b.WriteString(strings.TrimRight(field.name+": "+field.value, " ") + "\n")
	}
	b.WriteString(fence + "\n" + f.notes)
	if f.notes != "" {
		b.WriteString("\n") // editors end the last line
	}
	return b.String()
}

// patch returns what was changed in the form. A line that was taken away leaves its
// field as it is.
func (f form) patch(typed string) (todo.Patch, error) {
	var p todo.Patch
	fields, notes, err := parseForm(typed)
	if err != nil {
		return p, err
	}
	to := map[string]**string{"text": &p.Text, "due": &p.Due, "repeat": &p.Repeat, "priority": &p.Priority, "list": &p.List, "parent": &p.ParentID}
	for _, field := range fields {
		i := slices.IndexFunc(f.fields, func(known formField) bool { return known.name == field.name })
		switch {
		case i < 0:
			return p, usagef("there is no field %q: use text, due, repeat, priority, list, tags and parent", field.name)
		case field.value == f.fields[i].value:
		case field.name == "tags":
			tags := splitTags(field.value)
			p.Tags = &tags
		default:
			*to[field.name] = &field.value
		}
	}
	if p.ParentID != nil && *p.ParentID == "" {
		none := "none"
		p.ParentID = &none
	}
	if notes != f.notes {
		p.Notes = &notes
	}
	return p, nil
}

// parseForm splits what was typed into fields and notes.
func parseForm(typed string) (fields []formField, notes string, err error) {
	typed = strings.ReplaceAll(typed, "\r\n", "\n")
	head, ok := strings.CutPrefix(typed, fence+"\n")
	if !ok {
		return nil, "", usagef("the first line is not %s: put the fields between two such lines", fence)
	}
	lines := strings.Split(head, "\n")
	end := slices.IndexFunc(lines, func(line string) bool { return strings.TrimRight(line, " \t") == fence })
	if end < 0 {
		return nil, "", usagef("the line %s below the fields is missing", fence)
	}
	for _, line := range lines[:end] {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, "", usagef("%q is not a field: write it like due: friday", line)
		}
		fields = append(fields, formField{strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)})
	}
	return fields, strings.TrimSuffix(strings.Join(lines[end+1:], "\n"), "\n"), nil
}

func splitTags(value string) []string {
	tags := []string{}
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name != "" {
			tags = append(tags, name)
		}
	}
	return tags
}

// reasonSign begins the lines that say why a form could not be taken.
const reasonSign = "# "

func withReason(text string, reason *todo.Error) string {
	if reason == nil {
		return text
	}
	said := fmt.Sprintf("%s\n%s", reason.Message, reason.Hint)
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(said)) {
		b.WriteString(reasonSign + printableLine(strings.TrimSuffix(line, "\n")) + "\n")
	}
	b.WriteString(reasonSign + "Save it mended, or as it is to give up.\n")
	return b.String() + text
}

func withoutReason(text string) string {
	for strings.HasPrefix(text, reasonSign) {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}
