package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const ada = "ada@example.com"

// TestStory is the main job from end to end: a person signs in in the browser and
// adds a todo, sees it in the terminal, and Claude Desktop reaches the same list
// through the bridge; each sees what the others do at once.
func TestStory(t *testing.T) {
	s := serve(t)
	b := openBrowser(t)
	b.signIn(s, s.URL, ada)
	b.until(`document.getElementById("state")?.textContent === "Live"`)
	b.add("Buy milk")

	shell := s.terminal("TODO_TOKEN_STORE=file")
	if got := shell.fail(4, "list"); !strings.Contains(got, "todo login") {
		t.Errorf("signed out: %s", got)
	}
	signInTerminal(t, s, b, shell)
	if got := shell.run("list"); !strings.Contains(got, "Buy milk") {
		t.Errorf("list: %s", got)
	}
	added := shell.run("add", "Call", "Ada", "--notes", "about the engine")
	b.untilShows("Call Ada")
	id := strings.Fields(added)[1]
	if got := shell.run("show", id); !strings.Contains(got, "by cli") || !strings.Contains(got, "about the engine") {
		t.Errorf("show: %s", got)
	}
	shell.run("done", id)
	shell.run("reopen", id)
	shell.run("edit", id, "--text", "Call Ada back")
	b.untilShows("Call Ada back")
	shell.run("rm", id)
	b.until(`!document.querySelector(".rows")?.innerText.includes("Call Ada back")`)
	shell.run("undo")
	b.untilShows("Call Ada back")
	shell.fail(3, "done", "nosuchid")
	shell.fail(2, "done")
	shell.fail(2, "frobnicate")

	talkThroughBridge(t, b, shell)

	s.stop()
	shell.fail(7, "list")
	s.start(strings.TrimPrefix(s.URL, "http://"))
	var list struct{ Todos []struct{ Text string } }
	if err := json.Unmarshal([]byte(shell.run("list", "--json")), &list); err != nil || len(list.Todos) != 3 {
		t.Errorf("after a restart: %v %+v", err, list)
	}
	shell.run("logout")
	shell.fail(4, "list")
}

// signInTerminal runs todo login and allows it in the browser.
func signInTerminal(t *testing.T, s *server, b *browser, shell *terminal) {
	t.Helper()
	login, open := begin(t, shell, "login")
	allow(t, b, open, "todo CLI")
	if err := login.Wait(); err != nil {
		t.Fatalf("todo login: %v", err)
	}
}

// begin starts a command whose browser is an opener.
func begin(t *testing.T, shell *terminal, args ...string) (*exec.Cmd, *opener) {
	t.Helper()
	open := newOpener(t)
	cmd := shell.command(t.Context(), args...)
	cmd.Env = append(cmd.Env, open.env())
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, open
}

// allow opens the address that a program wants opened, and presses Allow.
func allow(t *testing.T, b *browser, open *opener, client string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	address, err := open.address(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tab := b.tab()
	tab.do(chromedp.Navigate(address))
	tab.untilShows(client)
	tab.do(chromedp.Click(button("Allow")))
	tab.until(`location.pathname !== "/oauth/authorize"`)
}

// talkThroughBridge is Claude Desktop: it starts todo mcp and speaks MCP to it,
// which signs in when it has to.
func talkThroughBridge(t *testing.T, b *browser, shell *terminal) {
	t.Helper()
	open := newOpener(t)
	cmd := shell.command(t.Context(), "mcp")
	cmd.Env = append(cmd.Env, open.env())
	cmd.Stderr = t.Output()
	client := mcp.NewClient(&mcp.Implementation{Name: "claude-ai", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	called := make(chan string, 1)
	go func() {
		r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "createTodo", Arguments: map[string]any{"todoText": "Water the plants"}})
		if err != nil {
			called <- err.Error()
			return
		}
		called <- r.Content[0].(*mcp.TextContent).Text
	}()
	allow(t, b, open, "todo bridge")
	if got := <-called; !strings.HasPrefix(got, "Success!") {
		t.Fatalf("createTodo: %s", got)
	}
	b.untilShows("Water the plants")
	b.untilShows("claude-ai")
}

// TestKeyringStory signs in with the tokens in the operating system's keyring.
func TestKeyringStory(t *testing.T) {
	if os.Getenv("TODO_TEST_KEYRING") != "require" {
		t.Skip("TODO_TEST_KEYRING does not promise a keyring")
	}
	s := serve(t)
	b := openBrowser(t)
	b.signIn(s, s.URL, ada)
	shell := s.terminal()
	signInTerminal(t, s, b, shell)
	shell.run("add", "kept in the keyring")
	if got := shell.run("list"); !strings.Contains(got, "kept in the keyring") {
		t.Error(got)
	}
	shell.run("logout")
	shell.fail(4, "list")
}
