package api

import "time"

// Paths of a person's account.
const (
	PathSettings = "/api/settings"
	PathTokens   = "/api/tokens"
	PathFeed     = "/api/feed"
	PathFeeds    = "/feeds/" // then the feed's secret and ".ics"
	PathWebhooks = "/api/webhooks"
	VerbTest     = "/test"
)

// HeaderTimezone names the zone of a caller who has set none: an IANA name.
const HeaderTimezone = "X-Timezone"

// Settings are a person's.
type Settings struct {
	Timezone  string `json:"timezone"`  // IANA name; "" is not set
	WeekStart string `json:"weekStart"` // "monday", "sunday" or "saturday"
	Theme     string `json:"theme"`     // "system", "light" or "dark"
}

// SettingsPatch is the body of PATCH on the settings: what is nil stays as it is, ""
// puts the preset back.
type SettingsPatch struct {
	Timezone  *string `json:"timezone,omitempty"`
	WeekStart *string `json:"weekStart,omitempty"`
	Theme     *string `json:"theme,omitempty"`
}

// NewToken is the body of POST on the tokens. Of the last two at most one is set; if
// none is, the server's preset holds.
type NewToken struct {
	Name          string   `json:"name"`
	Scopes        []string `json:"scopes"`
	ExpiresInDays int      `json:"expiresInDays,omitempty"`
	NeverExpires  bool     `json:"neverExpires,omitempty"`
}

// Token is a personal access token. Secret is the token itself, which only the
// answer to its making has.
type Token struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes"`
	CreatedAt  time.Time `json:"createdAt"`
	CreatedBy  string    `json:"createdBy"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"` // to the minute
	ExpiresAt  time.Time `json:"expiresAt,omitzero"`  // absent: never
	Secret     string    `json:"token,omitempty"`
	Replayed   bool      `json:"-"` // made for an earlier request with the same key
}

// Tokens are a person's tokens, the newest first.
type Tokens struct {
	Tokens []Token `json:"tokens"`
}

// Feed is a person's calendar feed. URL holds its secret: only the answer to its
// making has it.
type Feed struct {
	Enabled   bool      `json:"enabled"`
	Events    bool      `json:"events"` // whether todos with a time are events, too
	CreatedAt time.Time `json:"createdAt,omitzero"`
	URL       string    `json:"url,omitempty"`
}

// Webhook is an address that hears of changes. Secret signs what it is sent: only
// the answer to its making, or to its being made anew, has it.
type Webhook struct {
	ID             string    `json:"id"`
	URL            string    `json:"url"`
	Events         []string  `json:"events"` // empty: all
	Enabled        bool      `json:"enabled"`
	DisabledReason string    `json:"disabledReason,omitempty"`
	CreatedAt      time.Time `json:"createdAt"`
	CreatedBy      string    `json:"createdBy"`
	Failures       int       `json:"failures"` // attempts in a row, of the same message
	NextAttemptAt  time.Time `json:"nextAttemptAt,omitzero"`
	Last           *Delivery `json:"last,omitempty"`
	Secret         string    `json:"secret,omitempty"`
	Replayed       bool      `json:"-"` // made for an earlier request with the same key
}

// Webhooks are a person's webhooks, the oldest first.
type Webhooks struct {
	Webhooks []Webhook `json:"webhooks"`
}

// Delivery is one attempt to deliver a message to a webhook.
type Delivery struct {
	MessageID string    `json:"messageID"`
	Event     string    `json:"event"`
	At        time.Time `json:"at"`
	Delivered bool      `json:"delivered"`
	Status    int       `json:"status,omitempty"` // what the receiver answered, if it did
	Error     string    `json:"error,omitempty"`
}

// The events of webhooks that are not changes.
const (
	EventPing   = "ping"        // a test
	EventResync = "todo.resync" // changes are left out: read the whole list
)

// Event is the body of what a webhook is sent. Data is a Change, or of a resync a
// Resync, or of a ping an empty object.
type Event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// Resync says up to which revision the reader of the whole list is then.
type Resync struct {
	Rev uint64 `json:"rev"`
}
