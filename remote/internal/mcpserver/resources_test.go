package mcpserver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
		want := []string{"today", "todos", "todo-list"}
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
		if err != nil || len(first.Resources) != 103 || first.NextCursor == "" {
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

// reads returns what a resource reads as: its parts' texts.
func reads(t testing.TB, cs *mcp.ClientSession, uri string) []string {
	t.Helper()
	r, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		t.Fatalf("reading %s: %v", uri, err)
	}
	var texts []string
	for _, c := range r.Contents {
		if c.URI != uri {
			t.Errorf("%s came as %s", uri, c.URI)
		}
		texts = append(texts, c.Text)
	}
	return texts
}

// texts returns the texts of the todos in the second part, and the total.
func texts(t testing.TB, parts []string) ([]string, int) {
	t.Helper()
	var list struct {
		Todos []todo.Todo
		Total int
	}
	if err := json.Unmarshal([]byte(parts[1]), &list); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, made := range list.Todos {
		found = append(found, made.Text)
	}
	return found, list.Total
}

func TestListReadsAsChecklistAndJSON(t *testing.T) {
	s := startAt(t, tuesday)
	cs := s.connect(t, modern, full("ada"), nil)
	var items []todo.New
	for i := range 203 {
		items = append(items, todo.New{Text: fmt.Sprintf("todo %d", i)})
	}
	items[0] = todo.New{Text: "Buy [milk] _now_ and *bread*", Due: "2026-11-20", Repeat: "every week", Priority: "high", List: "Home & Garden", Tags: []string{"a_b", "c"}}
	made := s.create(t, "ada", items...)
	parts := reads(t, cs, "todoapp://todos")
	lines := strings.Split(parts[0], "\n")
	want := []string{
		"# Open TODOs", "", "203 open, Tue 2026-11-24 21:10 (UTC)", "",
		"- [ ] Buy \\[milk\\] \\_now\\_ and \\*bread\\* (`" + made[0].ID + "`, due Fri 2026-11-20, overdue, every week, high, Home \\& Garden, #a\\_b, #c)",
		"- [ ] todo 1 (`" + made[1].ID + "`)",
	}
	if diff := cmp.Diff(want, lines[:len(want)]); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if !strings.HasSuffix(parts[0], "\n\n… and 3 more: use listTodos\n") || len(lines) != 4+200+3 {
		t.Errorf("%d lines, and at the end %q", len(lines), parts[0][len(parts[0])-60:])
	}
	if found, total := texts(t, parts); total != 203 || len(found) != 200 {
		t.Errorf("JSON: %d of %d", len(found), total)
	}
}

func TestPartsOfTheListAreResources(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := startAt(t, tuesday)
		cs := s.connect(t, version, full("ada"), nil)
		s.create(t, "ada",
			todo.New{Text: "Weed", List: "Home & Garden/50%", Tags: []string{"büro"}}, todo.New{Text: "Late", Due: "2026-11-01"},
			todo.New{Text: "Today", Due: "2026-11-24", Tags: []string{"büro"}}, todo.New{Text: "Tomorrow", Due: "2026-11-25"})
		done := s.create(t, "ada", todo.New{Text: "Done", List: "Finished"})[0]
		if _, err := s.svc.SetCompleted(t.Context(), "ada", web, []string{done.ID}, true, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		s.create(t, "eve", todo.New{Text: "Hers", List: "Secret", Tags: []string{"büro"}, Due: "2026-11-24"})
		for uri, want := range map[string][]string{
			"todoapp://today": {"Late", "Today"},
			"todoapp://lists/Home%20%26%20Garden%2F50%25": {"Weed"},
			"todoapp://lists/home & garden%2F50%25":       {"Weed"},
			"todoapp://lists/Inbox":                       {"Late", "Today", "Tomorrow"},
			"todoapp://lists/Finished":                    nil,
			"todoapp://tags/b%C3%BCro":                    {"Weed", "Today"},
			"todoapp://tags/BÜRO":                         {"Weed", "Today"},
		} {
			got, total := texts(t, reads(t, cs, uri))
			if diff := cmp.Diff(want, got); diff != "" || total != len(want) {
				t.Errorf("%s: %d (-want +got):\n%s", uri, total, diff)
			}
		}
		for _, uri := range []string{
			"todoapp://lists/Secret", "todoapp://lists/", "todoapp://lists/Home%20&%20Garden/50%25", "todoapp://lists/%zz", "todoapp://lists/%ff",
			"todoapp://tags/none", "todoapp://export/exe", "todoapp://export/todoist", "todoapp://today/x", "todoapp://lists/x?y",
		} {
			if _, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}); rpcCode(err) != -32602 {
				t.Errorf("reading %s: %v", uri, err)
			}
		}
	})
}

