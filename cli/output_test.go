package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/cli"
	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// serveTodos answers with todos and a person in UTC, whatever is asked.
func serveTodos(t *testing.T, todos ...todo.Todo) map[string]string {
	t.Helper()
	mux := http.NewServeMux()
	serve := func(pattern string, answer any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(answer)
		})
	}
	serve("GET /api/todos", api.Todos{Todos: todos, Total: len(todos), Rev: 1})
	serve("GET /api/settings", api.Settings{Timezone: "UTC", WeekStart: "monday", Theme: "system"})
	serve("POST /api/todos/batch", api.Batched{})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return map[string]string{"TODO_SERVER": server.URL, "TODO_TOKEN": "t"}
}

// wednesday is when the tests below run.
func wednesday() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// TestNearDates: what is near is said by a word, in the person's zone.
func TestNearDates(t *testing.T) {
	for _, test := range []struct {
		due, zone string
		want      string
	}{
		{"2026-11-25", "", "today"},
		{"2026-11-26", "", "tomorrow"},
		{"2026-11-24", "", "overdue yesterday"},
		{"2026-11-01", "", "overdue 2026-11-01"},
		{"2026-11-27", "", "Fri"},
		{"2026-12-01", "", "Tue"},
		{"2026-12-02", "", "2026-12-02"},
		{"2026-11-25T17:00:00Z", "UTC", "today 17:00"},
		{"2026-11-25T11:59:00Z", "UTC", "overdue today 11:59"},
		{"2026-11-26T01:00:00+09:00", "Asia/Tokyo", "today 16:00"},
		{"", "", ""},
	} {
		env := serveTodos(t, todo.Todo{ID: "aaaaaaa1", Text: "x", Due: test.due, Timezone: test.zone, Rev: 1})
		env["NO_COLOR"] = "1"
		var out, err bytes.Buffer
		cli.World{Out: &out, Err: &err, Env: env, Width: 80, Now: wednesday}.Run(t.Context(), "list")
		if got := strings.TrimSpace(strings.TrimPrefix(out.String(), "o  aaaaaaa1  x")); got != test.want {
			t.Errorf("%s is %q, want %q%s", test.due, got, test.want, &err)
		}
	}
}

// TestColours: the flag wins over the variables, those over the terminal.
func TestColours(t *testing.T) {
	todos := serveTodos(t, todo.Todo{ID: "aaaaaaa1", Text: "Pay", Due: "2026-11-01", Rev: 1})
	for _, test := range []struct {
		width int
		env   string // NAME=VALUE
		flag  string
		want  bool
	}{
		{80, "", "auto", true},
		{0, "", "auto", false},
		{80, "NO_COLOR=1", "auto", false},
		{80, "NO_COLOR=", "auto", true},
		{80, "NO_COLOR=1", "always", true},
		{0, "CLICOLOR_FORCE=1", "auto", true},
		{0, "CLICOLOR_FORCE=0", "auto", false},
		{80, "CLICOLOR_FORCE=1", "never", false},
		{80, "CLICOLOR=0", "auto", false},
		{80, "TERM=dumb", "auto", false},
		{0, "", "always", true},
	} {
		env := map[string]string{"TODO_SERVER": todos["TODO_SERVER"], "TODO_TOKEN": "t", "WT_SESSION": "1"}
		if name, value, ok := strings.Cut(test.env, "="); ok {
			env[name] = value
		}
		var out, err bytes.Buffer
		cli.World{Out: &out, Err: &err, Env: env, Width: test.width, Now: wednesday}.Run(t.Context(), "list", "--color", test.flag)
		if got := strings.Contains(out.String(), "\x1b["); got != test.want {
			t.Errorf("%+v: coloured %v: %q%s", test, got, &out, &err)
		}
		if test.width > 0 && !strings.Contains(out.String(), "overdue 2026-11-01") {
			t.Errorf("%+v: without colour nothing says that it is overdue: %q", test, &out)
		}
	}
}

// TestDay shows today's list, grouped, and what a narrow terminal has of it.
func TestDay(t *testing.T) {
	env := serveTodos(t,
		todo.Todo{ID: "aaaaaaa1", Text: "Pay the rent", Due: "2026-11-20", Priority: todo.PriorityHigh, Rev: 1},
		todo.Todo{ID: "aaaaaaa2", Text: "Call the bank about the card", Due: "2026-11-25", List: "Errands", Tags: []string{"phone"}, Subtasks: todo.Progress{Done: 1, Total: 3}, Repeat: "FREQ=DAILY", Rev: 1},
		todo.Todo{ID: "aaaaaaa3", Text: "牛乳を買ってから家に帰る", Due: "2026-11-25T18:00:00Z", Timezone: "UTC", Rev: 1},
	)
	env["NO_COLOR"] = "1"
	var shown strings.Builder
	for _, width := range []int{100, 60, 30, 0} {
		var out, err bytes.Buffer
		cli.World{Out: &out, Err: &err, Env: env, Width: width, Now: wednesday}.Run(t.Context(), "today")
		for line := range strings.Lines(out.String()) {
			if width > 0 && cli.Cells(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("in %d cells %q has %d", width, line, cli.Cells(line))
			}
			if strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
				t.Errorf("%q ends in blanks", line)
			}
		}
		shown.WriteString(out.String() + err.String() + "--\n")
	}
	golden(t, "today.txt", shown.String())
}

