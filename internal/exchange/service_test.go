package exchange_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

// TestService takes a list out and into another, and into itself: there nothing
// may come twice.
func TestService(t *testing.T) {
	now := at("2026-11-24T21:10:00Z")
	service := todo.NewService(todotest.NewStore(), func() time.Time { return now })
	ada := todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything, Zone: location(t, "Europe/Berlin")}
	made, err := service.Create(t.Context(), "ada", ada, []todo.New{
		{Text: "Move house", Notes: "soon\n\n- [ ] really", List: "Two words", Tags: []string{"home", "big"}},
		{Text: "=Milk, eggs; bread", Due: "2026-11-27T17:00", Priority: "high"},
		{Text: "Pay rent +now @home", Repeat: "every month on the 1st", List: "Money"},
		{Text: "Done"},
	}, todo.Options{Atomic: true})
	if err != nil {
		t.Fatal(err)
	}
	ids := made.Todos()
	if _, err := service.Create(t.Context(), "ada", ada, []todo.New{{Text: "Pack", ParentID: ids[0].ID}}, todo.Options{Atomic: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := service.SetCompleted(t.Context(), "ada", ada, []string{ids[3].ID}, true, todo.Options{Atomic: true}); err != nil {
		t.Fatal(err)
	}
	all := list(t, service, "ada", ada)
	for _, info := range exchange.Formats() {
		if !info.Write {
			continue
		}
		t.Run(string(info.Format), func(t *testing.T) {
			items := read(t, info.Format, written(t, info.Format, all, options(t)), options(t))
			other := todo.Namespace(info.Format)
			for ns, want := range map[todo.Namespace][2]int{other: {len(all), 0}, "ada": {0, len(all)}} {
				for range 2 {
					result, err := service.Import(t.Context(), ns, ada, items, todo.ImportOptions{})
					if err != nil || len(result.Change.Failures) > 0 || result.Created != want[0] || result.Skipped != want[1] {
						t.Fatalf("%s: made %d, skipped %d of %d; %+v, %v", ns, result.Created, result.Skipped, len(items), result.Change.Failures, err)
					}
					want = [2]int{0, len(all)}
				}
			}
			if diff := cmp.Diff(bare(all), bare(list(t, service, other, ada))); diff != "" {
				t.Errorf("-out +in:\n%s", diff)
			}
		})
	}
}

// bare returns todos by text, without what an import makes anew, and a subtask's
// parent as that has it.
func bare(todos []todo.Todo) []todo.Todo {
	texts := map[string]string{}
	for _, t := range todos {
		texts[t.ID] = t.Text
	}
	todos = slices.Clone(todos)
	for i := range todos {
		t := &todos[i]
		t.ID, t.UID, t.Position, t.Rev, t.ParentID = "", "", "", 0, texts[t.ParentID]
		t.CreatedAt, t.CompletedAt, t.UpdatedAt = time.Time{}, time.Time{}, time.Time{}
	}
	slices.SortFunc(todos, func(a, b todo.Todo) int { return strings.Compare(a.Text, b.Text) })
	return todos
}

func list(t *testing.T, s *todo.Service, ns todo.Namespace, actor todo.Actor) []todo.Todo {
	t.Helper()
	page, err := s.List(t.Context(), ns, actor, todo.Query{Status: todo.StatusAll})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(page.Todos)
}
