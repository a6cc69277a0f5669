package oauthflow

import (
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// Challenge is what a resource said when it refused a request (RFC 6750 §3, RFC 9728 §5.1). It is a stranger's word.
type Challenge struct {
	// Status is the HTTP status: 401, or 403 when the token's scopes do not suffice.
	Status int
	// Error is the error code, such as invalid_token or insufficient_scope; empty when no token was sent.
	Error string
	// Scopes are those the request needs; nil when the resource does not say.
	Scopes []string
	// ResourceMetadata is the URL of the resource's metadata, "" when the resource does not say.
	ResourceMetadata string
}

// parseChallenge reads the Bearer challenge of an answer. A header that is malformed counts as absent.
func parseChallenge(status int, header http.Header) Challenge {
	c := Challenge{Status: status}
	for _, line := range header.Values("WWW-Authenticate") {
		challenges, err := oauthex.ParseWWWAuthenticate([]string{line})
		if err != nil {
			continue
		}
		for _, one := range challenges {
			if one.Scheme != "bearer" {
				continue
			}
			c.Error = clean(one.Params["error"])
			c.Scopes = parseScopes(one.Params["scope"])
			c.ResourceMetadata = one.Params["resource_metadata"]
			return c
		}
	}
	return c
}

// parseScopes splits a scope value and leaves out what is no scope-token (RFC 6749 §3.3) and what is beyond reason.
func parseScopes(value string) []string {
	const most, longest = 64, 128
	scopes := slices.DeleteFunc(strings.Fields(value), func(scope string) bool {
		return len(scope) > longest || strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
	})
	return scopes[:min(most, len(scopes))]
}

// wantsMoreScope reports whether the resource asks for a token with more scopes.
func (c Challenge) wantsMoreScope() bool {
	return c.Status == http.StatusForbidden && c.Error == "insufficient_scope" && len(c.Scopes) > 0
}

func (f *Flow) setChallenge(c Challenge) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.challenge = c
}

// lastChallenge returns what the resource last asked for; the zero Challenge when it never did.
func (f *Flow) lastChallenge() Challenge {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.challenge
}
