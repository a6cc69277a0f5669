package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"todo.example/internal/todo"
)

// TestListWithoutJavaScript lives with the list through plain forms.
func TestListWithoutJavaScript(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	p.get("/").redirects("/todoapp")
	page := p.get("/todoapp").status(http.StatusOK).shows("Nothing here yet")

	done := p.post("/todoapp", url.Values{"text": {"Buy milk"}, "notes": {"two litres\nof the good one"}, "key": {page.hidden("key")}}).redirects("/todoapp?change=c1")
	again := p.post("/todoapp", url.Values{"text": {"Buy milk"}, "notes": {"two litres\nof the good one"}, "key": {page.hidden("key")}}).redirects("/todoapp?change=c1")
	if done != again {
		t.Errorf("a form sent twice led to %s and %s", done, again)
	}
	p.get(done).shows("Added “Buy milk”", ">Undo</button>", "two litres …", "1 open")
	id := onlyID(t, s)

	edit := p.get("/todoapp/"+id).status(http.StatusOK).shows(`value="Buy milk"`, "of the good one")
	saved := p.post("/todoapp/"+id, url.Values{"text": {"Buy oat milk"}, "notes": {"one"}, "rev": {edit.hidden("rev")}}).redirects("/todoapp?change=")
	p.get(saved).shows("Changed “Buy oat milk”")

	completed := p.post("/todoapp/"+id+"/complete", nil).redirects("/todoapp?change=")
	p.get(completed).shows("Completed “Buy oat milk”", "All done.", "0 open", ">Reopen</button>")
	p.get("/todoapp/completed").shows("Buy oat milk")
	p.post("/todoapp/"+id+"/complete", nil).redirects("/todoapp")
	p.get(p.post("/todoapp/"+id+"/reopen", nil).redirects("/todoapp?change=")).shows("Reopened “Buy oat milk”", "1 open")

	deleted := p.post("/todoapp/"+id+"/delete", nil).redirects("/todoapp?change=")
	change := p.get(deleted).shows("Deleted “Buy oat milk”", "0 open").hidden("change")
	p.get("/todoapp/trash").shows("Buy oat milk", ">Restore</button>", "just now")
	p.get("/todoapp/" + id).shows("In the trash").hides("<textarea")
	undone := p.post("/todoapp/undo", url.Values{"change": {change}}).redirects("/todoapp?change=")
	twice := p.post("/todoapp/undo", url.Values{"change": {change}}).redirects("/todoapp?change=")
	if undone != twice {
		t.Errorf("a double click on undo led to %s and %s", undone, twice)
	}
	p.get(undone).shows("Undone: deleted “Buy oat milk”", ">Redo</button>", "1 open")
	p.get(deleted).shows("Undone: deleted “Buy oat milk”").hides(">Undo</button>")
	p.get(p.post("/todoapp/"+id+"/delete", nil).redirects("/todoapp?change="))
	p.get(p.post("/todoapp/"+id+"/restore", nil).redirects("/todoapp?change=")).shows("Restored “Buy oat milk”", "1 open")
}

func onlyID(t *testing.T, s *site) string {
	t.Helper()
	page, err := s.svc.List(t.Context(), s.namespace(ada), s.actor(ada, "web"), todo.Query{})
	if err != nil || len(page.Todos) != 1 {
		t.Fatalf("%d todos, %v", len(page.Todos), err)
	}
	return page.Todos[0].ID
}

func TestWhatCannotBeAddedIsKept(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	long := strings.Repeat("é", 501)
	for text, problem := range map[string]string{"  ": "The text is empty.", long: "The text has 501 characters, 500 are allowed.", "a\x00b": "control character", "a\xffb": "not valid UTF-8"} {
		p.post("/todoapp", url.Values{"text": {text}}).status(http.StatusUnprocessableEntity).shows(problem, `aria-invalid="true"`)
	}
	p.post("/todoapp", url.Values{"text": {long}}).shows(long)
	id := s.create(t, "web", todo.New{Text: "Buy milk"})[0].ID
	p.post("/todoapp/"+id, url.Values{"text": {" "}, "notes": {"kept"}, "rev": {"1"}}).status(http.StatusUnprocessableEntity).shows("The text is empty.", "kept")
	p.post("/todoapp/"+id, url.Values{"text": {"x"}}).status(http.StatusBadRequest)
}

func TestEditOfWhatChangedMeanwhile(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	id := s.create(t, "web", todo.New{Text: "Buy milk"})[0].ID
	edit := p.get("/todoapp/" + id)
	theirs := "Buy soy milk"
	if _, err := s.svc.Update(t.Context(), s.namespace(ada), s.actor(ada, "Claude"), []todo.Patch{{ID: id, Text: &theirs}}, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"text": {"Buy oat milk"}, "notes": {""}, "rev": {edit.hidden("rev")}}
	again := p.post("/todoapp/"+id, form).status(http.StatusPreconditionFailed).shows("Meanwhile this todo was changed", "Buy soy milk", `value="Buy oat milk"`, "changed by Claude")
	form.Set("rev", again.hidden("rev"))
	p.get(p.post("/todoapp/"+id, form).redirects("/todoapp?change=")).shows("Buy oat milk")
}