func TestTheListIsExported(t *testing.T) {
	s := startAt(t, tuesday)
	cs := s.connect(t, modern, full("ada"), nil)
	made := s.create(t, "ada", todo.New{Text: "Buy milk", Due: "2026-11-27", Tags: []string{"home"}}, todo.New{Text: "Done"}, todo.New{Text: "Gone"})
	if _, err := s.svc.SetCompleted(t.Context(), "ada", web, []string{made[1].ID}, true, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.Delete(t.Context(), "ada", web, []string{made[2].ID}, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string][2]string{
		"todotxt": {"text/plain; charset=utf-8", "due:2026-11-27"},
		"csv":     {"text/csv; charset=utf-8; header=present", "Buy milk"},
		"json":    {"application/json", `"text":`},
		"ics":     {"text/calendar; charset=utf-8", "SUMMARY:Buy milk"},
		"md":      {"text/markdown; charset=utf-8; variant=GFM", "- [ ] Buy milk"},
	} {
		r, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "todoapp://export/" + format})
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		c := r.Contents[0]
		if c.MIMEType != want[0] || !strings.Contains(c.Text, want[1]) || !strings.Contains(c.Text, "Done") || strings.Contains(c.Text, "Gone") {
			t.Errorf("%s is %s:\n%s", format, c.MIMEType, c.Text)
		}
	}
}

func TestResourcesAreAnnotated(t *testing.T) {
	s := startAt(t, tuesday)
	cs := s.connect(t, modern, full("ada"), nil)
	s.create(t, "ada", todo.New{Text: "high", Priority: "high"}, todo.New{Text: "low", Priority: "low"})
	listed, err := cs.ListResources(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]mcp.Annotations{}
	for _, r := range listed.Resources {
		if r.Annotations != nil {
			got[r.Name] = *r.Annotations
		}
	}
	at := "2026-11-24T21:10:00Z"
	for name, priority := range map[string]float64{"todos": 0.9, "today": 1, "high": 0.8, "low": 0.3} {
		a := got[name]
		if a.Priority != priority || len(a.LastModified) != len(at) || a.LastModified < at || !cmp.Equal(a.Audience, []mcp.Role{"user", "assistant"}) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestVariablesAreCompleted(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		cs := s.connect(t, version, full("ada"), nil)
		made := s.create(t, "ada", todo.New{Text: "Buy oat milk", List: "Groceries", Tags: []string{"shop"}}, todo.New{Text: "Call", List: "Home & Garden"})
		s.create(t, "eve", todo.New{Text: "milk", List: "Gardening", Tags: []string{"shopping"}})
		for _, c := range []struct {
			uri, name, value string
			want             []string
		}{
			{"todoapp://todos/{id}", "id", made[0].ID[:4], []string{made[0].ID}},
			{"todoapp://todos/{id}", "id", "MILK, oat", []string{made[0].ID}},
			{"todoapp://todos/{id}", "id", "is:open tag:shop", []string{}},
			{"todoapp://todos/{id}", "id", "!", []string{}},
			{"todoapp://todos/{id}", "x", "", []string{}},
			{"todoapp://lists/{name}", "name", "gar", []string{"Home & Garden"}},
			{"todoapp://lists/{name}", "name", "", []string{"Inbox", "Groceries", "Home & Garden"}},
			{"todoapp://tags/{name}", "name", "S", []string{"shop"}},
			{"todoapp://export/{format}", "format", "todo", []string{"todotxt"}},
			{"other://{id}", "id", "", []string{}},
		} {
			r, err := cs.Complete(t.Context(), &mcp.CompleteParams{
				Ref: &mcp.CompleteReference{Type: "ref/resource", URI: c.uri}, Argument: mcp.CompleteParamsArgument{Name: c.name, Value: c.value},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, r.Completion.Values); diff != "" {
				t.Errorf("%s %s %q (-want +got):\n%s", c.uri, c.name, c.value, diff)
			}
		}
	})
}

func TestCompletionsAreAtMostAHundred(t *testing.T) {
	s := start(t)
	cs := s.connect(t, modern, full("ada"), nil)
	var items []todo.New
	for range 120 {
		items = append(items, todo.New{Text: "Buy milk"})
	}
	s.create(t, "ada", items...)
	r, err := cs.Complete(t.Context(), &mcp.CompleteParams{
		Ref: &mcp.CompleteReference{Type: "ref/resource", URI: "todoapp://todos/{id}"}, Argument: mcp.CompleteParamsArgument{Name: "id", Value: "milk"},
	})
	if err != nil || len(r.Completion.Values) != 100 || !r.Completion.HasMore || r.Completion.Total != 120 {
		t.Errorf("%d of %d, more %t, %v", len(r.Completion.Values), r.Completion.Total, r.Completion.HasMore, err)
	}
}
