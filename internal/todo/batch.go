package todo

import (
	"context"
)

// Op is one operation of a batch.
type Op struct {
	Op    OpKind
	ID    string // of the todo; not with OpCreate
	New   New    // with OpCreate
	Patch Patch  // with OpUpdate; its ID is Op.ID
}

// OpKind is what an operation does.
type OpKind string

// The operations.
const (
	OpCreate   OpKind = "create"
	OpUpdate   OpKind = "update"
	OpComplete OpKind = "complete"
	OpReopen   OpKind = "reopen"
	OpDelete   OpKind = "delete"
	OpRestore  OpKind = "restore"
)

// Batch does at most MaxBatch operations of any kinds, in order, as one change. Each
// sees what those before it did; a todo is named by one of them only. The actor needs
// the right to all of them.
func (s *Service) Batch(ctx context.Context, ns Namespace, actor Actor, ops []Op, o Options) (Change, error) {
	if err := checkBatch(len(ops)); err != nil {
		return Change{}, err
	}
	for i, op := range ops {
		actions, err := op.actions(i)
		if err == nil {
			err = actor.requireAll(actions)
		}
		if err != nil {
			return Change{}, err
		}
	}
	first, _ := ops[0].actions(0)
	return s.write(ctx, ns, actor, writing{first[0], kindOf(ops), o, ops, func(d *draft) error {
		return d.each(len(ops), func(i int) string { return ops[i].ID }, func(i int) error { return d.do(ops[i]) })
	}})
}

// actions are what the operation amounts to.
func (op Op) actions(i int) ([]Action, error) {
	switch op.Op {
	case OpCreate:
		return []Action{Create}, nil
	case OpUpdate:
		return op.Patch.actions(), nil
	case OpComplete, OpReopen:
		return []Action{Complete}, nil
	case OpDelete, OpRestore:
		return []Action{Delete}, nil
	}
	return nil, invalid("op", "use create, update, complete, reopen, delete or restore", "operations[%d]: %q is not an operation", i, Cut(string(op.Op)))
}

var opKinds = map[OpKind]Kind{
	OpCreate: Created, OpUpdate: Updated, OpComplete: Completed,
	OpReopen: Reopened, OpDelete: Deleted, OpRestore: Restored,
}

// kindOf returns the kind that all operations are of, and Updated where they differ.
func kindOf(ops []Op) Kind {
	for _, op := range ops {
		if op.Op != ops[0].Op {
			return Updated
		}
	}
	return opKinds[ops[0].Op]
}

func (d *draft) do(op Op) error {
	if op.Op == OpCreate {
		return d.create(op.New)
	}
	return d.edit(op.ID, func(t Todo) (Todo, error) {
		switch op.Op {
		case OpComplete, OpReopen:
			return d.setCompleted(t, op.Op == OpComplete)
		case OpDelete:
			return d.delete(t)
		case OpRestore:
			return d.restore(t)
		default:
			return d.patch(t, op.Patch)
		}
	})
}
