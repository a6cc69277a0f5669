package rest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// TestEveryField goes over the wire with each member of a todo, there and back.
func TestEveryField(t *testing.T) {
	s := newSite(t)
	berlin := map[string]string{"X-Timezone": "Europe/Berlin"}
	made := s.send(t, exchange{
		method: "POST", target: "/api/todos", header: berlin,
		body: `{"text":"Pay rent","notes":"n","due":"2026-12-01 09:00","repeat":"every month on the 1st","priority":"high","list":"Flat","tags":["#Money","home"],"position":"top"}`,
	})
	got := *decode[api.Changed](t, made.body).Todo
	if made.status != 201 || got.Due != "2026-12-01T09:00:00+01:00" || got.Timezone != "Europe/Berlin" || got.Repeat != "FREQ=MONTHLY;BYMONTHDAY=1" ||
		got.Priority != todo.PriorityHigh || got.List != "Flat" || !slices.Equal(got.Tags, []string{"home", "money"}) {
		t.Fatalf("made %d %s", made.status, made.body)
	}
	patch := func(body string) todo.Todo {
		t.Helper()
		resp := s.send(t, exchange{method: "PATCH", target: "/api/todos/" + got.ID, body: body, header: berlin})
		if resp.status != 200 {
			t.Fatalf("PATCH %s: %d %s", body, resp.status, resp.body)
		}
		return *decode[api.Changed](t, resp.body).Todo
	}
	if p := patch(`{"due":"2026-12-03"}`); p.Due != "2026-12-03T09:00:00+01:00" || p.Repeat == "" {
		t.Errorf("moved to another day: %+v", p)
	}
	if p := patch(`{"addTags":["new"],"removeTags":["home"]}`); !slices.Equal(p.Tags, []string{"money", "new"}) {
		t.Errorf("tags: %q", p.Tags)
	}
	done := decode[api.Changed](t, s.send(t, exchange{method: "POST", target: "/api/todos/" + got.ID + "/complete", header: berlin}).body)
	if done.Next == nil || done.Next.ID == got.ID || done.Next.Due <= "2026-12-03" || done.Next.Repeat != "FREQ=MONTHLY;BYMONTHDAY=1" || !done.Todo.Completed {
		t.Errorf("complete: %+v, next %+v", done.Todo, done.Next)
	}
	cleared := patch(`{"notes":null,"due":null,"repeat":null,"priority":null,"list":null,"tags":null}`)
	if cleared.Notes+cleared.Due+cleared.Timezone+cleared.Repeat+string(cleared.Priority)+cleared.List != "" || len(cleared.Tags) != 0 {
		t.Errorf("null does not clear: %+v", cleared)
	}
}

