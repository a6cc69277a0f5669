package archtest_test

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/tools/txtar"

	"todo.example/internal/archtest"
)

const (
	root   = "../.."
	module = "todo.example" // of testdata
)

func TestHouse(t *testing.T) {
	tree, err := archtest.Load(os.DirFS(root), modulePath(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range archtest.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, finding := range rule.Check(tree) {
				t.Error(finding)
			}
		})
	}
}

// modulePath is what whoever publishes this module calls it.
func modulePath(t *testing.T) string {
	t.Helper()
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	return modfile.ModulePath(gomod)
}

// TestMap wants the guide to the house to have every room.
func TestMap(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range archtest.Rooms() {
		full, short := "`"+room+"`", "`"+path.Base(room)+"`"
		if !strings.Contains(string(guide), full) && !strings.Contains(string(guide), short) {
			t.Errorf("docs/architecture.md does not say what is in %s", room)
		}
	}
}

// TestRules shows that each rule can fail: testdata has a small module for it.
// The head of the archive lists all that must be found there, so the rest of
// the module is what must pass.
func TestRules(t *testing.T) {
	for _, rule := range archtest.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("testdata", rule.Name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			for i, file := range archive.Files {
				archive.Files[i].Data = lengthen(t, file.Data)
			}
			fsys, err := txtar.FS(archive)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := archtest.Load(fsys, module)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
			var got []string
			for _, finding := range rule.Check(tree) {
				got = append(got, finding.String())
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

var blanks = regexp.MustCompile(`(?m)^\s*// ([0-9]+) blank lines\n`)

// lengthen puts in the blank lines that an archive only mentions.
func lengthen(t *testing.T, source []byte) []byte {
	t.Helper()
	return blanks.ReplaceAllFunc(source, func(line []byte) []byte {
		count, err := strconv.Atoi(string(blanks.FindSubmatch(line)[1]))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Repeat([]byte("\n"), count)
	})
}

func TestLoadRefusesBrokenSource(t *testing.T) {
	fsys, err := txtar.FS(txtar.Parse([]byte("-- a.go --\npackage\n")))
	if err != nil {
		t.Fatal(err)
	}
	if tree, err := archtest.Load(fsys, module); err == nil {
		t.Errorf("Load = %v, want an error for a.go", tree)
	}
}
