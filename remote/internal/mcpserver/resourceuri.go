package mcpserver

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"todo.example/internal/todo"
)

// The addresses of what can be read. What follows a slash is percent-encoded.
const (
	uriTodos   = "todoapp://todos"
	uriToday   = "todoapp://today"
	uriTodo    = uriTodos + "/" // and the id
	uriLists   = "todoapp://lists/"
	uriTags    = "todoapp://tags/"
	uriExports = "todoapp://export/"

	templateTodo   = uriTodo + "{id}"
	templateList   = uriLists + "{name}"
	templateTag    = uriTags + "{name}"
	templateExport = uriExports + "{format}"
)

// maxURI is how long an address may be that is looked at at all: every letter of the
// longest name may take twelve.
const maxURI = 1000

// resource is what one of our addresses names. It is comparable: two spellings of the
// same are equal once they are folded.
type resource struct {
	base string // uriTodos, uriToday, or what the name follows
	name string // an id, a list's or a tag's name, or a format
}

// parseURI returns what an address names, and false if it is none of ours. Names may
// also come unencoded, as models write them, but for the slash and the signs that
// would end the path.
func parseURI(uri string) (resource, bool) {
	if uri == uriTodos || uri == uriToday {
		return resource{base: uri}, true
	}
	for _, base := range []string{uriTodo, uriLists, uriTags, uriExports} {
		encoded, ok := strings.CutPrefix(uri, base)
		if !ok || encoded == "" || len(uri) > maxURI || strings.ContainsAny(encoded, "/?#") {
			continue
		}
		name, err := url.PathUnescape(encoded)
		if err != nil || !utf8.ValidString(name) {
			return resource{}, false
		}
		if base == uriTodo && len(name) > maxIDLength {
			return resource{}, false
		}
		return resource{base, name}, true
	}
	return resource{}, false
}

// uri returns the address, in the one form that the templates expand to.
func (r resource) uri() string {
	return r.base + strings.ReplaceAll(url.QueryEscape(r.name), "+", "%20")
}

// folded returns what all spellings of the same name are. That of the inbox is "".
func (r resource) folded() resource {
	switch r.base {
	case uriLists:
		r.name = todo.FoldList(r.name)
	case uriTags:
		r.name = todo.FoldTag(r.name)
	case uriExports:
		r.name = strings.ToLower(r.name)
	}
	return r
}
