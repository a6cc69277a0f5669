package rest_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

// TestStory walks through a todo's life with the client that the terminal uses.
func TestStory(t *testing.T) {
	c := newSite(t).as(t, cli)
	ctx := t.Context()

	made, err := c.Create(ctx, api.Create{TodoText: " Buy <milk> & 🥛 ", Notes: "two\r\nlitres"})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Todo.ID
	if got := *made.Todo; got.Text != "Buy <milk> & 🥛" || got.Notes != "two\nlitres" || got.CreatedBy != "cli" || !made.Changed || made.Todos != nil {
		t.Errorf("Create = %+v", made)
	}

	text, notes := "Buy oat milk", ""
	edited, err := c.Patch(ctx, todo.Patch{ID: id, Text: &text, Notes: &notes, IfRev: made.Todo.Rev})
	if err != nil || edited.Todo.Text != text || edited.Todo.Notes != "" {
		t.Errorf("Patch = %+v, %v", edited, err)
	}
	if _, err := c.Patch(ctx, todo.Patch{ID: id, Text: &text, IfRev: made.Todo.Rev}); !errors.Is(err, todo.ErrPrecondition) {
		t.Errorf("Patch of an old copy: %v", err)
	}

	steps := []struct {
		name string
		do   func() (api.Changed, error)
		want todo.View
	}{
		{"complete", func() (api.Changed, error) { return c.Complete(ctx, id) }, todo.ViewCompleted},
		{"reopen", func() (api.Changed, error) { return c.Reopen(ctx, id) }, todo.ViewOpen},
		{"delete", func() (api.Changed, error) { return c.Delete(ctx, id) }, todo.ViewTrash},
		{"restore", func() (api.Changed, error) { return c.Restore(ctx, id) }, todo.ViewOpen},
		{"delete again", func() (api.Changed, error) { return c.Delete(ctx, id) }, todo.ViewTrash},
	}
	for _, step := range steps {
		done, err := step.do()
		if err != nil || !done.Changed || done.Todo.View() != step.want || done.ChangeID == "" {
			t.Errorf("%s = %+v, %v", step.name, done, err)
		}
		again, err := step.do()
		if err != nil || again.Changed || again.ChangeID != "" {
			t.Errorf("%s twice = %+v, %v", step.name, again, err)
		}
	}

	undone, err := c.Undo(ctx, "")
	if err != nil || undone.Kind != todo.Undone || undone.Todos[0].View() != todo.ViewOpen {
		t.Errorf("Undo = %+v, %v", undone, err)
	}
	if _, err := c.Undo(ctx, undone.Undoes); !errors.Is(err, todo.ErrConflict) {
		t.Errorf("Undo of %s again: %v", undone.Undoes, err)
	}
	got, err := c.Get(ctx, id)
	if err != nil || got.Text != text || got.Deleted() {
		t.Errorf("Get = %+v, %v", got, err)
	}
	log, err := c.Changes(ctx, made.Todo.Rev, todo.MaxPage)
	if err != nil || len(log.Changes) != 7 || log.Changes[6].ChangeID != undone.ChangeID || log.Reset {
		t.Errorf("Changes = %+v, %v", log, err)
	}
	if _, err := c.Complete(ctx, "z0000000"); !errors.Is(err, todo.ErrNotFound) {
		t.Errorf("Complete of nothing: %v", err)
	}
}

func TestWhoDidIt(t *testing.T) {
	s := newSite(t)
	for token, want := range map[string]string{ada: "Claude", cli: "cli", imposter: "imposter"} {
		if got := s.add(t, token, "x").CreatedBy; got != want {
			t.Errorf("createdBy with %s = %q, want %q", token, got, want)
		}
	}
	web := s.send(t, exchange{method: "POST", target: "/api/todos", body: `{"text":"x"}`, header: map[string]string{"Authorization": "", "Cookie": "stytch_session=" + adaCookie, "Sec-Fetch-Site": "same-origin"}})
	if got := decode[api.Changed](t, web.body).Todo.CreatedBy; got != "web" {
		t.Errorf("createdBy with a cookie = %q", got)
	}
}

