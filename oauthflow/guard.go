package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// requestTimeout bounds one request to an authorization server, its answer's body included.
const requestTimeout = 10 * time.Second

// guard decides which addresses a resource may make this program talk to. What the resource names has to be public,
// unless the resource itself is on this machine; the resource's own host the person has chosen, wherever it is.
type guard struct {
	host  string // the resource's host name
	local bool   // whether the resource is on this machine
}

func newGuard(resource *url.URL) guard {
	return guard{host: resource.Hostname(), local: isLoopback(resource.Hostname())}
}

// CheckResource fails for a URL that no token may be sent to: one that is neither https nor http on this machine, or
// that says more than where a resource is.
func CheckResource(raw string) error {
	_, err := canonicalResource(raw)
	return err
}

// canonicalResource parses a resource indicator (RFC 8707 §2) and drops the lone slash of an empty path.
func canonicalResource(raw string) (*url.URL, error) {
	u, err := parseSecureURL(raw)
	if err != nil {
		return nil, err
	}
	if u.Path == "/" {
		u.Path = ""
	}
	return u, nil
}

// parseSecureURL accepts an absolute https URL, or http on a loopback host, without user information and fragment.
func parseSecureURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("not a valid URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%q: only https and http URLs are accepted", clean(raw))
	case u.Hostname() == "" || u.Opaque != "":
		return nil, fmt.Errorf("%q has no host", clean(raw))
	case u.User != nil:
		return nil, fmt.Errorf("a URL of %s carries user information", u.Host)
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return nil, fmt.Errorf("%q has a fragment", clean(raw))
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("%q: http is accepted on this machine only, use https", clean(raw))
	}
	return u, nil
}

// check accepts a URL that a document names. what says which member it is.
func (g guard) check(what, raw string) (*url.URL, error) {
	u, err := parseSecureURL(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUntrusted, what, err)
	}
	if g.trusts(u.Hostname()) {
		return u, nil
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if isLoopback(u.Hostname()) || err == nil && !isPublic(addr) {
		return nil, fmt.Errorf("%w: %s: %s is not a public address", ErrUntrusted, what, u.Host)
	}
	return u, nil
}

func (g guard) trusts(host string) bool { return g.local || strings.EqualFold(host, g.host) }

// client returns base, or a client of its own that checks each address it dials, with redirects off.
func (g guard) client(base *http.Client) *http.Client {
	c := &http.Client{Timeout: requestTimeout}
	if base != nil {
		*c = *base
	} else {
		c.Transport = g.transport()
	}
	// A redirect could carry a code, a refresh token or a client secret to another origin.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

func (g guard) transport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           g.dial(proxyAddresses()),
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: requestTimeout,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConns:          4,
	}
}

// dial checks the address a name resolved to, at the moment it is dialled, so that no later answer of the name server
// can differ from the one checked. A proxy is dialled unchecked: the person configured it, and it resolves the names.
func (g guard) dial(proxies map[string]bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	free := &net.Dialer{Timeout: 5 * time.Second}
	checked := &net.Dialer{Timeout: 5 * time.Second, Control: controlPublic}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if g.trusts(host) || proxies[address] {
			return free.DialContext(ctx, network, address)
		}
		return checked.DialContext(ctx, network, address)
	}
}

func controlPublic(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !isPublic(ap.Addr()) {
		return fmt.Errorf("%w: %s is not a public address", ErrUntrusted, ap.Addr())
	}
	return nil
}

// proxyAddresses lists the host:port of the proxies in use for https and http.
func proxyAddresses() map[string]bool {
	found := map[string]bool{}
	for _, scheme := range []string{"https", "http"} {
		proxy, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: scheme, Host: "proxy-probe.invalid"}})
		if err != nil || proxy == nil {
			continue
		}
		port := proxy.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[proxy.Scheme]
		}
		found[net.JoinHostPort(proxy.Hostname(), port)] = true
	}
	return found
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// nonPublic are the special-purpose blocks (RFC 6890) that netip has no predicate for, with the transition blocks that
// can hide an IPv4 address.
var nonPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// isPublic reports whether addr is an ordinary address of the public internet.
func isPublic(addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, block := range nonPublic {
		if block.Contains(addr) {
			return false
		}
	}
	return true
}

// sameOrigin compares scheme, host and port (RFC 6454).
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"https": "443", "http": "80"}[u.Scheme]
}
