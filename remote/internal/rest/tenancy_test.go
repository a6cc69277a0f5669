package rest_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/rest"
)

// bodies are what makes an operation succeed for the owner of the todo ID.
var bodies = map[string]string{
	"createTodo":     `{"todoText":"x"}`,
	"quickAdd":       `{"text":"x"}`,
	"updateTodo":     `{"text":"x"}`,
	"moveTodo":       `{"position":"top"}`,
	"batch":          `{"operations":[{"op":"update","id":"ID","text":"x"}],"atomic":true}`,
	"updateList":     `{"name":"x"}`,
	"updateTag":      `{"name":"x"}`,
	"importTodos":    `{"todos":[{"text":"x"}]}`,
	"updateSettings": `{"theme":"dark"}`,
	"createToken":    `{"name":"x","scopes":["todos:read"]}`,
	"makeFeed":       `{"events":true}`,
	"createWebhook":  `{"url":"http://127.0.0.1:9/x"}`,
	"updateWebhook":  `{"enabled":true}`,
}

// of returns an exchange that would succeed for the owner of the todo and of the
// change that made it.
func of(op rest.Operation, item todo.Todo) exchange {
	target := strings.NewReplacer("{id}", item.ID, "{changeID}", todo.Change{Rev: item.Rev}.ID(), "{name}", "private",
		"{tokenID}", "0000000000000000", "{webhookID}", "0000000000000000").Replace(op.Path)
	return exchange{method: op.Method, target: target, body: strings.ReplaceAll(bodies[op.ID], "ID", item.ID)}
}

const secret = "the owner's own words"

// addPrivate makes a todo of Ada's, alone in its list and with its tag.
func (s *site) addPrivate(t *testing.T) todo.Todo {
	t.Helper()
	made, err := s.as(t, ada).Create(t.Context(), api.Create{TodoText: secret, List: "private", Tags: []string{"private"}})
	if err != nil {
		t.Fatal(err)
	}
	return *made.Todo
}

// TestTenancy tries every operation as everybody who must not get through.
func TestTenancy(t *testing.T) {
	s := newSite(t)
	item := s.addPrivate(t)
	const (
		metadata = `resource_metadata="http://localhost:3000/.well-known/oauth-protected-resource"`
		both     = `scope="todos:read todos:write", ` + metadata
	)
	none := `Bearer ` + both
	invalid := `Bearer error="invalid_token", error_description="the access token is not valid", ` + both
	for _, op := range rest.Operations() {
		callers := []struct {
			name      string
			header    map[string]string
			status    int
			challenge string
		}{
			{"nobody", map[string]string{"Authorization": ""}, 401, none},
			{"basic", map[string]string{"Authorization": "Basic YTpi"}, 401, none},
			{"unknown token", map[string]string{"Authorization": "Bearer " + unknown}, 401, invalid},
			{"expired token", map[string]string{"Authorization": "Bearer " + expired}, 401, invalid},
			{"revoked token", map[string]string{"Authorization": "Bearer " + revoked}, 401, invalid},
			{"unknown session", map[string]string{"Authorization": "", "Cookie": "stytch_session=unknown"}, 401, none},
			{"another site's page", map[string]string{"Authorization": "", "Cookie": "stytch_session=" + adaCookie, "Sec-Fetch-Site": "cross-site"}, 403, ""},
		}
		for _, caller := range callers {
			x := of(op, item)
			x.header = caller.header
			got := s.send(t, x)
			if got.status != caller.status || got.header.Get("WWW-Authenticate") != caller.challenge || strings.Contains(got.body, secret) {
				t.Errorf("%s by %s = %d %q %s", op.ID, caller.name, got.status, got.header.Get("WWW-Authenticate"), got.body)
			}
		}
		for token, scopes := range map[string]todo.Actions{readOnly: todo.ReadOnly, noScope: 0} {
			x := of(op, item)
			x.header = map[string]string{"Authorization": "Bearer " + token}
			got := s.send(t, x)
			switch allowed := op.Action == 0 || scopes.Has(op.Action); {
			case allowed && got.status != http.StatusOK:
				t.Errorf("%s by %s = %d %s", op.ID, token, got.status, got.body)
			case !allowed && (got.status != http.StatusForbidden || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), `Bearer error="insufficient_scope"`) || strings.Contains(got.body, secret)):
				t.Errorf("%s by %s = %d %q %s", op.ID, token, got.status, got.header.Get("WWW-Authenticate"), got.body)
			}
		}
	}
	if got, err := s.as(t, ada).Get(t.Context(), item.ID); err != nil || !got.Equal(item) {
		t.Errorf("after all that the todo is %+v, %v", got, err)
	}
}

