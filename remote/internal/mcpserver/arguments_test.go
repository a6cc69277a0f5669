package mcpserver_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"todo.example/internal/todo"
	"todo.example/remote/internal/mcpserver"
)

// lengths are what the reader leaves to the Service, which says it better.
var lengths = regexp.MustCompile(`"(minLength|maxLength)":\d+,`)

// FuzzArguments sends anything as arguments: what is taken keeps the tool's own
// schema, and what is not is refused with a field and a hint.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `"{\"todoText\":\"x\"}"`, `{"todoText":"x","due":"","tags":"a","priority":"HIGH"}`,
		`{"todo_text":1e400,"Tags":["a",null,""]}`, `{"todoIDs":"[\"a\",\"b\"]","completed":"False"}`, `{"limit":"10","status":"Open"}`,
		`{"limit":-1.0e1}`, `{"limit":9007199254740993}`, `{"todos":{"todoID":true}}`, `{"todos":"[{\"todoID\":5,\"addTags\":[[]]}]"}`, `{"todoID":"a","todo_id":"b"}`,
	} {
		for _, tool := range mcpserver.Tools() {
			f.Add(tool.Name, []byte(seed))
		}
	}
	resolved := map[string]*jsonschema.Resolved{}
	f.Fuzz(func(t *testing.T, tool string, raw []byte) {
		if !json.Valid(raw) && len(raw) > 0 {
			return // the message that it is in would have been refused
		}
		read, source, err := mcpserver.ReadArguments(tool, raw)
		if source == "" {
			return
		}
		if err != nil {
			if e := todo.AsError(err); e.Code != todo.CodeInvalid || e.Field == "" || e.Hint == "" {
				t.Errorf("%s %s: %+v", tool, raw, e)
			}
			return
		}
		if resolved[tool] == nil {
			schema := &jsonschema.Schema{}
			if err := json.Unmarshal(lengths.ReplaceAll([]byte(source), nil), schema); err != nil {
				t.Fatal(err)
			}
			if resolved[tool], err = schema.Resolve(nil); err != nil {
				t.Fatal(err)
			}
		}
		data, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		var sent any
		if err := json.Unmarshal(data, &sent); err != nil {
			t.Fatal(err)
		}
		if err := resolved[tool].Validate(sent); err != nil {
			t.Errorf("%s %s is read as %s: %v", tool, raw, data, err)
		}
	})
}