func TestMe(t *testing.T) {
	s := newSite(t)
	all := []string{"read", "create", "edit", "complete", "delete"}
	tests := map[string]struct {
		header map[string]string
		want   api.Me
	}{
		"browser":   {map[string]string{"Authorization": "", "Cookie": "stytch_session=" + adaCookie}, api.Me{Subject: "ada", Email: "ada@example.com", Via: "web", Allowed: all}},
		"app":       {nil, api.Me{Subject: "ada", Via: "bearer", Client: "Claude", Scopes: []string{"todos:read", "todos:write"}, Allowed: all}},
		"read only": {map[string]string{"Authorization": "Bearer " + readOnly}, api.Me{Subject: "ada", Via: "bearer", Client: "Claude", Scopes: []string{"todos:read"}, Allowed: all[:1]}},
		"no scope":  {map[string]string{"Authorization": "Bearer " + noScope}, api.Me{Subject: "ada", Via: "bearer", Client: "Claude", Scopes: []string{"openid"}, Allowed: []string{}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.want.Settings = api.Settings{WeekStart: "monday", Theme: "system"}
			got := s.send(t, exchange{method: "GET", target: "/api/me", header: test.header})
			if diff := cmp.Diff(test.want, decode[api.Me](t, got.body)); diff != "" {
				t.Errorf("me (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSample holds the four routes of Stytch's sample to what its client reads:
// {todos: [{id, text, completed}]}, the whole list, open todos first.
func TestSample(t *testing.T) {
	s := newSite(t)
	texts := func(x exchange, status int) string {
		t.Helper()
		got := s.send(t, x)
		if got.status != status {
			t.Fatalf("%s %s = %d %s", x.method, x.target, got.status, got.body)
		}
		var list []string
		for _, item := range decode[struct {
			Todos []struct {
				ID, Text  string
				Completed bool
			}
		}](t, got.body).Todos {
			mark := "o "
			if item.Completed {
				mark = "x "
			}
			list = append(list, mark+item.Text)
		}
		return strings.Join(list, ", ")
	}
	first, second := s.add(t, ada, "one"), s.add(t, ada, "two")
	tests := []struct {
		x      exchange
		status int
		want   string
	}{
		{exchange{method: "GET", target: "/api/todos"}, 200, "o one, o two"},
		{exchange{method: "POST", target: "/api/todos", body: `{"todoText":"three"}`}, 201, "o one, o two, o three"},
		{exchange{method: "POST", target: "/api/todos/" + first.ID + "/complete"}, 200, "o two, o three, x one"},
		{exchange{method: "POST", target: "/api/todos/" + first.ID + "/complete", body: `{}`}, 200, "o two, o three, x one"},
		{exchange{method: "DELETE", target: "/api/todos/" + second.ID}, 200, "o three, x one"},
		{exchange{method: "DELETE", target: "/api/todos/z0000000"}, 404, "o three, x one"},
		{exchange{method: "POST", target: "/api/todos/z0000000/complete"}, 404, "o three, x one"},
		{exchange{method: "DELETE", target: "/api/todos/z0000000", header: map[string]string{"Prefer": "return=minimal"}}, 404, ""},
	}
	for _, test := range tests {
		if got := texts(test.x, test.status); got != test.want {
			t.Errorf("%s %s: the list is %q, want %q", test.x.method, test.x.target, got, test.want)
		}
	}
}

func TestMinimal(t *testing.T) {
	s := newSite(t)
	for prefer, minimal := range map[string]bool{
		"return=minimal": true,
		`handling=lenient, Return="minimal"; foo=1`: true,
		"return=representation":                     false,
		"wait=10":                                   false,
	} {
		got := s.send(t, exchange{method: "POST", target: "/api/todos", body: `{"text":"x"}`, header: map[string]string{"Prefer": prefer}})
		if applied := got.header.Get("Preference-Applied") == "return=minimal"; applied != minimal || strings.Contains(got.body, `"todos"`) == minimal {
			t.Errorf("Prefer: %s: %v %s", prefer, got.header, got.body)
		}
	}
}

func TestCreatedIsWhereLocationSays(t *testing.T) {
	s := newSite(t)
	made := s.send(t, exchange{method: "POST", target: "/api/todos", body: `{"text":"x"}`})
	got := s.send(t, exchange{method: "GET", target: made.header.Get("Location")})
	if want := decode[api.Changed](t, made.body).Todo; !cmp.Equal(*want, decode[todo.Todo](t, got.body)) || got.header.Get("ETag") != made.header.Get("ETag") {
		t.Errorf("GET %s = %s", made.header.Get("Location"), got.body)
	}
}

func TestPages(t *testing.T) {
	s := newSite(t)
	for range 5 {
		s.add(t, ada, "x")
	}
	c, seen := s.as(t, ada), map[string]bool{}
	q := todo.Query{Status: todo.StatusOpen, Limit: 2}
	for pages := 1; ; pages++ {
		page, err := c.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Todos {
			seen[item.ID] = true
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			if pages != 3 || len(seen) != 5 || page.Total != 5 {
				t.Errorf("%d todos on %d pages, total %d", len(seen), pages, page.Total)
			}
			return
		}
	}
}

func TestNotModified(t *testing.T) {
	s := newSite(t)
	item := s.add(t, ada, "x")
	one := "/api/todos/" + item.ID
	get := func(target, tag string) response {
		return s.send(t, exchange{method: "GET", target: target, header: map[string]string{"If-None-Match": tag}})
	}
	for _, target := range []string{"/api/todos", "/api/todos?status=completed", one} {
		for _, tag := range []string{`"r1"`, `W/"r1"`, `"r7", "r1"`, "*"} {
			if got := get(target, tag); got.status != http.StatusNotModified || got.body != "" || got.header.Get("ETag") != `"r1"` || !strings.Contains(got.header.Get("Vary"), "Cookie") {
				t.Errorf("GET %s with %s = %d %v", target, tag, got.status, got.header)
			}
		}
		if got := get(target, `"r2"`); got.status != http.StatusOK {
			t.Errorf("GET %s with another tag = %d", target, got.status)
		}
	}
	if got := get("/api/todos?status=trash", `"r1"`); got.status != http.StatusOK || got.header.Get("ETag") != "" {
		t.Errorf("the trash changes without a revision, and answered %d with ETag %q", got.status, got.header.Get("ETag"))
	}
	s.add(t, ada, "y")
	if got := get("/api/todos", `"r1"`); got.status != http.StatusOK || got.header.Get("ETag") != `"r2"` {
		t.Errorf("after a change: %d %v", got.status, got.header)
	}
	if got := get(one, `"r1"`); got.status != http.StatusNotModified {
		t.Errorf("after another todo's change: %d", got.status)
	}
}

func TestPatch(t *testing.T) {
	s := newSite(t)
	item := s.add(t, ada, "x")
	patch := func(body string, header map[string]string) response {
		return s.send(t, exchange{method: "PATCH", target: "/api/todos/" + item.ID, body: body, header: header})
	}
	if got := patch(`{"notes":"n"}`, nil); got.status != 200 || decode[api.Changed](t, got.body).Todo.Notes != "n" {
		t.Errorf("PATCH = %d %s", got.status, got.body)
	}
	cleared := patch(`{"notes":null,"completed":true}`, map[string]string{"Content-Type": "application/merge-patch+json; charset=UTF-8", "If-Match": `"r2"`})
	if got := decode[api.Changed](t, cleared.body).Todo; got.Notes != "" || !got.Completed || cleared.header.Get("ETag") != `"r3"` {
		t.Errorf("merge patch = %s", cleared.body)
	}
	if got := patch(`{}`, map[string]string{"If-Match": "*"}); got.status != 200 || decode[api.Changed](t, got.body).Changed {
		t.Errorf("empty patch = %d %s", got.status, got.body)
	}
	for _, tag := range []string{`"r2"`, `"r0"`, `W/"r3"`, `"other"`, "r3", "3", `"r03"`} {
		got := patch(`{"text":"y"}`, map[string]string{"If-Match": tag})
		problem := decode[struct {
			Code todo.Code
			Todo todo.Todo
		}](t, got.body)
		if got.status != http.StatusPreconditionFailed || problem.Code != todo.CodePrecondition || problem.Todo.Rev != 3 || !strings.Contains(got.body, `"/If-Match"`) {
			t.Errorf("If-Match %s = %d %s", tag, got.status, got.body)
		}
	}
}

func TestRetry(t *testing.T) {
	s := newSite(t)
	item := s.add(t, ada, "x")
	tests := []exchange{
		{method: "POST", target: "/api/todos", body: `{"todoText":"once"}`},
		{method: "PATCH", target: "/api/todos/" + item.ID, body: `{"text":"y"}`},
		{method: "POST", target: "/api/todos/" + item.ID + "/complete"},
		{method: "POST", target: "/api/todos/" + item.ID + "/reopen"},
		{method: "DELETE", target: "/api/todos/" + item.ID},
		{method: "POST", target: "/api/todos/" + item.ID + "/restore"},
		{method: "POST", target: "/api/changes/last/undo"},
	}
	for i, x := range tests {
		x.header = map[string]string{"Idempotency-Key": fmt.Sprint("key-", i), "Prefer": "return=minimal"}
		first, second := s.send(t, x), s.send(t, x)
		if first.status >= 300 || first.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%s %s: %d %v %s", x.method, x.target, first.status, first.header, first.body)
		}
		if second.header.Get("Idempotency-Replayed") != "true" || second.status != first.status || second.body != first.body {
			t.Errorf("%s %s again: %d %v %s, at first %d %s", x.method, x.target, second.status, second.header, second.body, first.status, first.body)
		}
	}
	got := s.send(t, exchange{method: "POST", target: "/api/todos", body: `{"todoText":"other"}`, header: map[string]string{"Idempotency-Key": "key-0"}})
	if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `"/Idempotency-Key"`) {
		t.Errorf("the key with another request: %d %s", got.status, got.body)
	}
}

// TestParallelAdds: what eight clients add at once is all there.
func TestParallelAdds(t *testing.T) {
	s := newSite(t)
	const clients, adds = 8, 25
	failed := make(chan error, clients)
	for range clients {
		go func(c *client.Client) {
			for range adds {
				if _, err := c.Create(t.Context(), api.Create{TodoText: "x"}); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}(s.as(t, ada))
	}
	for range clients {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.as(t, ada).List(t.Context(), todo.Query{})
	if err != nil || len(list.Todos) != clients*adds || list.Rev != clients*adds {
		t.Errorf("%d todos at revision %d, %v", len(list.Todos), list.Rev, err)
	}
}

// TestWriteToALongList: what a write answers stops growing at a page.
func TestWriteToALongList(t *testing.T) {
	s := newSite(t)
	for range todo.MaxPage {
		s.add(t, ada, "one of many")
	}
	got := decode[api.Changed](t, s.send(t, exchange{method: "POST", target: "/api/todos", body: `{"todoText":"one more"}`}).body)
	if len(got.Todos) != todo.MaxPage || got.NextCursor == "" || got.Todo.Text != "one more" {
		t.Errorf("%d todos, next %q, made %+v", len(got.Todos), got.NextCursor, got.Todo)
	}
	rest := decode[api.Todos](t, s.send(t, exchange{method: "GET", target: "/api/todos?cursor=" + got.NextCursor}).body)
	whole := decode[api.Todos](t, s.send(t, exchange{method: "GET", target: "/api/todos"}).body)
	if len(rest.Todos) != 1 || len(whole.Todos) != todo.MaxPage+1 {
		t.Errorf("%d todos on the next page, %d in the whole list", len(rest.Todos), len(whole.Todos))
	}
}
