package oauthflow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"

	"golang.org/x/oauth2"
)

// Login signs in through the person's browser and stores the tokens. There is one sign-in at a time to a resource,
// over all processes that share the lock directory: who has to wait takes over the result of the one ahead. Login
// fails with ErrDenied or ErrTimeout where the person refuses or does nothing, and before it opens a browser where
// the store cannot be used.
func (f *Flow) Login(ctx context.Context) (Credential, error) {
	before, err := f.baseline(ctx)
	if err != nil {
		return Credential{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.cfg.Timeout, ErrTimeout)
	defer cancel()
	g, err := f.loginAlone(ctx, before)
	if err != nil {
		if errors.Is(context.Cause(ctx), ErrTimeout) {
			err = fmt.Errorf("%w: %w", ErrTimeout, err)
		}
		return Credential{}, err
	}
	f.setChallenge(Challenge{ResourceMetadata: f.lastChallenge().ResourceMetadata}) // answered
	f.cfg.Announce(Event{Kind: EventSignedIn})
	return g.credential(), nil
}

// baseline is what this Flow knew to be stored when it came to need a sign-in.
func (f *Flow) baseline(ctx context.Context) (string, error) {
	if seen, looked := f.lastSeen(); looked {
		return seen, nil
	}
	// A damaged item is no reason not to sign in: that replaces it.
	if _, err := f.load(ctx); errors.Is(err, ErrUnavailable) {
		return "", err
	}
	seen, _ := f.lastSeen()
	return seen, nil
}

// loginAlone waits for its turn and signs in, unless somebody else's sign-in meanwhile made that needless.
func (f *Flow) loginAlone(ctx context.Context, before string) (grant, error) {
	if err := f.signing.acquire(ctx); err != nil {
		return grant{}, err
	}
	defer f.signing.release()
	unlock, err := f.signInLock(ctx)
	if err != nil {
		return grant{}, err
	}
	defer unlock()
	old, err := f.load(ctx)
	if errors.Is(err, ErrUnavailable) {
		return grant{}, err
	}
	if after, _ := f.lastSeen(); err == nil && after != before && f.suffices(old) {
		f.hold(&old)
		return old, nil
	}
	found, err := f.discover(ctx)
	if err != nil {
		return grant{}, err
	}
	return f.authorize(ctx, found, f.scopesFor(found, old))
}

// signInLock takes the lock that one process holds while its person is in front of a browser.
func (f *Flow) signInLock(ctx context.Context) (unlock func(), err error) {
	at, cancel := context.WithTimeout(ctx, signInPoll)
	defer cancel()
	unlock, err = f.lock(at, "login", lockPoll)
	if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return unlock, err
	}
	f.cfg.Announce(Event{Kind: EventWaiting})
	return f.lock(ctx, "login", signInPoll)
}

// suffices reports whether a grant that appeared while waiting answers the resource's challenge.
func (f *Flow) suffices(g grant) bool {
	if !g.usable(f.cfg.Now()) {
		return false
	}
	challenge := f.lastChallenge()
	return !challenge.wantsMoreScope() || len(missing(challenge.Scopes, g.Scopes)) == 0
}

// replace stores a new sign-in, not in the middle of somebody's refresh of the old one.
func (f *Flow) replace(ctx context.Context, g grant) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	unlock, err := f.lock(ctx, "refresh", lockPoll)
	if err != nil {
		return err
	}
	defer unlock()
	return f.save(ctx, g)
}

// scopesFor chooses what to ask for: what the challenge names, else what the program wants, else all that the resource
// knows. A step up keeps what was granted before. offline_access joins where the server offers it.
func (f *Flow) scopesFor(found discovery, old grant) []string {
	challenge := f.lastChallenge()
	scopes := challenge.Scopes
	if len(scopes) == 0 {
		scopes = offered(f.cfg.Scopes, found)
	}
	if len(scopes) == 0 {
		scopes = found.scopes
	}
	if challenge.wantsMoreScope() {
		scopes = slices.Concat(old.Scopes, missing(scopes, old.Scopes))
	}
	const offline = "offline_access"
	if slices.Contains(found.server.ScopesSupported, offline) && !slices.Contains(scopes, offline) {
		scopes = slices.Concat(scopes, []string{offline})
	}
	return scopes
}

