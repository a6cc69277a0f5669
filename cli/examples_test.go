package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"todo.example/cli"
	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// notTried are commands whose examples need another server, or never end; scripts and
// the end-to-end tests run them.
var notTried = []string{"todo serve", "todo mcp", "todo login", "todo logout", "todo connect", "todo doctor"}

// before are what examples take for granted.
var before = map[string]string{
	"todo undo":         "todo add undone",
	"todo list @urgent": "todo list --save urgent",
	"todo views":        "todo list --save urgent",
	"todo token":        "todo token create example",
}

// exampleTodos are what the examples of --help speak of.
func exampleTodos() []todo.Op {
	var ops []todo.Op
	for _, n := range []todo.New{
		{Text: "Buy milk", Tags: []string{"home"}, List: "Shopping"},
		{Text: "Buy bread"},
		{Text: "Call Ada", Tags: []string{"work"}},
		{Text: "Pay the rent"},
		{Text: "Old shoes"},
	} {
		ops = append(ops, todo.Op{Op: todo.OpCreate, New: n})
	}
	return ops
}

// TestExamples runs every example of --help as it is written, each on a list that has
// what the examples speak of.
func TestExamples(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to type them into")
	}
	s := newSite(t)
	token, err := s.token(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, s.url, token)
	ran := 0
	walk(cli.World{}.Root(), func(cmd *cobra.Command) {
		for line := range strings.SplitSeq(cmd.Example, "\n") {
			line = strings.TrimSpace(line)
			if line == "" || startsWithAny(line, notTried) {
				continue
			}
			ran++
			resetExamples(t, c)
			dir := t.TempDir()
			writeExampleFiles(t, dir)
			for prefix, first := range before {
				if strings.HasPrefix(line, prefix) {
					line = first + " >/dev/null 2>&1 && " + line
				}
			}
			run := exec.CommandContext(t.Context(), shell, "-c", line)
			run.Dir = dir
			run.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "TODO_SERVER="+s.url, "TODO_TOKEN="+token,
				"EDITOR=true", "BROWSER=true", "GORACE=atexit_sleep_ms=0", "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
			var out, stderr bytes.Buffer
			run.Stdout, run.Stderr = &out, &stderr
			if err := run.Run(); err != nil {
				t.Errorf("%s: %v\n%s%s", line, err, &out, &stderr)
			}
		}
	})
	if ran < 50 {
		t.Errorf("only %d examples were found", ran)
	}
}

func startsWithAny(line string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if line == prefix || strings.HasPrefix(line, prefix+" ") {
			return true
		}
	}
	return false
}

// resetExamples leaves the example todos alone on the list.
func resetExamples(t *testing.T, c *client.Client) {
	t.Helper()
	ctx := t.Context()
	var ops []todo.Op
	list, err := c.List(ctx, todo.Query{Status: todo.StatusAll})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Todos {
		ops = append(ops, todo.Op{Op: todo.OpDelete, ID: item.ID})
	}
	trash, err := c.List(ctx, todo.Query{Status: todo.StatusTrash, Text: "shoes"})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range trash.Todos { // the example that restores one shall find one
		text := "Worn out"
		batch(ctx, t, c, []todo.Op{{Op: todo.OpRestore, ID: item.ID}})
		batch(ctx, t, c, []todo.Op{{Op: todo.OpUpdate, ID: item.ID, Patch: todo.Patch{ID: item.ID, Text: &text}}})
		ops = append(ops, todo.Op{Op: todo.OpDelete, ID: item.ID})
	}
	answer := batch(ctx, t, c, append(ops, exampleTodos()...))
	made := answer.Results[len(ops):]
	batch(ctx, t, c, []todo.Op{{Op: todo.OpComplete, ID: made[3].Todo.ID}, {Op: todo.OpDelete, ID: made[4].Todo.ID}})
}

func batch(ctx context.Context, t *testing.T, c *client.Client, ops []todo.Op) api.Batched {
	t.Helper()
	answer, err := c.Batch(ctx, ops, true)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// writeExampleFiles writes the files that the examples read, and a Taskwarrior of one task.
func writeExampleFiles(t *testing.T, dir string) {
	t.Helper()
	for name, content := range map[string]string{
		"todo.txt":  "(A) Mow the lawn +Garden @home due:2026-12-01\n",
		"tasks.csv": "title,due\nMow the lawn,2026-12-01\n",
		"task":      "#!/bin/sh\necho '[{\"uuid\":\"a\",\"description\":\"Mow\",\"status\":\"pending\"}]'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func clientOf(t *testing.T, server, token string) *client.Client {
	t.Helper()
	c, err := client.New(server, &http.Client{Transport: bearer(token)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bearer signs requests with a token.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
