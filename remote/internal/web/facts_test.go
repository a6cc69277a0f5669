package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"todo.example/internal/todo"
)

// TestFacts adds, reads and edits what a todo has besides its text.
func TestFacts(t *testing.T) {
	s := newSite(t)
	p := s.signedIn(t, ada)
	p.get(p.post("/todoapp", url.Values{"text": {"Water the palms every week tomorrow 17:00 #Garden !high +House"}}).redirects("/todoapp?change=c1")).
		shows("Water the palms</a>", ">Tomorrow 17:00</span>", `class="high">High</span>`, "↻ every week", ">House</span>", ">#garden</span>")
	id := onlyID(t, s)

	form := p.get("/todoapp/"+id).status(http.StatusOK).shows(`17:00"`, `value="every week"`, `<option value="high" selected>`, `value="House"`, `value="garden"`)
	rev := form.hidden("rev")
	post := func(name, value string) answer {
		return p.post("/todoapp/"+id, url.Values{"text": {"Water the palms"}, "notes": {""}, "rev": {rev}, name: {value}})
	}
	post("due", "someday").status(http.StatusUnprocessableEntity).shows("is not a date", `value="someday"`)
	p.get(post("due", "yesterday").redirects("/todoapp?change=")).shows(`class="late">Overdue: yesterday 17:00</span>`, "↻ every week", ">#garden</span>")

	rev = p.get("/todoapp/" + id).hidden("rev")
	p.get(post("tags", "").redirects("/todoapp?change=")).hides("#garden")
	rev = p.get("/todoapp/" + id).hidden("rev")
	p.get(post("priority", "").redirects("/todoapp?change=")).hides(">High</span>")

	kept, err := s.svc.Get(t.Context(), s.namespace(ada), s.actor(ada, "web"), id)
	if err != nil || kept.Repeat == "" || kept.List != "House" || kept.Priority != todo.PriorityNone || len(kept.Tags) != 0 {
		t.Errorf("left: %+v, %v", kept, err)
	}
}