// TestNextOfAFamily: the next of a repeating todo is named, not a copy of its subtasks.
func TestNextOfAFamily(t *testing.T) {
	s := newSite(t)
	c, ctx := s.as(t, ada), t.Context()
	parent, err := c.Create(ctx, api.Create{TodoText: "Clean", Repeat: "every week"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"kitchen", "bath"} {
		if _, err := c.Create(ctx, api.Create{TodoText: text, ParentID: parent.Todo.ID}); err != nil {
			t.Fatal(err)
		}
	}
	done, err := c.Complete(ctx, parent.Todo.ID)
	if err != nil || done.Next == nil || done.Next.Text != "Clean" || done.Next.ParentID != "" || done.Todo.ID != parent.Todo.ID {
		t.Errorf("complete: %+v, %v", done, err)
	}
	completed := true
	patched, err := c.Patch(ctx, todo.Patch{ID: done.Next.ID, Completed: &completed})
	if err != nil || patched.Next == nil || patched.Next.Text != "Clean" {
		t.Errorf("complete by a patch: %+v, %v", patched, err)
	}
}

func TestSubtasksAndMoves(t *testing.T) {
	s := newSite(t)
	a, b, c := s.add(t, ada, "a"), s.add(t, ada, "b"), s.add(t, ada, "c")
	order := func() string {
		t.Helper()
		var texts []string
		for _, item := range decode[api.Todos](t, s.send(t, exchange{method: "GET", target: "/api/todos"}).body).Todos {
			texts = append(texts, item.Text)
		}
		return strings.Join(texts, " ")
	}
	move := func(item todo.Todo, body string) todo.Todo {
		t.Helper()
		resp := s.send(t, exchange{method: "POST", target: "/api/todos/" + item.ID + "/move", body: body})
		if resp.status != 200 {
			t.Fatalf("move %s: %d %s", body, resp.status, resp.body)
		}
		return *decode[api.Changed](t, resp.body).Todo
	}
	for _, step := range []struct {
		item       todo.Todo
		body, want string
	}{
		{c, `{"position":"top"}`, "c a b"},
		{c, `{"after":"` + a.ID + `"}`, "a c b"},
		{b, `{"before":"` + a.ID + `"}`, "b a c"},
		{b, `{"position":"after:` + c.ID + `"}`, "a c b"},
	} {
		move(step.item, step.body)
		if got := order(); got != step.want {
			t.Errorf("after %s: %s, want %s", step.body, got, step.want)
		}
	}
	if got := move(b, `{"parentID":"`+a.ID+`"}`); got.ParentID != a.ID {
		t.Errorf("below a parent: %+v", got)
	}
	parent := decode[todo.Todo](t, s.send(t, exchange{method: "GET", target: "/api/todos/" + a.ID}).body)
	if parent.Subtasks != (todo.Progress{Total: 1}) {
		t.Errorf("parent: %+v", parent)
	}
	if got := move(a, `{"list":"Home"}`); got.List != "Home" {
		t.Errorf("to a list: %+v", got)
	}
	if got := move(b, `{"parentID":null}`); got.ParentID != "" || got.List != "Home" {
		t.Errorf("out of the parent: %+v", got)
	}
	if got := move(b, `{"list":null}`); got.List != "" {
		t.Errorf("to the inbox: %+v", got)
	}
}

func TestQuickAdd(t *testing.T) {
	s := newSite(t)
	x := exchange{method: "POST", target: "/api/quickadd?dryRun=1", body: `{"text":"Buy milk 2026-12-01 17:00 #home !high +Shopping"}`, header: map[string]string{"X-Timezone": "Europe/Berlin"}}
	tried := s.send(t, x)
	want := api.Draft{Text: "Buy milk", Due: "2026-12-01T17:00:00+01:00", Timezone: "Europe/Berlin", Priority: todo.PriorityHigh, List: "Shopping", Tags: []string{"home"}}
	if diff := cmp.Diff(want, decode[api.Draft](t, tried.body)); tried.status != 200 || diff != "" {
		t.Errorf("tried out: %d (-want +got):\n%s", tried.status, diff)
	}
	x.target = "/api/quickadd"
	made := s.send(t, x)
	got := decode[api.Changed](t, made.body).Todo
	if made.status != 201 || made.header.Get("Location") != "/api/todos/"+got.ID || got.Text != want.Text || got.Due != want.Due || got.Priority != want.Priority || got.List != want.List {
		t.Errorf("made: %d %s", made.status, made.body)
	}
	if list := decode[api.Todos](t, s.send(t, exchange{method: "GET", target: "/api/todos"}).body); len(list.Todos) != 1 {
		t.Errorf("%d todos after a try and a make", len(list.Todos))
	}
}

// TestFilters asks for parts of a list, by the client and by hand.
func TestFilters(t *testing.T) {
	s := newSite(t)
	c := s.as(t, ada)
	var ids []string
	for _, item := range []api.Create{
		{TodoText: "Buy milk", List: "Shopping", Tags: []string{"home"}, Priority: "high", Due: "2026-12-01"},
		{TodoText: "Buy oats", List: "Shopping", Priority: "low"},
		{TodoText: "Call Ada", Tags: []string{"home"}, Due: "2026-12-05"},
	} {
		made, err := c.Create(t.Context(), item)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.Todo.ID)
	}
	if _, err := c.Create(t.Context(), api.Create{TodoText: "at the corner", ParentID: ids[0]}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"list=shopping": "Buy milk, Buy oats, at the corner", "tag=home": "Buy milk, Call Ada", "priority=high": "Buy milk", "priority=none": "Call Ada, at the corner",
		"q=buy+-oats": "Buy milk", "due=2026-12-01..2026-12-03": "Buy milk", "due=none": "Buy oats, at the corner", "parentID=" + ids[0]: "at the corner",
		"list=inbox": "Call Ada", "list=Shopping&priority=low": "Buy oats", "sort=due&due=2026-12": "",
		"sort=priority": "Buy milk, Buy oats, Call Ada, at the corner", "sort=created": "at the corner, Call Ada, Buy oats, Buy milk",
	} {
		got := s.send(t, exchange{method: "GET", target: "/api/todos?" + query})
		var texts []string
		for _, item := range decode[api.Todos](t, got.body).Todos {
			texts = append(texts, item.Text)
		}
		if line := strings.Join(texts, ", "); line != want && want != "" || want == "" && got.status != 422 {
			t.Errorf("?%s: %d %q, want %q", query, got.status, line, want)
		}
	}
}

