package auth

import (
	"strings"
	"unicode"

	"todo.example/internal/api"
)

const (
	maxAuthor = 64 // characters
	nobody    = "app"
)

// Author returns what createdBy and updatedBy will say of the principal: web in the
// browser, else the first name that can be shown of those that the client gives
// itself, the one it registered, and its id or, of a personal token, "token" and its
// name. No client passes for web or cli but the terminal, which goes by its own name.
func (p Principal) Author(own ...string) string {
	if p.Via == ViaWeb {
		return api.ByWeb
	}
	last := p.Client.ID
	if p.Personal() {
		last = "token " + p.Client.Name
	}
	for _, name := range append(own, p.Client.Name, last) {
		name = printable(name)
		switch {
		case strings.EqualFold(name, api.ClientCLI):
			return api.ByCLI
		case name == "", strings.EqualFold(name, api.ByWeb), strings.EqualFold(name, api.ByCLI):
			continue
		}
		return name
	}
	return nobody
}

// printable returns what can be shown of a name.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > maxAuthor {
		name = strings.TrimSpace(string(runes[:maxAuthor]))
	}
	return name
}
