package oauthflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Errors a caller may want to tell apart. Compare with errors.Is.
var (
	// ErrSignedOut: there are no usable tokens; only an interactive Login helps.
	ErrSignedOut = errors.New("not signed in")
	// ErrDenied: the person, or the authorization server on their behalf, said no.
	ErrDenied = errors.New("access was denied")
	// ErrTimeout: nobody finished the sign-in within Config.Timeout.
	ErrTimeout = errors.New("the sign-in was not finished in time")
	// ErrOnlyLocal: Logout forgot the tokens here, but the server did not confirm that it revoked them.
	ErrOnlyLocal = errors.New("signed out on this machine only")
	// ErrUntrusted: a document or an answer failed a security check; nothing secret was sent because of it.
	ErrUntrusted = errors.New("the server's answer cannot be trusted")
)

// DefaultTimeout bounds an interactive sign-in when Config.Timeout is zero.
const DefaultTimeout = 5 * time.Minute

// Config says which resource to sign in to and how. Resource, ClientName, Store and LockDir are required.
type Config struct {
	// Resource is the canonical URL of the protected resource (RFC 8707), such as https://host/mcp: https, or http on
	// a loopback host; no fragment, no user information.
	Resource string
	// ClientName is what the consent page calls this program.
	ClientName string
	// Scopes are asked for when the resource's challenge names none, as far as the server lists them.
	// offline_access is added by itself where the server offers it.
	Scopes []string
	// Store keeps tokens and client registrations.
	Store TokenStore
	// LockDir holds the lock files that processes sharing Store meet at. It is created with mode 0700.
	LockDir string
	// HTTPClient reaches the authorization server. Nil: a client that also refuses to dial non-public addresses
	// other than the resource's own. Redirects are never followed, whatever the client says.
	HTTPClient *http.Client
	// OpenURL shows a URL in the person's browser and returns when it is under way. Nil: the commands in Browser,
	// or else the platform's opener.
	OpenURL func(url string) error
	// Browser is the value of $BROWSER: commands separated like PATH, tried in order, %s standing for the URL.
	Browser string
	// NoBrowser only announces the URL. See Headless.
	NoBrowser bool
	// Announce hears what happens during an interactive sign-in. It must not block. Nil: nobody listens.
	Announce func(Event)
	// Timeout bounds an interactive sign-in, waiting for another process's included. Zero: DefaultTimeout.
	Timeout time.Duration
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Logger hears of refreshes and registrations, never of secrets. Nil: silence.
	Logger *slog.Logger
}

// EventKind says what an Event reports.
type EventKind string

const (
	// EventOpenURL: the person has to visit URL; a browser is being opened unless NoBrowser is set.
	EventOpenURL EventKind = "open_url"
	// EventBrowserFailed: no browser could be opened, for the reason in Err; URL has to be visited by hand.
	EventBrowserFailed EventKind = "browser_failed"
	// EventWaiting: another process is signing in to the same resource; its result will be used.
	EventWaiting EventKind = "waiting"
	// EventSignedIn: tokens are stored.
	EventSignedIn EventKind = "signed_in"
)

// Event is one step of an interactive sign-in. It never carries a secret.
type Event struct {
	Kind EventKind
	URL  string
	Err  error
}

// Credential describes what is stored, without the secrets.
type Credential struct {
	// Issuer is the authorization server that issued the tokens and the only one that will see them again.
	Issuer string
	// Resource is the resource indicator the tokens were asked for with.
	Resource string
	// ClientID is the client they were issued to.
	ClientID string
	Scopes   []string
	// ExpiresAt is when the access token ends; zero when the server did not say.
	ExpiresAt time.Time
	// Renewable reports whether a refresh token is there.
	Renewable bool
}

// Flow signs in to one resource. It is safe for concurrent use, and any number of Flows, in any number of processes,
// may share a Store and a LockDir.
type Flow struct {
	cfg      Config
	guard    guard
	client   *http.Client
	renewing semaphore // one refresh at a time in this process
	signing  semaphore // one interactive sign-in at a time in this process

	mu        sync.Mutex
	held      *grant    // the grant this process works with
	unsaved   *rotation // a refreshed grant that the store has not taken yet
	seen      string    // fingerprint of the stored grant when last looked at; "" is none
	looked    bool      // whether seen means anything
	challenge Challenge // what the resource last asked for
}

