// Package stytch is the one room that knows stytch-go. It implements
// auth.Provider for a Stytch Consumer project, hosted or embedded: both are
// reached through the same SDK with another base URL.
//
// It must never decide what a principal may do, and never hand out, log or wrap
// into an error any token, code or secret.
package stytch

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/rbac"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/stytchapi"

	"todo.example/remote/internal/auth"
)

// Config of a Consumer project.
type Config struct {
	ProjectID   string
	Secret      string
	PublicToken string // for sign-in with Google; empty: not offered
	Domain      string // base URL of the API and issuer of tokens, e.g. https://auth.example.com
	HTTPClient  *http.Client
	Logger      *slog.Logger
	Now         func() time.Time
}

const (
	// sessionMinutes is how long a browser stays signed in after it was last seen.
	sessionMinutes = 7 * 24 * 60
	policyInterval = 5 * time.Minute
	cacheEmails    = 10_000
)

// Consumer is a Consumer project.
type Consumer struct {
	config Config
	api    *stytchapi.API
	strict atomic.Bool
	emails *lru.Cache[string, string] // by user id, for sessions that do not tell
}

var _ auth.Provider = (*Consumer)(nil)

// New connects to the project: it fetches the signing keys and the RBAC policy,
// and fails if it cannot.
func New(ctx context.Context, config Config) (*Consumer, error) {
	config.Domain = normalize(config.Domain)
	api, err := stytchapi.NewClient(config.ProjectID, config.Secret,
		stytchapi.WithBaseURI(config.Domain),
		stytchapi.WithHTTPClient(config.HTTPClient),
		stytchapi.WithLogger(printf{config.Logger}))
	if err != nil {
		return nil, fmt.Errorf("reach the identity provider at %s: %w", config.Domain, err)
	}
	c := &Consumer{config: config, api: api}
	if c.emails, err = lru.New[string, string](cacheEmails); err != nil {
		return nil, err
	}
	return c, c.readPolicy(ctx)
}

// normalize accepts the domain as people write it into STYTCH_DOMAIN: with or
// without a scheme or a slash at the end. Tokens' iss must equal it exactly.
func normalize(domain string) string {
	domain = strings.TrimRight(strings.TrimSpace(domain), "/")
	if !strings.Contains(domain, "://") {
		domain = "https://" + domain
	}
	return domain
}

// Run follows the project's policy until ctx ends, and then stops the SDK's own
// fetching of keys.
func (c *Consumer) Run(ctx context.Context) error {
	ticker := time.NewTicker(policyInterval)
	defer ticker.Stop()
	defer c.api.Sessions.JWKS.EndBackground()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := c.readPolicy(ctx); err != nil && ctx.Err() == nil {
				c.config.Logger.Warn("read the RBAC policy; going on with the last one", "error", err)
			}
		}
	}
}

func (c *Consumer) readPolicy(ctx context.Context) error {
	p, err := c.api.RBAC.Policy(ctx, &rbac.PolicyParams{})
	if err != nil {
		return fmt.Errorf("read the RBAC policy: %w", err)
	}
	c.strict.Store(slices.ContainsFunc(p.Policy.Scopes, func(s rbac.PolicyScope) bool {
		return s.Scope == auth.ScopeRead || s.Scope == auth.ScopeWrite
	}))
	return nil
}

// Strict reports whether the project's policy has our scopes.
func (c *Consumer) Strict() bool { return c.strict.Load() }

// Issuer is the project's domain.
func (c *Consumer) Issuer() string { return c.config.Domain }

// printf is how the SDK wants its logger.
type printf struct{ log *slog.Logger }

func (p printf) Printf(format string, v ...any) {
	p.log.Warn("identity provider's keys", "message", fmt.Sprintf(format, v...))
}
