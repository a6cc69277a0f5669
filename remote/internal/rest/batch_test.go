package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func TestBatch(t *testing.T) {
	s := newSite(t)
	a, b, c := s.add(t, ada, "a"), s.add(t, ada, "b"), s.add(t, ada, "c")
	ops := func(atomic bool) string {
		return fmt.Sprintf(`{"atomic":%t,"operations":[{"op":"create","todoText":"new","due":"2026-12-01"},{"op":"update","id":%q,"text":"A","ifRev":%d},{"op":"complete","id":%q},`+
			`{"op":"delete","id":"z0000000"},{"op":"reopen","id":%q},{"op":"create","text":"bad","due":"someday"}]}`, atomic, a.ID, a.Rev, b.ID, c.ID)
	}
	refused := s.send(t, exchange{method: "POST", target: "/api/todos/batch", body: ops(true)})
	problem := decode[api.Problem](t, refused.body)
	if refused.status != 422 || problem.Status != 422 || problem.Code != todo.CodeNotFound || len(problem.Errors) != 1 || problem.Errors[0].Pointer != "/operations/3/id" || !strings.HasPrefix(problem.Detail, "operations[3]: ") {
		t.Errorf("atomic: %d %s", refused.status, refused.body)
	}
	if list, err := s.as(t, ada).List(t.Context(), todo.Query{}); err != nil || list.Rev != 3 {
		t.Errorf("an atomic batch that failed left the list at %d, %v", list.Rev, err)
	}
	x := exchange{method: "POST", target: "/api/todos/batch", body: ops(false), header: map[string]string{"Idempotency-Key": "batch"}}
	got := s.send(t, x)
	done := decode[api.Batched](t, got.body)
	var line strings.Builder
	for _, r := range done.Results {
		fmt.Fprintf(&line, "%d %d %t", r.Index, r.Status, r.Changed)
		if r.Todo != nil {
			fmt.Fprintf(&line, " %s", r.Todo.Text)
		}
		if r.Error != nil {
			fmt.Fprintf(&line, " %s", r.Error.Code)
		}
		line.WriteString("; ")
	}
	want := "0 201 true new; 1 200 true A; 2 200 true b; 3 404 false not_found; 4 200 false c; 5 422 false invalid_date; "
	if got.status != 200 || line.String() != want || done.ChangeID != "c4" {
		t.Errorf("batch: %d %s\n got %s\nwant %s", got.status, done.ChangeID, &line, want)
	}
	again := s.send(t, x)
	if again.body != got.body || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %v %s", again.header, again.body)
	}
	if undone, err := s.as(t, ada).Undo(t.Context(), done.ChangeID); err != nil || len(undone.Todos) != 3 {
		t.Errorf("undo of the batch: %+v, %v", undone, err)
	}
}

func TestBatchThatIsNone(t *testing.T) {
	s := newSite(t)
	s.add(t, ada, "x")
	for body, want := range map[string]string{
		`{}`:                              "422 invalid_argument /operations",
		`{"operations":[]}`:               "422 invalid_argument /operations",
		`{"operations":"x"}`:              "422 invalid_argument /operations: operations must be a list, not string",
		`{"operations":[1]}`:              `422 invalid_argument /operations/0/op: "" is not an operation`,
		`{"operations":[{}]}`:             `422 invalid_argument /operations/0/op: "" is not an operation`,
		`{"operations":[{"op":"purge"}]}`: `422 invalid_argument /operations/0/op: "purge" is not an operation`,
		`{"operations":[{"op":"create","id":"a"}]}`:                                                         `422 invalid_argument /operations/0/id: the body has an unknown member "id"`,
		`{"operations":[{"op":"create","text":"a"},{"op":"delete","text":""}]}`:                             `422 invalid_argument /operations/1/text: the body has an unknown member "text"`,
		`{"operations":[{"op":"update","id":"a","tags":[1]}]}`:                                              `422 invalid_argument /operations/0/tags: tags must be a list of strings`,
		`{"operations":[{"op":"update","id":"a","ifRev":-1}]}`:                                              `422 invalid_argument /operations/0/ifRev: ifRev must be a whole number, 0 or more, not number -1`,
		`{"operations":[{"op":"delete","id":"z0000000"}],"atomic":true}`:                                    `422 not_found /operations/0/id: no todo has the id "z0000000"`,
		`{"operations":[{"op":"create","text":" "}],"atomic":true}`:                                         `422 invalid_argument /operations/0/text: the text is empty`,
		`{"operations":[{"op":"update","id":"a","id":"b"}]}`:                                                `422 invalid_argument /operations/0/id: the body has "id" twice`,
		`{"operations":[` + strings.Repeat(`{"op":"delete","id":"a"},`, 500) + `{"op":"delete","id":"a"}]}`: "422 invalid_argument /operations",
	} {
		got := summary(t, s.send(t, exchange{method: "POST", target: "/api/todos/batch", body: body}))
		if !strings.HasPrefix(got, want) {
			t.Errorf("%.80s\n got %s\nwant %s", body, got, want)
		}
	}
	if list, err := s.as(t, ada).List(t.Context(), todo.Query{}); err != nil || list.Rev != 1 {
		t.Errorf("after all that the list is at %d, %v", list.Rev, err)
	}
}
