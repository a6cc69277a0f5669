package mcpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"todo.example/internal/todo"
)

// schema is as much of JSON Schema as the tools' inputs use.
type schema struct {
	Type       string             `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	Required   []string           `json:"required"`
	Enum       []string           `json:"enum"`
	Minimum    int                `json:"minimum"`
	Maximum    int                `json:"maximum"`
	MinItems   int                `json:"minItems"`
	MaxItems   int                `json:"maxItems"`

	folded map[string]string // name of each property, by its folded spelling
}

// mustParseSchema parses a schema of the tool table, which is a constant.
func mustParseSchema(source string) *schema {
	s := &schema{}
	if err := json.Unmarshal([]byte(source), s); err != nil {
		panic(fmt.Sprintf("schema %s: %v", source, err))
	}
	s.fold()
	return s
}

func (s *schema) fold() {
	s.folded = map[string]string{}
	for name, property := range s.Properties {
		s.folded[fold(name)] = name
		property.fold()
	}
	if s.Items != nil {
		s.Items.fold()
	}
}

// args are a tool's arguments as its schema asks: strings, ints, bools, []any and
// args. What was left out is not there.
type args map[string]any

func (a args) text(name string) string {
	s, _ := a[name].(string)
	return s
}

// optional returns nil for what was left out.
func (a args) optional(name string) *string {
	s, ok := a[name].(string)
	if !ok {
		return nil
	}
	return &s
}

func (a args) texts(name string) []string {
	items, _ := a[name].([]any)
	var texts []string
	for _, item := range items {
		text, _ := item.(string)
		texts = append(texts, text)
	}
	return texts
}

func (a args) batch(name string) batch {
	b, _ := a[name].(batch)
	return b
}

func (a args) number(name string, absent int) int {
	if n, ok := a[name].(int); ok {
		return n
	}
	return absent
}

func (a args) flag(name string, absent bool) bool {
	if b, ok := a[name].(bool); ok {
		return b
	}
	return absent
}

// read returns the arguments of a call in the form that the schema asks for.
// Models are not exact, so what can mean only one thing is put right: a number for
// a string, a string for a number or boolean, one value for a list of one, values
// with commas for a list of several, JSON in a string, another spelling of a name
// (todo_id), and null or "" for an optional member that is left out. Anything else
// fails with what is allowed.
func (s *schema) read(raw json.RawMessage) (args, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = json.RawMessage("{}")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, badArgument("", "must be an object", s.names())
	}
	if v == nil {
		v = map[string]any{}
	}
	return s.object(v, "")
}

func (s *schema) value(v any, path string) (any, error) {
	switch s.Type {
	case "object":
		return s.object(v, path)
	case "array":
		return s.array(v, path)
	case "string":
		return s.text(v, path)
	case "integer":
		return s.integer(v, path)
	default:
		return boolean(v, path)
	}
}

func (s *schema) object(v any, path string) (args, error) {
	in, ok := unquoted(v, '{').(map[string]any)
	if !ok {
		return nil, badArgument(path, "must be an object", s.names())
	}
	out := args{}
	for _, given := range slices.Sorted(maps.Keys(in)) {
		name, known := s.folded[fold(given)]
		if !known {
			return nil, badArgument(join(path, given), "is not an argument", s.meant(given))
		}
		if _, twice := out[name]; twice {
			return nil, badArgument(join(path, name), "is given twice, in two spellings", s.names())
		}
		if in[given] == nil || in[given] == "" && !slices.Contains(s.Required, name) {
			continue
		}
		value, err := s.Properties[name].value(in[given], join(path, name))
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	for _, name := range s.Required {
		if _, ok := out[name]; !ok {
			return nil, badArgument(join(path, name), "is missing", s.names())
		}
	}
	return out, nil
}

func (s *schema) array(v any, path string) (any, error) {
	items, ok := unquoted(v, '[').([]any)
	if !ok {
		items = s.listed(v)
	}
	if s.Items.Type == "string" {
		items = slices.DeleteFunc(items, func(item any) bool { return item == nil || item == "" })
	}
	if len(items) < s.MinItems || s.MaxItems > 0 && len(items) > s.MaxItems {
		return nil, badArgument(path, fmt.Sprintf("has %d items", len(items)), fmt.Sprintf("%d to %d are allowed", s.MinItems, s.MaxItems))
	}
	if s.Items.Type == "object" {
		return s.batch(items, path)
	}
	for i := range items {
		item, err := s.Items.value(items[i], fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		items[i] = item
	}
	return items, nil
}

// listed returns the items of what is no list.
func (s *schema) listed(v any) []any {
	text, ok := v.(string)
	if !ok || s.Items.Type != "string" {
		return slices.DeleteFunc([]any{v}, func(item any) bool { return item == "" })
	}
	var items []any
	for part := range strings.SplitSeq(text, ",") { // which are in no id, and in no tag
		items = append(items, strings.TrimSpace(part))
	}
	return items
}

func (s *schema) text(v any, path string) (string, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return "", badArgument(path, "must be a string", "send it as text in quotes")
	}
	if len(s.Enum) == 0 {
		return text, nil
	}
	i := slices.IndexFunc(s.Enum, func(allowed string) bool { return strings.EqualFold(allowed, strings.TrimSpace(text)) })
	if i < 0 {
		return "", badArgument(path, fmt.Sprintf("cannot be %s", quote(cut(text))), "use one of: "+strings.Join(s.Enum, ", "))
	}
	return s.Enum[i], nil
}

func (s *schema) integer(v any, path string) (int, error) {
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if n := int(f); err == nil && float64(n) == f && n >= s.Minimum && n <= s.Maximum {
		return n, nil
	}
	return 0, badArgument(path, "is not a whole number in range", fmt.Sprintf("%d to %d are allowed", s.Minimum, s.Maximum))
}

func boolean(v any, path string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(fmt.Sprint(v))) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, badArgument(path, "must be true or false", "send true or false without quotes")
}

// unquoted returns what a string with JSON in it means, where an object or a list
// is wanted, and any other value as it is.
func unquoted(v any, begins byte) any {
	text, ok := v.(string)
	if !ok || !strings.HasPrefix(strings.TrimSpace(text), string(begins)) {
		return v
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var inner any
	if err := d.Decode(&inner); err != nil {
		return v
	}
	return inner
}

// names lists an object's members for a hint.
func (s *schema) names() string {
	if len(s.Properties) == 0 {
		return "it takes no arguments"
	}
	return "arguments: " + strings.Join(slices.Sorted(maps.Keys(s.Properties)), ", ")
}

// meant is names, with the one that was probably meant.
func (s *schema) meant(given string) string {
	if name := nearest(given, slices.Sorted(maps.Keys(s.Properties))); name != "" {
		return fmt.Sprintf("did you mean %q? %s", name, s.names())
	}
	for name, list := range s.Properties {
		if list.Items == nil {
			continue
		}
		if member, ok := list.Items.folded[fold(given)]; ok {
			return fmt.Sprintf(`it belongs into an item: {"%s":[{"%s":…}]}; %s`, name, member, s.names())
		}
	}
	return s.names()
}

func join(path, name string) string {
	return strings.TrimPrefix(path+"."+cut(name), ".")
}

func badArgument(path, what, hint string) error {
	if path == "" {
		path = "arguments"
	}
	return &todo.Error{Code: todo.CodeInvalid, Field: path, Message: fmt.Sprintf("%q %s", path, what), Hint: hint}
}