// TestForeign tries every operation on somebody else's todo or change: the answer
// is the one for a todo that does not exist, and Bob sees no byte of Ada's.
func TestForeign(t *testing.T) {
	s := newSite(t)
	item := s.addPrivate(t)
	if _, err := s.as(t, bob).Undo(t.Context(), "c1"); !errors.Is(err, todo.ErrNotFound) {
		t.Errorf("undo of a foreign change: %v", err)
	}
	absent := item
	absent.ID, absent.Rev = "z0000000", 999
	for _, op := range rest.Operations() {
		foreign, missing := of(op, item), of(op, absent)
		foreign.header = map[string]string{"Authorization": "Bearer " + bob}
		missing.header = foreign.header
		got, want := s.send(t, foreign), s.send(t, missing)
		if strings.Contains(got.body, secret) || strings.Contains(got.body, `"ada"`) {
			t.Errorf("%s shows a foreign todo: %s", op.ID, got.body)
		}
		if !strings.Contains(op.Path, "{") {
			continue
		}
		if op.ID == "undoChange" { // by now Bob has a change of that number himself
			continue
		}
		if got.status != http.StatusNotFound || got.status != want.status || plain(t, got, item.ID) != plain(t, want, absent.ID) {
			t.Errorf("%s of a foreign todo = %d %s\nof none: %d %s", op.ID, got.status, got.body, want.status, want.body)
		}
	}
	if got, err := s.as(t, ada).Get(t.Context(), item.ID); err != nil || !got.Equal(item) {
		t.Errorf("after all that the todo is %+v, %v", got, err)
	}
}

// plain is a problem without what differs from request to request.
func plain(t *testing.T, got response, id string) string {
	t.Helper()
	p := decode[api.Problem](t, got.body)
	p.RequestID = ""
	return strings.ReplaceAll(marshal(t, p), id, "ID")
}

// TestActions pins which operation needs which permission.
func TestActions(t *testing.T) {
	want := []string{
		"batch complete", "completeTodo complete", "createTodo create", "createToken account", "createWebhook account",
		"deleteFeed account", "deleteList edit", "deleteTag edit", "deleteTodo delete", "deleteToken account", "deleteWebhook account",
		"exportTodos read", "getFeed account", "getHistory read", "getList read", "getMe ", "getOverview read", "getSettings ", "getTag read",
		"getTodo read", "getWebhook account", "importTodos create", "listChanges read", "listLists read", "listTags read", "listTodos read",
		"listTokens account", "listWebhooks account", "makeFeed account", "moveTodo edit", "quickAdd create", "reopenTodo complete",
		"restoreTodo delete", "streamEvents read", "testWebhook account", "undoChange complete", "updateList edit", "updateSettings edit",
		"updateTag edit", "updateTodo edit", "updateWebhook account",
	}
	var got []string
	for _, op := range rest.Operations() {
		needs := op.Action.String()
		if op.Action == auth.Account {
			needs = "account"
		}
		got = append(got, op.ID+" "+needs)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("operations need %q, want %q", got, want)
	}
}

// TestRevokedBetween: a token that is revoked opens nothing for a write at once,
// though it was good a moment ago.
func TestRevokedBetween(t *testing.T) {
	s := newSite(t)
	item := s.add(t, ada, "x")
	s.identity.revoke(ada)
	for _, op := range rest.Operations() {
		if !op.Action.Writes() || op.Action == 0 {
			continue
		}
		if got := s.send(t, of(op, item)); got.status != http.StatusUnauthorized || !strings.Contains(got.header.Get("WWW-Authenticate"), "invalid_token") {
			t.Errorf("%s with a revoked token = %d %s", op.ID, got.status, got.body)
		}
	}
}
