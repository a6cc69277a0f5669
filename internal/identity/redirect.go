package identity

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const maxRedirectURI = 2000 // bytes

// loopbackHosts may be used with http, and on any port (RFC 8252 section 7.3). The name localhost is among them
// because Claude Code, VS Code and the MCP Inspector register it.
var loopbackHosts = []string{"127.0.0.1", "[::1]", "localhost"}

// checkRedirectURI tells whether a client may register the URI: https with a host, http on loopback, or a private
// scheme that is a reversed domain name (RFC 8252 section 7.1), without fragment, user or wildcard.
func checkRedirectURI(uri string) error {
	invalid := badRequest("connected_app_redirect_url_invalid", "A redirect URL is not a plain absolute URL without fragment, user and wildcard.")
	if uri == "" || len(uri) > maxRedirectURI || strings.ContainsFunc(uri, notInURI) {
		return invalid
	}
	u, err := url.Parse(uri)
	if err != nil || u.User != nil {
		return invalid
	}
	switch {
	case u.Scheme == "":
		return badRequest("connected_app_redirect_url_must_include_scheme", "A redirect URL needs a scheme.")
	case u.Scheme == "https" && u.Hostname() != "":
		return nil
	case u.Scheme == "http":
		if _, ok := withoutLoopbackPort(uri); !ok {
			return badRequest("connected_app_redirect_url_http_scheme_must_use_loopback", "A redirect URL with http must be on loopback.")
		}
		return nil
	case strings.Contains(u.Scheme, "."):
		return nil
	}
	return badRequest("connected_app_redirect_url_must_use_https_scheme", "A redirect URL must use https.")
}

// notInURI holds for what RFC 3986 does not allow in a URI, and for fragments and wildcards.
func notInURI(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"#*<>\\^`{|}", r) }

// matchRedirectURI returns which of the registered URIs the given one is. They must be the same, byte for byte, but
// for the port of a loopback URI.
func matchRedirectURI(registered []string, given string) (string, bool) {
	if slices.Contains(registered, given) {
		return given, true
	}
	portless, ok := withoutLoopbackPort(given)
	if !ok {
		return "", false
	}
	for _, uri := range registered {
		if other, ok := withoutLoopbackPort(uri); ok && other == portless {
			return uri, true
		}
	}
	return "", false
}

// withoutLoopbackPort cuts the port out of an http URI on loopback. It works on the text, so that no two parsers can
// disagree about it.
func withoutLoopbackPort(uri string) (string, bool) {
	const scheme = "http://"
	rest, ok := strings.CutPrefix(uri, scheme)
	if !ok {
		return "", false
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	for _, host := range loopbackHosts {
		port, ok := strings.CutPrefix(authority, host)
		if ok && (port == "" || isPort(port)) {
			return scheme + host + tail, true
		}
	}
	return "", false
}

func isPort(s string) bool {
	digits, ok := strings.CutPrefix(s, ":")
	if !ok || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return false
	}
	n, err := strconv.Atoi(digits)
	return err == nil && n >= 1 && n <= 65535
}

// addQuery adds parameters to a URI that may have some, whose spelling it keeps.
func addQuery(uri string, parameters url.Values) string {
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + parameters.Encode()
}
