package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// failure is the structured result of a call that failed as a whole.
type failure struct {
	Code       todo.Code `json:"code"`
	Message    string    `json:"message"`
	Hint       string    `json:"hint,omitempty"`
	Field      string    `json:"field,omitempty"`
	Candidates []brief   `json:"candidates,omitempty"` // what may have been meant
	Failures   []miss    `json:"failures,omitempty"`   // of a batch of which nothing went through
}

// refused is a failure with more to say than the domain's errors have.
type refused struct {
	err        *todo.Error
	candidates []brief
	failures   []miss
}

// Error implements error.
func (r *refused) Error() string { return r.err.Error() }

// Unwrap returns the domain's part.
func (r *refused) Unwrap() error { return r.err }

// failed answers a call that failed, in at most three lines: what happened, that
// nothing was changed, the next step.
func (h *Handler) failed(t *tool, err error) (*mcp.CallToolResult, error) {
	e := h.public(err)
	f := failure{Code: e.Code, Message: e.Message, Hint: e.Hint, Field: e.Field}
	if r, ok := errors.AsType[*refused](err); ok {
		f.Candidates, f.Failures = r.candidates, r.failures
	}
	data, err := marshal(f)
	if err != nil {
		return nil, err
	}
	lines := []string{sentence(f.Message)}
	if t.action.Writes() {
		lines = append(lines, "Nothing was changed.")
	}
	if f.Hint != "" {
		lines = append(lines, sentence(f.Hint))
	}
	return answer{data: data, blocks: []string{strings.Join(lines, "\n")}, failed: true}.result(), nil
}

