package rest

import (
	"net/http"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// accountOperations are the rows of the table about a person's account.
func accountOperations() []operation {
	return append(append(settingsOperations(), tokenOperations()...), append(feedOperations(), webhookOperations()...)...)
}

func settingsOperations() []operation {
	return []operation{
		{
			Operation: Operation{"getSettings", http.MethodGet, api.PathSettings, 0},
			handle:    (*Server).settings,
			summary:   "Read the settings",
			doc:       "The person's settings, presets where nothing was set.",
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleSettings()},
		},
		{
			Operation: Operation{"updateSettings", http.MethodPatch, api.PathSettings, todo.Edit},
			handle:    (*Server).patchSettings,
			summary:   "Change the settings",
			doc:       "A JSON merge patch (RFC 7396): members that are left out stay as they are, null puts the preset back. Without a time zone, that of the request's `X-Timezone` counts, else UTC.",
			body:      &content{[]string{mediaJSON, mediaPatch}, settingsPatch{Timezone: new("Europe/Berlin")}},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleSettings()},
			fails:     writeFails(),
		},
	}
}

// onlyPerson is said of each operation that needs auth.Account.
const onlyPerson = " For the person in the browser, or an app that was granted both scopes; not with a personal access token."

func tokenOperations() []operation {
	return []operation{
		{
			Operation: Operation{"listTokens", http.MethodGet, api.PathTokens, auth.Account},
			handle:    (*Server).tokens,
			summary:   "Read which personal access tokens there are",
			doc:       "The tokens of this list, the newest first, without their secrets; also those that expired in the last 30 days." + onlyPerson,
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Tokens{Tokens: []api.Token{exampleToken()}}},
		},
		{
			Operation: Operation{"createToken", http.MethodPost, api.PathTokens, auth.Account},
			handle:    (*Server).createToken,
			summary:   "Make a personal access token",
			doc:       "A bearer token for scripts, for the REST API and for MCP. `token` is in this answer and never again. At most 50." + onlyPerson,
			headers:   []parameter{idempotencyKey()},
			body:      &content{jsonMedia(), api.NewToken{Name: "Backup", Scopes: []string{auth.ScopeRead}, ExpiresInDays: account.TokenDays}},
			status:    http.StatusCreated,
			answer:    content{jsonMedia(), exampleNewToken()},
			answers:   []parameter{replayed()},
			fails:     writeFails(http.StatusConflict),
		},
		{
			Operation: Operation{"deleteToken", http.MethodDelete, api.PathTokens + "/{tokenID}", auth.Account},
			handle:    (*Server).deleteToken,
			summary:   "Take a personal access token back",
			doc:       "It opens nothing from now on." + onlyPerson,
			status:    http.StatusNoContent,
			fails:     writeFails(http.StatusNotFound),
		},
	}
}

func feedOperations() []operation {
	return []operation{
		{
			Operation: Operation{"getFeed", http.MethodGet, api.PathFeed, auth.Account},
			handle:    (*Server).feed,
			summary:   "Read whether there is a calendar feed",
			doc:       "Its address is not told again: make it anew." + onlyPerson,
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Feed{Enabled: true, CreatedAt: exampleTime()}},
		},
		{
			Operation: Operation{"makeFeed", http.MethodPut, api.PathFeed, auth.Account},
			handle:    (*Server).makeFeed,
			summary:   "Make the calendar feed, or give it a new address",
			doc:       "The address is the secret: whoever has it can read the open todos as iCalendar. It is in this answer and never again, and the one before is dead. `?events=1` or `?events=0` at its end overrides `events`." + onlyPerson,
			body:      &content{jsonMedia(), feedOptions{Events: true}},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Feed{Enabled: true, Events: true, CreatedAt: exampleTime(), URL: "https://todo.example/feeds/q3J…Zk.ics"}},
			fails:     writeFails(),
		},
		{
			Operation: Operation{"deleteFeed", http.MethodDelete, api.PathFeed, auth.Account},
			handle:    (*Server).deleteFeed,
			summary:   "Turn the calendar feed off",
			doc:       "Its address is dead. Without a feed this does nothing." + onlyPerson,
			status:    http.StatusNoContent,
			fails:     writeFails(),
		},
	}
}

func webhookOperations() []operation {
	one := api.PathWebhooks + "/{webhookID}"
	return []operation{
		{
			Operation: Operation{"listWebhooks", http.MethodGet, api.PathWebhooks, auth.Account},
			handle:    (*Server).listWebhooks,
			summary:   "Read which webhooks there are",
			doc:       "The webhooks of this list, the oldest first, with how the last delivery went." + onlyPerson,
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Webhooks{Webhooks: []api.Webhook{exampleWebhook()}}},
		},
		{
			Operation: Operation{"createWebhook", http.MethodPost, api.PathWebhooks, auth.Account},
			handle:    (*Server).createWebhook,
			summary:   "Make a webhook",
			doc:       "It hears of each change from now on, at least once and in order, signed as Standard Webhooks has it. `secret` is in this answer and never again. At most 10." + onlyPerson,
			headers:   []parameter{idempotencyKey()},
			body:      &content{jsonMedia(), newWebhook{URL: "https://example.com/hook", Events: []string{"todo.created", "todo.completed"}}},
			status:    http.StatusCreated,
			answer:    content{jsonMedia(), exampleNewWebhook()},
			answers:   []parameter{replayed(), {name: "Location", doc: "The webhook's path.", example: "/api/webhooks/4x7k2m9q1c5v8b3n"}},
			fails:     writeFails(http.StatusConflict),
		},
		{
			Operation: Operation{"getWebhook", http.MethodGet, one, auth.Account},
			handle:    (*Server).getWebhook,
			summary:   "Read one webhook",
			doc:       "With how the last delivery went, and when there will be another attempt." + onlyPerson,
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleWebhook()},
			fails:     []int{http.StatusNotFound},
		},
		{
			Operation: Operation{"updateWebhook", http.MethodPatch, one, auth.Account},
			handle:    (*Server).patchWebhook,
			summary:   "Change a webhook",
			doc:       "Members that are left out stay as they are. One that is enabled again goes on where it stopped; `newSecret` makes the secret anew. A waiting message is tried again at once." + onlyPerson,
			body:      &content{[]string{mediaJSON, mediaPatch}, webhookPatch{Enabled: true}},
			status:    http.StatusOK,
			answer:    content{jsonMedia(), exampleWebhook()},
			fails:     writeFails(http.StatusNotFound),
		},
		{
			Operation: Operation{"deleteWebhook", http.MethodDelete, one, auth.Account},
			handle:    (*Server).deleteWebhook,
			summary:   "Delete a webhook",
			doc:       "What is under way to it may still arrive." + onlyPerson,
			status:    http.StatusNoContent,
			fails:     writeFails(http.StatusNotFound),
		},
		{
			Operation: Operation{"testWebhook", http.MethodPost, one + api.VerbTest, auth.Account},
			handle:    (*Server).testWebhook,
			summary:   "Send a webhook a test message",
			doc:       "Sends a `ping` once, also to a webhook that is disabled, and answers how it went. Every 5 seconds at most." + onlyPerson,
			status:    http.StatusOK,
			answer:    content{jsonMedia(), api.Delivery{MessageID: "msg_4x7k2m9q1c5v8b3n_ping_8d2f", Event: api.EventPing, At: exampleTime(), Status: http.StatusInternalServerError, Error: "the receiver answered 500"}},
			fails:     writeFails(http.StatusNotFound),
		},
	}
}