func TestWhoMadeIt(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	ids := s.create(t, "Claude", todo.New{Text: "By an assistant"}, todo.New{Text: "Done by it"})
	s.create(t, "cli", todo.New{Text: "From the shell"})
	if _, err := s.svc.SetCompleted(t.Context(), s.namespace(ada), s.actor(ada, "Claude"), []string{ids[1].ID}, true, todo.Options{}); err != nil {
		t.Fatal(err)
	}
	p.get("/todoapp").shows("added by Claude", "added in the terminal", "completed by Claude")
	p.get("/todoapp?change=c1").shows("Added by Claude: 2 todos", ">Undo</button>")
	p.get("/todoapp?change=c2").shows("Added in the terminal: “From the shell”")
	for _, id := range []string{"c99", "c0", "x", "<b>"} {
		p.get("/todoapp?" + url.Values{"change": {id}}.Encode()).status(http.StatusOK).shows(`<div id="flash" role="status" data-live></div>`)
	}
}

func TestUndoThatIsTooLate(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	id := s.create(t, "Claude", todo.New{Text: "Buy milk"})[0].ID
	p.post("/todoapp/"+id+"/complete", nil)
	p.post("/todoapp/undo", url.Values{"change": {"c1"}}).status(http.StatusConflict).shows("cannot be undone")
	p.post("/todoapp/undo", url.Values{"change": {"c77"}}).status(http.StatusNotFound)
	p.post("/todoapp/undo", nil).status(http.StatusUnprocessableEntity)
}

// TestOthersTodos holds that another person's todo and none at all are the same.
func TestOthersTodos(t *testing.T) {
	s := newSite(t)
	mine := s.create(t, "web", todo.New{Text: "A secret of Ada's"})[0].ID
	eve := s.signedIn(t, "eve@example.com")
	for _, id := range []string{mine, "zzzzzzzz"} {
		eve.get("/todoapp/" + id).status(http.StatusNotFound).hides("secret")
		eve.post("/todoapp/"+id, url.Values{"text": {"x"}, "rev": {"1"}}).status(http.StatusNotFound).hides("secret")
		for _, verb := range []string{"complete", "reopen", "delete", "restore", "destroy"} {
			eve.post("/todoapp/"+id+"/"+verb, nil).status(http.StatusNotFound).hides("secret")
		}
	}
	eve.get("/todoapp?change=c1").hides("secret")
	eve.post("/todoapp/undo", url.Values{"change": {"c1"}}).status(http.StatusNotFound).hides("secret")
}

var rowID = regexp.MustCompile(`<li id="t-([a-z0-9]+)"`)

func TestLongListComesInPages(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	const all = 2*todo.MaxPage + 7
	for made := 0; made < all; {
		var items []todo.New
		for ; made < all && len(items) < todo.MaxBatch; made++ {
			items = append(items, todo.New{Text: "Todo " + strconv.Itoa(made)})
		}
		s.create(t, "web", items...)
	}
	next := regexp.MustCompile(`<a class="button" href="([^"]+)">Show more`)
	seen := map[string]bool{}
	var sizes []int
	for path := "/todoapp"; path != ""; {
		page := p.get(path).status(http.StatusOK)
		found := rowID.FindAllStringSubmatch(page.body, -1)
		sizes = append(sizes, len(found))
		for _, m := range found {
			seen[m[1]] = true
		}
		path = ""
		if m := next.FindStringSubmatch(page.body); m != nil {
			path = unescape(m[1])
		}
	}
	if fmt.Sprint(sizes) != "[200 200 7]" || len(seen) != all {
		t.Errorf("pages of %v with %d todos, want all %d", sizes, len(seen), all)
	}
	p.get("/todoapp?after=nonsense").status(http.StatusUnprocessableEntity)
}

// TestWeight holds the page of a list of common length to its budget.
func TestWeight(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	var items []todo.New
	for i := range 25 {
		items = append(items, todo.New{Text: fmt.Sprintf("Write the %dth chapter of the book", i), Notes: "as agreed"})
	}
	s.create(t, "Claude", items...)
	page := p.get("/todoapp").status(http.StatusOK)
	weight := len(page.body)
	blocking := 0
	for _, m := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+\.(?:css|js))"`).FindAllStringSubmatch(page.body, -1) {
		file := p.get(m[1]).status(http.StatusOK)
		weight += len(file.body)
		if strings.HasSuffix(m[1], ".css") {
			blocking++
		}
	}
	t.Logf("HTML, CSS and JS of a list of 25: %d bytes", weight)
	if weight > 60_000 || blocking != 1 || !strings.Contains(page.body, " defer></script>") {
		t.Errorf("%d bytes and %d sheets before the first paint, want at most 60000 and 1", weight, blocking)
	}
}

func TestConnections(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	p.get("/connections").status(http.StatusOK).shows("No app is connected yet.", s.URL+"/mcp", "todo login --server "+s.URL, "claude_desktop_config.json", "mcpServers")
	s.identity.grants["user-"+ada+" claude"] = []string{"openid", "todos:read", "offline_access"}
	p.get("/connections").shows("<bdi>Claude</bdi>", "See your todos, with their notes", ">Revoke</button>")
	s.signedIn(t, "eve@example.com").post("/connections/revoke", url.Values{"id": {"claude"}}).status(http.StatusNotFound)
	p.get(p.post("/connections/revoke", url.Values{"id": {"claude"}}).redirects("/connections?revoked=1")).
		shows("Revoked.", "No app is connected yet.")
}
