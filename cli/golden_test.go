package cli_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"todo.example/cli"
)

var update = flag.Bool("update", false, "write the golden files anew; a changed one changes what people and scripts rely on")

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run go test ./cli -update and look at what it writes", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// walk visits a command and all below it.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, below := range cmd.Commands() {
		walk(below, visit)
	}
}

func TestHelp(t *testing.T) {
	walk(cli.World{}.Root(), func(cmd *cobra.Command) {
		var out, err bytes.Buffer
		line := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		if code := (cli.World{Out: &out, Err: &err}).Run(t.Context(), line...); code != 0 || err.Len() > 0 {
			t.Errorf("%v: exit %d, stderr %q", line, code, &err)
		}
		golden(t, "help/"+strings.ReplaceAll(cmd.CommandPath(), " ", "_")+".txt", out.String())
	})
}

// TestJSON shows each command's --json on a list that the ones before it made.
func TestJSON(t *testing.T) {
	s := newSite(t)
	token, err := s.token(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	shell := &shell{t: t, env: map[string]string{"TODO_SERVER": s.url, "TODO_TOKEN": token}}
	shell.run("add", "Buy milk", "--notes", "two *litres*")
	id := regexp.MustCompile(`"id": "(\w+)"`).FindStringSubmatch(shell.last)[1]
	shell.hide(id, "ID")
	shell.run("list")
	shell.run("show", id)
	shell.run("edit", id, "--text", "Buy <oat> milk & honey")
	shell.run("done", id)
	shell.run("reopen", id)
	shell.run("rm", id)
	shell.run("restore", id)
	shell.run("undo", "c1")
	shell.run("undo")
	shell.run("log")
	shell.run("whoami")
	shell.compare("json.txt")
	walk(cli.World{}.Root(), func(cmd *cobra.Command) {
		if cmd.Flags().Lookup("json") != nil && !shell.ran[cmd.Name()] {
			t.Errorf("%s has --json and no example here", cmd.CommandPath())
		}
	})
}

// shell notes what commands print as JSON.
type shell struct {
	t          *testing.T
	env        map[string]string
	last       string
	transcript strings.Builder
	ran        map[string]bool
	hidden     []string // pairs of a random value and its name
}

func (s *shell) hide(value, name string) { s.hidden = append(s.hidden, value, name) }

func (s *shell) run(args ...string) {
	s.t.Helper()
	var out, err bytes.Buffer
	cli.World{Out: &out, Err: &err, Env: s.env}.Run(s.t.Context(), append(args, "--json")...)
	s.last = out.String()
	s.transcript.WriteString("$ todo " + strings.Join(args, " ") + " --json\n" + out.String() + err.String() + "\n")
	if s.ran == nil {
		s.ran = map[string]bool{}
	}
	s.ran[args[0]] = true
}

var (
	timestamp = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[0-9:.]+Z"`)
	userID    = regexp.MustCompile(`"user-test-[0-9a-f-]+"`)
)

func (s *shell) compare(name string) {
	s.t.Helper()
	got := strings.NewReplacer(s.hidden...).Replace(s.transcript.String())
	got = timestamp.ReplaceAllString(got, `"TIME"`)
	golden(s.t, name, userID.ReplaceAllString(got, `"USER"`))
}
