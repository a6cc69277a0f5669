package archtest

import (
	"fmt"
	"go/ast"
	"slices"
)

// The size limits, in lines. Nine of ten functions must also stay within
// mostFunctions.
const (
	maxFile       = 600
	maxFunction   = 80
	mostFunctions = 45
)

func checkSize(t *Tree) []Finding {
	var findings []Finding
	var lengths []int
	t.production(func(_ *Package, file *File) {
		if file.Lines > maxFile {
			findings = append(findings, Finding{Path: file.Path, Text: fmt.Sprintf("%d lines, limit %d", file.Lines, maxFile)})
		}
		for _, decl := range file.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := t.fset.Position(fn.End()).Line - t.fset.Position(fn.Pos()).Line + 1
			lengths = append(lengths, lines)
			if lines > maxFunction {
				findings = append(findings, t.at(fn.Pos(), "%s has %d lines, limit %d", fn.Name.Name, lines, maxFunction))
			}
		}
	})
	if p90 := percentile(lengths, 90); p90 > mostFunctions {
		findings = append(findings, Finding{Path: ".", Text: fmt.Sprintf("a tenth of the functions have more than %d lines, limit %d", p90-1, mostFunctions)})
	}
	return findings
}

// percentile returns the smallest value that p percent of values do not exceed.
func percentile(values []int, p int) int {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)*p+99)/100-1]
}
