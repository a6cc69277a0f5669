package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// answer is what a tool says: data for programs, and words for models, which many
// hosts show them instead of the data.
type answer struct {
	data   json.RawMessage
	blocks []string
	failed bool
}

func (a answer) result() *mcp.CallToolResult {
	r := &mcp.CallToolResult{StructuredContent: a.data, Content: make([]mcp.Content, len(a.blocks)), IsError: a.failed}
	for i, text := range a.blocks {
		r.Content[i] = &mcp.TextContent{Text: text}
	}
	return r
}

// answerOf answers with data, which is the first block of text too, for some hosts
// show a model that and nothing else; and with a line of words.
func answerOf(v any, words ...string) (answer, error) {
	data, err := marshal(v)
	return answer{data: data, blocks: append([]string{string(data)}, words...)}, err
}

// changed is the structured result of every write: the change, not the list.
type changed struct {
	Todos     []item `json:"todos"`
	Changed   bool   `json:"changed"`
	ChangeID  string `json:"changeID,omitempty"`
	OpenCount *int   `json:"openCount,omitempty"` // only with a change
	Failures  []miss `json:"failures,omitempty"`
}

// miss is one item of a batch that did not go through.
type miss struct {
	Item  string    `json:"item"` // the todo's id, or its index in the request
	Code  todo.Code `json:"code"`
	Error string    `json:"error"` // what happened, and the next step
}

// single answers a tool that changes one todo, in one block of the sample's form:
// words, then the new state as JSON. id is what the call named, if anything.
func (c caller) single(ctx context.Context, change todo.Change, err error, id, done string) (answer, error) {
	if err == nil && len(change.Failures) > 0 {
		err = change.Failures[0].Err()
	}
	if err != nil {
		return answer{}, c.explained(ctx, err, id)
	}
	r := c.changed(change)
	state, err := marshal(r.Todos)
	if err != nil {
		return answer{}, err
	}
	var text strings.Builder
	first := r.Todos[0]
	if change.Rev == 0 {
		fmt.Fprintf(&text, "Success! Nothing had to change: %s %s", first.ID, quote(first.Text))
	} else {
		fmt.Fprintf(&text, "Success! %s: %s %s%s. Undo: %s.", done, first.ID, quote(first.Text), c.aside(ctx, change, first), change.ID())
	}
	fmt.Fprintf(&text, "\n\nNew state:\n%s", state)
	if others := others(change); others > 0 {
		fmt.Fprintf(&text, "\n… %d more, use listTodos", others)
	}
	data, err := marshal(r)
	return answer{data: data, blocks: []string{text.String()}}, err
}

// aside returns what the words on one todo add in brackets.
func (c caller) aside(ctx context.Context, change todo.Change, i item) string {
	var said []string
	about := slices.IndexFunc(change.Edits, func(e todo.Revision) bool { return !e.Follows })
	if t := change.Edits[max(0, about)].After; t.Due != "" && t.View() == todo.ViewOpen {
		due := "due " + c.human(t)
		if i.Overdue {
			due += ", " + past + ": now is " + c.present().Now
		}
		said = append(said, due)
	}
	if i.Repeat != "" && i.Repeat != clearing && !i.Completed {
		said = append(said, "repeats "+i.Repeat)
	}
	if follow, ok := change.Next(); ok {
		said = append(said, "next "+follow.ID+" due "+c.human(follow))
	}
	if i.WithSubtasks > 0 {
		said = append(said, fmt.Sprintf("subtasks along with it: %d", i.WithSubtasks))
	}
	if note := c.listNote(ctx, change); note != "" {
		said = append(said, note)
	}
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, "; ") + ")"
}

// others counts the open todos that a change is not about.
func others(change todo.Change) int {
	n := change.Open
	for _, e := range change.Edits {
		if e.After.View() == todo.ViewOpen {
			n--
		}
	}
	return n
}

