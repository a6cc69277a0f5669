package oauthflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// signInPause is how long after a successful sign-in a resource may not cause another one. A resource that refuses
// fresh tokens would otherwise open one browser tab after the other.
const signInPause = time.Minute

// Transport returns a RoundTripper that sends the access token to the resource's origin, and to no other. base does
// the sending; nil is http.DefaultTransport.
//
// A request that is answered 401 is sent again with a token somebody else refreshed meanwhile or with one refreshed
// now, and if that does not do, once more after onSignedOut. Where there is no token, requests go without, so that a
// resource that wants none works and one that does sends its challenge. A 403 that asks for more scopes leads to
// onSignedOut once for each set of scopes. onSignedOut is expected to call Login, or to return an error, which
// becomes the request's; nil leaves refusals to the caller. Requests whose body cannot be had twice are not repeated.
func (f *Flow) Transport(base http.RoundTripper, onSignedOut func(ctx context.Context, challenge Challenge) error) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	resource, _ := url.Parse(f.cfg.Resource) // New has checked it
	return &transport{
		flow:        f,
		base:        base,
		origin:      resource,
		onSignedOut: onSignedOut,
		signing:     newSemaphore(),
		stepped:     map[string]bool{},
	}
}

type transport struct {
	flow        *Flow
	base        http.RoundTripper
	origin      *url.URL
	onSignedOut func(ctx context.Context, challenge Challenge) error
	open        atomic.Bool // the resource last answered without a token: the store need not be asked

	signing semaphore // guards what follows
	stepped map[string]bool
	last    time.Time // of the last successful sign-in
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !sameOrigin(req.URL, t.origin) {
		return t.base.RoundTrip(req)
	}
	token, err := t.token(req.Context())
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := t.send(req, token)
	for _, renew := range []renewal{t.refresh, t.signIn} {
		if err != nil || !refused(resp) {
			break
		}
		resp, token, err = t.sendAgain(req, resp, token, renew)
	}
	return resp, err
}

// token returns the token to send, or "" to send none.
func (t *transport) token(ctx context.Context) (string, error) {
	if token, ok := t.flow.heldToken(""); ok {
		return token, nil
	}
	if t.open.Load() {
		return "", nil
	}
	token, err := t.flow.Token(ctx)
	if errors.Is(err, ErrSignedOut) || errors.Is(err, ErrUnavailable) {
		return "", nil
	}
	return token, err
}

func (t *transport) send(req *http.Request, token string) (*http.Response, error) {
	clone := req.Clone(req.Context())
	if token != "" {
		clone.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := t.base.RoundTrip(clone)
	if err == nil {
		t.open.Store(token == "" && !refused(resp))
	}
	return resp, err
}

// refused reports whether another token could change the answer.
func refused(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		return true
	case http.StatusForbidden:
		return parseChallenge(resp.StatusCode, resp.Header).wantsMoreScope()
	}
	return false
}

// renewal gets a token other than the rejected one. ok is false where this way has none to offer.
type renewal func(ctx context.Context, rejected string, c Challenge) (token string, ok bool, err error)

// sendAgain sends req with a renewed token, or returns the refusal as it was.
func (t *transport) sendAgain(req *http.Request, refusal *http.Response, rejected string, renew renewal) (*http.Response, string, error) {
	detach(refusal)
	token, ok, err := renew(req.Context(), rejected, parseChallenge(refusal.StatusCode, refusal.Header))
	if err != nil {
		refusal.Body.Close()
		return nil, "", err
	}
	if !ok {
		return refusal, rejected, nil
	}
	again, ok := repeat(req)
	if !ok {
		return refusal, token, nil
	}
	refusal.Body.Close()
	resp, err := t.send(again, token)
	return resp, token, err
}

// refresh is the renewal without the person.
func (t *transport) refresh(ctx context.Context, rejected string, c Challenge) (string, bool, error) {
	if c.Status != http.StatusUnauthorized {
		return "", false, nil // a refresh widens no scope
	}
	token, err := t.flow.renew(ctx, rejected)
	if errors.Is(err, ErrSignedOut) {
		return "", false, nil
	}
	return token, err == nil, err
}

// signIn is the renewal with the person, one at a time.
func (t *transport) signIn(ctx context.Context, rejected string, c Challenge) (string, bool, error) {
	if t.onSignedOut == nil {
		return "", false, nil
	}
	if err := t.signing.acquire(ctx); err != nil {
		return "", false, err
	}
	defer t.signing.release()
	if token, ok := t.flow.heldToken(rejected); ok {
		return token, true, nil // somebody signed in while this request waited
	}
	if t.futile(c) {
		return "", false, nil
	}
	t.flow.setChallenge(c)
	err := t.onSignedOut(ctx, c)
	if err == nil || c.wantsMoreScope() && errors.Is(err, ErrDenied) {
		t.remember(c)
	}
	if err != nil {
		return "", false, fmt.Errorf("sign in to %s: %w", t.origin.Host, err)
	}
	token, err := t.flow.renew(ctx, rejected)
	if errors.Is(err, ErrSignedOut) {
		return "", false, nil
	}
	return token, err == nil, err
}

// futile reports whether asking the person again cannot help: the resource refuses fresh tokens, or they were asked
// for these scopes before.
func (t *transport) futile(c Challenge) bool {
	if c.wantsMoreScope() {
		return t.stepped[strings.Join(c.Scopes, " ")]
	}
	return !t.last.IsZero() && t.flow.cfg.Now().Sub(t.last) < signInPause
}

func (t *transport) remember(c Challenge) {
	if c.wantsMoreScope() {
		t.stepped[strings.Join(c.Scopes, " ")] = true
		return
	}
	t.last = t.flow.cfg.Now()
}

// repeat returns req with its body from the start.
func repeat(req *http.Request) (*http.Request, bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	again := req.Clone(req.Context())
	again.Body = body
	return again, true
}

// detach reads the refusal's body ahead, so that no connection waits while the person signs in.
func detach(resp *http.Response) {
	var head bytes.Buffer
	_, _ = io.CopyN(&head, resp.Body, maxBody) // what could not be read, the caller finds out by reading on
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(&head, resp.Body), resp.Body}
}
