package stytch

import (
	"context"
	"strings"

	"github.com/stytchauth/stytch-go/v16/stytch/consumer/idp"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/idp/oauth"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/users"

	"todo.example/remote/internal/auth"
)

// Consent says what a client asks for.
func (c *Consumer) Consent(ctx context.Context, s auth.Session, r auth.AuthorizationRequest) (auth.Consent, error) {
	a, err := c.api.IDP.OAuth.AuthorizeStart(ctx, &oauth.AuthorizeStartParams{
		ClientID: r.ClientID, RedirectURI: r.RedirectURI, ResponseType: r.ResponseType,
		Scopes: r.Scopes, Prompt: r.Prompt, SessionToken: s.Cookies.Token,
	})
	if err != nil {
		return auth.Consent{}, translate("begin an authorization", err)
	}
	return auth.Consent{
		Client:   auth.Client{ID: a.Client.ClientID, Name: a.Client.ClientName},
		LogoURL:  a.Client.LogoURL,
		Required: a.ConsentRequired,
		Scopes:   scopeRequests(a.ScopeResults),
	}, nil
}

func scopeRequests(results []idp.ScopeResult) []auth.ScopeRequest {
	requests := make([]auth.ScopeRequest, len(results))
	for i, s := range results {
		requests[i] = auth.ScopeRequest{Name: s.Scope, Description: s.Description, Grantable: s.IsGrantable}
	}
	return requests
}

// Authorize ends an authorization request with the person's decision.
func (c *Consumer) Authorize(ctx context.Context, s auth.Session, r auth.AuthorizationRequest, granted bool) (string, error) {
	a, err := c.api.IDP.OAuth.Authorize(ctx, &oauth.AuthorizeParams{
		ConsentGranted: granted, Scopes: r.Scopes, ClientID: r.ClientID, RedirectURI: r.RedirectURI,
		ResponseType: r.ResponseType, SessionToken: s.Cookies.Token, Prompt: r.Prompt,
		State: r.State, Nonce: r.Nonce, CodeChallenge: r.CodeChallenge, Resources: r.Resources,
	})
	if err != nil {
		return "", translate("end an authorization", err)
	}
	return a.RedirectURI, nil
}

// Apps lists the clients that may act for a person.
func (c *Consumer) Apps(ctx context.Context, subject string) ([]auth.App, error) {
	r, err := c.api.Users.ConnectedApps(ctx, &users.ConnectedAppsParams{UserID: subject})
	if err != nil {
		return nil, translate("list connected apps", err)
	}
	apps := make([]auth.App, len(r.ConnectedApps))
	for i, a := range r.ConnectedApps {
		apps[i] = auth.App{ID: a.ConnectedAppID, Name: a.Name, Scopes: strings.Fields(a.ScopesGranted)}
	}
	return apps, nil
}

// RevokeApp ends all that a client may do for a person.
func (c *Consumer) RevokeApp(ctx context.Context, subject, id string) error {
	_, err := c.api.Users.Revoke(ctx, &users.RevokeParams{UserID: subject, ConnectedAppID: id})
	return translate("revoke a connected app", err)
}
