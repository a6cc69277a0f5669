package web

import (
	"slices"
	"strings"
	"unicode"

	"todo.example/remote/internal/auth"
)

// defaultScopes is what a request without scopes asks for: who the person is and,
// where the project limits access by our scopes, the whole list. Without those a
// client that sends none, as Stytch's own pages allow, would get in and see nothing.
func (p *Pages) defaultScopes() []string {
	scopes := []string{"openid", "email", "profile"}
	if p.provider.Strict() {
		scopes = append(scopes, auth.ScopeRead, auth.ScopeWrite)
	}
	return scopes
}

// inWords says what a scope lets a client do.
func inWords(name, description string) string {
	switch name {
	case auth.ScopeRead:
		return "See your todos, with their notes, and what is done or in the trash"
	case auth.ScopeWrite:
		return "Add, change, complete, reopen and delete todos, and undo changes"
	case "openid":
		return "Know which account you are"
	case "email":
		return "See your e-mail address"
	case "profile":
		return "See your name and picture"
	case "phone":
		return "See your phone number"
	case "offline_access":
		return "Keep this access while you are away, until you revoke it"
	}
	if description != "" {
		return description
	}
	return name
}

// scopeOrder puts what matters to the list first.
func scopeOrder(name string) int {
	return slices.Index([]string{auth.ScopeWrite, auth.ScopeRead}, name)
}

// describe returns what the consent page shows.
func (p *Pages) describe(s auth.Session, a authorization, c auth.Consent, to destination) consentPage {
	page := consentPage{
		Client: clientName(c.Client.Name), Email: s.Email, To: to, Unlimited: !p.provider.Strict(),
		Request: a.canonical(), Token: consentToken(s, a),
	}
	scopes := slices.Clone(c.Scopes)
	slices.SortStableFunc(scopes, func(x, y auth.ScopeRequest) int { return scopeOrder(y.Name) - scopeOrder(x.Name) })
	for _, scope := range scopes {
		words := inWords(scope.Name, scope.Description)
		if scope.Grantable {
			page.Scopes = append(page.Scopes, words)
		} else {
			page.Withheld = append(page.Withheld, words)
		}
	}
	return page
}

const maxName = 64 // characters of a client's name

// clientName is the name that a client gave itself, without what could disguise
// it: control and formatting characters, and length.
func clientName(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Co, unicode.Cc) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, name)), " ")
	if runes := []rune(name); len(runes) > maxName {
		return string(runes[:maxName]) + "…"
	}
	if name == "" {
		return "An app without a name"
	}
	return name
}
