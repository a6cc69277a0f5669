package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"testing"

	"todo.example/cli"
)

// TestServe starts a server as an operator does, reads where it is, and ends it.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	banner, out := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	dir := t.TempDir()
	go func() {
		defer out.Close()
		env := map[string]string{"TODO_DATA_DIR": dir, "TODO_LOG_FORMAT": "json", "GOGC": "100", "GOMEMLIMIT": "off"}
		ended <- cli.World{Out: out, Err: &stderr, Env: env}.Run(ctx, "serve", "--addr", "127.0.0.1:0")
	}()
	var said string
	for lines := bufio.NewScanner(banner); lines.Scan(); {
		said += lines.Text() + "\n"
		if regexp.MustCompile(`^  data `).MatchString(lines.Text()) {
			stop()
		}
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit %d: %s", code, &stderr)
	}
	want := regexp.MustCompile(`^todo dev\n  app       (http://127\.0\.0\.1:\d+)\n  MCP       http://127\.0\.0\.1:\d+/mcp\n  identity  embedded .*\n  data      (.*)\n$`)
	match := want.FindStringSubmatch(said)
	if match == nil || match[2] != filepath.Join(dir, "todo.db") {
		t.Errorf("banner:\n%s", said)
	}
}
