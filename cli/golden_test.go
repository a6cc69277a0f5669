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
	dir := t.TempDir()
	shell := &shell{t: t, env: map[string]string{"TODO_SERVER": s.url, "TODO_TOKEN": token, "XDG_CONFIG_HOME": dir, "HOME": dir}}
	shell.hide(dir, "DIR")
	shell.run("add", "Buy milk", "--notes", "two *litres*")
	id := shell.find("ID", `"id": "(\w+)"`)
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
	shell.run("restore", id)
	shell.run("snooze", id, "2030-12-24", "17:00")
	shell.run("move", id, "--list", "Shopping", "--top")
	shell.run("edit", id, "--add-tag", "home", "--priority", "high", "--repeat", "every week")
	shell.run("done", id)
	shell.find("NEXT", `"next": {\n\s+"id": "(\w+)"`)
	shell.run("today")
	shell.run("trash")
	shell.run("lists")
	shell.run("lists", "rename", "Shopping", "Errands")
	shell.run("lists", "archive", "Errands")
	shell.run("lists", "unarchive", "Errands")
	shell.run("lists", "rm", "Errands")
	shell.run("tags")
	shell.run("tags", "rename", "home", "house")
	shell.run("tags", "rm", "house")
	shell.run("list", "milk", "--save", "milk", "--limit", "1")
	shell.run("views")
	shell.run("settings")
	shell.run("token", "create", "backup", "--read-only")
	shell.find("TOKEN", `"token": "([^"]+)"`)
	shell.find("TOKENID", `"id": "(\w+)"`)
	shell.run("token", "list")
	shell.run("done", "nothing like it")
	shell.run("add", "Call Ada")
	shell.find("ADA", `"id": "(\w+)"`)
	shell.run("add", "Call Bob", "--top")
	shell.find("BOB", `"id": "(\w+)"`)
	shell.run("done", "call")
	file := filepath.Join(dir, "todo.txt")
	if err := os.WriteFile(file, []byte("(A) Bread +Shopping\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	shell.run("import", file, "--dry-run")
	shell.compare("json.txt")
	walk(cli.World{}.Root(), func(cmd *cobra.Command) {
		if cmd.Flags().Lookup("json") != nil && !shell.ran[cmd.CommandPath()] {
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

// find hides what the pattern's group matches in the last answer, and returns it.
func (s *shell) find(name, pattern string) string {
	s.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(s.last)
	if found == nil {
		s.t.Fatalf("%s is not in %s", pattern, s.last)
	}
	s.hide(found[1], name)
	return found[1]
}

func (s *shell) run(args ...string) {
	s.t.Helper()
	var out, err bytes.Buffer
	cli.World{Out: &out, Err: &err, Env: s.env}.Run(s.t.Context(), append(args, "--json")...)
	s.last = out.String()
	s.transcript.WriteString("$ todo " + strings.Join(args, " ") + " --json\n" + out.String() + err.String() + "\n")
	if s.ran == nil {
		s.ran = map[string]bool{}
	}
	cmd, _, e := cli.World{}.Root().Find(args)
	if e != nil {
		s.t.Fatal(e)
	}
	s.ran[cmd.CommandPath()] = true
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