// rotation is a grant together with the refresh token that was spent on it.
type rotation struct {
	spent secret
	grant grant
}

// New checks cfg and returns a Flow. It touches neither the network nor the store.
func New(cfg Config) (*Flow, error) {
	resource, err := canonicalResource(cfg.Resource)
	if err != nil {
		return nil, fmt.Errorf("oauthflow: resource: %w", err)
	}
	switch {
	case cfg.ClientName == "":
		return nil, errors.New("oauthflow: a client name is required")
	case cfg.Store == nil:
		return nil, errors.New("oauthflow: a token store is required")
	case cfg.LockDir == "":
		return nil, errors.New("oauthflow: a lock directory is required")
	}
	cfg.Resource = resource.String()
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Announce == nil {
		cfg.Announce = func(Event) {}
	}
	if cfg.OpenURL == nil {
		cfg.OpenURL = opener(cfg.Browser)
	}
	g := newGuard(resource)
	return &Flow{
		cfg:      cfg,
		guard:    g,
		client:   g.client(cfg.HTTPClient),
		renewing: newSemaphore(),
		signing:  newSemaphore(),
	}, nil
}

// Credential returns what is stored for the resource, without using the network. It is ErrSignedOut when there is nothing.
func (f *Flow) Credential(ctx context.Context) (Credential, error) {
	g, err := f.load(ctx)
	if err != nil {
		return Credential{}, err
	}
	return g.credential(), nil
}

func (f *Flow) grantKey() string { return "grant " + f.cfg.Resource }

// load reads the stored grant. A grant that was too large to store whole gets back the access token this process
// still remembers for it.
func (f *Flow) load(ctx context.Context) (grant, error) {
	raw, err := f.cfg.Store.Get(ctx, f.grantKey())
	if errors.Is(err, ErrNotFound) {
		f.noteSeen(nil)
		return grant{}, ErrSignedOut
	}
	if err != nil {
		return grant{}, fmt.Errorf("read the stored sign-in: %w", err)
	}
	f.noteSeen(raw)
	g, err := decodeGrant(raw)
	if err != nil {
		return grant{}, fmt.Errorf("read the stored sign-in: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if g.AccessToken == "" && f.held != nil && f.held.RefreshToken == g.RefreshToken {
		g.AccessToken = f.held.AccessToken
	}
	return g, nil
}

// save stores g and makes it the grant this process works with. Where the store cannot hold all of it, it keeps the
// refresh token and leaves the access token to this process's memory.
func (f *Flow) save(ctx context.Context, g grant) error {
	raw, err := f.put(ctx, g)
	if errors.Is(err, ErrTooLarge) {
		slim := g
		slim.AccessToken = ""
		raw, err = f.put(ctx, slim)
	}
	if err != nil {
		return fmt.Errorf("store the sign-in: %w", err)
	}
	f.noteSeen(raw)
	f.hold(&g)
	return nil
}

func (f *Flow) put(ctx context.Context, g grant) ([]byte, error) {
	raw, err := g.encode()
	if err != nil {
		return nil, err
	}
	return raw, f.cfg.Store.Set(ctx, f.grantKey(), raw)
}

// forget removes the stored grant.
func (f *Flow) forget(ctx context.Context) error {
	f.hold(nil)
	if err := f.cfg.Store.Delete(ctx, f.grantKey()); err != nil {
		return fmt.Errorf("remove the stored sign-in: %w", err)
	}
	f.noteSeen(nil)
	return nil
}

func (f *Flow) hold(g *grant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = g
}

func (f *Flow) noteSeen(raw []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen, f.looked = fingerprint(raw), true
}

func (f *Flow) lastSeen() (fingerprint string, looked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen, f.looked
}

func fingerprint(raw []byte) string {
	if raw == nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
