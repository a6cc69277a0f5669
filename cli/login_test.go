package cli_test

import (
	"bufio"
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"todo.example/cli"
)

// newSite is startSite for a test.
func newSite(t *testing.T) *site {
	t.Helper()
	s, err := startSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("the server's end: %v", err)
		}
	})
	return s
}

// env is what a person has set who keeps their tokens in a file.
func (s *site) env(t *testing.T) map[string]string {
	home := t.TempDir()
	return map[string]string{
		"HOME": home, "LOCALAPPDATA": home, "XDG_STATE_HOME": filepath.Join(home, "state"),
		"TODO_SERVER": s.url, "TODO_TOKEN_STORE": "file",
	}
}

// TestLoginWithoutABrowser: where none can be opened, whoever reads the address
// opens it themselves.
func TestLoginWithoutABrowser(t *testing.T) {
	const none = "a-browser-that-does-not-exist"
	for _, test := range []struct {
		name, browser string
		args          []string
		want          string
	}{
		{"not wanted", none, []string{"login", "--no-browser"}, ""},
		{"not found", none, []string{"login"}, "No browser could be opened here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			env := s.env(t)
			env["BROWSER"] = test.browser
			stderr, w := io.Pipe()
			var out bytes.Buffer
			ended := make(chan int, 1)
			go func() {
				defer w.Close()
				ended <- cli.World{Out: &out, Err: w, Env: env}.Run(t.Context(), test.args...)
			}()
			var said strings.Builder
			for lines := bufio.NewScanner(stderr); lines.Scan(); {
				said.WriteString(lines.Text() + "\n")
				if address := strings.TrimSpace(lines.Text()); strings.HasPrefix(address, "http") {
					go func() {
						if err := s.person().visit(address); err != nil {
							t.Error(err)
						}
					}()
				}
			}
			if code := <-ended; code != 0 || !strings.Contains(said.String(), "as ada@example.com.") || out.Len() > 0 {
				t.Errorf("exit %d, stdout %q, stderr %q", code, &out, &said)
			}
			if got := strings.Contains(said.String(), "No browser"); got != (test.want != "") {
				t.Errorf("stderr %q, want %q in it", &said, test.want)
			}
		})
	}
}