func TestLinkToTheNextPage(t *testing.T) {
	s := newSite(t)
	for range 3 {
		s.add(t, ada, "x y")
	}
	target, pages := "/api/todos?q="+url.QueryEscape("x #nothing -z y")+"&limit=2", 0
	target = strings.Replace(target, url.QueryEscape("#nothing "), "", 1)
	seen := 0
	for target != "" {
		got := s.send(t, exchange{method: "GET", target: target})
		page := decode[api.Todos](t, got.body)
		if pages, seen = pages+1, seen+len(page.Todos); got.status != 200 || page.Total != 3 || pages > 3 {
			t.Fatalf("page %d: %d %s", pages, got.status, got.body)
		}
		link := got.header.Get("Link")
		next, ok := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
		if ok != (page.NextCursor != "") {
			t.Errorf("Link: %s with the next cursor %q", link, page.NextCursor)
		}
		target = next
	}
	if pages != 2 || seen != 3 {
		t.Errorf("%d todos on %d pages", seen, pages)
	}
}

// TestTagsOfAnswers: a filtered answer has a tag as well, which stays while the answer
// does and changes with it.
func TestTagsOfAnswers(t *testing.T) {
	s := newSite(t)
	s.addPrivate(t)
	for _, target := range []string{"/api/todos?list=private", "/api/todos?q=words", "/api/todos?due=none", "/api/todos?sort=due", "/api/lists", "/api/tags", "/api/lists/private"} {
		get := func(tag string) response {
			return s.send(t, exchange{method: "GET", target: target, header: map[string]string{"If-None-Match": tag}})
		}
		first := get("")
		tag := first.header.Get("ETag")
		if again := get(tag); first.status != 200 || tag == "" || again.status != http.StatusNotModified || again.body != "" || again.header.Get("ETag") != tag {
			t.Errorf("GET %s: %d with ETag %q, then %d %s", target, first.status, tag, again.status, again.body)
		}
		s.addPrivate(t)
		s.send(t, exchange{method: "POST", target: "/api/todos", body: `{"text":"words","list":"private","tags":["private"]}`})
		if changed := get(tag); changed.status != 200 || changed.header.Get("ETag") == tag {
			t.Errorf("GET %s after a change: %d with ETag %q", target, changed.status, changed.header.Get("ETag"))
		}
	}
}

func TestFields(t *testing.T) {
	s := newSite(t)
	item := s.addPrivate(t)
	got := s.fetchAs(t, ada, "/api/todos?fields=text,tags,notes&limit=1")
	want := `{"todos":[{"id":"` + item.ID + `","text":"` + secret + `","tags":["private"]}],"total":1,"rev":1}`
	if strings.TrimSpace(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// fetchAs reads an answer that the document describes only in part.
func (s *site) fetchAs(t *testing.T, token, target string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := bearer(token).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if err := resp.Write(&b); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(b.String(), "\r\n\r\n")
	return body
}
