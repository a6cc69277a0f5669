package account

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// deliveryTimeout is how long one attempt may take from name to answer.
const deliveryTimeout = 10 * time.Second

const maxURL = 2048

// errNotPublic marks a connection that was not made because of where it led.
var errNotPublic = errors.New("account: not a public address")

// checkURL refuses what no webhook can be at, as far as the text tells. Where its
// name leads is seen when it is dialed, each time.
func checkURL(raw string, loopback bool) error {
	const hint = "give an address like https://example.com/hook that everybody can reach"
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return invalid("url", "the URL is empty", hint)
	case len(raw) > maxURL:
		return invalid("url", fmt.Sprintf("the URL has %d bytes, %d are allowed", len(raw), maxURL), hint)
	case err != nil || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' }):
		return invalid("url", "the URL cannot be read", hint)
	case u.User != nil || u.Fragment != "" || u.Opaque != "":
		return invalid("url", "the URL has a user, a password or a fragment", "put what the receiver needs to know into the path or the query")
	case loopback && isLoopback(u.Hostname()) && (u.Scheme == "http" || u.Scheme == "https"):
		return nil
	case u.Scheme != "https":
		return invalid("url", "the URL is not https", hint)
	}
	addr, err := netip.ParseAddr(u.Hostname())
	switch {
	case isLoopback(u.Hostname()), err == nil && !isPublic(addr), err != nil && !strings.Contains(strings.TrimSuffix(u.Hostname(), "."), "."):
		return invalid("url", "the URL does not lead to a public address", hint)
	}
	return nil
}

// isLoopback reports whether a host is this machine by its text alone.
func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.Unmap().IsLoopback()
}

// special are the blocks within the unicast space that are not of the public
// internet, or lead out of it (IANA's special-purpose registries).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.31.196.0/24"),
	netip.MustParsePrefix("192.52.193.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), // 6to4 relays
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("192.175.48.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/3"), // multicast and above
	netip.MustParsePrefix("2001::/23"),   // Teredo, ORCHID and others
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4: an IPv4 address inside
	netip.MustParsePrefix("2620:4f:8000::/48"),
	netip.MustParsePrefix("3fff::/20"),
}

// globalUnicast is all of IPv6 that has been given to the public internet: what
// is outside of it (loopback, unique local, link local, NAT64, mapped) is not.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// isPublic reports whether an address is a unicast one of the public internet.
func isPublic(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if addr.Is6() && !globalUnicast.Contains(addr) {
		return false
	}
	return addr.IsValid() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// egress delivers to public addresses only, but what is on this machine by its own
// name to this machine only.
type egress struct{ public, local http.RoundTripper }

func newEgress(resolver *net.Resolver, loopback bool) *egress {
	e := &egress{public: transport(resolver, isPublic)}
	if loopback {
		e.local = transport(resolver, func(a netip.Addr) bool { return a.Unmap().IsLoopback() })
	}
	return e
}

// RoundTrip implements http.RoundTripper.
func (e *egress) RoundTrip(r *http.Request) (*http.Response, error) {
	if e.local != nil && isLoopback(r.URL.Hostname()) {
		return e.local.RoundTrip(r)
	}
	return e.public.RoundTrip(r)
}

// transport dials only what is allowed, seen after the name was resolved and
// for each address that is tried. No proxy: it would dial for us.
func transport(resolver *net.Resolver, allowed func(netip.Addr) bool) *http.Transport {
	dialer := &net.Dialer{Timeout: deliveryTimeout, Resolver: resolver, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(to.Addr()) {
			return errNotPublic
		}
		return nil
	}}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    deliveryTimeout,
		ResponseHeaderTimeout:  deliveryTimeout,
		MaxResponseHeaderBytes: 16 << 10,
		DisableKeepAlives:      true, // messages are rare, receivers many
		DisableCompression:     true,
	}
}

// client follows no redirect: where it leads was not what the person gave.
func client(rt http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: rt, Timeout: deliveryTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
