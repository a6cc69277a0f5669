package mcpserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"todo.example/internal/todo"
)

// TestTokenCeilings bounds what conversations pay for, counted on what the wire
// carries: every conversation for the list of tools and the instructions, each call
// for its result.
func TestTokenCeilings(t *testing.T) {
	s := startAt(t, tuesday)
	ceilings := map[string]int{"tools": 4300, "tools without outputs": 2300, "instructions": 150}
	texts := map[string]string{"instructions": instructionsOf(t, s)}
	texts["tools"], texts["tools without outputs"] = toolsOf(t, s)

	id := ""
	for _, write := range []struct{ tool, arguments string }{
		{"createTodo", `{"todoText":"Buy milk"}`},
		{"createTodo", `{"todoText":"Buy bread","due":"friday"}`},
		{"createTodos", `{"todos":[{"todoText":"Buy milk"}]}`},
		{"updateTodos", `{"todos":[{"todoID":"%s","due":"tomorrow"}]}`},
		{"markTodoComplete", `{"todoID":"%s"}`},
		{"setTodosCompleted", `{"todoIDs":["%s"],"completed":false}`},
		{"deleteTodo", `{"todoID":"%s"}`},
		{"undoChange", `{}`},
		{"deleteTodos", `{"todoIDs":["%s"]}`},
	} {
		content, structured := said(t, s, write.tool, strings.Replace(write.arguments, "%s", id, 1))
		if id == "" {
			id = firstID(t, structured)
		}
		name := fmt.Sprintf("%s %s", write.tool, write.arguments)
		texts[name+" as text"], texts[name+" as data"] = content, structured
		ceilings[name+" as text"], ceilings[name+" as data"] = 80, 80
	}
	fill(t, s)
	content, structured := said(t, s, "listTodos", `{}`)
	texts["50 todos as text"], texts["50 todos as data"] = content, structured
	ceilings["50 todos as text"], ceilings["50 todos as data"] = 1600, 1600

	for name, n := range tokens(t, texts) {
		t.Logf("%4d tokens: %s", n, name)
		if n == 0 || n > ceilings[name] {
			t.Errorf("%s: %d tokens, at most %d: %s", name, n, ceilings[name], texts[name])
		}
	}
}

// tokens counts those of each text.
func tokens(t *testing.T, texts map[string]string) map[string]int {
	t.Helper()
	node, peers := os.Getenv("TODO_TEST_NODE"), os.Getenv("TODO_TEST_PEERS")
	if node == "" || peers == "" {
		t.Skip("TODO_TEST_NODE and TODO_TEST_PEERS do not name Node.js and the installed peers: ./test sets them")
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "testdata/tokens.mjs")
	command.Stdin = bytes.NewReader(input)
	command.Stderr = t.Output()
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var counts map[string]int
	if err := json.Unmarshal(out, &counts); err != nil {
		t.Fatal(err)
	}
	return counts
}

// toolsOf returns the list of tools as it was sent, and without the output schemas.
func toolsOf(t *testing.T, s *server) (all, inputs string) {
	t.Helper()
	var list struct{ Tools json.RawMessage }
	if err := json.Unmarshal(result(t, s.send(t, modernCall("tools/list", "", ""))), &list); err != nil {
		t.Fatal(err)
	}
	var tools []struct {
		Meta         json.RawMessage `json:"_meta,omitempty"`
		Annotations  json.RawMessage `json:"annotations"`
		Description  json.RawMessage `json:"description"`
		InputSchema  json.RawMessage `json:"inputSchema"`
		Name         json.RawMessage `json:"name"`
		Title        json.RawMessage `json:"title"`
		OutputSchema json.RawMessage `json:"outputSchema,omitempty"`
	}
	d := json.NewDecoder(bytes.NewReader(list.Tools))
	d.DisallowUnknownFields()
	if err := d.Decode(&tools); err != nil {
		t.Fatal(err)
	}
	for i := range tools {
		tools[i].OutputSchema = nil
	}
	short, err := json.Marshal(tools)
	if err != nil {
		t.Fatal(err)
	}
	return string(list.Tools), string(short)
}

func instructionsOf(t *testing.T, s *server) string {
	t.Helper()
	var hello struct{ Instructions string }
	if err := json.Unmarshal(result(t, s.send(t, modernCall("server/discover", "", ""))), &hello); err != nil {
		t.Fatal(err)
	}
	return hello.Instructions
}

// said calls a tool and returns both forms of the result that a host may show to
// its model: all blocks of text, and the data as it was sent.
func said(t *testing.T, s *server, tool, arguments string) (text, data string) {
	t.Helper()
	var r struct {
		Content           []struct{ Text string }
		StructuredContent json.RawMessage
		IsError           bool
	}
	p := modernCall("tools/call", tool, fmt.Sprintf(`"name":%q,"arguments":%s`, tool, arguments))
	if err := json.Unmarshal(result(t, s.send(t, p)), &r); err != nil || r.IsError {
		t.Fatalf("%s %s: %+v %v", tool, arguments, r, err)
	}
	for _, c := range r.Content {
		text += c.Text + "\n"
	}
	return text, string(r.StructuredContent)
}

func firstID(t *testing.T, data string) string {
	t.Helper()
	var o outcome
	if err := json.Unmarshal([]byte(data), &o); err != nil {
		t.Fatal(err)
	}
	return o.Todos[0].ID
}

// fill makes 50 todos as people have them: short texts, and some with a date, a
// priority, a list or tags.
func fill(t *testing.T, s *server) {
	t.Helper()
	texts := []string{
		"Buy milk", "Call the dentist", "Water the plants", "Pay the rent", "Book flights to Lisbon", "Reply to Anna's mail",
		"Take out the bins", "Fix the bike's rear brake", "Draft the quarterly report", "Return library books",
	}
	var items []todo.New
	for i := range 50 {
		item := todo.New{Text: texts[i%len(texts)]}
		if i%2 == 0 {
			item.Due = "2026-12-0" + fmt.Sprint(1+i%9)
		}
		if i%10 == 3 {
			item.Priority = "high"
		}
		if i%5 == 1 {
			item.List = "Work"
		}
		if i%4 == 3 {
			item.Tags = []string{"home"}
		}
		items = append(items, item)
	}
	if _, err := s.svc.Create(t.Context(), "ada", web, items, todo.Options{}); err != nil {
		t.Fatal(err)
	}
}
