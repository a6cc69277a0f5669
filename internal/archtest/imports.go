package archtest

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// rooms is the import table of the design: for each package, the packages of
// ours that it may import, where "x/*" stands for everything below x. A package
// that is not listed fails, so that a new one is placed on purpose.
func rooms() map[string][]string {
	handler := []string{"internal/todo", "internal/api", "remote/internal/auth", "remote/internal/httpx"}
	return map[string][]string{
		"cmd/todo": {"cli"},
		"cli":      {"cli/tui", "remote", "localmcp", "oauthflow", "internal/client", "internal/todo", "internal/api", "internal/exchange", "internal/when"},
		"cli/tui":  {"internal/client", "internal/todo", "internal/api"},

		"localmcp":            nil,
		"oauthflow":           nil,
		"oauthflow/oauthtest": nil,

		"remote":                      {"remote/internal/*", "internal/todo", "internal/api", "internal/identity", "internal/account", "internal/exchange"},
		"remote/internal/httpx":       {"internal/api", "internal/todo"},
		"remote/internal/auth":        {"internal/todo", "internal/api", "internal/account", "remote/internal/httpx"},
		"remote/internal/auth/stytch": {"internal/todo", "remote/internal/auth", "remote/internal/httpx"},
		"remote/internal/rest":        append([]string{"internal/account", "internal/exchange"}, handler...),
		"remote/internal/mcpserver":   append([]string{"internal/when", "internal/exchange"}, handler...),
		"remote/internal/web":         append([]string{"internal/when"}, handler...),
		"remote/internal/boltstore":   {"internal/todo", "internal/kv", "remote/internal/durable"},
		"remote/internal/durable":     nil,

		"internal/todo":                  {"internal/when"},
		"internal/when":                  nil,
		"internal/todo/todotest":         {"internal/todo"},
		"internal/api":                   {"internal/todo"},
		"internal/client":                {"internal/api", "internal/todo"},
		"internal/identity":              {"internal/kv"},
		"internal/kv":                    nil,
		"internal/account":               {"internal/kv", "internal/todo", "internal/api", "internal/when"},
		"internal/exchange":              {"internal/todo", "internal/when"},
		"internal/identity/identitytest": {"internal/identity", "internal/kv"},
		"internal/archtest":              nil,

		// It knows the built binary: its flags, its routes and its output.
		"e2e": nil,
	}
}

// Rooms returns the paths of all packages but the helpers of tests, in order.
func Rooms() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(rooms())), isHelper)
}

// owners names, for modules that must not spread, the only rooms whose code may
// import them. Tests may use any module.
func owners() map[string][]string {
	return map[string][]string{
		"github.com/stytchauth/stytch-go": {"remote/internal/auth/stytch"},
		"go.etcd.io/bbolt":                {"remote/internal/boltstore"},
		"github.com/spf13/cobra":          {"cli"},
		"charm.land/bubbletea":            {"cli/tui"},
		"github.com/zalando/go-keyring":   {"oauthflow"},
		"github.com/pkg/browser":          {"cli", "oauthflow"},
		"github.com/danielgtaylor/huma":   {"remote/internal/rest"},
		"github.com/arran4/golang-ical":   {"internal/exchange"},
	}
}

// onlyModules names rooms whose code may import no module but these.
func onlyModules() map[string][]string {
	return map[string][]string{
		"localmcp": {"github.com/modelcontextprotocol/go-sdk"},
	}
}

func checkImports(t *Tree) []Finding {
	table := rooms()
	var findings []Finding
	for _, pkg := range t.Packages {
		allowed, listed := table[pkg.Path]
		if !listed {
			findings = append(findings, Finding{Path: pkg.Path, Text: "package is not in the import table"})
			continue
		}
		for _, file := range pkg.Files {
			for _, spec := range file.Syntax.Imports {
				target, ours := strings.CutPrefix(importPath(spec.Path.Value), t.Module+"/")
				if ours && !mayImport(pkg, file, target, allowed) {
					findings = append(findings, t.at(spec.Pos(), "%s may not import %s", pkg.Path, target))
				}
			}
		}
	}
	return findings
}

// mayImport holds tests to the same table as the code, but lets them import
// their own package, the test helpers, the embedded identity as a double, and
// the client with its wire, to reach a server as its users do.
func mayImport(pkg *Package, file *File, target string, allowed []string) bool {
	if slices.ContainsFunc(allowed, func(pattern string) bool { return matches(target, pattern) }) {
		return true
	}
	doubles := []string{"internal/identity", "internal/client", "internal/api"}
	return file.Test && (target == pkg.Path || isHelper(target) || slices.Contains(doubles, target))
}

func matches(target, pattern string) bool {
	room, below := strings.CutSuffix(pattern, "/*")
	if below {
		return strings.HasPrefix(target, room+"/") && !isHelper(target)
	}
	return target == pattern
}

// isHelper recognizes a test helper package by its name, as in httptest.
func isHelper(name string) bool {
	return strings.HasSuffix(path.Base(name), "test")
}

func checkOwners(t *Tree) []Finding {
	var findings []Finding
	owned, only := owners(), onlyModules()
	t.production(func(pkg *Package, file *File) {
		for _, spec := range file.Syntax.Imports {
			target := importPath(spec.Path.Value)
			for module, rooms := range owned {
				if within(target, module) && !slices.Contains(rooms, pkg.Path) {
					findings = append(findings, t.at(spec.Pos(), "only %s may import %s", strings.Join(rooms, " and "), module))
				}
			}
			modules, restricted := only[pkg.Path]
			if restricted && isModule(target, t.Module) && !slices.ContainsFunc(modules, func(m string) bool { return within(target, m) }) {
				findings = append(findings, t.at(spec.Pos(), "%s may import no module but %s", pkg.Path, strings.Join(modules, " and ")))
			}
		}
	})
	return findings
}

// isModule says whether target is neither ours nor the standard library's,
// whose first element has no dot.
func isModule(target, ours string) bool {
	first, _, _ := strings.Cut(target, "/")
	return strings.Contains(first, ".") && !within(target, ours)
}

// importPath unquotes an import; the parser has refused any that is not quoted.
func importPath(literal string) string {
	unquoted, err := strconv.Unquote(literal)
	if err != nil {
		panic(err)
	}
	return unquoted
}
