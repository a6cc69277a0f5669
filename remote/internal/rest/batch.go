package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

func opKinds() []string {
	return []string{string(todo.OpCreate), string(todo.OpUpdate), string(todo.OpComplete), string(todo.OpReopen), string(todo.OpDelete), string(todo.OpRestore)}
}

// batch does many operations. A body that is not of the form that it must have is
// refused as a whole; what is wrong with a value fails its own operation.
func (s *Server) batch(c *call) error {
	var raw []json.RawMessage
	var atomic bool
	if err := c.body(fields{"operations": &raw, "atomic": &atomic}, mediaJSON); err != nil {
		return err
	}
	ops := make([]todo.Op, len(raw))
	for i, r := range raw {
		var err error
		if ops[i], err = readOp(r); err != nil {
			return within(err, i)
		}
	}
	o := c.options()
	o.Atomic = atomic
	change, err := s.svc.Batch(c.r.Context(), c.ns, c.actor, ops, o)
	if err != nil {
		return renamed(err, "todos", "operations")
	}
	c.markReplay(change.Replayed)
	return httpx.WriteJSON(c.w, http.StatusOK, api.Batched{Results: results(ops, change), ChangeID: change.ID()})
}

func readOp(raw json.RawMessage) (todo.Op, error) {
	var head struct{ Op any }
	_ = json.Unmarshal(raw, &head) // what is wrong with it, decode says
	kind, _ := head.Op.(string)
	if !slices.Contains(opKinds(), kind) {
		return todo.Op{}, invalid("op", fmt.Sprintf("%q is not an operation", todo.Cut(kind)), "use "+strings.Join(opKinds(), ", "))
	}
	var op todo.Op
	var item newItem
	var patch patchItem
	known := fields{}
	switch todo.OpKind(kind) {
	case todo.OpCreate:
		known = item.fields()
	case todo.OpUpdate:
		known = patch.fields()
		known["ifRev"] = &patch.IfRev
	}
	known["op"] = &kind
	if todo.OpKind(kind) != todo.OpCreate {
		known["id"] = &op.ID
	}
	if err := decode(raw, known); err != nil {
		return op, err
	}
	op.Op, op.Patch = todo.OpKind(kind), patch.patch(op.ID)
	if op.Op != todo.OpUpdate {
		op.Patch = todo.Patch{}
	}
	var err error
	op.New, _, err = item.item()
	return op, err
}

// within names the operation that an error is about.
func within(err error, index int) error {
	e := *todo.AsError(err)
	e.Field = strings.TrimSuffix("operations/"+strconv.Itoa(index)+"/"+e.Field, "/")
	return &e
}

// results says what became of each operation.
func results(ops []todo.Op, change todo.Change) []api.Result {
	all := make([]api.Result, len(ops))
	for i := range ops {
		t, changed, err := change.Item(i)
		all[i] = result(i, ops[i].Op, t, changed, err)
	}
	return all
}

func result(i int, kind todo.OpKind, t todo.Todo, changed bool, err error) api.Result {
	r := api.Result{Index: i, Status: http.StatusOK, Changed: changed}
	switch {
	case err != nil:
		r.Status, r.Error = api.Status(todo.AsError(err).Code), api.NewItemProblem(err)
	case kind == todo.OpCreate:
		r.Status, r.Todo = http.StatusCreated, &t
	default:
		r.Todo = &t
	}
	return r
}
