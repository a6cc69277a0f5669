package todo

import (
	"context"
	"time"
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

// Batch does at most MaxBatch operations of any kinds, in order, as one change.
func (s *Service) Batch(ctx context.Context, ns Namespace, actor Actor, ops []Op, o Options) (Change, error) {
	return Change{}, notYet()
}

// Preview returns the todo that Create would make of item, its dates resolved, and
// makes nothing. It has no id.
func (s *Service) Preview(ctx context.Context, ns Namespace, actor Actor, item New) (Todo, error) {
	return Todo{}, notYet()
}

// ParseQuickAdd reads "Buy milk tomorrow 17:00 #home !high +Shopping": a date, a
// repeat, #tag, !high|!medium|!low (!1 !2 !3, p1 p2 p3), +list or +"two words", and
// //notes to the end; a backslash before a sign keeps it. What is left is the text.
func ParseQuickAdd(text string, actor Actor, now time.Time) New {
	return New{Text: text}
}

// Import is a todo that another program wrote, its dates exact.
type Import struct {
	Todo   Todo   // Text at least; ID, Rev, Position and the authors are not taken over
	Parent string // UID of the todo in the same import that it is a subtask of
	Line   int    // of the file, for errors; 0: unknown
}

// ImportOptions of an import.
type ImportOptions struct {
	Options
	DryRun bool // say what would happen, and write nothing
}

// ImportResult says what an import did, or would do.
type ImportResult struct {
	Change  Change
	Created int
	Skipped int // already there: the same UID, or the same text, list and due date, open or completed
}

// Import adds todos that other programs wrote, at most MaxImport, as one change that
// can be undone. Items whose UID or else text, list and due are in the list are
// skipped. Items that are not valid are in the change's Failures, by index; with
// Options.Atomic they sink the whole.
func (s *Service) Import(ctx context.Context, ns Namespace, actor Actor, items []Import, o ImportOptions) (ImportResult, error) {
	return ImportResult{}, notYet()
}
