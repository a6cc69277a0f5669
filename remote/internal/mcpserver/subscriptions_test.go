package mcpserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/remote/internal/mcpserver"
)

// told returns what a listener hears of, in order: all of want, and whatever else
// comes with it.
func (l *listener) told(t *testing.T, want []string) []string {
	t.Helper()
	var got []string
	late := time.After(patience)
	for missing := len(want); ; {
		soon := late
		if missing <= 0 {
			soon = time.After(40 * time.Millisecond)
		}
		select {
		case uri := <-l.updated:
			got, missing = append(got, uri), missing-1
		case <-soon:
			slices.Sort(got)
			return got
		}
	}
}

// subscribed waits until all subscriptions of a namespace have taken, and leaves nothing
// to be heard: it archives a list and takes it back, which each of them hears of.
func (s *server) subscribed(t *testing.T, ns todo.Namespace, l *listener, list string, n int) {
	t.Helper()
	eventually(t, "the subscriptions take", func() bool { return s.Subscriptions(string(ns)) == n })
	for _, archived := range []bool{true, false} {
		if _, err := s.svc.ArchiveList(t.Context(), ns, web, list, archived, todo.Options{}); err != nil {
			t.Fatal(err)
		}
		if got := l.told(t, make([]string, n)); len(got) != n {
			t.Fatalf("heard of %v", got)
		}
	}
}

// TestEveryPlaceThatAChangeIsSeenInIsTold changes todos and looks at which of the
// resources their subscriber hears of.
func TestEveryPlaceThatAChangeIsSeenInIsTold(t *testing.T) {
	const todos, today, export = "todoapp://todos", "todoapp://today", "todoapp://export/csv"
	const work, inbox, garden, shop = "todoapp://lists/WORK", "todoapp://lists/Inbox", "todoapp://lists/Home%20%26%20Garden", "todoapp://tags/Shop"
	eras(t, func(t *testing.T, version string) {
		s := startAt(t, tuesday)
		made := s.create(t, "ada",
			todo.New{Text: "plain"}, todo.New{Text: "shopping", Tags: []string{"shop"}, List: "Work"}, todo.New{Text: "soon", Due: "2026-11-24"}, todo.New{Text: "parent"})
		child := s.create(t, "ada", todo.New{Text: "child", ParentID: made[3].ID})[0]
		plain, shopping, soon, parent := made[0].ID, made[1].ID, made[2].ID, "todoapp://todos/"+made[3].ID
		uris := []string{todos, today, export, work, inbox, garden, shop, "todoapp://todos/" + plain, "todoapp://todos/" + shopping, parent}
		ada := s.listen(t, version, full("ada"), uris...)
		s.subscribed(t, "ada", ada, "Work", len(uris))
		text, none, later, list := "another text", "none", "2027-01-01", "Home & Garden"
		for _, step := range []struct {
			what  string
			patch todo.Patch
			want  []string
		}{
			{"text", todo.Patch{ID: plain, Text: &text}, []string{todos, export, inbox, "todoapp://todos/" + plain}},
			{"tag", todo.Patch{ID: shopping, RemoveTags: []string{"shop"}}, []string{todos, export, work, shop, "todoapp://todos/" + shopping}},
			{"date", todo.Patch{ID: soon, Due: &later}, []string{todos, export, inbox, today}},
			{"no date", todo.Patch{ID: soon, Due: &none}, []string{todos, export, inbox}},
			{"list", todo.Patch{ID: plain, List: &list}, []string{todos, export, inbox, garden, "todoapp://todos/" + plain}},
			{"subtask", todo.Patch{ID: child.ID, Text: &text}, []string{todos, export, inbox, shop, today, parent}},
			{"archived list", todo.Patch{}, uris},
		} {
			var err error
			if step.patch.ID == "" {
				_, err = s.svc.ArchiveList(t.Context(), "ada", web, "Work", true, todo.Options{})
			} else {
				_, err = s.svc.Update(t.Context(), "ada", web, []todo.Patch{step.patch}, todo.Options{})
			}
			if err != nil {
				t.Fatalf("%s: %v", step.what, err)
			}
			slices.Sort(step.want)
			if diff := cmp.Diff(step.want, ada.told(t, step.want)); diff != "" {
				t.Errorf("%s (-want +heard):\n%s", step.what, diff)
			}
		}
	})
}

// TestSpellingsAreToldAsTheyWereSubscribed holds that each client hears its own, and
// of its own person's only.
func TestSpellingsAreToldAsTheyWereSubscribed(t *testing.T) {
	eras(t, func(t *testing.T, version string) {
		s := start(t)
		s.create(t, "ada", todo.New{Text: "x", List: "Büro"})
		s.create(t, "eve", todo.New{Text: "y", List: "Büro"})
		spellings := []string{"todoapp://lists/B%C3%BCro", "todoapp://lists/BÜRO", "todoapp://lists/büro"}
		ada := s.listen(t, version, full("ada"), spellings...)
		eve := s.listen(t, version, full("eve"), spellings[0], "todoapp://tags/x", "todoapp://today")
		s.subscribed(t, "ada", ada, "Büro", 3)
		s.subscribed(t, "eve", eve, "Büro", 3)
		s.create(t, "ada", todo.New{Text: "z", List: "Büro", Tags: []string{"x"}, Due: "today"})
		slices.Sort(spellings)
		if diff := cmp.Diff(spellings, ada.told(t, spellings)); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
		if got := eve.told(t, nil); len(got) != 0 {
			t.Errorf("she heard of his: %v", got)
		}
		if err := ada.cs.Unsubscribe(t.Context(), &mcp.UnsubscribeParams{URI: spellings[0]}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the subscription ends", func() bool { return s.Subscriptions("ada") == len(spellings)-1 })
		ada.cs.Close()
		eventually(t, "all subscriptions end", func() bool { return s.Subscriptions("ada") == 0 })
	})
}

func TestSubscriptionsOfAStreamAreCapped(t *testing.T) {
	s := start(t)
	var uris []string
	for i := range mcpserver.MaxSubscriptions + 1 {
		uris = append(uris, fmt.Sprintf(`"todoapp://lists/l%d"`, i))
	}
	r := s.send(t, modernCall("subscriptions/listen", "", `"notifications":{"resourceSubscriptions":[`+strings.Join(uris, ",")+`]}`))
	if code, _ := r.rpcError(t); code != -32602 {
		t.Errorf("one too many: %d %s", r.status, r.body)
	}
	eventually(t, "nothing is left of it", func() bool { return s.Subscriptions("ada") == 0 })
}

func TestMidnightIsThePersons(t *testing.T) {
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -3600)
	for zone, want := range map[*time.Location]time.Duration{nil: 2*time.Hour + 50*time.Minute, east: 12*time.Hour + 50*time.Minute, west: 3*time.Hour + 50*time.Minute} {
		if got := mcpserver.UntilMidnight(tuesday, zone); got != want {
			t.Errorf("in %v the day lasts another %v, want %v", zone, got, want)
		}
	}
}
