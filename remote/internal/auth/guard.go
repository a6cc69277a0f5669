package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"todo.example/internal/account"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

const (
	maxToken    = 8 << 10 // bytes of a bearer; longer ones are not even looked at
	cacheTokens = 10_000
	cacheZones  = 1_000
)

// Guard lets principals in: by the session cookies of a browser, by a connected
// app's access token, or by a personal one.
type Guard struct {
	provider Provider
	accounts *account.Accounts // nil: no personal tokens, no settings
	site     Site
	recheck  time.Duration // how old the provider's word that a token still stands may be for a read
	now      func() time.Time
	tokens   *lru.Cache[[sha256.Size]byte, *grant] // by hash: the tokens themselves are not kept as keys
	names    *lru.Cache[string, string]
	zones    *lru.Cache[string, *time.Location]
	limiter  *httpx.Limiter // nil: no budgets
	origin   *http.CrossOriginProtection
}

// NewGuard returns a Guard for the site. recheck is how old the provider's word
// that a token still stands may be for a read; before each write it is asked anew.
// now is the clock.
func NewGuard(p Provider, site Site, recheck time.Duration, now func() time.Time) (*Guard, error) {
	g := &Guard{provider: p, site: site, recheck: recheck, now: now, origin: http.NewCrossOriginProtection()}
	var errTokens, errNames, errZones error
	g.tokens, errTokens = lru.New[[sha256.Size]byte, *grant](cacheTokens)
	g.names, errNames = lru.New[string, string](cacheTokens)
	g.zones, errZones = lru.New[string, *time.Location](cacheZones)
	return g, errors.Join(errTokens, errNames, errZones, g.origin.AddTrustedOrigin(site.origin()))
}

// grant is a verified token.
type grant struct {
	token    string
	claims   Token
	personal *account.Grant // nil: a connected app's
	checked  atomic.Int64   // when the provider last said it stands; Unix milliseconds
	revoked  atomic.Bool    // by RevokeApp
	known    atomic.Int64   // when the provider was last asked for the person of a personal token; Unix milliseconds
	asking   rounds         // whether it stands
}

// Bearer lets in who brings an access token, and nobody else.
func (g *Guard) Bearer(next http.Handler) http.Handler {
	return g.letIn(next, func(_ http.ResponseWriter, r *http.Request) (Principal, error) { return g.bearer(r) })
}

// API lets in who brings an access token, or a session cookie from a page of ours.
func (g *Guard) API(next http.Handler) http.Handler { return g.letIn(next, g.either) }

// letIn hands on the requests of which somebody tells who is asking.
func (g *Guard) letIn(next http.Handler, who func(http.ResponseWriter, *http.Request) (Principal, error)) http.Handler {
	return httpx.API(func(w http.ResponseWriter, r *http.Request) error {
		p, err := who(w, r)
		if err == nil {
			p, err = g.admit(w, r, p)
		}
		if err != nil {
			g.Challenge(w, r, err)
			return err
		}
		next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), p)))
		return nil
	})
}

func (g *Guard) either(w http.ResponseWriter, r *http.Request) (Principal, error) {
	if _, ok := cookies(r); !ok || r.Header.Get("Authorization") != "" {
		return g.bearer(r)
	}
	if err := g.sameOrigin(r); err != nil {
		return Principal{}, err
	}
	s, err := g.Session(w, r)
	if err != nil {
		return Principal{}, err
	}
	return g.person(s), nil
}

// sameOrigin refuses a cookie on a request that another site's page makes.
func (g *Guard) sameOrigin(r *http.Request) error {
	site := r.Header.Get("Sec-Fetch-Site")
	if err := g.origin.Check(r); err != nil || site == "cross-site" || site == "same-site" {
		return &todo.Error{Code: todo.CodeForbidden, Message: "this request came from another site's page", Hint: "use an access token", Cause: err}
	}
	return nil
}

func (g *Guard) bearer(r *http.Request) (Principal, error) {
	token, err := bearerToken(r)
	if err != nil {
		return Principal{}, err
	}
	gr, err := g.verify(r.Context(), token)
	if err != nil {
		return Principal{}, err
	}
	if gr.personal != nil {
		p := gr.person()
		return p, g.standing(r.Context(), gr, g.recheck)
	}
	p := Principal{Subject: gr.claims.Subject, Scopes: gr.claims.Scopes, Via: ViaBearer, Strict: g.provider.Strict(), grant: gr}
	if err := g.standing(r.Context(), gr, g.recheck); err != nil {
		return Principal{}, err
	}
	p.Client = Client{ID: gr.claims.ClientID, Name: g.clientName(r.Context(), gr.claims)}
	return p, nil
}

