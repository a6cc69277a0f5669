package account

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// What the tests see of the insides.
var (
	CheckURL = checkURL
	Retries  = retries
)

// IsPublic reports whether webhooks may go to an address.
func IsPublic(a netip.Addr) bool { return isPublic(a) }

// GuardedClient returns the client that delivers, with another resolver.
func GuardedClient(resolver *net.Resolver, loopback bool) *http.Client {
	return client(newEgress(resolver, loopback))
}

// UsesProxy reports whether a guarded client may let somebody else dial.
func UsesProxy(c *http.Client) bool {
	e := c.Transport.(*egress)
	return e.public.(*http.Transport).Proxy != nil || e.local.(*http.Transport).Proxy != nil
}

// Over has the Deliverer send over rt.
func (d *Deliverer) Over(rt http.RoundTripper) { d.client = client(rt) }

// Flush writes when tokens were used.
func (a *Accounts) Flush(ctx context.Context) error { return a.flush(ctx) }

// Collect forgets what has expired.
func (a *Accounts) Collect(ctx context.Context) error { return a.collect(ctx) }

// SettingsAge is how old the settings may be.
const SettingsAge time.Duration = settingsAge
