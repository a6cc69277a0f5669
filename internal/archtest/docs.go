package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// leastDocumented is the share of exported identifiers that carry a comment.
const leastDocumented = 0.95

// checkPackageDocs wants one package comment in each package, so that there is
// one place that says what it is for.
func checkPackageDocs(t *Tree) []Finding {
	var findings []Finding
	for _, pkg := range t.Packages {
		var docs []string
		for _, file := range pkg.Files {
			if file.Syntax.Doc == nil {
				continue
			}
			docs = append(docs, file.Path)
			if text := file.Syntax.Doc.Text(); !strings.HasPrefix(text, docOpening(file)) {
				findings = append(findings, t.at(file.Syntax.Doc.Pos(), "package comment does not begin with %q", docOpening(file)))
			}
		}
		switch len(docs) {
		case 0:
			findings = append(findings, Finding{Path: pkg.Path, Text: "package has no comment"})
		case 1:
		default:
			findings = append(findings, Finding{Path: pkg.Path, Text: "package has several comments: " + strings.Join(docs, ", ")})
		}
	}
	return findings
}

func docOpening(file *File) string {
	if file.Syntax.Name.Name == "main" {
		return "Command "
	}
	return "Package " + file.Syntax.Name.Name + " "
}

// checkExported reports the undocumented exported identifiers, all of them,
// once their share of the module is too large.
func checkExported(t *Tree) []Finding {
	total := 0
	var bare []Finding
	t.production(func(_ *Package, file *File) {
		for name, documented := range exported(file.Syntax) {
			total++
			if !documented {
				bare = append(bare, t.at(name.Pos(), "exported %s has no comment", name.Name))
			}
		}
	})
	if float64(total-len(bare)) >= leastDocumented*float64(total) {
		return nil
	}
	share := fmt.Sprintf("%d of %d exported identifiers are documented, want %.0f %%", total-len(bare), total, 100*leastDocumented)
	return append([]Finding{{Path: ".", Text: share}}, bare...)
}

// exported maps the exported top-level identifiers of a file, and the exported
// methods of its exported types, to whether they are documented.
func exported(file *ast.File) map[*ast.Ident]bool {
	found := map[*ast.Ident]bool{}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && receiverExported(decl) {
				found[decl.Name] = decl.Doc != nil
			}
		case *ast.GenDecl:
			addSpecs(found, decl)
		}
	}
	return found
}

// addSpecs counts the comment of a group for the names in it.
func addSpecs(found map[*ast.Ident]bool, decl *ast.GenDecl) {
	if decl.Tok == token.IMPORT {
		return
	}
	for _, spec := range decl.Specs {
		var names []*ast.Ident
		documented := decl.Doc != nil
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names = []*ast.Ident{spec.Name}
			documented = documented || spec.Doc != nil
		case *ast.ValueSpec:
			names = spec.Names
			documented = documented || spec.Doc != nil || spec.Comment != nil
		}
		for _, name := range names {
			if name.IsExported() {
				found[name] = documented
			}
		}
	}
}

func receiverExported(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	expr := fn.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if generic, ok := expr.(*ast.IndexExpr); ok {
		expr = generic.X
	}
	name, ok := expr.(*ast.Ident)
	return ok && name.IsExported()
}
