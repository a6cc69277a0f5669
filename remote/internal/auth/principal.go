// Package auth answers who is asking and what they may do. Everything a request
// may do hangs off one value, the Principal, and one function of it, Allowed.
// REST, MCP and the pages ask nothing else.
//
// It must never pass a token on, never take a cookie where a bearer is asked for
// or the other way round, and knows Stytch only through Provider.
package auth

import (
	"context"
	"time"

	"todo.example/internal/todo"
)

// The scopes of our own, and those of OpenID Connect that clients ask for.
const (
	ScopeRead  = "todos:read"
	ScopeWrite = "todos:write"
)

// Via says through which door a principal came.
type Via string

// The doors.
const (
	ViaWeb    Via = "web"    // a session cookie, same origin
	ViaBearer Via = "bearer" // an access token: a connected app's, or a personal one
)

// Principal is who a request acts for, and through what.
type Principal struct {
	Subject      string   // the person: Stytch's user_id
	Organization string   // B2B: whose list it is
	Email        string   // of a session; a bearer does not carry it
	Scopes       []string // granted to the client; nil in the browser
	Roles        []string // the person's
	Client       Client   // the connected app or personal token; zero in the browser
	Via          Via
	Strict       bool // the project has our scopes, so their absence means no

	// Zone and WeekStart are how dates are meant: the person's settings, else the
	// request's X-Timezone. A nil Zone is UTC.
	Zone      *time.Location
	WeekStart time.Weekday

	grant *grant // what a bearer stands on
}

// Client is a connected app.
type Client struct {
	ID   string
	Name string // as it registered; shown, never trusted
}

// Namespace returns whose list the principal works on.
func (p Principal) Namespace() todo.Namespace {
	if p.Organization != "" {
		return todo.Namespace(p.Organization)
	}
	return todo.Namespace(p.Subject)
}

// scopeActions is the permission table: what each scope opens.
var scopeActions = map[string]todo.Actions{
	ScopeRead:  todo.ReadOnly,
	ScopeWrite: todo.Everything,
}

// Allowed returns what the principal may do. It is the only place that decides.
// In the browser that is what the person may; for a client it is what the person
// granted of that. In a project without our scopes every client has what the
// person has, as in Stytch's sample.
func (p Principal) Allowed() todo.Actions {
	person := todo.Everything
	if p.Subject == "" {
		return 0
	}
	if p.Via == ViaWeb || !p.Strict {
		return person
	}
	var granted todo.Actions
	for _, s := range p.Scopes {
		granted |= scopeActions[s]
	}
	return granted & person
}

// ScopesFor returns the scopes that an action needs, all together, for the
// challenge that lets a client step up.
func ScopesFor(a todo.Action) []string {
	if a.Writes() {
		return []string{ScopeRead, ScopeWrite}
	}
	return []string{ScopeRead}
}

// Actor returns the principal as the domain knows it. name is what createdBy and
// updatedBy will say: "web", "cli" or the client's name.
func (p Principal) Actor(name string) todo.Actor {
	return todo.Actor{Name: name, Subject: p.Subject, ClientID: p.Client.ID, Allowed: p.Allowed(), Zone: p.Zone, WeekStart: p.WeekStart}
}

type contextKey struct{}

// NewContext returns ctx with the principal of its request.
func NewContext(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// FromContext returns the principal; the zero one, which may do nothing, if the
// request has none.
func FromContext(ctx context.Context) Principal {
	p, _ := ctx.Value(contextKey{}).(Principal)
	return p
}
