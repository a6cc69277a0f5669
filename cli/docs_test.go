package cli_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todo.example/cli"
)

// TestSettingsAreDocumented: docs/ names each command, each flag that all client
// commands or the server have, and each variable that this package reads.
func TestSettingsAreDocumented(t *testing.T) {
	reference := read(t, "../docs/cli.md")
	documented := reference + read(t, "../docs/operations.md")
	root := cli.World{}.Root()
	settings := func(f *pflag.Flag) {
		if f.Name != "help" && !strings.Contains(documented, "`--"+f.Name+"`") {
			t.Errorf("the flag --%s is not documented", f.Name)
		}
	}
	root.PersistentFlags().VisitAll(settings)
	walk(root, func(cmd *cobra.Command) {
		if cmd.Name() == "serve" {
			cmd.LocalNonPersistentFlags().VisitAll(settings)
		}
		path := strings.TrimPrefix(cmd.CommandPath(), "todo ")
		if cmd != root && !regexp.MustCompile("`"+path+"[ `]").MatchString(reference) {
			t.Errorf("%s is not documented", cmd.CommandPath())
		}
	})
	variables := variablesRead(t)
	if len(variables) < 15 {
		t.Errorf("only %d variables found: %v", len(variables), variables)
	}
	for name := range variables {
		if !strings.Contains(documented, "`"+name+"`") {
			t.Errorf("the variable %s is not documented", name)
		}
	}
}

// variablesRead returns the names of environment variables in this package's code.
func variablesRead(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^(?:(?:TODO|STYTCH)_[A-Z_]*[A-Z]|BROWSER|VISUAL|EDITOR|NO_COLOR|CLICOLOR_FORCE|GOGC|GOMEMLIMIT)$`)
	found := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if s, err := strconv.Unquote(literal.Value); err == nil && name.MatchString(s) {
					found[s] = true
				}
			}
			return true
		})
	}
	// It is read only to be refused: this version stores in its data directory.
	delete(found, "TODO_DATABASE_URL")
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
