package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// peers are the npm packages that others wrote, and the Node.js to run them.
type peers struct {
	t             *testing.T
	node, modules string
}

func findPeers(t *testing.T) peers {
	t.Helper()
	p := peers{t: t, node: os.Getenv("TODO_TEST_NODE"), modules: os.Getenv("TODO_TEST_PEERS")}
	if p.node == "" || p.modules == "" {
		t.Skip("TODO_TEST_NODE and TODO_TEST_PEERS do not name Node.js and the npm peers")
	}
	return p
}

// command runs a script of a package, or a file of ours.
func (p peers) command(script string, args ...string) *exec.Cmd {
	if !filepath.IsAbs(script) {
		script = filepath.Join(p.modules, script)
	}
	cmd := exec.CommandContext(p.t.Context(), p.node, append([]string{script}, args...)...)
	cmd.Env = environment(p.t.TempDir(), "TODO_TEST_PEERS="+p.modules)
	return cmd
}

// output runs the command and decodes the JSON that it prints into out.
func (p peers) output(cmd *exec.Cmd, out any) {
	p.t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("%v\n%s%s", err, stdout, stderr.String())
	}
	if err := json.Unmarshal(stdout, out); err != nil {
		p.t.Fatalf("%v in %s", err, stdout)
	}
}

// token signs a terminal in and returns its access token, for clients that are
// given one.
func token(t *testing.T, s *server, b *browser) string {
	t.Helper()
	shell := s.terminal("TODO_TOKEN_STORE=file")
	signInTerminal(t, s, b, shell)
	var state string
	for _, v := range shell.env {
		if dir, ok := strings.CutPrefix(v, "XDG_STATE_HOME="); ok {
			state = dir
		}
	}
	raw, err := os.ReadFile(filepath.Join(state, "todo", "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Items map[string]string }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for key, item := range file.Items {
		var grant struct {
			AccessToken string `json:"access_token"`
		}
		if strings.HasPrefix(key, "grant ") && json.Unmarshal([]byte(item), &grant) == nil && grant.AccessToken != "" {
			return grant.AccessToken
		}
	}
	t.Fatal("todo login left no access token")
	return ""
}

var allTools = []string{
	"createTodo", "createTodos", "deleteTodo", "deleteTodos", "getOverview", "getTodo", "listChanges", "listTodos",
	"markTodoComplete", "setTodosCompleted", "undoChange", "updateTodos",
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

func TestInspector(t *testing.T) {
	p := findPeers(t)
	s := serve(t)
	b := openBrowser(t)
	b.signIn(s, s.URL, ada)
	auth := "Authorization: Bearer " + token(t, s, b)
	inspectAt := func(path string, out any, args ...string) {
		t.Helper()
		all := append([]string{"--cli", "--transport", "http", "--server-url", s.URL + path, "--header", auth}, args...)
		p.output(p.command(".bin/mcp-inspector", all...), out)
	}
	inspect := func(out any, args ...string) {
		t.Helper()
		inspectAt("/mcp", out, args...)
	}
	tools := func(path string) []string {
		t.Helper()
		var list struct{ Tools []struct{ Name string } }
		inspectAt(path, &list, "--method", "tools/list", "--strict") // exits 6 where a schema is not portable
		var names []string
		for _, tool := range list.Tools {
			names = append(names, tool.Name)
		}
		return sorted(names)
	}

	if got := tools("/mcp"); !slices.Equal(got, sorted(allTools)) {
		t.Errorf("tools %v", got)
	}
	if got := tools("/mcp?tools=openai&readonly=1"); !slices.Equal(got, []string{"fetch", "getOverview", "getTodo", "listChanges", "listTodos", "search"}) {
		t.Errorf("tools to read, with ChatGPT's: %v", got)
	}
	var called struct {
		IsError bool
		Content []struct{ Text string }
	}
	inspect(&called, "--method", "tools/call", "--tool-name", "createTodo", "--tool-arg", "todoText=from the Inspector")
	if called.IsError || !strings.HasPrefix(called.Content[0].Text, "Success!") {
		t.Errorf("createTodo: %+v", called)
	}
	b.untilShows("from the Inspector")
	var resources struct{ Resources []struct{ Name, URI string } }
	inspect(&resources, "--method", "resources/list")
	for _, r := range resources.Resources {
		if r.Name != "from the Inspector" {
			continue
		}
		var read struct{ Contents []struct{ Text string } }
		inspect(&read, "--method", "resources/read", "--uri", r.URI)
		if got := read.Contents[0].Text; got != "text: from the Inspector completed: false" {
			t.Errorf("read %q", got)
		}
		return
	}
	t.Errorf("the todo is not among the resources: %+v", resources)
}

func TestTypeScriptSDK(t *testing.T) {
	p := findPeers(t)
	s := serve(t)
	b := openBrowser(t)
	b.signIn(s, s.URL, ada)
	script, err := filepath.Abs("testdata/client.mjs")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Server        struct{ Name string }
		Tools, Listed []string
		Templates     []string
		Created, Read string
		Refused       bool
		Failed        []string
	}
	p.output(p.command(script, s.URL+"/mcp", token(t, s, b)), &got)
	if got.Server.Name != "TODO Service" || !slices.Equal(sorted(got.Tools), sorted(allTools)) || !slices.Contains(got.Listed, "from TypeScript") ||
		!slices.Contains(got.Templates, "todoapp://todos/{id}") || !strings.HasPrefix(got.Created, "Success!") ||
		got.Read != "text: from TypeScript completed: false" || !got.Refused || len(got.Failed) > 0 {
		t.Errorf("%+v", got)
	}
	b.untilShows("from TypeScript")
	b.untilShows("ts-client")
}

// TestMCPRemote lets the most used bridge sign in through the consent page.
func TestMCPRemote(t *testing.T) {
	p := findPeers(t)
	s := serve(t)
	b := openBrowser(t)
	b.signIn(s, s.URL, ada)
	open := newOpener(t)
	cmd := p.command("mcp-remote/dist/proxy.js", s.URL+"/mcp", "--silent")
	cmd.Env = append(environment(t.TempDir(), open.env()), "PATH="+open.dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	stderr := newLines()
	cmd.Stderr = stderr
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(stderr)
		}
	})

	type connected struct {
		session *mcp.ClientSession
		err     error
	}
	done := make(chan connected, 1)
	go func() {
		client := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, nil)
		session, err := client.Connect(context.WithoutCancel(t.Context()), &mcp.CommandTransport{Command: cmd}, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
		done <- connected{session, err}
	}()
	allow(t, b, open, "MCP CLI Proxy")
	c := <-done
	if c.err != nil {
		t.Fatal(c.err)
	}
	defer c.session.Close()
	r, err := c.session.CallTool(t.Context(), &mcp.CallToolParams{Name: "createTodo", Arguments: map[string]any{"todoText": "through mcp-remote"}})
	if err != nil || r.IsError {
		t.Fatalf("createTodo: %v %+v", err, r)
	}
	b.untilShows("through mcp-remote")
}
