package api_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"testing"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// codes reads the vocabulary off its declaration, so that no code can be forgotten.
func codes(t *testing.T) (all []todo.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../todo/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, todo.Code(code))
		}
		return true
	})
	if len(all) < 10 {
		t.Fatalf("found only %q", all)
	}
	return all
}

// TestTable sends each failure of the vocabulary over the wire and back.
func TestTable(t *testing.T) {
	for _, code := range codes(t) {
		in := &todo.Error{Code: code, Message: "what happened", Hint: "what to do next", Field: "text", Cause: errors.New("secret")}
		p := api.NewProblem(in, "r1")
		if known := code == todo.CodeInternal; (p.Status == http.StatusInternalServerError) != known {
			t.Errorf("%s has status %d", code, p.Status)
		}
		if p.Title != http.StatusText(p.Status) || p.Title == "" {
			t.Errorf("%s: status %d is called %q", code, p.Status, p.Title)
		}
		out := todo.AsError(p.Err())
		if out.Code != code || out.Message != in.Message || out.Hint != in.Hint || out.Field != in.Field || out.Cause != nil {
			t.Errorf("%s came back as %+v", code, out)
		}
		if exit := api.Exit(in); exit <= api.ExitOK || exit == api.ExitUsage || exit > api.ExitRateLimited {
			t.Errorf("%s exits with %d", code, exit)
		}
		if back := api.Status(api.CodeOf(p.Status)); back != p.Status {
			t.Errorf("status %d came back as %d", p.Status, back)
		}
	}
}

// TestForeignAnswers has what no server of ours says.
func TestForeignAnswers(t *testing.T) {
	for status, want := range map[int]todo.Code{http.StatusNotFound: todo.CodeNotFound, http.StatusTeapot: todo.CodeInternal} {
		e := todo.AsError(api.Problem{Status: status}.Err())
		if e.Code != want || e.Message == "" {
			t.Errorf("%d is %+v, want %s", status, e, want)
		}
	}
	if api.Exit(nil) != api.ExitOK || api.Exit(errors.New("anything else")) != api.ExitError {
		t.Error("success and what nobody classified have the wrong exit codes")
	}
}
