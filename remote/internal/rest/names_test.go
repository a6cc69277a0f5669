package rest_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

func TestLists(t *testing.T) {
	s := newSite(t)
	c, ctx := s.as(t, ada), t.Context()
	for list, n := range map[string]int{"": 1, "A/B?": 2, "Home": 1} {
		for range n {
			if _, err := c.Create(ctx, api.Create{TodoText: "x", List: list, Tags: []string{"täg"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	lists := func(want ...todo.Name) {
		t.Helper()
		got, err := c.Lists(ctx)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("lists, %v (-want +got):\n%s", err, diff)
		}
	}
	inbox := todo.Name{Name: "Inbox", Open: 1}
	lists(inbox, todo.Name{Name: "A/B?", Open: 2}, todo.Name{Name: "Home", Open: 1})

	if got, err := c.ArchiveList(ctx, "a/b?", true); err != nil || !got.Changed || got.Count != 0 {
		t.Errorf("archive: %+v, %v", got, err)
	}
	lists(inbox, todo.Name{Name: "Home", Open: 1}, todo.Name{Name: "A/B?", Open: 2, Archived: true})
	if page, err := c.List(ctx, todo.Query{}); err != nil || len(page.Todos) != 2 {
		t.Errorf("with an archived list: %d todos, %v", len(page.Todos), err)
	}
	if page, err := c.List(ctx, todo.Query{List: "A/B?"}); err != nil || len(page.Todos) != 2 {
		t.Errorf("the archived list: %d todos, %v", len(page.Todos), err)
	}
	one := s.send(t, exchange{method: "GET", target: "/api/lists/A%2FB%3F"})
	if got := decode[todo.Name](t, one.body); one.status != 200 || got != (todo.Name{Name: "A/B?", Open: 2, Archived: true}) {
		t.Errorf("GET one list: %d %s", one.status, one.body)
	}
	if _, err := c.ArchiveList(ctx, "A/B?", false); err != nil {
		t.Error(err)
	}
	merged, err := c.RenameList(ctx, "A/B?", "home")
	if err != nil || merged.Count != 2 {
		t.Errorf("merge: %+v, %v", merged, err)
	}
	lists(inbox, todo.Name{Name: "Home", Open: 3})
	if gone, err := c.DeleteList(ctx, "Home"); err != nil || gone.Count != 3 {
		t.Errorf("dissolve: %+v, %v", gone, err)
	}
	lists(todo.Name{Name: "Inbox", Open: 4})
	if _, err := c.Undo(ctx, merged.ChangeID); !errors.Is(err, todo.ErrConflict) {
		t.Errorf("undo of a change that a later one covers: %v", err)
	}
	if _, err := c.Undo(ctx, ""); err != nil {
		t.Error(err)
	}
	lists(inbox, todo.Name{Name: "Home", Open: 3})
}

func TestTags(t *testing.T) {
	s := newSite(t)
	c, ctx := s.as(t, ada), t.Context()
	for _, tags := range [][]string{{"täg", "b"}, {"b"}} {
		if _, err := c.Create(ctx, api.Create{TodoText: "x", Tags: tags}); err != nil {
			t.Fatal(err)
		}
	}
	decomposed := s.send(t, exchange{method: "GET", target: "/api/tags/T%41%CC%88G"})
	if got := decode[todo.Name](t, decomposed.body); got != (todo.Name{Name: "täg", Open: 1}) {
		t.Errorf("GET one tag, spelled otherwise: %d %s", decomposed.status, decomposed.body)
	}
	if got := s.send(t, exchange{method: "GET", target: "/api/tags/%23T%C3%84G"}); got.body != decomposed.body {
		t.Errorf("GET one tag, with its sign: %d %s", got.status, got.body)
	}
	if got, err := c.RenameTag(ctx, "täg", "b"); err != nil || got.Count != 1 {
		t.Errorf("merge: %+v, %v", got, err)
	}
	tags, err := c.Tags(ctx)
	if diff := cmp.Diff([]todo.Name{{Name: "b", Open: 2}}, tags); err != nil || diff != "" {
		t.Errorf("tags, %v (-want +got):\n%s", err, diff)
	}
	if got, err := c.DeleteTag(ctx, "b"); err != nil || got.Count != 2 {
		t.Errorf("take off: %+v, %v", got, err)
	}
	if tags, err := c.Tags(ctx); err != nil || len(tags) != 0 {
		t.Errorf("tags %v, %v", tags, err)
	}
}

func TestBadNames(t *testing.T) {
	s := newSite(t)
	s.addPrivate(t)
	tests := []struct{ method, target, body, want string }{
		{"PATCH", "/api/lists/private", `{}`, "422 invalid_argument /name: the body does not say what to change"},
		{"PATCH", "/api/lists/private", `{"name":"x","archived":true}`, "422 invalid_argument /archived: the body has both name and archived"},
		{"PATCH", "/api/lists/private", `{"name":" "}`, "422 invalid_argument /name: the name is empty"},
		{"PATCH", "/api/lists/private", `{"name":null}`, "422 invalid_argument /name: name must not be null"},
		{"PATCH", "/api/lists/private", `{"name":"#x"}`, `422 invalid_argument /name: the name "#x" begins with a sign`},
		{"PATCH", "/api/lists/inbox", `{"name":"x"}`, "422 invalid_argument /name: the inbox can be neither renamed nor archived"},
		{"DELETE", "/api/lists/INBOX", ``, "422 invalid_argument /name: the inbox can be neither renamed nor archived"},
		{"PATCH", "/api/tags/private", `{"archived":true}`, `422 invalid_argument /archived: the body has an unknown member "archived"`},
		{"GET", "/api/tags/nothing", ``, `404 not_found /name: no tag has the name "nothing"`},
	}
	for _, test := range tests {
		if got := summary(t, s.send(t, exchange{method: test.method, target: test.target, body: test.body})); got != test.want {
			t.Errorf("%s %s %s\n got %s\nwant %s", test.method, test.target, test.body, got, test.want)
		}
	}
	for _, x := range []exchange{{method: "PATCH", target: "/api/lists/nothing", body: `{"name":"x"}`}, {method: "DELETE", target: "/api/tags/nothing"}, {method: "PATCH", target: "/api/lists/nothing", body: `{"archived":true}`}} {
		if got := s.send(t, x); got.status != 404 || decode[api.Problem](t, got.body).Errors[0].Pointer != "/name" {
			t.Errorf("%s %s: %d %s", x.method, x.target, got.status, got.body)
		}
	}
}

func TestOverview(t *testing.T) {
	s := newSite(t)
	s.addPrivate(t)
	got := s.send(t, exchange{method: "GET", target: "/api/overview", header: map[string]string{"X-Timezone": "Asia/Tokyo"}})
	o := decode[api.Overview](t, got.body)
	if _, offset := o.Now.Zone(); got.status != 200 || o.Open != 1 || o.Timezone != "Asia/Tokyo" || offset != 9*3600 || len(o.Lists) != 2 || len(o.Tags) != 1 {
		t.Errorf("overview: %d %s", got.status, got.body)
	}
}
