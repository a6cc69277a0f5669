package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// Logout revokes the tokens at their issuer (RFC 7009) and forgets them here; the client registration stays. It is
// ErrSignedOut when there is nothing to forget, and ErrOnlyLocal when the issuer did not confirm: then the tokens are
// gone from this machine, but whoever has a copy can go on using it.
func (f *Flow) Logout(ctx context.Context) error {
	unlock, err := f.lock(ctx, "refresh", lockPoll)
	if err != nil {
		return err
	}
	defer unlock()
	g, err := f.load(ctx)
	if errors.Is(err, ErrSignedOut) || errors.Is(err, ErrUnavailable) {
		return err
	}
	revoked := err // a damaged item cannot be revoked, but it can be forgotten
	if err == nil {
		revoked = f.revoke(ctx, g)
	}
	if err := f.forget(ctx); err != nil {
		return err
	}
	if revoked != nil {
		return fmt.Errorf("%w: %w", ErrOnlyLocal, revoked)
	}
	return nil
}

// revoke revokes the refresh token, and with it the access tokens that came from it; without one, the access token.
func (f *Flow) revoke(ctx context.Context, g grant) error {
	server, err := f.serverMetadata(ctx, g.Issuer)
	if err != nil {
		return err
	}
	if server.RevocationEndpoint == "" {
		return fmt.Errorf("%s does not offer revocation", g.Issuer)
	}
	token, hint := g.RefreshToken, "refresh_token"
	if token == "" {
		token, hint = g.AccessToken, "access_token"
	}
	return f.post(ctx, server.RevocationEndpoint, g.Client, url.Values{
		"token":           {string(token)},
		"token_type_hint": {hint},
	}, nil)
}
