package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// personalClient begins the client id of a personal token, and of nothing else:
// providers give out no such ids.
const personalClient = "pat:"

// recheckPersonal is how old our own word that a personal token stands may be for a
// read.
const recheckPersonal = time.Second

// UseAccounts lets in also who brings a personal token, and gives principals the
// zone of the person's settings. It is called before the Guard is used.
func (g *Guard) UseAccounts(a *account.Accounts) { g.accounts = a }

// expired tells whether the token has ended by itself. A personal one may never.
func (gr *grant) expired(now time.Time) bool {
	if gr.personal != nil && gr.claims.Expires.IsZero() {
		return false
	}
	return !now.Before(gr.claims.Expires)
}

// verifyPersonal finds a personal token.
func (g *Guard) verifyPersonal(ctx context.Context, token string) (*grant, error) {
	if g.accounts == nil {
		return nil, badToken(errors.New("there are no personal tokens here"))
	}
	found, err := g.accounts.Authenticate(ctx, token)
	if errors.Is(err, account.ErrBadToken) {
		return nil, badToken(err)
	}
	if err != nil {
		return nil, err
	}
	gr := &grant{token: token, personal: &found, claims: Token{Subject: found.Subject, ClientID: personalClient + found.ID, Scopes: found.Scopes, Expires: found.ExpiresAt}}
	if err := g.personStands(ctx, gr); err != nil {
		return nil, err
	}
	gr.checked.Store(g.now().UnixMilli())
	g.tokens.Add(sha256.Sum256([]byte(token)), gr)
	return gr, nil
}

// personalStanding asks whether a personal token was taken back. Where that cannot be
// learned the token opens nothing: it is our own store that is asked.
func (g *Guard) personalStanding(ctx context.Context, gr *grant) error {
	_, err := g.accounts.Authenticate(ctx, gr.token)
	if errors.Is(err, account.ErrBadToken) {
		g.tokens.Remove(sha256.Sum256([]byte(gr.token)))
		return badToken(err)
	}
	if err != nil {
		return err
	}
	if err := g.personStands(ctx, gr); err != nil {
		return err
	}
	gr.checked.Store(g.now().UnixMilli())
	return nil
}

// personStands makes sure that the provider still knows the person of a personal
// token, by its word of a recheck ago at most: a token must not outlive whose it is.
// While the provider is out of reach it goes on, like an app's.
func (g *Guard) personStands(ctx context.Context, gr *grant) error {
	now := g.now()
	if now.Sub(time.UnixMilli(gr.known.Load())) < g.recheck {
		return nil
	}
	_, err := g.provider.Apps(ctx, gr.claims.Subject)
	if errors.Is(err, todo.ErrNotFound) {
		return badToken(errors.New("the person is gone"))
	}
	if err != nil {
		httpx.Logger(ctx).Warn("cannot ask whether a person still has an account", "error", err)
	}
	gr.known.Store(now.UnixMilli())
	return nil
}

// person is the principal of a personal token. Its scopes are ours, whatever the
// provider's project knows.
func (gr *grant) person() Principal {
	p := reader(gr.personal.Namespace, gr.personal.Subject)
	p.Scopes, p.grant = gr.personal.Scopes, gr
	p.Client = Client{ID: gr.claims.ClientID, Name: gr.personal.Name}
	return p
}

// reader is a principal that may read a list and no more.
func reader(ns todo.Namespace, subject string) Principal {
	p := Principal{Subject: subject, Scopes: []string{ScopeRead}, Via: ViaBearer, Strict: true}
	if string(ns) != subject {
		p.Organization = string(ns)
	}
	return p
}

// Reader returns a person as a reader of a list, on whose behalf the server itself
// looks at it: for a webhook.
func Reader(ns todo.Namespace, subject string) todo.Actor { return reader(ns, subject).Actor("") }

// Personal reports whether the principal came by a personal token.
func (p Principal) Personal() bool { return p.grant != nil && p.grant.personal != nil }
