package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// refreshTimeout bounds a refresh, reading and writing the store included.
const refreshTimeout = 30 * time.Second

// Token returns an access token for the resource: the one at hand, or a refreshed one when that is about to end. It
// never asks the person for anything; ErrSignedOut says that only Login helps.
func (f *Flow) Token(ctx context.Context) (string, error) {
	if token, ok := f.heldToken(""); ok {
		return token, nil
	}
	return f.renew(ctx, "")
}

// heldToken returns this process's access token if it is fresh and not the rejected one.
func (f *Flow) heldToken(rejected string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held == nil {
		return "", false
	}
	return f.offer(*f.held, rejected)
}

func (f *Flow) offer(g grant, rejected string) (string, bool) {
	if !g.fresh(f.cfg.Now()) || string(g.AccessToken) == rejected {
		return "", false
	}
	return string(g.AccessToken), true
}

// renew returns an access token other than the rejected one. Another goroutine or process may have fetched it already;
// if not, this one refreshes, alone.
func (f *Flow) renew(ctx context.Context, rejected string) (string, error) {
	if err := f.renewing.acquire(ctx); err != nil {
		return "", err
	}
	defer f.renewing.release()
	if token, ok := f.heldToken(rejected); ok {
		return token, nil
	}
	if token, ok, err := f.stored(ctx, rejected); ok || err != nil {
		return token, err
	}
	unlock, err := f.lock(ctx, "refresh", lockPoll)
	if err != nil {
		return "", err
	}
	defer unlock()
	// A caller that goes away must not take with it the only copy of a rotated refresh token.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	if err := f.saveRotation(ctx); err != nil {
		return "", err
	}
	if token, ok, err := f.stored(ctx, rejected); ok || err != nil {
		return token, err
	}
	return f.refresh(ctx, rejected)
}

// stored offers the access token in the store, and works with it from then on. A rotation this process still has to
// store comes first.
func (f *Flow) stored(ctx context.Context, rejected string) (token string, ok bool, err error) {
	g, err := f.load(ctx)
	if err != nil {
		return "", false, err
	}
	token, ok = f.offer(g, rejected)
	if ok {
		f.hold(&g)
	}
	return token, ok, nil
}

// refresh spends the stored refresh token. The caller holds the refresh lock.
func (f *Flow) refresh(ctx context.Context, rejected string) (string, error) {
	g, err := f.load(ctx)
	if err != nil {
		return "", err
	}
	if g.RefreshToken == "" {
		return f.lastMinute(g, rejected, ErrSignedOut)
	}
	next, err := f.requestRefresh(ctx, g)
	switch errorCode(err) {
	case "invalid_grant":
		return "", errors.Join(fmt.Errorf("%w: %w", ErrSignedOut, err), f.forget(ctx))
	case "invalid_client":
		return "", errors.Join(fmt.Errorf("%w: %w", ErrSignedOut, err), f.forget(ctx), f.forgetClient(ctx, g.Issuer))
	}
	if err != nil {
		return f.lastMinute(g, rejected, fmt.Errorf("refresh the sign-in: %w", err))
	}
	f.mu.Lock()
	f.unsaved = &rotation{spent: g.RefreshToken, grant: next}
	f.mu.Unlock()
	if err := f.saveRotation(ctx); err != nil {
		return "", err
	}
	f.cfg.Logger.DebugContext(ctx, "refreshed the access token", "issuer", next.Issuer, "expires_at", next.ExpiresAt)
	return string(next.AccessToken), nil
}

// lastMinute offers an access token that is due for a refresh but has not ended, where refreshing failed with err.
func (f *Flow) lastMinute(g grant, rejected string, err error) (string, error) {
	if g.aliveAt(f.cfg.Now()) && string(g.AccessToken) != rejected {
		return string(g.AccessToken), nil
	}
	return "", err
}

// saveRotation stores a refreshed grant before its access token is used: whoever reads the store next must not find
// the spent refresh token. A store that refuses is asked again with the next call, unless it has a newer grant by then.
func (f *Flow) saveRotation(ctx context.Context) error {
	f.mu.Lock()
	pending := f.unsaved
	f.mu.Unlock()
	if pending == nil {
		return nil
	}
	current, err := f.load(ctx)
	if err != nil && !errors.Is(err, ErrSignedOut) {
		return err
	}
	if current.RefreshToken == pending.spent {
		if err := f.save(ctx, pending.grant); err != nil {
			return err
		}
	}
	f.mu.Lock()
	f.unsaved = nil
	f.mu.Unlock()
	return nil
}

// requestRefresh asks the issuer of g, as its own metadata describes it now, and nobody else.
func (f *Flow) requestRefresh(ctx context.Context, g grant) (grant, error) {
	server, err := f.serverMetadata(ctx, g.Issuer)
	if err != nil {
		return grant{}, err
	}
	answer, err := f.requestToken(ctx, server.TokenEndpoint, g.Client, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {string(g.RefreshToken)},
		"resource":      {g.Resource},
	})
	if err != nil {
		return grant{}, err
	}
	return g.with(answer, f.cfg.Now()), nil
}

// with returns g after a token endpoint's answer. What the answer leaves out stays as it was (RFC 6749 §5.1 and §6).
func (g grant) with(answer tokenResponse, now time.Time) grant {
	now = now.Round(0).UTC() // as it will be read back
	g.AccessToken = answer.AccessToken
	g.IssuedAt = now
	g.ExpiresAt = answer.expiry(now)
	if answer.RefreshToken != "" {
		g.RefreshToken = answer.RefreshToken
	}
	if scopes := strings.Fields(answer.Scope); len(scopes) > 0 {
		g.Scopes = scopes
	}
	return g
}
