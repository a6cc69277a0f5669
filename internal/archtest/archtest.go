// Package archtest holds the rules of the house as code: who may import whom,
// what only the outermost room may touch, how long a function may get. Its
// test runs them over the whole module.
//
// It reads source with go/parser and nothing else: a subprocess such as
// go list would hide its inputs from the test cache, and a broken rule would
// stay green. No other package may import it, and it must never import one of
// ours, so that it can judge all of them.
package archtest

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Tree is the parsed source of one module.
type Tree struct {
	// Module is the module's path, as in go.mod.
	Module string
	// Packages are sorted by Path.
	Packages []*Package

	fset *token.FileSet
}

// A Package is one folder with Go files, its tests included.
type Package struct {
	// Path is the folder relative to the module's root, with slashes.
	Path string
	// Files are sorted by Path.
	Files []*File
}

// A File is one parsed Go file.
type File struct {
	// Path is relative to the module's root.
	Path string
	// Lines is the number of lines, comments and blank ones included.
	Lines int
	// Test says that the name ends in _test.go.
	Test bool
	// Generated says that the file carries the standard "DO NOT EDIT" mark.
	Generated bool
	// Syntax is the file's tree, comments included.
	Syntax *ast.File
}

// A Finding is one place that breaks a rule.
type Finding struct {
	// Path and Line say where; Line is 0 when the whole file or folder is meant.
	Path string
	Line int
	// Text says what is wrong, for the person who mends it.
	Text string
}

// String gives the finding as "path:line: text".
func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.Path, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Text)
}

// A Rule looks at a whole module and reports every place that breaks it.
type Rule struct {
	Name  string
	Check func(*Tree) []Finding
}

// Rules returns all rules of the house.
func Rules() []Rule {
	return []Rule{
		{"imports", checkImports},
		{"owners", checkOwners},
		{"calls", checkCalls},
		{"clock", checkClock},
		{"init", checkInit},
		{"pkgdoc", checkPackageDocs},
		{"exported", checkExported},
		{"size", checkSize},
	}
}

// Load parses every Go file of the module that fsys holds. As the go command
// does, it passes over testdata, vendor, node_modules, and names that begin
// with a dot or an underscore.
func Load(fsys fs.FS, module string) (*Tree, error) {
	tree := &Tree{Module: module, fset: token.NewFileSet()}
	packages := map[string]*Package{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ignored(name) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		file, err := tree.parse(fsys, name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if packages[dir] == nil {
			packages[dir] = &Package{Path: dir}
			tree.Packages = append(tree.Packages, packages[dir])
		}
		packages[dir].Files = append(packages[dir].Files, file)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load module %s: %w", module, err)
	}
	slices.SortFunc(tree.Packages, func(a, b *Package) int { return cmp.Compare(a.Path, b.Path) })
	return tree, nil
}

func ignored(name string) bool {
	base := path.Base(name)
	switch base {
	case ".":
		return false
	case "testdata", "vendor", "node_modules":
		return true
	}
	return base[0] == '.' || base[0] == '_'
}

func (t *Tree) parse(fsys fs.FS, name string) (*File, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(t.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &File{
		Path:      name,
		Lines:     bytes.Count(source, []byte("\n")),
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(syntax),
		Syntax:    syntax,
	}, nil
}

// at places a finding on the line of pos.
func (t *Tree) at(pos token.Pos, format string, args ...any) Finding {
	position := t.fset.Position(pos)
	return Finding{Path: position.Filename, Line: position.Line, Text: fmt.Sprintf(format, args...)}
}

// production calls visit with each file that is neither test nor generated.
func (t *Tree) production(visit func(*Package, *File)) {
	for _, pkg := range t.Packages {
		for _, file := range pkg.Files {
			if !file.Test && !file.Generated {
				visit(pkg, file)
			}
		}
	}
}

// within says whether name is room or lies below it.
func within(name, room string) bool {
	return name == room || strings.HasPrefix(name, room+"/")
}
