package archtest

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A ban keeps some names of a package out of every room but the excepted ones.
type ban struct {
	importPath string
	names      []string
	except     []string
	instead    string
}

func bans() []ban {
	outermost := []string{"cli", "cmd/todo"}
	return []ban{
		{"os", []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, outermost, "take the value as a parameter"},
		{"os", []string{"Exit"}, outermost, "return an error"},
		{"os", []string{"Stdin", "Stdout", "Stderr"}, outermost, "take an io.Reader or io.Writer"},
		{"fmt", []string{"Print", "Printf", "Println"}, outermost, "take an io.Writer"},
		{"log", []string{"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"}, nil, "take a *slog.Logger"},
		{"log/slog", []string{"Default", "SetDefault", "Debug", "Info", "Warn", "Error", "DebugContext", "InfoContext", "WarnContext", "ErrorContext"}, nil, "take a *slog.Logger"},
		{"net/http", []string{"DefaultClient", "Get", "Head", "Post", "PostForm"}, nil, "take an *http.Client with a timeout"},
		{"net/http", []string{"DefaultServeMux", "Handle", "HandleFunc"}, nil, "make a mux"},
	}
}

func checkCalls(t *Tree) []Finding {
	var findings []Finding
	t.production(func(pkg *Package, file *File) {
		for _, b := range bans() {
			if slices.Contains(b.except, pkg.Path) {
				continue
			}
			for _, use := range uses(file, b.importPath) {
				if slices.Contains(b.names, use.Sel.Name) {
					findings = append(findings, t.at(use.Pos(), "%s.%s: %s", path.Base(b.importPath), use.Sel.Name, b.instead))
				}
			}
		}
	})
	return findings
}

// checkClock holds a package that takes a clock (a Now or now of type
// func() time.Time) to it: a test that sets the clock must reach all of it.
// Naming time.Now as the default is fine, calling it is not.
func checkClock(t *Tree) []Finding {
	clocked := map[*Package]bool{}
	t.production(func(pkg *Package, file *File) {
		clocked[pkg] = clocked[pkg] || takesClock(file)
	})
	var findings []Finding
	t.production(func(pkg *Package, file *File) {
		if !clocked[pkg] {
			return
		}
		for _, call := range calls(file, "time") {
			if slices.Contains([]string{"Now", "Since", "Until"}, call.Sel.Name) {
				findings = append(findings, t.at(call.Pos(), "time.%s: %s has a clock of its own", call.Sel.Name, pkg.Path))
			}
		}
	})
	return findings
}

func takesClock(file *File) bool {
	found := false
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		field, ok := node.(*ast.Field)
		if ok && isClock(field.Type) {
			found = found || slices.ContainsFunc(field.Names, func(name *ast.Ident) bool { return strings.EqualFold(name.Name, "now") })
		}
		return !found
	})
	return found
}

// isClock recognizes func() time.Time.
func isClock(expr ast.Expr) bool {
	fn, ok := expr.(*ast.FuncType)
	if !ok || fn.Params.NumFields() != 0 || fn.Results.NumFields() != 1 {
		return false
	}
	result, ok := fn.Results.List[0].Type.(*ast.SelectorExpr)
	return ok && result.Sel.Name == "Time"
}

func checkInit(t *Tree) []Finding {
	var findings []Finding
	t.production(func(_ *Package, file *File) {
		for _, decl := range file.Syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				findings = append(findings, t.at(fn.Pos(), "init: nothing happens on import"))
			}
		}
	})
	return findings
}

// uses returns every selector on the named import. A variable that shadows the
// import would be taken for it; the linter forbids that.
func uses(file *File, target string) []*ast.SelectorExpr {
	name := importName(file, target)
	if name == "" {
		return nil
	}
	var found []*ast.SelectorExpr
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok && isIdent(selector.X, name) {
			found = append(found, selector)
		}
		return true
	})
	return found
}

// calls returns those uses that are called on the spot.
func calls(file *File, target string) []*ast.SelectorExpr {
	called := map[token.Pos]bool{}
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			called[call.Fun.Pos()] = true
		}
		return true
	})
	return slices.DeleteFunc(uses(file, target), func(use *ast.SelectorExpr) bool { return !called[use.Pos()] })
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// importName returns the name by which the file knows an import, or "".
func importName(file *File, target string) string {
	for _, spec := range file.Syntax.Imports {
		if importPath(spec.Path.Value) != target {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		if majorVersion.MatchString(path.Base(target)) {
			return path.Base(path.Dir(target))
		}
		return path.Base(target)
	}
	return ""
}

func isIdent(expr ast.Expr, name string) bool {
	ident, ok := expr.(*ast.Ident)
	return ok && ident.Name == name
}