// several answers a tool that changes many: the data has the items and the words
// the sum. If no item went through, nothing was done and the call failed.
// about returns the id that a failure is about if it is that there is no such todo.
func (c caller) several(ctx context.Context, change todo.Change, err error, done string, about func(todo.Failure) string) (answer, error) {
	if err != nil {
		return answer{}, c.explained(ctx, err, "")
	}
	r := c.changed(change)
	r.Failures = c.misses(ctx, change, about)
	if len(r.Todos) == 0 && len(r.Failures) > 0 {
		return answer{}, c.noneOf(ctx, change, r.Failures, about)
	}
	if change.Rev == 0 {
		return answerOf(r, "Nothing had to change."+failedWords(r))
	}
	changes := 0
	for _, e := range change.Edits {
		if !e.Follows {
			changes++
		}
	}
	note := c.listNote(ctx, change)
	if note != "" {
		note = " The " + note + "."
	}
	return answerOf(r, fmt.Sprintf("%s %d.%s%s%s Undo: %s.", done, changes, c.dueWords(change), note, failedWords(r), change.ID()))
}

// listNote says of a list that todos were put into what they may not have been put
// there for: it is new, which a slip makes, or archived, and they are hidden.
func (c caller) listNote(ctx context.Context, change todo.Change) string {
	put := map[string]int{} // todos that came into a list
	for _, e := range change.Edits {
		if to := e.After; to.List != "" && !to.Deleted() && (e.Before == nil || e.Before.List != to.List) {
			put[to.List]++
		}
	}
	if len(put) == 0 || change.Kind == todo.Undone {
		return ""
	}
	lists, err := c.svc.Lists(ctx, c.ns, c.actor)
	if err != nil {
		return "" // it is a note; the change was made
	}
	for _, l := range lists {
		switch {
		case put[l.Name] == 0:
		case l.Archived:
			return fmt.Sprintf("list %s is archived: listTodos shows it only by its name", quote(l.Name))
		case l.Open+l.Completed == put[l.Name]:
			return fmt.Sprintf("list %s is new", quote(l.Name))
		}
	}
	return ""
}

func failedWords(r changed) string {
	if len(r.Failures) == 0 {
		return ""
	}
	return fmt.Sprintf(" %d failed: re-send only those.", len(r.Failures))
}

const maxNamed = 3 // todos that words name one by one

// past is what words say of a due date that is set to what is over: models are often
// a year behind.
const past = "which is past"

// dueWords says on which days of the week the changed todos fall due.
func (c caller) dueWords(change todo.Change) string {
	var named []string
	for _, e := range change.Edits {
		moved := e.Before == nil || e.Before.Due != e.After.Due
		if e.After.Due == "" || !moved || e.After.View() != todo.ViewOpen {
			continue
		}
		if len(named) == maxNamed {
			named = append(named, "…")
			break
		}
		due := e.After.ID + " " + c.human(e.After)
		if c.delta(e).Overdue {
			due += ", " + past
		}
		named = append(named, due)
	}
	if len(named) == 0 {
		return ""
	}
	return " Due: " + strings.Join(named, ", ") + "."
}

// changed returns the data of a change. What was brought along with an item, such
// as the next of a repeating todo or its subtasks, is part of that item.
func (c caller) changed(change todo.Change) changed {
	r := changed{Todos: []item{}, Changed: change.Rev > 0, ChangeID: change.ID()}
	at := map[int]int{} // index in Todos, by the request's item
	for _, e := range change.Edits {
		if !e.Follows {
			at[e.Item] = len(r.Todos)
			r.Todos = append(r.Todos, c.delta(e))
		}
	}
	for _, e := range change.Edits {
		i, ok := at[e.Item]
		switch {
		case !e.Follows || !ok:
		case e.Before == nil && e.After.ParentID != r.Todos[i].ID && r.Todos[i].Next == nil:
			// The rule went over to it: that the done one has none is no news.
			r.Todos[i].Next, r.Todos[i].Repeat = &next{e.After.ID, short(e.After.Due)}, ""
		case e.Before != nil && e.After.ParentID == r.Todos[i].ID:
			r.Todos[i].WithSubtasks++
		}
	}
	for _, t := range change.Unchanged {
		r.Todos = append(r.Todos, c.delta(todo.Revision{Before: &t, After: t}))
	}
	if change.Rev > 0 {
		r.OpenCount = &change.Open
	}
	return r
}

// quote returns text as a JSON string, so that it cannot be taken for words of ours.
func quote(text string) string {
	data, err := marshal(text)
	if err != nil { // a string always can be
		return strconv.Quote(text)
	}
	return string(data)
}

// marshal is json.Marshal without the HTML escaping, which costs tokens.
func marshal(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
