package mcpserver_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

// viewOf returns the view that a tool names, as a host finds it.
func viewOf(t testing.TB, cs *mcp.ClientSession, tool string) (uri string, contents *mcp.ResourceContents) {
	t.Helper()
	for listed, err := range cs.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if ui, ok := listed.Meta["ui"].(map[string]any); ok && listed.Name == tool {
			uri, _ = ui["resourceUri"].(string)
			if listed.Meta["ui/resourceUri"] != uri {
				t.Errorf("older hosts find %v", listed.Meta["ui/resourceUri"])
			}
		} else if listed.Meta["ui"] != nil {
			t.Errorf("%s has a view", listed.Name)
		}
	}
	r, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		t.Fatalf("reading %q: %v", uri, err)
	}
	return uri, r.Contents[0]
}

func TestOneToolHasAView(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		cs := s.connect(t, version, full("ada"), nil)
		if got := cs.InitializeResult().Capabilities.Extensions["io.modelcontextprotocol/ui"]; got == nil {
			t.Error("the extension is not announced")
		}
		uri, view := viewOf(t, cs, "listTodos")
		if view.MIMEType != "text/html;profile=mcp-app" || view.URI != uri {
			t.Errorf("the view is %s at %s", view.MIMEType, view.URI)
		}
		got, err := json.Marshal(view.Meta["ui"])
		want := `{"csp":{"baseUriDomains":[],"connectDomains":[],"frameDomains":[],"resourceDomains":[]},"prefersBorder":true}`
		if err != nil || string(got) != want {
			t.Errorf("_meta.ui is %s", got)
		}
		sum := sha256.Sum256([]byte(view.Text))
		if !strings.HasSuffix(uri, "@"+hex.EncodeToString(sum[:])[:12]) {
			t.Errorf("%s is not the address of what it holds", uri)
		}
		old, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "ui://todoapp/todo-list@0123456789ab"})
		if err != nil || old.Contents[0].Text != view.Text {
			t.Errorf("by the hash of another version: %v", err)
		}
		for tool, has := range map[string]bool{"listTodos": true, "list_todos": true, "getOverview": false} {
			r, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tool})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Meta["ui/resourceUri"] == uri; got != has {
				t.Errorf("the result of %s names the view: %t, want %t", tool, got, has)
			}
		}
	})
}

// TestTheInspectorFindsTheView asks the protocol's own Inspector.
func TestTheInspectorFindsTheView(t *testing.T) {
	node, peers := os.Getenv("TODO_TEST_NODE"), os.Getenv("TODO_TEST_PEERS")
	if node == "" || peers == "" {
		t.Skip("TODO_TEST_NODE and TODO_TEST_PEERS do not name Node.js and the installed peers: ./test sets them")
	}
	s := startWith(t, todotest.NewStore(), signedIn)
	// It ends with status 2 where there is none.
	command := exec.CommandContext(t.Context(), node, filepath.Join(peers, ".bin", "mcp-inspector"),
		"--cli", "--transport", "http", "--server-url", s.url+"/mcp", "--method", "tools/list", "--app-info")
	command.Stderr = t.Output()
	out, err := command.Output()
	if err != nil || !strings.Contains(string(out), "text/html;profile=mcp-app") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestTheResultStandsWithoutTheView holds that a host that shows no view has all of
// it in words.
func TestTheResultStandsWithoutTheView(t *testing.T) {
	s := start(t)
	cs := s.connect(t, modern, full("ada"), nil)
	s.create(t, "ada", todo.New{Text: "Buy milk", Due: "2026-11-27"}, todo.New{Text: "Call Anna"})
	r, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "listTodos"})
	if err != nil {
		t.Fatal(err)
	}
	var text, data any
	structured, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(r.Content[0].(*mcp.TextContent).Text), &text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(structured, &data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(data, text); diff != "" {
		t.Errorf("the data and the first text (-data +text):\n%s", diff)
	}
	if last := words(r); !strings.Contains(last, "2 of 2.") || strings.Contains(last, "ui://") {
		t.Errorf("in words: %s", last)
	}
}

// TestTheViewIsOneFile holds what hosts' policies ask for: that it is small, loads
// nothing, and has its scripts and styles in one place each.
func TestTheViewIsOneFile(t *testing.T) {
	const ceiling = 60 << 10
	s := start(t)
	_, view := viewOf(t, s.connect(t, modern, full("ada"), nil), "listTodos")
	if n := len(view.Text); n < 4<<10 || n > ceiling {
		t.Errorf("%d bytes, at most %d", n, ceiling)
	}
	if !strings.HasPrefix(view.Text, "<!doctype html>") || strings.Contains(view.Text, "{{") {
		t.Errorf("it begins %.40q, and has holes: %t", view.Text, strings.Contains(view.Text, "{{"))
	}
	for _, tag := range []string{"script", "style"} {
		if open, closed := strings.Count(view.Text, "<"+tag), strings.Count(view.Text, "</"+tag); open != 1 || closed != 1 {
			t.Errorf("%s opens %d times and closes %d times", tag, open, closed)
		}
	}
	for what, pattern := range map[string]string{
		"an address elsewhere":   `(?i)https?:|["'(]//[a-z]`,
		"something to load":      `(?i)\b(src|href|action|srcset|data)\s*=|url\(|@import|@font-face`,
		"a request":              `\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\b|new Worker`,
		"an inline handler":      `(?i)<[^>]*\son[a-z]+\s*=`,
		"text taken for markup":  `innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc`,
		"text taken for program": `\beval\b|new Function|javascript:|setTimeout\(["'` + "`]",
		"something to keep":      `localStorage|sessionStorage|indexedDB|document\.cookie`,
	} {
		if found := regexp.MustCompile(pattern).FindString(view.Text); found != "" {
			t.Errorf("it has %s: %q", what, found)
		}
	}
}
