package rest

import (
	"net/http"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

func exampleTime() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 589e6, time.UTC) }

func exampleTodo() todo.Todo {
	return todo.Todo{ID: "k7xm3q2a", Text: "Buy milk", Notes: "two litres", Due: "2026-03-15T17:00:00+01:00", Timezone: "Europe/Berlin", Repeat: "FREQ=WEEKLY;BYDAY=SU", Priority: todo.PriorityHigh, List: "Shopping", Tags: []string{"home"}, Position: "h0000000", CreatedAt: exampleTime(), CreatedBy: api.ByWeb, UpdatedAt: exampleTime(), UpdatedBy: api.ByWeb, Rev: 812}
}

func exampleTodos() api.Todos {
	return api.Todos{Todos: []todo.Todo{exampleTodo()}, Total: 1, Rev: 812}
}

func exampleChanged(t todo.Todo) api.Changed {
	return api.Changed{Todos: []todo.Todo{t}, Todo: &t, ChangeID: "c812", Changed: true}
}

func exampleChange() api.Change {
	return api.Change{ChangeID: "c812", Rev: 812, Kind: todo.Created, At: exampleTime(), By: api.ByWeb, Todos: []todo.Todo{exampleTodo()}}
}

func exampleUndo() api.Change {
	t := exampleTodo()
	t.Rev, t.DeletedAt = 813, exampleTime()
	return api.Change{ChangeID: "c813", Rev: 813, Kind: todo.Undone, At: exampleTime(), By: api.ByWeb, Todos: []todo.Todo{t}, Undoes: "c812"}
}

const exampleEvents = "retry: 1500\nid: 811\n\nevent: todo.deleted\nid: 812\ndata: {\"changeID\":\"c812\",\"rev\":812,\"kind\":\"deleted\",\"at\":\"2026-03-14T09:26:53.589Z\",\"by\":\"cli\",\"todos\":[]}\n\n"

func exampleDraft() api.Draft { return api.NewDraft(exampleTodo()) }

func examplePatch() patch {
	return patch{Text: "Buy oat milk", Due: new("friday"), AddTags: []string{"vegan"}}
}

func exampleMove() move {
	return move{List: new("Shopping"), After: "m3c8t5wz"}
}

func exampleBatch() batch {
	return batch{Operations: []batchItem{
		{Op: todo.OpCreate, Text: "Buy oats", List: new("Shopping")},
		{Op: todo.OpComplete, ID: "k7xm3q2a"},
		{Op: todo.OpDelete, ID: "z0000000"},
	}}
}

func exampleBatched() api.Batched {
	done := exampleTodo()
	return api.Batched{ChangeID: "c812", Results: []api.Result{
		{Index: 0, Status: http.StatusCreated, Changed: true, Todo: &done},
		{Index: 1, Status: http.StatusOK, Changed: true, Todo: &done},
		{Index: 2, Status: http.StatusNotFound, Error: api.NewItemProblem(todo.NotFound("z0000000"))},
	}}
}

func exampleNames() []todo.Name {
	return []todo.Name{{Name: todo.Inbox, Open: 2, Completed: 30}, {Name: "Shopping", Open: 3, Completed: 12}, {Name: "Old flat", Open: 1, Archived: true}}
}

func exampleOverview() api.Overview {
	return api.Overview{
		Now: exampleTime().Truncate(time.Second), Timezone: "Europe/Berlin", Open: 6, Overdue: 1, DueToday: 2, CompletedToday: 4,
		Lists: exampleNames(), Tags: []todo.Name{{Name: "home", Open: 3, Completed: 12}},
	}
}

func exampleSettings() api.Settings {
	return api.Settings{Timezone: "Europe/Berlin", WeekStart: "monday", Theme: "system"}
}

func exampleToken() api.Token {
	return api.Token{
		ID: "7c2m4x9k1b5d8f3q", Name: "Backup", Scopes: []string{auth.ScopeRead}, CreatedAt: exampleTime(), CreatedBy: api.ByWeb,
		LastUsedAt: exampleTime().Truncate(time.Minute), ExpiresAt: exampleTime().AddDate(0, 0, account.TokenDays),
	}
}

func exampleNewToken() api.Token {
	t := exampleToken()
	t.LastUsedAt, t.Secret = time.Time{}, account.TokenPrefix+"…"
	return t
}

func exampleWebhook() api.Webhook {
	return api.Webhook{
		ID: "4x7k2m9q1c5v8b3n", URL: "https://example.com/hook", Events: []string{"todo.created", "todo.completed"}, Enabled: true,
		CreatedAt: exampleTime(), CreatedBy: api.ByWeb,
		Last: &api.Delivery{MessageID: "msg_4x7k2m9q1c5v8b3n_812", Event: "todo.created", At: exampleTime(), Delivered: true, Status: http.StatusOK},
	}
}

func exampleNewWebhook() api.Webhook {
	h := exampleWebhook()
	h.Last, h.Secret = nil, "whsec_…"
	return h
}
