package mcpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// answer is what a tool says: data for programs, and words for models, which many
// hosts show them instead of the data.
type answer struct {
	data  json.RawMessage
	words []string
}

func (a answer) result() *mcp.CallToolResult {
	r := &mcp.CallToolResult{StructuredContent: a.data, Content: make([]mcp.Content, len(a.words))}
	for i, w := range a.words {
		r.Content[i] = &mcp.TextContent{Text: w}
	}
	return r
}

// changed is the structured result of every write: the change, not the list.
type changed struct {
	Todos     []item `json:"todos"`
	Changed   bool   `json:"changed"`
	ChangeID  string `json:"changeID,omitempty"`
	OpenCount *int   `json:"openCount,omitempty"` // only with a change
	Failures  []miss `json:"failures,omitempty"`
}

// item is a todo as tools show it.
type item struct {
	ID          string    `json:"id"`
	Text        string    `json:"text"`
	Completed   bool      `json:"completed"`
	CompletedAt time.Time `json:"completedAt,omitzero"`
	HasNotes    bool      `json:"hasNotes,omitempty"`
}

// miss is one item of a batch that did not go through.
type miss struct {
	Item  string    `json:"item"` // the todo's id, or its index in the request
	Code  todo.Code `json:"code"`
	Error string    `json:"error"`
}

// failure is the structured result of a call that failed as a whole.
type failure struct {
	Code    todo.Code `json:"code"`
	Message string    `json:"message"`
	Hint    string    `json:"hint,omitempty"`
	Field   string    `json:"field,omitempty"`
}

type page struct {
	Todos      []item `json:"todos"`
	Total      int    `json:"total"`
	NextCursor string `json:"nextCursor,omitempty"`
}

// single answers a tool that changes one todo, in the words of Stytch's sample.
func single(c todo.Change, err error, done string) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	t, err := c.One()
	if err != nil {
		return answer{}, err
	}
	if c.Rev == 0 {
		return answerOf(c, fmt.Sprintf("Success! Nothing had to change: %s %s", t.ID, quote(t.Text)))
	}
	return answerOf(c, fmt.Sprintf("Success! %s: %s %s. Undo: %s.", done, t.ID, quote(t.Text), c.ID()))
}

// several answers a tool that changes many, naming those that did not go through.
func several(c todo.Change, err error, done string) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	var words strings.Builder
	if c.Rev == 0 {
		words.WriteString("Nothing was changed.")
	} else {
		fmt.Fprintf(&words, "%s %d of %d: %s. Undo: %s.", done, len(c.Edits), len(c.Todos())+len(c.Failures), named(c.Edits), c.ID())
	}
	for _, f := range c.Failures {
		fmt.Fprintf(&words, "\nFailed: %s: %s", failedItem(f), f.Message)
	}
	return answerOf(c, words.String())
}

const maxNamed = 3 // todos that words name one by one

func named(edits []todo.Revision) string {
	var names []string
	for i, e := range edits {
		if i == maxNamed {
			names = append(names, fmt.Sprintf("and %d more", len(edits)-i))
			break
		}
		names = append(names, e.After.ID+" "+quote(e.After.Text))
	}
	return strings.Join(names, ", ")
}

func answerOf(c todo.Change, words string) (answer, error) {
	todos := c.Todos()
	r := changed{Todos: make([]item, len(todos)), Changed: c.Rev > 0, ChangeID: c.ID()}
	for i, t := range todos {
		r.Todos[i] = item{ID: t.ID, Text: t.Text, Completed: t.Completed}
	}
	if c.Rev > 0 {
		r.OpenCount = &c.Open
	}
	for _, f := range c.Failures {
		r.Failures = append(r.Failures, miss{Item: failedItem(f), Code: f.Code, Error: strings.TrimSuffix(f.Message+"; "+f.Hint, "; ")})
	}
	data, err := marshal(r)
	return answer{data: data, words: []string{words}}, err
}

func failedItem(f todo.Failure) string {
	if f.ID != "" {
		return f.ID
	}
	return strconv.Itoa(f.Item)
}

// listing answers with a page, as JSON also in words: some hosts show a model the
// first block of text and nothing else.
func listing(p todo.Page) (answer, error) {
	r := page{Todos: make([]item, len(p.Todos)), Total: p.Total, NextCursor: p.NextCursor}
	for i, t := range p.Todos {
		r.Todos[i] = item{ID: t.ID, Text: t.Text, Completed: t.Completed, CompletedAt: t.CompletedAt, HasNotes: t.Notes != ""}
	}
	data, err := marshal(r)
	return answer{data: data, words: []string{string(data)}}, err
}

// failed answers a call that failed: what happened, and the next step.
func (h *Handler) failed(err error) (*mcp.CallToolResult, error) {
	e := h.public(err)
	data, err := marshal(failure{Code: e.Code, Message: e.Message, Hint: e.Hint, Field: e.Field})
	if err != nil {
		return nil, err
	}
	words := e.Message
	if e.Hint != "" {
		words += "\n" + e.Hint
	}
	r := answer{data: data, words: []string{words}}.result()
	r.IsError = true
	return r, nil
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

// ofArgument returns a failure of the domain with its field named as the tools'
// argument is.
func ofArgument(err error) error {
	names := map[string]string{"text": "todoText", "id": "todoID", "Idempotency-Key": "idempotencyKey"}
	e := *todo.AsError(err)
	if name, ok := names[e.Field]; ok {
		e.Field = name
	}
	return &e
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
