package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"todo.example/cli"
	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// hostile is what somebody might put on a list to take over a terminal.
const hostile = "Buy\x1b]0;owned\x07 \x1b[2Jmilk\r\n\t\u202emoc\u2028\u200b\u009b1mx\x7f"

// hostileServer answers every request with it, in every place that has text.
func hostileServer(t *testing.T) *httptest.Server {
	item := todo.Todo{ID: hostile, Text: hostile, Notes: hostile, Due: "2026-11-20", Repeat: hostile, Priority: hostile, List: hostile, Tags: []string{hostile}, CreatedBy: hostile, UpdatedBy: hostile, Rev: 1}
	change := api.Change{ChangeID: hostile, Kind: todo.Kind(hostile), By: hostile, Todos: []todo.Todo{item}, Undoes: hostile, UndoneBy: hostile}
	answers := map[string]any{
		"GET /api/todos":              api.Todos{Todos: []todo.Todo{item}, Total: 1, Rev: 1},
		"POST /api/todos":             api.Changed{Todo: &item, Changed: true},
		"GET /api/todos/{id}":         item,
		"PATCH /api/todos/{id}":       api.Changed{Todo: &item, Changed: true},
		"POST /api/todos/{id}/{verb}": api.Changed{Todo: &item, Changed: true},
		"DELETE /api/todos/{id}":      api.Changed{Todo: &item},
		"GET /api/history":            api.History{Changes: []api.Change{change}},
		"POST /api/quickadd":          api.Changed{Todo: &item, Changed: true},
		"GET /api/lists":              api.Lists{Lists: []todo.Name{{Name: hostile}}},
		"GET /api/tags":               api.Tags{Tags: []todo.Name{{Name: hostile}}},
		"PATCH /api/lists/{name}":     api.NameEdited{Changed: true, ChangeID: hostile},
		"POST /api/todos/batch":       api.Batched{ChangeID: hostile, Results: []api.Result{{Todo: &item, Changed: true}, {Index: 1, Error: &api.ItemProblem{Detail: hostile, Code: todo.CodeConflict}}}},
		"GET /api/settings":           api.Settings{Timezone: hostile, WeekStart: hostile, Theme: hostile},
		"GET /api/tokens":             api.Tokens{Tokens: []api.Token{{ID: hostile, Name: hostile, Scopes: []string{hostile}}}},
		"POST /api/tokens":            api.Token{ID: hostile, Secret: hostile},
		"POST /api/import":            api.Imported{ChangeID: hostile, Lines: []api.LineError{{Line: 1, Message: hostile}}},
		"POST /api/changes/{id}/undo": change,
		"GET /api/me":                 api.Me{Subject: hostile, Email: hostile, Allowed: []string{hostile}},
	}
	mux := http.NewServeMux()
	for pattern, answer := range answers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(answer)
		})
	}
	mux.HandleFunc("POST /api/todos/r3fxse00/{verb}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		json.NewEncoder(w).Encode(api.Problem{Status: http.StatusConflict, Code: todo.CodeConflict, Detail: hostile, Hint: hostile})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// inLines reports whether a command shows what a todo has in lines of their own.
func inLines(line []string) bool {
	return line[0] == "show" || line[0] == "api" || slices.Contains(line, "--json") || slices.Contains(line, "--format")
}

// TestNothingSteersTheTerminal: what a server says is text, whatever is in it.
func TestNothingSteersTheTerminal(t *testing.T) {
	server := hostileServer(t)
	for _, line := range [][]string{
		{"add", "x"},
		{"list"},
		{"show", "x"},
		{"edit", "x", "--text", "y"},
		{"done", "x"},
		{"reopen", "x"},
		{"rm", "x"},
		{"restore", "x"},
		{"undo"},
		{"log"},
		{"whoami"},
		{"done", "r3fxse00"},
		{"done", "r3fxse00", "--json"},
		{"done", "milk", "x"},
		{"list", "--json"},
		{"list", "--format", "md"},
		{"list", "--template", "{{range .todos}}{{.text}} {{end}}"},
		{"today"},
		{"trash"},
		{"snooze", "x"},
		{"move", "x", "--top"},
		{"lists"},
		{"lists", "archive", "milk"},
		{"tags"},
		{"settings"},
		{"token", "list"},
		{"token", "create", "milk"},
		{"api", "/api/todos"},
		{"import", os.DevNull},
		{"__complete", "list", "--tag", ""},
		{"__complete", "token", "revoke", ""},
		{"__complete", "done", ""},
	} {
		for _, width := range []int{0, 200} {
			var out, err bytes.Buffer
			cli.World{Out: &out, Err: &err, Width: width, Env: map[string]string{"TODO_SERVER": server.URL, "TODO_TOKEN": "t", "NO_COLOR": "1"}}.Run(t.Context(), line...)
			said := out.String() + err.String()
			if !strings.Contains(said, "milk") {
				t.Errorf("%v: %q", line, said)
			}
			steers := func(r rune) bool {
				if width == 0 && (line[0] == "api" || slices.Contains(line, "--template") || slices.Contains(line, "md")) {
					return false // a program gets it as it is
				}
				return unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
			}
			if i := strings.IndexFunc(said, steers); i >= 0 {
				t.Errorf("%v: %q steers at %d", line, said, i)
			}
			if lines := strings.Count(said, "\n"); lines > 6 && !inLines(line) {
				t.Errorf("%v: %d lines for one todo: %q", line, lines, said)
			}
		}
	}
}

// TestTables shows what a person and a program see of the same list.
func TestTables(t *testing.T) {
	at := time.Date(2026, 11, 25, 9, 30, 0, 0, time.Local)
	todos := []todo.Todo{
		{ID: "aaaaaaa1", Text: "Buy milk", Rev: 1},
		{ID: "aaaaaaa2", Text: "牛乳を買ってから家に帰る", Completed: true, Rev: 1},
		{ID: "aaaaaaa3", Text: "Cafe\u0301 with everybody who is still in town", DeletedAt: at, Rev: 1},
	}
	changes := []api.Change{
		{ChangeID: "c9", Kind: todo.Created, At: at, By: "cli", Todos: todos[:1], UndoneBy: "c10"},
		{ChangeID: "c10", Kind: todo.Undone, At: at, By: "日本語クライアント", Todos: todos[:1], Undoes: "c9"},
	}
	mux := http.NewServeMux()
	serve := func(pattern string, answer any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(answer)
		})
	}
	serve("GET /api/todos", api.Todos{Todos: todos, Total: len(todos), Rev: 10})
	slices.Reverse(changes)
	serve("GET /api/history", api.History{Changes: changes})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	utc := at.UTC().Format(time.RFC3339)
	for _, test := range []struct {
		command string
		width   int
		want    string
	}{
		{"list", 30, "o  aaaaaaa1  Buy milk\nx  aaaaaaa2  牛乳を買ってから…\n-  aaaaaaa3  Cafe\u0301 with everyb…\n"},
		{"list", 0, "o\taaaaaaa1\tBuy milk\nx\taaaaaaa2\t牛乳を買ってから家に帰る\n-\taaaaaaa3\tCafe\u0301 with everybody who is still in town\n"},
		{"log", 100, "c10  2026-11-25 09:30  日本語クライアント  undone c9              aaaaaaa1  Buy milk\n" +
			"c9   2026-11-25 09:30  cli                 created, since undone  aaaaaaa1  Buy milk\n"},
		{"log", 70, "c10  2026-11-25 09:30  日本語クラ…   undone c9      aaaaaaa1  Buy milk\n" +
			"c9   2026-11-25 09:30  cli           created, sin…  aaaaaaa1  Buy milk\n"},
		{"log", 0, "c10\t" + utc + "\t日本語クライアント\tundone c9\taaaaaaa1\tBuy milk\nc9\t" + utc + "\tcli\tcreated, since undone\taaaaaaa1\tBuy milk\n"},
	} {
		var out, err bytes.Buffer
		world := cli.World{Out: &out, Err: &err, Width: test.width, Env: map[string]string{"TODO_SERVER": server.URL, "TODO_TOKEN": "t", "NO_COLOR": "1"}}
		if code := world.Run(t.Context(), test.command); code != 0 {
			t.Fatalf("%s: exit %d: %s", test.command, code, &err)
		}
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("%s in %d cells (-want +got):\n%s", test.command, test.width, diff)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"milk", 4, "milk"},
		{"milk!", 4, "mil…"},
		{"milk", 0, "milk"},
		{"牛乳", 4, "牛乳"},
		{"牛乳が", 4, "牛…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"🥛🥛", 3, "🥛…"},
		{"", 1, ""},
	} {
		if got := cli.Cut(test.text, test.limit); got != test.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

func FuzzPrintableLine(f *testing.F) {
	f.Add(hostile, 10)
	f.Add("👩\u200d🚀 e\u0301 牛乳", 3)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		line := cli.PrintableLine(text)
		if strings.ContainsFunc(line, unicode.IsControl) || strings.ContainsAny(line, "\u2028\u2029\u202e") {
			t.Errorf("PrintableLine(%q) = %q", text, line)
		}
		if again := cli.PrintableLine(line); again != line {
			t.Errorf("PrintableLine(%q) = %q", line, again)
		}
		if got := cli.Cut(line, limit); limit > 0 && cli.Cells(got) > limit {
			t.Errorf("Cut(%q, %d) = %q", line, limit, got)
		}
	})
}
