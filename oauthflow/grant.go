package oauthflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// secret is a string that no verb of fmt and no slog handler shows.
type secret string

func (secret) String() string       { return "[redacted]" }
func (secret) GoString() string     { return "[redacted]" }
func (secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// grantVersion is the layout of a stored grant. Another layout gets another number, so that an older program says so
// instead of misreading it.
const grantVersion = 1

// maxMargin is how long before its end an access token is refreshed at the earliest.
const maxMargin = 60 * time.Second

// grant is what one sign-in earned: the tokens, who issued them, and to which client. A refresh token only works for
// the client it was issued to, so the client travels with it.
type grant struct {
	Version      int       `json:"v"`
	Issuer       string    `json:"issuer"`
	Resource     string    `json:"resource"`
	Client       client    `json:"client"`
	Scopes       []string  `json:"scopes,omitempty"`
	AccessToken  secret    `json:"access_token,omitempty"`
	RefreshToken secret    `json:"refresh_token,omitempty"`
	IssuedAt     time.Time `json:"issued_at"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
}

func (g grant) encode() ([]byte, error) {
	g.Version = grantVersion
	return json.Marshal(g)
}

func decodeGrant(raw []byte) (grant, error) {
	var g grant
	if err := json.Unmarshal(raw, &g); err != nil {
		// The parser's message could quote a piece of a token.
		return grant{}, errors.New("the stored sign-in is damaged; sign out and in again")
	}
	if g.Version != grantVersion {
		return grant{}, fmt.Errorf("the stored sign-in has layout %d, this program knows %d; sign out and in again", g.Version, grantVersion)
	}
	return g, nil
}

// fresh reports whether the access token can be used without refreshing it first: not within min(60 s, 20 % of its
// lifetime) of its end. A token without a known end is fresh until the resource refuses it.
func (g grant) fresh(now time.Time) bool {
	margin := min(maxMargin, g.ExpiresAt.Sub(g.IssuedAt)/5)
	return g.aliveAt(now.Add(margin))
}

// aliveAt reports whether the access token has not ended at t.
func (g grant) aliveAt(t time.Time) bool {
	return g.AccessToken != "" && (g.ExpiresAt.IsZero() || t.Before(g.ExpiresAt))
}

// usable reports whether the grant can still lead to an access token without the person.
func (g grant) usable(now time.Time) bool {
	return g.RefreshToken != "" || g.aliveAt(now)
}

func (g grant) credential() Credential {
	return Credential{
		Issuer:    g.Issuer,
		Resource:  g.Resource,
		ClientID:  g.Client.ID,
		Scopes:    g.Scopes,
		ExpiresAt: g.ExpiresAt,
		Renewable: g.RefreshToken != "",
	}
}
