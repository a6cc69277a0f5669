package rest

import (
	"github.com/danielgtaylor/huma/v2"

	"todo.example/internal/account"
	"todo.example/remote/internal/auth"
)

// polishAccount adds to the account's schemas what their Go types cannot say.
func polishAccount(all map[string]*huma.Schema) {
	enumerate(all["Settings"].Properties["weekStart"], "monday", "sunday", "saturday")
	enumerate(all["Settings"].Properties["theme"], "system", "light", "dark")
	for _, name := range []string{"Token", "NewToken"} {
		enumerate(all[name].Properties["scopes"].Items, auth.ScopeRead, auth.ScopeWrite)
	}
	for _, name := range []string{"Webhook", "NewWebhook", "WebhookPatch"} {
		enumerate(all[name].Properties["events"].Items, account.Events()...)
	}
	least, most := 1.0, float64(account.MaxTokenDays)
	days := all["NewToken"].Properties["expiresInDays"]
	days.Minimum, days.Maximum = &least, &most
}

// accountDocs returns what each property of one of the account's schemas means.
func accountDocs(schema string) map[string]string {
	switch schema {
	case "Settings", "SettingsPatch":
		return map[string]string{"timezone": "An IANA name, in which dates are meant; empty: none was set.", "weekStart": "The day a week begins with.", "theme": "How the pages look."}
	case "Token":
		return map[string]string{"id": "The token's id.", "name": "What it is for; changes made with it carry this name.", "scopes": "What it may do.", "createdAt": "When it was made.", "createdBy": "Who made it: web, or the app's name.", "lastUsedAt": "When it was used last, to the minute; absent: never.", "expiresAt": "When it ends; absent: never.", "token": "The token itself, only where it is made."}
	case "Tokens":
		return map[string]string{"tokens": "The tokens, the newest first."}
	case "NewToken":
		return map[string]string{"name": "What it is for: 1 to 60 characters.", "scopes": "What it may do: `todos:read`, or both.", "expiresInDays": "In how many days it ends; without it 90.", "neverExpires": "Whether it never ends, in place of `expiresInDays`."}
	case "Feed":
		return map[string]string{"enabled": "Whether there is a feed.", "events": "Whether todos with a date are events, too, for calendars that show no todos.", "createdAt": "When its address was made.", "url": "Its address, only where it is made."}
	case "FeedOptions":
		return map[string]string{"events": "Whether todos with a date are events, too."}
	case "Webhook":
		return map[string]string{"id": "The webhook's id.", "url": "Where messages go.", "events": "What it hears of; empty: every change.", "enabled": "Whether it is told anything.", "disabledReason": "Why it is not enabled.", "createdAt": "When it was made.", "createdBy": "Who made it: web, or the app's name.", "failures": "How many attempts failed in a row.", "nextAttemptAt": "When the message that failed is tried again.", "last": "The last attempt.", "secret": "What signs the messages, only where it is made."}
	case "Webhooks":
		return map[string]string{"webhooks": "The webhooks, the oldest first."}
	case "NewWebhook", "WebhookPatch":
		return map[string]string{"url": "An https address that everybody can reach.", "events": "What it hears of; empty: every change.", "enabled": "Whether it is told anything.", "newSecret": "Whether to make the secret anew."}
	case "Delivery":
		return map[string]string{"messageID": "The message's id, the same at each attempt: the header webhook-id.", "event": "The message's type.", "at": "When it was sent.", "delivered": "Whether the receiver took it.", "status": "What the receiver answered; absent: nothing.", "error": "Why it was not delivered."}
	}
	return nil
}
