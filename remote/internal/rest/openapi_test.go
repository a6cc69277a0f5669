package rest_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"todo.example/remote/internal/rest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// contract is the OpenAPI document as a client reads it.
type contract struct {
	raw      []byte
	resolved map[string]*jsonschema.Resolved // by schema

	Paths map[string]map[string]struct {
		OperationID string
		Parameters  []struct {
			Name, In, Description string
			Example               any
		}
		RequestBody struct{ Content map[string]media }
		Responses   map[string]answer
		Security    []map[string][]string
	}
	Components struct {
		Schemas   map[string]json.RawMessage
		Responses map[string]answer
	}
}

type answer struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]media
}

type media struct {
	Schema  json.RawMessage
	Example json.RawMessage
}

func readContract(t testing.TB, s *site) *contract {
	t.Helper()
	resp := s.fetch(t, "/api/openapi.json")
	c := &contract{raw: resp, resolved: map[string]*jsonschema.Resolved{}}
	if err := json.Unmarshal(resp, c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *site) fetch(t testing.TB, path string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

// check fails the test if the document does not foresee the answer.
func (c *contract) check(t testing.TB, x exchange, got response) {
	t.Helper()
	path, _, _ := strings.Cut(x.target, "?")
	for template, operations := range c.Paths {
		if _, exact := c.Paths[path]; exact && template != path {
			continue // OpenAPI 3.1 §4.8.8.2: a concrete path wins
		}
		op, ok := operations[strings.ToLower(x.method)]
		pattern := regexp.MustCompile("^" + regexp.MustCompile(`{\w+}`).ReplaceAllString(template, "[^/]+") + "$")
		if !ok || !pattern.MatchString(path) {
			continue
		}
		a, ok := op.Responses[fmt.Sprint(got.status)]
		if !ok {
			t.Errorf("%s %s: the document does not foresee %d for %s", x.method, x.target, got.status, op.OperationID)
			return
		}
		a = c.resolve(t, a)
		if len(a.Content) == 0 && got.body == "" {
			return
		}
		mediaType, _, _ := mime.ParseMediaType(got.header.Get("Content-Type"))
		m, ok := a.Content[mediaType]
		if !ok {
			t.Errorf("%s %s: %d comes as %q, which the document does not foresee", x.method, x.target, got.status, mediaType)
			return
		}
		if !strings.HasSuffix(mediaType, "json") {
			return // a file
		}
		if err := c.validate(m.Schema, []byte(got.body)); err != nil {
			t.Errorf("%s %s: %d is not as the document says: %v\n%s", x.method, x.target, got.status, err, got.body)
		}
	}
}

func (c *contract) resolve(t testing.TB, a answer) answer {
	t.Helper()
	if a.Ref == "" {
		return a
	}
	resolved, ok := c.Components.Responses[strings.TrimPrefix(a.Ref, "#/components/responses/")]
	if !ok {
		t.Fatalf("%s is not in the document", a.Ref)
	}
	return resolved
}

// validate checks a value with a JSON Schema implementation that is not the one
// the document was made with.
func (c *contract) validate(schema, value json.RawMessage) error {
	validator, err := c.validator(schema)
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	return validator.Validate(v)
}

func (c *contract) validator(schema json.RawMessage) (*jsonschema.Resolved, error) {
	if v, ok := c.resolved[string(schema)]; ok {
		return v, nil
	}
	bundle, err := json.Marshal(map[string]any{"$defs": c.Components.Schemas, "allOf": []json.RawMessage{schema}})
	if err != nil {
		return nil, err
	}
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(bundle), "#/components/schemas/", "#/$defs/")), &s); err != nil {
		return nil, err
	}
	c.resolved[string(schema)], err = s.Resolve(nil)
	return c.resolved[string(schema)], err
}

// TestDocument pins the published document. It may gain operations and members;
// whoever takes one away or changes one breaks clients. Run with -update to rewrite it.
func TestDocument(t *testing.T) {
	const golden = "testdata/openapi.json"
	got := newSite(t).contract.raw
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("openapi.json (-want +got):\n%s", diff)
	}
}

func TestDocumentHasEveryOperation(t *testing.T) {
	c := newSite(t).contract
	var got, want []string
	for path, operations := range c.Paths {
		for method, op := range operations {
			got = append(got, op.OperationID+" "+strings.ToUpper(method)+" "+path)
		}
	}
	for _, op := range rest.Operations() {
		want = append(want, op.ID+" "+op.Method+" "+op.Path)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-table +document):\n%s", diff)
	}
}

// TestDocumentExplainsItself wants words for everything, and examples that are
// valid by the schemas beside them.
func TestDocumentExplainsItself(t *testing.T) {
	c := newSite(t).contract
	for name, raw := range c.Components.Schemas {
		var schema struct {
			Properties map[string]struct{ Description string }
		}
		if err := json.Unmarshal(raw, &schema); err != nil {
			t.Fatal(err)
		}
		for property, s := range schema.Properties {
			if s.Description == "" {
				t.Errorf("schema %s: %s has no description", name, property)
			}
		}
	}
	contents := map[string]map[string]media{}
	for _, operations := range c.Paths {
		for _, op := range operations {
			for _, p := range op.Parameters {
				if p.Description == "" || p.Example == nil {
					t.Errorf("%s: the parameter %s has no description or no example", op.OperationID, p.Name)
				}
			}
			contents[op.OperationID+" request"] = op.RequestBody.Content
			for status, a := range op.Responses {
				contents[op.OperationID+" "+status] = c.resolve(t, a).Content
			}
		}
	}
	for _, where := range slices.Sorted(maps.Keys(contents)) {
		for mediaType, m := range contents[where] {
			if err := c.validate(m.Schema, m.Example); err != nil {
				t.Errorf("%s as %s: bad example: %v", where, mediaType, err)
			}
		}
	}
}
