package mcpserver_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// TestAgents replays conversations as the calls that an assistant makes in them,
// against the real server over HTTP, and judges what the results told it and what
// is in the list at the end. The files of testdata/agents have one group each. A
// conversation begins with "== name"; every line after it is one step:
//
//	user WORDS               what the person wants; for the reader
//	token SCOPE…             of the assistant's token; all if there is none
//	at PATH                  the address it connects to; /mcp if there is none
//	zone NAME                the person's zone; Europe/Berlin if there is none
//	given NAME JSON          a todo that is there before, as todo.New; $NAME is its id
//	fill N                   N more, "todo 1" and so on
//	later DURATION           time passes; it begins on Tue 2026-11-24 22:10 in Berlin
//	web OP ID [JSON]         the person, in the browser: complete, reopen, delete, edit; archive LIST, rename LIST NAME
//	call TOOL JSON           the assistant calls; it must succeed unless the next line says otherwise
//	fails CODE               … it failed as a tool, with this code
//	refused WORDS            … it was refused by the protocol, with these words
//	says WORDS               the text of the last result has the words
//	hides WORDS              … has not
//	data PATH JSON           the data of the last result has this at the path (todos.0.text)
//	count PATH N             … has a list of N
//	let NAME PATH            $NAME is what the data has there
//	open|completed|trash A | B   exactly these texts are there, in this order
//	todo ID JSON             the todo has these members, as REST shows them; null: has it not
func TestAgents(t *testing.T) {
	files, err := filepath.Glob("testdata/agents/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	const least = 30
	seen := 0
	for _, file := range files {
		conversations := readConversations(t, file)
		seen += len(conversations)
		for _, c := range conversations {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+c.name, func(t *testing.T) {
				eras(t, func(t *testing.T, version string) { c.replay(t, version) })
			})
		}
	}
	if seen < least {
		t.Errorf("%d conversations, at least %d", seen, least)
	}
}

type conversation struct {
	name  string
	steps []step
}

type step struct{ where, verb, rest string }

func readConversations(t *testing.T, file string) []conversation {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []conversation
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		name, begins := strings.CutPrefix(line, "== ")
		switch {
		case line == "" || line[0] == '#':
		case begins:
			all = append(all, conversation{name: name})
		case len(all) == 0:
			t.Fatalf("%s:%d: no conversation has begun", file, i+1)
		default:
			verb, rest, _ := strings.Cut(line, " ")
			c := &all[len(all)-1]
			c.steps = append(c.steps, step{fmt.Sprintf("%s:%d", filepath.Base(file), i+1), verb, strings.TrimSpace(rest)})
		}
	}
	return all
}

// agent is one conversation under way.
type agent struct {
	t       *testing.T
	s       *server
	version string
	scopes  []string
	path    string
	zone    string
	ids     map[string]string

	session *mcp.ClientSession
	outputs map[string]*jsonschema.Resolved // by tool
	result  *mcp.CallToolResult
	refusal error
	data    any
	judged  bool // the state was looked at
}

func (c conversation) replay(t *testing.T, version string) {
	a := &agent{
		t: t, s: startAt(t, tuesday), version: version, ids: map[string]string{},
		scopes: []string{auth.ScopeRead, auth.ScopeWrite}, path: "/mcp", zone: "Europe/Berlin",
	}
	for i, step := range c.steps {
		do, known := agentSteps[step.verb]
		if !known {
			t.Fatalf("%s: no step is called %s", step.where, step.verb)
		}
		if err := do(a, a.expand(step)); err != nil {
			t.Errorf("%s: %s %s: %v", step.where, step.verb, step.rest, err)
		}
		if step.verb == "call" && !c.expectsFailure(i+1) && (a.refusal != nil || a.result.IsError) {
			t.Errorf("%s: %s failed: %v %s", step.where, step.rest, a.refusal, a.text())
		}
	}
	if !a.judged {
		t.Error("the conversation looks at no state")
	}
}

func (c conversation) expectsFailure(next int) bool {
	return next < len(c.steps) && (c.steps[next].verb == "fails" || c.steps[next].verb == "refused")
}

var agentSteps = map[string]func(*agent, string) error{
	"user":      func(*agent, string) error { return nil },
	"token":     func(a *agent, rest string) error { a.scopes = strings.Fields(rest); return nil },
	"at":        func(a *agent, rest string) error { a.path = rest; return nil },
	"zone":      func(a *agent, rest string) error { a.zone = rest; return nil },
	"given":     (*agent).given,
	"fill":      (*agent).fill,
	"later":     (*agent).later,
	"web":       (*agent).web,
	"call":      (*agent).call,
	"fails":     (*agent).fails,
	"refused":   (*agent).refused,
	"says":      func(a *agent, rest string) error { return a.mentions(rest, true) },
	"hides":     func(a *agent, rest string) error { return a.mentions(rest, false) },
	"data":      (*agent).has,
	"count":     (*agent).count,
	"let":       (*agent).let,
	"open":      func(a *agent, rest string) error { return a.texts(todo.StatusOpen, rest) },
	"completed": func(a *agent, rest string) error { return a.texts(todo.StatusCompleted, rest) },
	"trash":     func(a *agent, rest string) error { return a.texts(todo.StatusTrash, rest) },
	"todo":      (*agent).todo,
}

var agentVariable = regexp.MustCompile(`\$[a-z][a-z0-9]*`)

func (a *agent) expand(s step) string {
	return agentVariable.ReplaceAllStringFunc(s.rest, func(name string) string {
		id, ok := a.ids[name[1:]]
		if !ok {
			a.t.Fatalf("%s: %s is not known", s.where, name)
		}
		return id
	})
}
