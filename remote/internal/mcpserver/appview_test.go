package mcpserver_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

const fillView = 60 // todos; a page has 50

// furnish makes todos of each kind that the view shows, and some more.
func furnish(t *testing.T, s *server) []todo.Todo {
	t.Helper()
	items := []todo.New{
		{Text: "Pay the rent", Due: "2026-11-20", Priority: "high", Repeat: "every month on the 20th"},
		{Text: "Call the dentist", Due: "2026-11-24T18:00", List: "Health", Tags: []string{"phone"}},
		{Text: "Plan the party", Notes: "forty guests", List: "Home & Garden"},
		{Text: `<img src=x onerror="document.title='x'"> & <b>bold</b>`},
		{Text: "A long one that goes on and on to show how a text wraps in a narrow view " + strings.Repeat("rabarbarmarmelade", 4)},
		{Text: "לקנות חלב", Due: "2026-11-25"},
	}
	for i := len(items); i < fillView; i++ {
		items = append(items, todo.New{Text: fmt.Sprintf("Todo %d", i)})
	}
	made := s.create(t, "ada", items...)
	children := s.create(t, "ada", todo.New{Text: "Book a room", ParentID: made[2].ID, Position: "after:" + made[2].ID}, todo.New{Text: "Invite", ParentID: made[2].ID, Position: "bottom"})
	if _, err := s.svc.SetCompleted(t.Context(), "ada", web, []string{children[1].ID}, true, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	return append(made, children...)
}

func (s *server) isDone(t *testing.T, id string) bool {
	t.Helper()
	got, err := s.svc.Get(t.Context(), "ada", web, id)
	if err != nil {
		t.Fatal(err)
	}
	return got.Completed
}

func announces(text string) string {
	return fmt.Sprintf(`document.getElementById("said").textContent.includes(%q)`, text)
}

func problem(text string) string {
	return fmt.Sprintf(`document.getElementById("problem").textContent.includes(%q)`, text)
}

func box(made todo.Todo) string { return `document.getElementById("t-` + made.ID + `")` }

// TestTheViewInAHost does in the view what a person does, and looks at what becomes
// of it on the server.
func TestTheViewInAHost(t *testing.T) {
	s := startAt(t, tuesday)
	made := furnish(t, s)
	h := host(t, s.connect(t, modern, full("ada"), nil))
	h.open(`{}`, `{theme: "light"}`)
	h.until(`document.querySelectorAll("#todos > li").length === 50`)
	for _, want := range []string{"Overdue: Fri 20 Nov", "High priority", "every month on the 20th", "Today 18:00", "Health", "#phone", "1/2 subtasks", "has notes", "Tomorrow", "50 of 61", "<img src=x onerror="} {
		if got := h.says(`document.body.innerText`); !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if got := h.says(`document.images.length + document.querySelectorAll("b").length`); got != "0" {
		t.Error("a text was taken for markup")
	}
	h.until(`innerHeight <= 500 && document.documentElement.scrollHeight <= innerHeight && document.getElementById("scroll").scrollHeight > 600`)

	t.Run("ticks and undoes by keyboard", func(t *testing.T) {
		rent := made[0]
		h.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("iframe").focus()`))
		h.says(box(rent) + `.focus()`)
		h.do(chromedp.KeyEvent(" "))
		h.until(announces("Completed “Pay the rent”. The next one is due Sun 20 Dec."))
		h.until(`document.activeElement.id === "t-` + rent.ID + `" && ` + box(rent) + `.checked && document.querySelectorAll("#todos > li").length === 51`)
		if !s.isDone(t, rent.ID) {
			t.Error("it is not completed")
		}
		h.hostUntil(`state.contexts.at(-1)?.includes('completed ` + rent.ID + ` "Pay the rent"')`)
		h.says(`document.getElementById("undo").focus()`)
		h.do(chromedp.KeyEvent(kb.Enter))
		h.until(announces("Undone: “Pay the rent”."))
		h.until(`!` + box(rent) + `.checked && document.querySelectorAll("#todos > li").length >= 50 && document.activeElement.id === "title"`)
		if s.isDone(t, rent.ID) {
			t.Error("it is still completed")
		}
	})
	t.Run("shows a parent's progress", func(t *testing.T) {
		h.says(box(made[fillView]) + `.click()`)
		h.until(`document.body.innerText.includes("2/2 subtasks")`)
		h.says(box(made[fillView]) + `.click()`)
		h.until(announces("Reopened") + ` && document.body.innerText.includes("1/2 subtasks")`)
	})
	t.Run("ticks subtasks along with their parent", func(t *testing.T) {
		h.says(box(made[2]) + `.click()`)
		h.until(announces("Completed “Plan the party”") + ` && ` + box(made[fillView]) + `.checked && document.body.innerText.includes("2/2 subtasks")`)
		h.says(`document.getElementById("undo").click()`)
		h.until(announces("Undone") + ` && !` + box(made[fillView]) + `.checked`)
	})
	t.Run("hears nobody but its host", func(t *testing.T) {
		h.says(`new Promise((heard) => {
			addEventListener("message", () => setTimeout(heard), {once: true});
			postMessage({jsonrpc: "2.0", method: "ui/notifications/tool-result", params: {structuredContent: {todos: [{id: "x", text: "forged"}]}}}, "*");
		})`)
		if h.says(`document.getElementById("t-x")`) != "null" {
			t.Error("it shows what another window sent")
		}
	})
	t.Run("ticks once at a time", func(t *testing.T) {
		h.hostSays(`state.calls = []; state.hold = new Promise((go) => { state.release = go }); ""`)
		for range 3 {
			h.says(box(made[10]) + `.click()`)
		}
		h.until(box(made[10]) + `.checked && ` + box(made[10]) + `.closest("li").getAttribute("aria-busy") === "true"`)
		h.hostSays(`state.hold = null; state.release(); ""`)
		h.until(announces("Completed “Todo 10”"))
		if n := h.hostSays(`String(state.calls.length)`); n != "1" || !s.isDone(t, made[10].ID) {
			t.Errorf("%s calls", n)
		}
	})
	t.Run("shows more", func(t *testing.T) {
		h.says(`document.getElementById("more").click()`)
		h.until(`document.querySelectorAll("#todos > li").length === 61 && document.getElementById("more").hidden`)
		h.until(announces(" more.") + ` && document.activeElement.type === "checkbox"`)
	})
	t.Run("adds", func(t *testing.T) {
		h.says(`document.getElementById("new").focus()`)
		h.do(chromedp.KeyEvent("Buy milk" + kb.Enter))
		h.until(announces("Added “Buy milk”.") + ` && document.getElementById("new").value === "" && document.activeElement.id === "new"`)
		page, err := s.svc.List(t.Context(), "ada", web, todo.Query{Text: "milk"})
		if err != nil || len(page.Todos) != 1 || page.Todos[0].CreatedBy != "tester" {
			t.Errorf("added: %+v, %v", page.Todos, err)
		}
	})
	t.Run("takes back what failed", func(t *testing.T) { takesBack(t, s, h, made[6]) })
}

// takesBack lets calls fail.
func takesBack(t *testing.T, s *server, h *hosted, made todo.Todo) {
	h.hostSays(`state.refuse = "out of reach"`)
	h.says(box(made) + `.click()`)
	h.until(problem("out of reach") + ` && !` + box(made) + `.checked`)
	h.says(`document.getElementById("new").focus()`)
	h.do(chromedp.KeyEvent("Buy bread" + kb.Enter))
	h.hostUntil(`state.calls.at(-1).name === "createTodo"`)
	h.until(problem("out of reach") + ` && document.getElementById("new").value === "Buy bread"`)
	h.hostSays(`state.refuse = ""`)
	h.do(chromedp.KeyEvent(kb.Enter))
	h.until(announces("Added “Buy bread”.") + ` && document.getElementById("problem").textContent === ""`)
	keys := h.hostSays(`JSON.stringify(state.calls.filter((c) => c.arguments.todoText === "Buy bread").map((c) => c.arguments.idempotencyKey))`)
	var key []string
	if err := json.Unmarshal([]byte(keys), &key); err != nil || len(key) != 2 || key[0] != key[1] || len(key[0]) != 32 {
		t.Errorf("tried again with the keys %s", keys)
	}

	// What the server refuses, it says.
	if _, err := s.svc.Delete(t.Context(), "ada", web, []string{made.ID}, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	h.says(box(made) + `.click()`)
	h.until(problem("in the trash") + ` && !` + box(made) + `.checked`)
}

func TestTheViewFollowsItsArguments(t *testing.T) {
	s := startAt(t, tuesday)
	cs := s.connect(t, modern, full("ada"), nil)
	work := s.create(t, "ada", todo.New{Text: "Report", List: "Work"})[0]
	h := host(t, cs)
	h.open(`{list: "Work"}`, `{}`)
	h.until(`document.getElementById("title").textContent === "Work" && !document.querySelector(".facts")`)
	h.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("iframe").focus()`))
	h.says(`document.getElementById("new").focus()`)
	h.do(chromedp.KeyEvent("Slides" + kb.Enter))
	h.until(announces("Added “Slides”"))
	if page, err := s.svc.List(t.Context(), "ada", web, todo.Query{List: "Work"}); err != nil || page.Total != 2 {
		t.Errorf("in the list: %+v %v", page.Todos, err)
	}
	h.open(`{tag: "nothing"}`, `{}`)
	h.until(`!document.getElementById("empty").hidden && document.getElementById("title").textContent === "#nothing"`)

	// A host that lets views call nothing gets a list to look at.
	h.open(`{}`, `{capabilities: {}}`)
	h.until(`document.querySelectorAll("#todos > li").length === 2 && document.getElementById("add").hidden`)
	h.says(box(work) + `.click()`)
	if h.says(box(work)+`.checked`) != "false" || s.isDone(t, work.ID) {
		t.Error("a tick that cannot be saved was shown")
	}
}

func TestTheViewSaysWhatItMayNot(t *testing.T) {
	s := start(t)
	made := s.add(t, "ada", "Buy milk")
	h := host(t, s.connect(t, modern, token("ada", "reader", auth.ScopeRead), nil))
	h.open(`{}`, `{}`)
	h.until(`document.querySelectorAll("#todos > li").length === 1`)
	h.says(box(made) + `.click()`)
	h.until(`document.getElementById("problem").textContent !== "" && !` + box(made) + `.checked`)
	h.open(`{status: "nonsense"}`, `{}`)
	h.until(problem("status"))
}

// measured finds what cannot be hit with a thumb.
const measured = `[...document.querySelectorAll("button, input")].map((e) => e.closest("label") ?? e).filter((e) => e.checkVisibility())
	.filter((e) => e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44).map((e) => e.outerHTML).join("\n")`

// TestTheViewForEveryone looks at it in both themes, and lets axe look too.
func TestTheViewForEveryone(t *testing.T) {
	s := startAt(t, tuesday)
	made := furnish(t, s)
	h := host(t, s.connect(t, modern, full("ada"), nil))
	axe, err := os.ReadFile(filepath.Join(os.Getenv("TODO_TEST_PEERS"), "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	for i, look := range []struct{ name, background, of string }{
		{"light", "#faf9f7", `{theme: "light"}`},
		{"dark", "#201f1e", `{theme: "dark"}`},
		{"hosts-own", "#102030", `{theme: "dark", variables: {"--color-text-primary": "rgb(250, 240, 200)", "--color-background-primary": "#203040", "--font-sans": "serif", "color": "red"}}`},
	} {
		h.open(`{}`, look.of)
		h.until(`document.querySelectorAll("#todos > li").length === 50`)
		if got := h.says(`getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor`); got != "rgba(0, 0, 0, 0)rgba(0, 0, 0, 0)" {
			t.Errorf("%s: the background is %s", look.name, got)
		}
		if text := h.says(`getComputedStyle(document.body).color`); (text == "rgb(250, 240, 200)") != (look.name == "hosts-own") {
			t.Errorf("%s: the text is %s", look.name, text)
		}
		h.says(box(made[2*i+1]) + `.click()`)
		h.until(announces("Completed “"))
		h.picture("view-" + look.name + ".png")
		if small := h.says(measured); small != "" {
			t.Errorf("%s, too small:\n%s", look.name, small)
		}
		h.says(`document.body.style.background = "` + look.background + `"`) // axe does not see the host's
		found := h.says(`(() => {` + string(axe) + `; return axe.run(document).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("; ")).join("\n")) })()`)
		if found != "" {
			t.Errorf("%s:\n%s", look.name, found)
		}
	}
	h.hostSays(`state.bridge.sendHostContextChange({theme: "light", safeAreaInsets: {top: 30, right: 0, bottom: 10, left: 0}}) && ""`)
	h.until(`getComputedStyle(document.documentElement).padding === "30px 0px 10px" && document.getElementById("view").offsetHeight === 460`)
	h.hostUntil(`state.sizes.at(-1) === 500`)
	h.until(`document.documentElement.style.colorScheme === "light"`)
}
