package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// serverKills is how often TestKilledServer kills.
func serverKills(t *testing.T) int {
	value := os.Getenv("TODO_TEST_SERVER_KILLS")
	if value == "" {
		return 30
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("TODO_TEST_SERVER_KILLS: %v", err)
	}
	return n
}

// maxRestart is how long a killed server may take until it is ready again. It is
// ten times what it takes on an idle machine.
const maxRestart = 2 * time.Second

// TestKilledServer kills the server again and again while four clients write over
// REST and four over MCP. What was acknowledged is there after the next start with
// its last value, and whoever was signed in still is.
func TestKilledServer(t *testing.T) {
	s := serve(t)
	p := s.person(ada)
	app, used := p.connect("Writer"), p.connect("Reused")
	known, acks := ledger{}, 0
	var restarts []time.Duration
	for life := range serverKills(t) {
		used.signIn()
		spent := used.refresh
		if refused := used.renew(spent); refused != "" {
			t.Fatalf("life %d: a first refresh: %s", life, refused)
		}

		acks += writeUntilKilled(s, app, known, 1+rand.IntN(60))
		began := time.Now()
		s.restart()
		s.ready()
		restarts = append(restarts, time.Since(began))

		for _, wrong := range known.compare(app.caller().mustList(t)) {
			t.Errorf("life %d: %s", life, wrong)
		}
		if resp := p.do("GET", "/api/me", nil); resp.StatusCode != http.StatusOK {
			t.Errorf("life %d: the session of the browser: %s %s", life, resp.Status, p.page(resp))
		} else {
			p.page(resp)
		}
		if refused := app.renew(app.refresh); refused != "" {
			t.Fatalf("life %d: a refresh: %s", life, refused)
		}
		for _, token := range []string{spent, used.refresh} { // the second dies of the first's reuse
			if refused := used.renew(token); refused != "invalid_grant" {
				t.Errorf("life %d: a refresh after reuse: %q, want invalid_grant", life, refused)
			}
		}
		if t.Failed() {
			return
		}
	}
	slices.Sort(restarts)
	slowest := restarts[len(restarts)-1]
	if slowest > maxRestart {
		t.Errorf("a killed server took %v to be ready again, want at most %v", slowest, maxRestart)
	}
	t.Logf("%d kills, %d acknowledged writes; ready again after %v (median), %v (p99)", len(restarts), acks,
		restarts[len(restarts)/2], restarts[len(restarts)*99/100])
}

// ready waits for the answer to a readiness probe; the server listens already.
func (s *server) ready() {
	s.t.Helper()
	resp, err := http.Get(s.URL + "/readyz")
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("readiness %s", resp.Status)
	}
}

// ledger says, for each todo that was acknowledged, what its text may be: the text
// that was acknowledged last, and one that was sent and not answered.
type ledger map[string][]string

// compare returns what is wrong with the list as it is now, which then is what was
// acknowledged.
func (l ledger) compare(texts map[string]string) (wrong []string) {
	for id, allowed := range l {
		text, ok := texts[id]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("%s was acknowledged and is lost", id))
		case !slices.Contains(allowed, text):
			wrong = append(wrong, fmt.Sprintf("%s is %q, want one of %q", id, text, allowed))
		default:
			l[id] = []string{text}
		}
	}
	return wrong
}

// writeUntilKilled lets the writers write, kills the server after so many
// acknowledgements, and returns how many there were.
func writeUntilKilled(s *server, a *app, known ledger, after int) (acks int) {
	s.t.Helper()
	ids := slices.Collect(maps.Keys(known))
	acked := make(chan struct{})
	var wg sync.WaitGroup
	ledgers := make([]ledger, 8)
	for i := range ledgers {
		w := &writer{caller: a.caller(), known: ledger{}, name: fmt.Sprint("writer ", i)}
		for n := i; n < len(ids); n += len(ledgers) { // no todo has two writers
			w.known[ids[n]], w.ids = known[ids[n]], append(w.ids, ids[n])
		}
		ledgers[i] = w.known
		change := w.overREST
		if i%2 == 1 {
			change = w.overMCP
		}
		wg.Go(func() {
			err := w.write(change)
			for ; err == nil; err = w.write(change) {
				acked <- struct{}{}
			}
			if !errors.Is(err, errGone) {
				s.t.Error(err)
			}
		})
	}
	go func() {
		wg.Wait()
		close(acked)
	}()
	for range acked {
		if acks++; acks == after {
			s.kill()
		}
	}
	if acks < after {
		s.t.Fatalf("the writers ended by themselves after %d acknowledgements", acks)
	}
	for _, l := range ledgers {
		maps.Copy(known, l)
	}
	return acks
}

// writer adds and changes todos of its own.
type writer struct {
	*caller
	name  string
	count int
	ids   []string
	known ledger
}

// write adds a todo or changes one. It fails if that is not acknowledged.
func (w *writer) write(change func(id, text string) (stored, error)) error {
	w.count++
	text, id := fmt.Sprintf("%s, write %d of %d", w.name, w.count, time.Now().UnixNano()), ""
	if len(w.ids) > 0 && w.count%4 != 0 {
		id = w.ids[rand.IntN(len(w.ids))]
		w.known[id] = append(slices.Clone(w.known[id]), text)
	}
	todo, err := change(id, text)
	if err != nil {
		return err
	}
	if todo.Text != text || id != "" && todo.ID != id {
		return fmt.Errorf("%q written to %q was acknowledged as %+v", text, id, todo)
	}
	if id == "" {
		w.ids = append(w.ids, todo.ID)
	}
	w.known[todo.ID] = []string{text}
	return nil
}

// overREST adds a todo, or changes the text of the one with the id.
func (w *writer) overREST(id, text string) (stored, error) {
	method, path := "POST", "/api/todos"
	if id != "" {
		method, path = "PATCH", path+"/"+id
	}
	got, err := w.rest(method, path, fmt.Sprintf(`{"text":%q}`, text))
	if err != nil {
		return stored{}, err
	}
	var changed struct{ Todo *stored }
	if err := json.Unmarshal([]byte(got.body), &changed); err != nil || got.status >= 300 || changed.Todo == nil {
		return stored{}, fmt.Errorf("%s %s: %s", method, path, got)
	}
	return *changed.Todo, nil
}

// overMCP does the same with tools.
func (w *writer) overMCP(id, text string) (stored, error) {
	tool, arguments := "createTodo", fmt.Sprintf(`{"todoText":%q}`, text)
	if id != "" {
		tool, arguments = "updateTodos", fmt.Sprintf(`{"todos":[{"todoID":%q,"todoText":%q}]}`, id, text)
	}
	result, err := w.tool(tool, arguments)
	if err != nil {
		return stored{}, err
	}
	if todos := result.StructuredContent.Todos; !result.IsError && len(todos) == 1 {
		return todos[0], nil
	}
	return stored{}, fmt.Errorf("%s: %+v", tool, result)
}
