package web

import (
	"net/url"
	"strings"
	"unicode"
)

// Where the pages are, besides those of package auth.
const (
	pathList        = "/todoapp"
	pathCode        = "/login/code"
	pathConnections = "/connections"
)

const maxReturnTo = 8 << 10 // bytes; an authorization request fits

// returnTo makes of an untrusted address a path on this origin that is safe to
// redirect to, parsed and written anew; the list where it is anything else.
// Browsers read "//host", "/\host" and "/<tab>/host" as another site.
func returnTo(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return pathList
	}
	if !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) || strings.ContainsFunc(u.Path+u.RawQuery, unicode.IsControl) {
		return pathList
	}
	clean := (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
	if len(clean) > maxReturnTo {
		return pathList
	}
	return clean
}