func sentence(text string) string {
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// public returns the part of a failure that the client may read, and logs the
// cause of what is our fault. The context of a session is that of its first
// request, so there is no request id to log.
func (h *Handler) public(err error) *todo.Error {
	e := todo.AsError(err)
	if e.Code == todo.CodeInternal || e.Code == todo.CodeUnavailable {
		h.config.Logger.Error("MCP call failed", "code", e.Code, "error", err, "cause", e.Cause)
	}
	return e
}

// ofArguments returns a failure of the domain as told tells it.
func ofArguments(err error) error {
	if r, ok := errors.AsType[*refused](err); ok {
		return &refused{told(r.err), r.candidates, r.failures}
	}
	return told(todo.AsError(err))
}

// toolWords puts the tools in place of what the domain's hints refer to.
var toolWords = strings.NewReplacer("ids from the list", "ids from listTodos", "the log lists them", "listChanges lists them")

// told returns a failure of the domain as tools tell it: the field named as the
// argument is, and the hint without what failed says in a line of its own.
func told(e *todo.Error) *todo.Error {
	arguments := map[string]string{"text": "todoText", "id": "todoID", "q": "query", "Idempotency-Key": "idempotencyKey"}
	out := *e
	if name, ok := arguments[e.Field]; ok {
		out.Field = name
	}
	const unchanged = "nothing was changed"
	out.Hint = toolWords.Replace(strings.TrimSuffix(strings.TrimSuffix(e.Hint, unchanged), "; "))
	if out.Hint == "" && e.Code == todo.CodeConflict {
		out.Hint = "listChanges says what happened since"
	}
	if e.Code == todo.CodeInvalidDate {
		out.Hint += "; change only " + out.Field + " and retry"
	}
	return &out
}

// badDate is the failure of an argument that is no date.
func badDate(field string, err error) error {
	e, ok := errors.AsType[*when.Error](err)
	if !ok {
		return err
	}
	return &todo.Error{Code: todo.CodeInvalidDate, Field: field, Message: e.Message, Hint: e.Hint}
}

const maxExplained = 3 // items of a batch for which it is looked up what was meant

// misses returns what did not go through, item by item.
func (c caller) misses(ctx context.Context, change todo.Change, about func(todo.Failure) string) []miss {
	var misses []miss
	for i, f := range change.Failures {
		err := f.Err()
		if i < maxExplained {
			err = c.explained(ctx, err, about(f))
		}
		e := told(todo.AsError(err))
		m := miss{Item: f.ID, Code: e.Code, Error: strings.TrimSuffix(e.Message+"; "+e.Hint, "; ")}
		if m.Item == "" {
			m.Item = strconv.Itoa(f.Item)
		}
		misses = append(misses, m)
	}
	return misses
}

// missing returns the id of the todo that an item was about and that is not there;
// "" if the item failed for another reason, such as its parent.
func missing(f todo.Failure) string {
	if f.Field != "id" {
		return ""
	}
	return f.ID
}

// noneOf is the failure of a batch of which no item went through. One of one is
// that item's.
func (c caller) noneOf(ctx context.Context, change todo.Change, misses []miss, about func(todo.Failure) string) error {
	first := change.Failures[0]
	if len(misses) == 1 {
		return c.explained(ctx, first.Err(), about(first))
	}
	return &refused{failures: misses, err: &todo.Error{
		Code: first.Code, Message: fmt.Sprintf("none of the %d items went through; %s: %s", len(misses), misses[0].Item, misses[0].Error),
		Hint: "correct what is in failures and send it again",
	}}
}

// explained adds to the failure that there is no todo of an id what may have been
// meant, or how it comes back from the trash.
func (c caller) explained(ctx context.Context, err error, id string) error {
	e, ok := errors.AsType[*todo.Error](err)
	if !ok || e.Code != todo.CodeNotFound || id == "" {
		return err
	}
	if t, err := c.svc.Get(ctx, c.ns, c.actor, id); err == nil && t.Deleted() {
		return &todo.Error{Code: e.Code, Field: e.Field, Message: fmt.Sprintf("the TODO %s %s is in the trash", t.ID, quote(t.Text)), Hint: c.restoring(ctx, t)}
	}
	r := &refused{err: &todo.Error{Code: e.Code, Field: e.Field, Message: e.Message, Hint: "get ids from listTodos"}, candidates: c.candidates(ctx, id)}
	var named []string
	for _, b := range r.candidates {
		state := "open"
		if b.Completed {
			state = "completed"
		}
		named = append(named, fmt.Sprintf("%s %s (%s)", b.ID, quote(b.Text), state))
	}
	if len(named) > 0 {
		r.err.Hint = "did you mean " + strings.Join(named, ", or ") + "?"
	}
	return r
}

// as returns a failure as that of another argument.
func as(field string, err error) error {
	e, ok := errors.AsType[*todo.Error](err)
	if !ok {
		return err
	}
	renamed := *e
	renamed.Field = field
	return &renamed
}

// restoring says how a todo comes back from the trash: by undoing what put it there.
func (c caller) restoring(ctx context.Context, t todo.Todo) string {
	put := t.Rev // unless its list or tag was renamed since
	past, err := c.svc.History(ctx, c.ns, c.actor, todo.HistoryQuery{TodoID: t.ID, Limit: historyOfOne})
	if err == nil {
		if i := slices.IndexFunc(past.Changes, func(change todo.Change) bool { return deletes(change, t.ID) }); i >= 0 {
			put = past.Changes[i].Rev
		}
	}
	return fmt.Sprintf("undoChange with changeID %s brings it back", todo.Change{Rev: put}.ID())
}

func deletes(change todo.Change, id string) bool {
	return slices.ContainsFunc(change.Edits, func(e todo.Revision) bool {
		return e.After.ID == id && e.After.Deleted() && (e.Before == nil || !e.Before.Deleted())
	})
}

const maxCandidates = 3

// candidates returns todos that a model may have meant by what is no id: one whose
// id begins alike, or whose text it is. It looks at one page, and at what a search
// for the text finds.
func (c caller) candidates(ctx context.Context, given string) []brief {
	var found []brief
	for _, q := range []todo.Query{{Status: todo.StatusAll, Limit: todo.MaxPage}, {Status: todo.StatusAll, Text: phrase(given), Limit: maxCandidates}} {
		page, err := c.svc.List(ctx, c.ns, c.actor, q)
		if err != nil {
			break // it is the first failure that is told
		}
		for _, t := range page.Todos {
			if q.Text != "" || alike(given, t) {
				found = append(found, brief{t.ID, t.Text, t.Completed})
			}
			if len(found) == maxCandidates {
				return found
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return found
}

const minAlike = 3 // characters of an id that say enough

func alike(given string, t todo.Todo) bool {
	if strings.EqualFold(given, t.Text) {
		return true
	}
	given = strings.ToLower(given)
	return len(given) >= minAlike && (strings.HasPrefix(t.ID, given) || strings.HasPrefix(given, t.ID))
}

// phrase quotes text for a search, so that no part of it is taken for syntax.
func phrase(text string) string {
	return `"` + strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' {
			return ' '
		}
		return r
	}, cut(text)) + `"`
}
