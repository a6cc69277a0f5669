package exchange_test

import (
	"os"
	"strings"
	"testing"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

// TestDocs wants the page on import and export to name each format, and its
// examples to be what is written.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/import-export.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, info := range exchange.Formats() {
		if !strings.Contains(page, "`"+string(info.Format)+"`") || !strings.Contains(page, "`"+info.Extension+"`") {
			t.Errorf("the page does not name %s", info.Format)
		}
	}
	todos := []todo.Todo{
		{ID: "t7k3m9qd", Text: "Buy milk", Notes: "two litres", List: "Shopping", Tags: []string{"home"}, Priority: "high", Due: "2026-11-27T17:00:00+01:00", Timezone: "Europe/Berlin", Repeat: "FREQ=WEEKLY"},
		{ID: "t7k3m9qe", Text: "Look for the bag", List: "Shopping", ParentID: "t7k3m9qd", Completed: true, CompletedAt: at("2026-11-24T12:00:00Z")},
	}
	wrote := strings.ReplaceAll(written(t, exchange.Markdown, todos, options(t)), " 🆔 t7k3m9qd", "")
	if !strings.Contains(page, "```markdown\n"+wrote+"```") {
		t.Errorf("the page does not have\n%s", wrote)
	}
	table := written(t, exchange.CSV, nil, options(t))
	for name := range strings.SplitSeq(strings.TrimSpace(table), ",") {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("the page does not name the column %s", name)
		}
	}
	todos[0].List, todos[0].Text = "Two words", "mail @bob"
	line, _, _ := strings.Cut(written(t, exchange.TodoTxt, todos, options(t)), "\n")
	for word := range strings.FieldsSeq(line) {
		if strings.Contains(word, ":") && !strings.Contains(page, word) {
			t.Errorf("the page does not have %s", word)
		}
	}
}
