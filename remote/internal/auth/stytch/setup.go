package stytch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

const maxMetadata = 64 << 10

// ServerMetadata returns the project's authorization server metadata as it
// publishes it.
func (c *Consumer) ServerMetadata(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.Domain+"/.well-known/oauth-authorization-server", nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.config.HTTPClient.Do(req)
	if err != nil {
		return nil, unavailable("read the authorization server's metadata", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, unavailable("read the authorization server's metadata", fmt.Errorf("status %d", resp.StatusCode))
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxMetadata))
}

// CheckSetup looks for what is missing in the project's dashboard settings and
// says, a sentence each, what and where to mend it. consentPage is the URL of ours.
func (c *Consumer) CheckSetup(ctx context.Context, consentPage string) []string {
	doc, err := c.ServerMetadata(ctx)
	if err != nil {
		return []string{"connected apps are off, or STYTCH_DOMAIN is another project's: no authorization server metadata at " + c.config.Domain + " (Dashboard > Connected Apps)"}
	}
	var meta struct {
		Issuer                string `json:"issuer"`
		AuthorizationEndpoint string `json:"authorization_endpoint"`
		RegistrationEndpoint  string `json:"registration_endpoint"`
	}
	if err := json.Unmarshal(doc, &meta); err != nil {
		return []string{"the authorization server metadata at " + c.config.Domain + " cannot be read: check STYTCH_DOMAIN"}
	}
	var missing []string
	if meta.Issuer != c.config.Domain {
		missing = append(missing, fmt.Sprintf("STYTCH_DOMAIN is %s, but the project calls itself %s: tokens will be refused (Dashboard > Project settings > Project domain)", c.config.Domain, meta.Issuer))
	}
	if meta.AuthorizationEndpoint != consentPage {
		missing = append(missing, fmt.Sprintf("the consent page is set to %q: set it to %s (Dashboard > Connected Apps > Authorization URL)", meta.AuthorizationEndpoint, consentPage))
	}
	if meta.RegistrationEndpoint == "" {
		missing = append(missing, "dynamic client registration is off, so AI clients cannot connect by themselves (Dashboard > Connected Apps > Dynamic Client Registration)")
	}
	if !c.Strict() {
		missing = append(missing, fmt.Sprintf("the RBAC policy has no scopes %s and %s: every connected app will have full access to its user's list (Dashboard > RBAC)", auth.ScopeRead, auth.ScopeWrite))
	}
	return missing
}

// CheckRedirect says what is missing for sign-in links to come back to redirect.
// Stytch tells only when one is sent, so it is sent to the address that Stytch
// keeps for tests, in a test project; a live one is not asked.
func (c *Consumer) CheckRedirect(ctx context.Context, redirect string) []string {
	if strings.HasPrefix(c.config.ProjectID, "project-live-") {
		return nil
	}
	err := c.SendLink(ctx, "sandbox@stytch.com", redirect, auth.Device{})
	if err != nil && todo.AsError(err).Hint == linkNotAllowed.Hint {
		return []string{"sign-in links will be refused: add " + redirect + " (Dashboard > Redirect URLs, types Login and Sign-up)"}
	}
	return nil
}
