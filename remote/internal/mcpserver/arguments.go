package mcpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
}

// mustParseSchema parses a schema of the tool table, which is a constant.
func mustParseSchema(source string) *schema {
	s := &schema{}
	if err := json.Unmarshal([]byte(source), s); err != nil {
		panic(fmt.Sprintf("schema %s: %v", source, err))
	}
	return s
}

// accept returns the value in the form that the schema asks for. Models are not
// exact, so what can mean only one thing is put right: a number for a string, a
// string for a number or boolean, one value for a list of one, and null or "" for
// an optional member that is left out. Anything else fails with what is allowed.
func (s *schema) accept(v json.RawMessage, path string) (json.RawMessage, error) {
	v = bytes.TrimSpace(v)
	switch s.Type {
	case "object":
		return s.acceptObject(v, path)
	case "array":
		return s.acceptArray(v, path)
	case "string":
		return s.acceptString(v, path)
	case "integer":
		return s.acceptInteger(v, path)
	default:
		return acceptBoolean(v, path)
	}
}

func (s *schema) acceptObject(v json.RawMessage, path string) (json.RawMessage, error) {
	in := map[string]json.RawMessage{}
	if len(v) > 0 && json.Unmarshal(v, &in) != nil {
		return nil, badArgument(path, "must be an object", s.names())
	}
	out := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		at := strings.TrimPrefix(path+"."+name, ".")
		property, known := s.Properties[name]
		if !known {
			return nil, badArgument(at, "is not an argument", s.names())
		}
		required := slices.Contains(s.Required, name)
		if value := string(in[name]); value == "null" || value == `""` && !required {
			continue
		}
		value, err := property.accept(in[name], at)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	for _, name := range s.Required {
		if _, ok := out[name]; !ok {
			return nil, badArgument(strings.TrimPrefix(path+"."+name, "."), "is missing", s.names())
		}
	}
	return json.Marshal(out)
}

func (s *schema) acceptArray(v json.RawMessage, path string) (json.RawMessage, error) {
	if v[0] != '[' {
		v = slices.Concat(json.RawMessage("["), v, json.RawMessage("]"))
	}
	var items []json.RawMessage
	if err := json.Unmarshal(v, &items); err != nil {
		return nil, badArgument(path, "must be a list", "")
	}
	if len(items) < s.MinItems || len(items) > s.MaxItems {
		return nil, badArgument(path, fmt.Sprintf("has %d items", len(items)), fmt.Sprintf("%d to %d are allowed", s.MinItems, s.MaxItems))
	}
	for i := range items {
		item, err := s.Items.accept(items[i], fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		items[i] = item
	}
	return json.Marshal(items)
}

func (s *schema) acceptString(v json.RawMessage, path string) (json.RawMessage, error) {
	var text string
	switch {
	case v[0] == '"':
		if err := json.Unmarshal(v, &text); err != nil {
			return nil, badArgument(path, "must be a string", "")
		}
	case v[0] == '-' || v[0] >= '0' && v[0] <= '9':
		text = string(v)
		v = json.RawMessage(`"` + text + `"`)
	default:
		return nil, badArgument(path, "must be a string", "")
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		return nil, badArgument(path, "has a value that is not allowed", "use one of: "+strings.Join(s.Enum, ", "))
	}
	return v, nil
}

func (s *schema) acceptInteger(v json.RawMessage, path string) (json.RawMessage, error) {
	v = bytes.Trim(v, `"`)
	var n int
	if err := json.Unmarshal(v, &n); err != nil || n < s.Minimum || n > s.Maximum {
		return nil, badArgument(path, "is not a whole number in range", fmt.Sprintf("%d to %d are allowed", s.Minimum, s.Maximum))
	}
	return v, nil
}

func acceptBoolean(v json.RawMessage, path string) (json.RawMessage, error) {
	v = bytes.Trim(v, `"`)
	if s := string(v); s != "true" && s != "false" {
		return nil, badArgument(path, "must be true or false", "")
	}
	return v, nil
}

// names lists an object's members for a hint.
func (s *schema) names() string {
	if len(s.Properties) == 0 {
		return "it takes no arguments"
	}
	return "arguments: " + strings.Join(slices.Sorted(maps.Keys(s.Properties)), ", ")
}

func badArgument(path, what, hint string) error {
	if path == "" {
		path = "arguments"
	}
	if hint != "" {
		hint += "; "
	}
	return &todo.Error{Code: todo.CodeInvalid, Field: path, Message: fmt.Sprintf("%q %s", path, what), Hint: hint + "nothing was changed"}
}