// offered returns the scopes that the resource or the server lists; all of them if neither lists any. A server refuses
// the whole request for one scope it does not know.
func offered(wanted []string, found discovery) []string {
	known := slices.Concat(found.scopes, found.server.ScopesSupported)
	if len(known) == 0 {
		return wanted
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return !slices.Contains(known, s) })
}

func missing(wanted, have []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return slices.Contains(have, s) })
}

// authorize runs the authorization code grant. Where the server turns out to have forgotten a registration that was
// used again, it registers anew, once.
func (f *Flow) authorize(ctx context.Context, found discovery, scopes []string) (grant, error) {
	for {
		c, ln, reused, err := f.prepareClient(ctx, found)
		if err != nil {
			return grant{}, err
		}
		g, err := f.authorizeAs(ctx, found, c, ln, scopes)
		code := errorCode(err)
		if reused && (code == "invalid_client" || code == "unauthorized_client") {
			if err := f.forgetClient(ctx, found.server.Issuer); err != nil {
				return grant{}, err
			}
			continue
		}
		if code == "access_denied" {
			err = fmt.Errorf("%w: %w", ErrDenied, err)
		}
		return g, err
	}
}

// authorizeAs sends the person to the server as client c, exchanges the code that comes back on ln, and stores the
// tokens; what the person's browser shows in the end is how that went. Verifier and state live in this call only.
func (f *Flow) authorizeAs(ctx context.Context, found discovery, c client, ln net.Listener, scopes []string) (grant, error) {
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	answer := listenForAnswer(ln, expectation{
		state:     state,
		issuer:    found.server.Issuer,
		issuerDue: found.server.AuthorizationResponseIssParameterSupported,
	})
	defer answer.close()
	f.sendToBrowser(ctx, authorizeURL(found, c, scopes, state, verifier))
	code, err := answer.wait(ctx)
	if err != nil {
		return grant{}, fmt.Errorf("sign in: %w", err)
	}
	g, err := f.exchange(ctx, found, c, scopes, code, verifier)
	if err == nil {
		err = f.replace(ctx, g)
	}
	answer.finish(err)
	if err != nil {
		return grant{}, fmt.Errorf("sign in: %w", err)
	}
	return g, nil
}

func authorizeURL(found discovery, c client, scopes []string, state, verifier string) string {
	config := oauth2.Config{
		ClientID:    c.ID,
		RedirectURL: c.RedirectURI,
		Scopes:      scopes,
		Endpoint:    oauth2.Endpoint{AuthURL: found.server.AuthorizationEndpoint},
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("resource", found.resource),
	}
	if slices.Contains(scopes, "offline_access") {
		// OpenID Connect Core §11: without it, offline_access is to be ignored.
		options = append(options, oauth2.SetAuthURLParam("prompt", "consent"))
	}
	return config.AuthCodeURL(state, options...)
}

func (f *Flow) exchange(ctx context.Context, found discovery, c client, scopes []string, code, verifier string) (grant, error) {
	answer, err := f.requestToken(ctx, found.server.TokenEndpoint, c, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {c.RedirectURI},
		"code_verifier": {verifier},
		"resource":      {found.resource},
	})
	if err != nil {
		return grant{}, err
	}
	// RFC 6749 §5.1: an answer without scope granted what was asked for.
	g := grant{Issuer: found.server.Issuer, Resource: found.resource, Client: c, Scopes: scopes}
	return g.with(answer, f.cfg.Now()), nil
}

// sendToBrowser announces the URL and, unless told not to, opens it. The opener may take its time: a text browser
// ends when the person leaves it.
func (f *Flow) sendToBrowser(ctx context.Context, location string) {
	f.cfg.Announce(Event{Kind: EventOpenURL, URL: location})
	if f.cfg.NoBrowser {
		return
	}
	go func() {
		if err := f.cfg.OpenURL(location); err != nil && ctx.Err() == nil {
			f.cfg.Announce(Event{Kind: EventBrowserFailed, URL: location, Err: err})
		}
	}()
}