// TestSubtasksBelow: in manual order, subtasks are below their parents.
func TestSubtasksBelow(t *testing.T) {
	env := serveTodos(t,
		todo.Todo{ID: "aaaaaaa1", Text: "Part", ParentID: "aaaaaaa3", Rev: 1},
		todo.Todo{ID: "aaaaaaa2", Text: "Other", Rev: 1},
		todo.Todo{ID: "aaaaaaa3", Text: "Whole", Rev: 1},
		todo.Todo{ID: "aaaaaaa4", Text: "Orphan", ParentID: "aaaaaaa9", Rev: 1},
	)
	env["NO_COLOR"] = "1"
	for _, test := range []struct {
		line []string
		want string
	}{
		{[]string{"list"}, "o  aaaaaaa2  Other\no  aaaaaaa3  Whole\no  aaaaaaa1    Part\no  aaaaaaa4  Orphan\n"},
		{[]string{"list", "--sort", "created"}, "o  aaaaaaa1  Part\no  aaaaaaa2  Other\no  aaaaaaa3  Whole\no  aaaaaaa4  Orphan\n"},
	} {
		var out, err bytes.Buffer
		cli.World{Out: &out, Err: &err, Env: env, Width: 80, Now: wednesday}.Run(t.Context(), test.line...)
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("%v (-want +got):\n%s%s", test.line, diff, &err)
		}
	}
}

// TestConfirm: several are deleted only after a yes, where there is somebody to say it.
func TestConfirm(t *testing.T) {
	for _, test := range []struct {
		typed string
		asks  bool
		flag  string
		want  int
		asked bool
	}{
		{"y\n", true, "--yes=false", 0, true},
		{"YES\n", true, "--yes=false", 0, true},
		{"n\n", true, "--yes=false", 6, true},
		{"", true, "--yes=false", 6, true},
		{"", true, "--yes", 0, false},
		{"", false, "--yes=false", 0, false},
	} {
		env := serveTodos(t)
		var out, err bytes.Buffer
		world := cli.World{In: strings.NewReader(test.typed), Out: &out, Err: &err, Env: env, Width: 80, Asks: test.asks}
		if got := world.Run(t.Context(), "rm", "a2345678", "a2345679", test.flag); got != test.want {
			t.Errorf("%+v: exit %d: %s", test, got, &err)
		}
		if asked := strings.Contains(err.String(), "delete 2 todos? [y/N]"); asked != test.asked {
			t.Errorf("%+v: asked %v: %s", test, asked, &err)
		}
	}
}

// TestJSONIsOneText: what steers a terminal is written so that it does not, and reads
// back as it was.
func TestJSONIsOneText(t *testing.T) {
	const text = "a\u009bb\u202ec\U000e0001d\u200de<&>"
	env := serveTodos(t, todo.Todo{ID: "aaaaaaa1", Text: text, Rev: 1})
	var out, err bytes.Buffer
	cli.World{Out: &out, Err: &err, Env: env, Width: 80}.Run(t.Context(), "list", "--json")
	var list api.Todos
	if e := json.Unmarshal(out.Bytes(), &list); e != nil || list.Todos[0].Text != text {
		t.Errorf("%s%s reads back as %+v, %v", &out, &err, list, e)
	}
	if !strings.Contains(out.String(), `a\u009bb\u202ec\udb40\udc01d`+"\u200de<&>") {
		t.Errorf("%s", &out)
	}
}

// TestProgress: what takes long says so, once a second, and leaves nothing behind; what
// is quick, and what nobody watches, says nothing.
func TestProgress(t *testing.T) {
	for _, test := range []struct {
		width int
		takes time.Duration
		want  string
	}{
		{80, 2500 * time.Millisecond, "\r\x1b[Kreading … 1 s\r\x1b[Kreading … 2 s\r\x1b[K"},
		{80, 900 * time.Millisecond, ""},
		{0, 2500 * time.Millisecond, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			var err bytes.Buffer
			stop := cli.World{Err: &err, Width: test.width}.Progress("reading")
			time.Sleep(test.takes)
			stop()
			if err.String() != test.want {
				t.Errorf("%+v: %q", test, &err)
			}
		})
	}
}
