package mcpserver_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/mcpserver"
)

// The published surface has golden files. A tool, an argument or a result member is
// never taken away or given another meaning: clients keep what they read. Run with
// -update after adding to it, and say so in the change log.
var update = flag.Bool("update", false, "write the golden files")

// viewHash is what changes in the surface with every change to the view.
var viewHash = regexp.MustCompile(`(ui://todoapp/todo-list@)[0-9a-f]{12}`)

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	shown := viewHash.ReplaceAllString(pretty.String(), "${1}HASH")
	if *update {
		if err := os.WriteFile(path, []byte(shown), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), shown); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// result returns the result of an answer, which comes as an event.
func result(t *testing.T, r reply) []byte {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("answer %d %s", r.status, r.body)
	}
	_, data, _ := strings.Cut(r.body, "data: ")
	var v struct{ Result json.RawMessage }
	if err := json.NewDecoder(strings.NewReader(data)).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v.Result
}

func TestSurfaceIsAsPublished(t *testing.T) {
	s := start(t)
	golden(t, "discover.json", result(t, s.send(t, modernCall("server/discover", "", ""))))
	golden(t, "tools.json", result(t, s.send(t, modernCall("tools/list", "", ""))))
	golden(t, "templates.json", result(t, s.send(t, modernCall("resources/templates/list", "", ""))))
	golden(t, "resources.json", result(t, s.send(t, modernCall("resources/list", "", ""))))
	golden(t, "prompts.json", result(t, s.send(t, modernCall("prompts/list", "", ""))))
	golden(t, "initialize.json", result(t, s.send(t, post{body: `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"tester","version":"1"}}}`})))
}

// TestSurfaceIsSmall bounds what every conversation pays for where there is no
// tokenizer: four bytes are about one token. TestTokenCeilings counts.
func TestSurfaceIsSmall(t *testing.T) {
	const toolTokens, instructionTokens = 4300, 150
	s := start(t)
	var list struct {
		Tools []struct{ Name, Description, InputSchema, OutputSchema json.RawMessage }
	}
	if err := json.Unmarshal(result(t, s.send(t, modernCall("tools/list", "", ""))), &list); err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, tool := range list.Tools {
		size += len(tool.Name) + len(tool.Description) + len(tool.InputSchema) + len(tool.OutputSchema)
	}
	t.Logf("the tools are about %d tokens", size/4)
	if size/4 > toolTokens {
		t.Errorf("the tools are about %d tokens, at most %d", size/4, toolTokens)
	}
	var hello struct{ Instructions string }
	if err := json.Unmarshal(result(t, s.send(t, modernCall("server/discover", "", ""))), &hello); err != nil {
		t.Fatal(err)
	}
	if n := len(hello.Instructions) / 4; n == 0 || n > instructionTokens {
		t.Errorf("the instructions are about %d tokens, 1 to %d", n, instructionTokens)
	}
}

// TestToolsNamesThemAll holds the table that permission tests go by to what is
// served.
func TestToolsNamesThemAll(t *testing.T) {
	s := start(t)
	eras(t, func(t *testing.T, version string) {
		cs := s.connect(t, version, full("ada"), nil)
		listed, err := cs.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var names, want []string
		for _, tool := range listed.Tools {
			names = append(names, tool.Name)
		}
		for _, tool := range mcpserver.Tools() {
			if !tool.Extra {
				want = append(want, tool.Name)
			}
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("tools (-table +listed):\n%s", diff)
		}
	})
}

// reading are the tools that change nothing.
var reading = []string{"getOverview", "getTodo", "listChanges", "listTodos"}

func TestReadOnlyAccessShowsReadOnlyTools(t *testing.T) {
	s := start(t)
	eras(t, func(t *testing.T, version string) {
		cs := s.connect(t, version, token("ada", "reader", auth.ScopeRead), nil)
		listed, err := cs.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, tool := range listed.Tools {
			names = append(names, tool.Name)
			if !tool.Annotations.ReadOnlyHint {
				t.Errorf("%s is not read-only", tool.Name)
			}
		}
		if diff := cmp.Diff(reading, names); diff != "" {
			t.Errorf("tools (-want +listed):\n%s", diff)
		}
	})
}