// bearerToken returns the one token of a request (RFC 6750 §2.1).
func bearerToken(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if strings.Contains(r.URL.RawQuery, "access_token=") && r.URL.Query().Has("access_token") || len(headers) > 1 {
		return "", &todo.Error{Code: todo.CodeBadRequest, Message: "the access token is in the wrong place", Hint: "send it once, in the Authorization header"}
	}
	if len(headers) == 0 {
		return "", errNoToken
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNoToken
	}
	if token == "" || len(token) > maxToken {
		return "", badToken(errors.New("empty or over-long"))
	}
	return token, nil
}

// verify returns the verified token, from memory if it was seen before.
func (g *Guard) verify(ctx context.Context, token string) (*grant, error) {
	sum := sha256.Sum256([]byte(token))
	if gr, ok := g.tokens.Get(sum); ok {
		if !gr.expired(g.now()) {
			return gr, nil
		}
		g.tokens.Remove(sum)
	}
	if strings.HasPrefix(token, account.TokenPrefix) {
		return g.verifyPersonal(ctx, token)
	}
	claims, err := g.provider.Verify(ctx, token)
	if errors.Is(err, todo.ErrUnavailable) {
		return nil, err
	}
	if err != nil {
		return nil, badToken(err)
	}
	gr := &grant{token: token, claims: claims}
	g.tokens.Add(sum, gr)
	return gr, nil
}

// standing makes sure that the token was not revoked, by word of the provider
// that is at most maxAge old. While the provider is out of reach a token that was
// verified goes on until it expires.
func (g *Guard) standing(ctx context.Context, gr *grant, maxAge time.Duration) error {
	now := g.now()
	if gr.expired(now) {
		return badToken(errors.New("expired"))
	}
	if gr.revoked.Load() {
		return badToken(errors.New("revoked"))
	}
	if gr.personal != nil {
		maxAge = min(maxAge, recheckPersonal)
	}
	if now.Sub(time.UnixMilli(gr.checked.Load())) < maxAge {
		return nil
	}
	return gr.asking.ask(ctx, func(ctx context.Context) error {
		if gr.personal != nil {
			return g.personalStanding(ctx, gr)
		}
		return g.appStanding(ctx, gr)
	})
}

// appStanding asks the provider whether a connected app's token was revoked.
func (g *Guard) appStanding(ctx context.Context, gr *grant) error {
	now := g.now()
	active, err := g.provider.Active(ctx, gr.token, gr.claims)
	if errors.Is(err, todo.ErrUnavailable) {
		httpx.Logger(ctx).Warn("cannot ask whether a token was revoked", "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	if !active {
		g.tokens.Remove(sha256.Sum256([]byte(gr.token)))
		return badToken(errors.New("revoked"))
	}
	gr.checked.Store(now.UnixMilli())
	return nil
}

// RevokeApp ends all that a client may do for a person. Here that holds at once:
// what the provider said of the client's tokens before is not believed any longer,
// and what it made in the person's account is gone.
func (g *Guard) RevokeApp(ctx context.Context, subject, id string) error {
	if err := g.provider.RevokeApp(ctx, subject, id); err != nil {
		return err
	}
	for _, gr := range g.tokens.Values() {
		if gr.claims.Subject == subject && gr.claims.ClientID == id {
			gr.revoked.Store(true)
		}
	}
	if g.accounts == nil {
		return nil
	}
	return g.accounts.ForgetClient(ctx, subject, id)
}

// Check answers, for each call anew, whether the principal may do it (Account is
// one of the actions): permission, and for a client that its token still stands.
func (g *Guard) Check(ctx context.Context, p Principal, a todo.Action) error {
	if a == Account {
		return g.checkAccount(ctx, p)
	}
	if !p.Allowed().Has(a) {
		return &todo.Error{Code: todo.CodeForbidden, Action: a, Message: "this access does not include to " + a.String() + " todos", Hint: "ask the person for more access; retrying will not help"}
	}
	if p.grant == nil {
		return nil
	}
	if a.Writes() {
		return g.standing(ctx, p.grant, 0)
	}
	return g.standing(ctx, p.grant, g.recheck)
}

// clientName returns the name under which a client registered, for people to
// read; its id while the provider will not say.
func (g *Guard) clientName(ctx context.Context, t Token) string {
	key := t.Subject + "\x00" + t.ClientID
	if name, ok := g.names.Get(key); ok {
		return name
	}
	apps, err := g.provider.Apps(ctx, t.Subject)
	if err != nil {
		httpx.Logger(ctx).Warn("cannot learn the client's name", "error", err)
		return t.ClientID
	}
	name := t.ClientID
	for _, a := range apps {
		if a.ID == t.ClientID && a.Name != "" {
			name = a.Name
		}
	}
	g.names.Add(key, name)
	return name
}

// Email returns the person's address, as far as the principal may know it: a
// client only with the scope of that name (OpenID Connect Core §5.4).
func (g *Guard) Email(ctx context.Context, p Principal) (string, error) {
	if p.Via == ViaWeb || !slices.Contains(p.Scopes, "email") {
		return p.Email, nil
	}
	return g.provider.Email(ctx, p.Subject)
}
