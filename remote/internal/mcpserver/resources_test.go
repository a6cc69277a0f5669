package mcpserver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

func pageOf(limit int) todo.Query { return todo.Query{Status: todo.StatusOpen, Limit: limit} }

func rpcCode(err error) int64 {
	if e, ok := errors.AsType[*jsonrpc.Error](err); ok {
		return e.Code
	}
	return 0
}

func TestOpenTodosAreListedInPages(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		cs := s.connect(t, version, full("ada"), nil)
		want := []string{"todos"}
		for i := range 205 {
			want = append(want, s.add(t, "ada", fmt.Sprintf("todo %d", i)).Text)
		}
		done := s.add(t, "ada", "done")
		if _, err := s.svc.SetCompleted(t.Context(), "ada", web, []string{done.ID}, true, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for r, err := range cs.Resources(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("resources (-want +got):\n%s", diff)
		}
		first, err := cs.ListResources(t.Context(), nil)
		if err != nil || len(first.Resources) != 101 || first.NextCursor == "" {
			t.Errorf("first page: %d resources, %v", len(first.Resources), err)
		}
		if _, err := cs.ListResources(t.Context(), &mcp.ListResourcesParams{Cursor: "nonsense"}); rpcCode(err) != -32602 {
			t.Errorf("a bad cursor: %v", err)
		}
	})
}

func TestReadAsTheSampleDoes(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		cs := s.connect(t, version, full("ada"), nil)
		made := s.add(t, "ada", "Buy milk")
		uri := "todoapp://todos/" + made.ID
		got, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		if err != nil {
			t.Fatal(err)
		}
		if c := got.Contents[0]; c.Text != "text: Buy milk completed: false" || c.MIMEType != "text/plain" || c.URI != uri {
			t.Errorf("first: %+v", c)
		}
		var full todo.Todo
		if err := json.Unmarshal([]byte(got.Contents[1].Text), &full); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, full); diff != "" || got.Contents[1].MIMEType != "application/json" {
			t.Errorf("second (-want +got):\n%s", diff)
		}
		if version == modern && (got.CacheScope != "private" || got.TTLMs != 0) {
			t.Errorf("cacheable: %+v", got.Cacheable)
		}
		if _, err := s.svc.Delete(t.Context(), "ada", web, []string{made.ID}, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{uri, "todoapp://todos/zzzzzzzz", "todoapp://todos/", "todoapp://else", "file:///etc/passwd", "todoapp://todos/a/b"} {
			if _, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: gone}); rpcCode(err) != -32602 {
				t.Errorf("reading %s: %v", gone, err)
			}
		}
	})
}

func TestListReadsAsTextAndJSON(t *testing.T) {
	s := start(t)
	cs := s.connect(t, modern, full("ada"), nil)
	var want string
	for i := range 203 {
		made := s.add(t, "ada", fmt.Sprintf("todo %d", i))
		if i < 200 {
			want += made.ID + " " + made.Text + "\n"
		}
	}
	got, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "todoapp://todos"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want+"… and 3 more: use listTodos\n", got.Contents[0].Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	var list struct {
		Todos []todo.Todo
		Total int
	}
	if err := json.Unmarshal([]byte(got.Contents[1].Text), &list); err != nil || list.Total != 203 || len(list.Todos) != 200 {
		t.Errorf("JSON: %d of %d, %v", len(list.Todos), list.Total, err)
	}
}

func TestIDsAreCompleted(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		cs := s.connect(t, version, full("ada"), nil)
		made := s.add(t, "ada", "one")
		s.add(t, "eve", "another's")
		complete := func(uri, name, value string) []string {
			t.Helper()
			r, err := cs.Complete(t.Context(), &mcp.CompleteParams{
				Ref: &mcp.CompleteReference{Type: "ref/resource", URI: uri}, Argument: mcp.CompleteParamsArgument{Name: name, Value: value},
			})
			if err != nil {
				t.Fatal(err)
			}
			return r.Completion.Values
		}
		if got := complete("todoapp://todos/{id}", "id", made.ID[:3]); !cmp.Equal(got, []string{made.ID}) {
			t.Errorf("completions: %v", got)
		}
		for _, none := range [][3]string{{"todoapp://todos/{id}", "id", "!"}, {"todoapp://todos/{id}", "x", ""}, {"other://{id}", "id", ""}} {
			if got := complete(none[0], none[1], none[2]); len(got) != 0 {
				t.Errorf("completions of %v: %v", none, got)
			}
		}
	})
}
