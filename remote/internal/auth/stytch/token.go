package stytch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/idp"
	"github.com/stytchauth/stytch-go/v16/stytch/stytcherror"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// leeway is how far the provider's clock and ours may be apart.
const leeway = 30 * time.Second

// Verify checks an access token against the project's keys. It does what the SDK's
// IntrospectTokenLocal does, and what that leaves out: one algorithm, an expiry
// and an issue time that must be there, a little leeway, and a client. A session
// JWT has none, and is refused for that.
func (c *Consumer) Verify(_ context.Context, token string) (auth.Token, error) {
	var claims accessClaims
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithAudience(c.config.ProjectID),
		jwt.WithLeeway(leeway),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(c.config.Now),
	)
	parsed, err := parser.ParseWithClaims(token, &claims, c.api.IDP.JWKS.Keyfunc)
	if err != nil {
		return auth.Token{}, err
	}
	if err := checkHeader(parsed.Header); err != nil {
		return auth.Token{}, err
	}
	if !slices.Contains([]string{c.config.Domain, "stytch.com/" + c.config.ProjectID}, claims.Issuer) {
		return auth.Token{}, errors.New("another issuer")
	}
	if claims.Subject == "" || claims.ClientID == "" || claims.IssuedAt == nil {
		return auth.Token{}, errors.New("not an access token: sub, client_id or iat is missing")
	}
	return auth.Token{
		Subject: claims.Subject, ClientID: claims.ClientID,
		Scopes: strings.Fields(claims.Scope), Expires: time.Unix(int64(*claims.Expires), 0).Add(leeway),
	}, nil
}

// checkHeader refuses what would change the meaning of a token, and tokens of
// another type.
func checkHeader(header map[string]any) error {
	for name := range header {
		switch name {
		case "alg", "kid":
		case "typ":
			if t, _ := header[name].(string); !strings.EqualFold(t, "JWT") && !strings.EqualFold(t, "at+jwt") {
				return errors.New("another type of token")
			}
		default:
			return fmt.Errorf("header %q", name)
		}
	}
	return nil
}

// inactiveToken is the SDK's own error type for {"active": false}.
const inactiveToken = "oauth2_invalid_token_error"

// Active asks the provider whether a verified token still stands. A confidential
// client's token cannot be introspected without a secret: for that we show our own,
// which the embedded identity takes, and last the person's list of connected apps
// is asked.
func (c *Consumer) Active(ctx context.Context, token string, t auth.Token) (bool, error) {
	for _, asker := range []struct {
		id     string
		secret *string
	}{{t.ClientID, nil}, {c.config.ProjectID, &c.config.Secret}} {
		_, err := c.api.IDP.IntrospectTokenNetwork(ctx, &idp.IntrospectTokenNetworkParams{Token: token, ClientID: asker.id, ClientSecret: asker.secret})
		var api stytcherror.Error
		var oauth stytcherror.OAuth2Error
		switch {
		case err == nil:
			return true, nil
		case errors.As(err, &api) && api.ErrorType == inactiveToken:
			return false, nil
		case !errors.As(err, &oauth) || oauth.StatusCode >= 500 || oauth.StatusCode == http.StatusTooManyRequests:
			return false, unavailable("introspect a token", err)
		}
	}
	return c.stillConnected(ctx, t)
}

func (c *Consumer) stillConnected(ctx context.Context, t auth.Token) (bool, error) {
	apps, err := c.Apps(ctx, t.Subject)
	if errors.Is(err, todo.ErrNotFound) {
		return false, nil // the user is gone
	}
	return slices.ContainsFunc(apps, func(a auth.App) bool { return a.ID == t.ClientID }), err
}
