package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"todo.example/internal/todo"
)

// writeJSON writes {"todos":[…]}, a todo to a line, so that line numbers mean something.
func writeJSON(w io.Writer, todos []todo.Todo, _ Options) error {
	return writeObjects(w, todos, "{\"todos\":[\n", ",\n", "\n]}\n")
}

func writeNDJSON(w io.Writer, todos []todo.Todo, _ Options) error {
	if len(todos) == 0 {
		return nil
	}
	return writeObjects(w, todos, "", "\n", "\n")
}

func writeObjects(w io.Writer, todos []todo.Todo, open, between, end string) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, open)
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	for i, t := range todos {
		line.Reset()
		if err := encoder.Encode(t); err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprint(out, between)
		}
		fmt.Fprint(out, strings.TrimSuffix(line.String(), "\n"))
	}
	fmt.Fprint(out, end)
	return out.Flush()
}

// jsonReader reads an array of todos, objects one after the other, or an object
// that has the array under one of these names.
type jsonReader struct {
	*collector
	text string
	line counter
	warriors
}

var wrappers = map[string]bool{"todos": true, "tasks": true, "items": true}

func readJSON(text string, c *collector) {
	r := &jsonReader{collector: c, text: text, line: counter{text: text}}
	d := json.NewDecoder(strings.NewReader(text))
	for !r.done() {
		at := start(text, d)
		if at == len(text) {
			break
		}
		if err := r.value(d, at); err != nil {
			r.syntax(d, at)
			break
		}
	}
	r.warriors.finish(c)
}

// syntax says where a file ceases to be JSON: the line of the todo at hand. What
// came before is kept.
func (r *jsonReader) syntax(d *json.Decoder, at int) {
	line := r.line.at(max(at, int(d.InputOffset())))
	if len(r.items) == 0 && len(r.errors) == 0 {
		r.fatal = r.not("the file is not JSON (line %d)", line)
		return
	}
	r.broken(line, "mend it there, or export the file again", "the file is not JSON from here on")
}

// value reads one of the values at the top of a file.
func (r *jsonReader) value(d *json.Decoder, at int) error {
	switch r.text[at] {
	case '[':
		return r.array(d)
	case '{':
		end, err := wrapped(r.text[at:])
		if err != nil {
			return err
		}
		if end {
			return r.wrapper(d)
		}
	}
	return r.item(d)
}

// wrapped reports whether an object has one of the wrappers' names at its top.
func wrapped(text string) (bool, error) {
	d := json.NewDecoder(strings.NewReader(text))
	if _, err := d.Token(); err != nil {
		return false, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false, err
		}
		name, _ := key.(string)
		if at := start(text, d); wrappers[name] && at < len(text) && text[at] == '[' {
			return true, nil
		}
		if err := d.Decode(&skipped{}); err != nil {
			return false, err
		}
	}
	return false, nil
}

// skipped is a value that nobody looks at.
type skipped struct{}

// UnmarshalJSON takes anything.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

func (r *jsonReader) wrapper(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() && !r.done() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if at := start(r.text, d); wrappers[name] && at < len(r.text) && r.text[at] == '[' {
			err = r.array(d)
		} else {
			r.ignore(name)
			err = d.Decode(&skipped{})
		}
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (r *jsonReader) array(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() && !r.done() {
		if err := r.item(d); err != nil {
			return err
		}
	}
	if r.done() {
		return nil
	}
	_, err := d.Token()
	return err
}

func (r *jsonReader) item(d *json.Decoder) error {
	line := r.line.at(start(r.text, d))
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return err
	}
	if len(raw) > maxLine {
		r.broken(line, "shorten its notes", "a todo has more than %d KiB", maxLine>>10)
		return nil
	}
	members, ok := object(raw)
	if !ok {
		r.broken(line, "write each as an object: {\"text\":\"Buy milk\"}", "a todo is not an object")
		return nil
	}
	switch {
	case isTask(members):
		r.task(r.collector, line, raw, members)
	case members["text"] != nil:
		r.own(line, raw, members)
	default:
		r.foreign(line, members)
	}
	return nil
}

func object(raw json.RawMessage) (members map[string]json.RawMessage, ok bool) {
	err := json.Unmarshal(raw, &members)
	return members, err == nil && members != nil
}

// own reads a todo in our own form.
func (r *jsonReader) own(line int, raw json.RawMessage, members map[string]json.RawMessage) {
	var t todo.Todo
	if err := json.Unmarshal(raw, &t); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			r.broken(line, "write it as an export has it", "%s is of the wrong type (%s)", wrong.Field, wrong.Value)
		} else {
			r.broken(line, "write times as 2026-11-27T17:00:00Z", "a todo has a member that cannot be read")
		}
		return
	}
	item := found{Import: todo.Import{Todo: t, Line: line}, id: t.ID, parent: t.ParentID}
	if t.UID == "" {
		item.Todo.UID = t.ID
	}
	item.Todo.Due, item.Todo.Timezone, item.Todo.Repeat, item.Todo.Priority = "", "", "", ""
	r.due(&item, t.Due, t.Timezone)
	r.repeat(&item, t.Repeat)
	r.priority(&item, string(t.Priority))
	for name := range members {
		if !ownMembers[name] {
			r.ignore(name)
		}
	}
	r.add(item)
}

var ownMembers = map[string]bool{
	"id": true, "text": true, "notes": true, "completed": true, "completedAt": true, "due": true, "timezone": true, "repeat": true,
	"priority": true, "list": true, "tags": true, "parentID": true, "subtasks": true, "uid": true, "position": true,
	"createdAt": true, "createdBy": true, "updatedAt": true, "updatedBy": true, "deletedAt": true, "rev": true,
}

// foreign reads a todo whose members have other names, as columns may have them.
func (r *jsonReader) foreign(line int, members map[string]json.RawMessage) {
	row := map[column]string{}
	for name, raw := range members {
		col, known := columnOf(name)
		value, plain := scalar(raw)
		if !known || !plain || row[col] != "" {
			r.ignore(name)
			continue
		}
		row[col] = value
	}
	r.row(line, row)
}

// scalar returns a JSON value as a cell of a table would have it.
func scalar(raw json.RawMessage) (string, bool) {
	var value any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return "", false
	}
	switch value := value.(type) {
	case nil:
		return "", true
	case string:
		return value, true
	case []any:
		var parts []string
		for _, part := range value {
			if s, ok := part.(string); ok {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", "), len(parts) == len(value)
	case map[string]any:
		return "", false
	}
	return string(raw), true // a number, true or false
}

// start returns the offset of a decoder's next value.
func start(text string, d *json.Decoder) int {
	at := int(d.InputOffset())
	return at + len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\n,:"))
}

// counter tells the line of offsets that only grow.
type counter struct {
	text      string
	done, row int
}

func (c *counter) at(offset int) int {
	if offset > c.done {
		c.row += strings.Count(c.text[c.done:offset], "\n")
		c.done = offset
	}
	return c.row + 1
}
