package oauthflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"
)

// Client authentication methods of RFC 7591 §2.
const (
	authNone  = "none"
	authPost  = "client_secret_post"
	authBasic = "client_secret_basic"
)

// client is a registration at one authorization server.
type client struct {
	ID          string `json:"client_id"`
	Secret      secret `json:"client_secret,omitempty"`
	AuthMethod  string `json:"auth_method"`
	RedirectURI string `json:"redirect_uri"`
}

// clientKey names the registration at an issuer. The name is part of it because the consent page shows it: two
// programs that share a store are two clients.
func (f *Flow) clientKey(issuer string) string { return "client " + issuer + " " + f.cfg.ClientName }

// prepareClient returns a client that the server knows and a listener on its redirect URI. A stored registration is
// used again, on the port it was registered with: servers that compare redirect URIs byte by byte accept nothing else.
// Where that port is taken, or the server has forgotten the client, it registers anew with a free port.
func (f *Flow) prepareClient(ctx context.Context, found discovery) (c client, ln net.Listener, reused bool, err error) {
	saved, err := f.savedClient(ctx, found.server.Issuer)
	if err == nil {
		if ln, ok := f.reuseClient(ctx, found, saved); ok {
			return saved, ln, true, nil
		}
	} else if !errors.Is(err, ErrNotFound) {
		return client{}, nil, false, fmt.Errorf("read the client registration: %w", err)
	}
	ln, err = listen(ctx, "127.0.0.1:0")
	if err != nil {
		return client{}, nil, false, fmt.Errorf("listen for the sign-in's answer: %w", err)
	}
	c, err = f.register(ctx, found.server, "http://"+ln.Addr().String()+callbackPath)
	if err != nil {
		ln.Close()
		return client{}, nil, false, err
	}
	return c, ln, false, nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp4", address)
}

func (f *Flow) reuseClient(ctx context.Context, found discovery, saved client) (net.Listener, bool) {
	redirect, err := url.Parse(saved.RedirectURI)
	if err != nil || !isLoopback(redirect.Hostname()) {
		return nil, false
	}
	ln, err := listen(ctx, redirect.Host)
	if err != nil {
		return nil, false
	}
	if !f.knowsClient(ctx, found, saved) {
		ln.Close()
		return nil, false
	}
	return ln, true
}

// knowsClient asks whether the server still knows a client, by presenting it with a code that cannot exist. Without
// asking, a forgotten client ends on an error page in the browser that this program never hears of.
func (f *Flow) knowsClient(ctx context.Context, found discovery, c client) bool {
	_, err := f.requestToken(ctx, found.server.TokenEndpoint, c, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {oauth2.GenerateVerifier()},
		"redirect_uri":  {c.RedirectURI},
		"code_verifier": {oauth2.GenerateVerifier()},
		"resource":      {found.resource},
	})
	return errorCode(err) != "invalid_client"
}

func (f *Flow) savedClient(ctx context.Context, issuer string) (client, error) {
	raw, err := f.cfg.Store.Get(ctx, f.clientKey(issuer))
	if err != nil {
		return client{}, err
	}
	var c client
	if err := json.Unmarshal(raw, &c); err != nil || c.ID == "" {
		return client{}, ErrNotFound // damaged: registering anew mends it
	}
	return c, nil
}

// register makes this program known to the server (RFC 7591) and stores the registration. The types are go-sdk's; the
// request is not, because its errors quote whole answers, a client secret included.
func (f *Flow) register(ctx context.Context, server *oauthex.AuthServerMeta, redirectURI string) (client, error) {
	if server.RegistrationEndpoint == "" {
		return client{}, fmt.Errorf("%s does not let programs register themselves (RFC 7591): its operator has to allow it", server.Issuer)
	}
	wanted := oauthex.ClientRegistrationMetadata{
		ClientName:              f.cfg.ClientName,
		RedirectURIs:            []string{redirectURI},
		TokenEndpointAuthMethod: authMethod(server.TokenEndpointAuthMethodsSupported),
		GrantTypes:              []string{"authorization_code", "refresh_token"},
		ResponseTypes:           []string{"code"},
		ApplicationType:         "native",
	}
	body, err := json.Marshal(wanted)
	if err != nil {
		return client{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.RegistrationEndpoint, bytes.NewReader(body))
	if err != nil {
		return client{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	var answer oauthex.ClientRegistrationResponse
	if err := f.call(req, &answer); err != nil {
		return client{}, fmt.Errorf("register at %s: %w", server.Issuer, err)
	}
	if answer.ClientID == "" {
		return client{}, fmt.Errorf("%w: %s registered this program without a client_id", ErrUntrusted, server.Issuer)
	}
	c := client{
		ID:          answer.ClientID,
		Secret:      secret(answer.ClientSecret),
		AuthMethod:  wanted.TokenEndpointAuthMethod,
		RedirectURI: redirectURI,
	}
	if answer.TokenEndpointAuthMethod != "" {
		c.AuthMethod = answer.TokenEndpointAuthMethod
	}
	f.cfg.Logger.DebugContext(ctx, "registered at the authorization server", "issuer", server.Issuer, "client_id", clean(c.ID))
	return c, f.saveClient(ctx, server.Issuer, c)
}

func (f *Flow) saveClient(ctx context.Context, issuer string, c client) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := f.cfg.Store.Set(ctx, f.clientKey(issuer), raw); err != nil {
		return fmt.Errorf("store the client registration: %w", err)
	}
	return nil
}

func (f *Flow) forgetClient(ctx context.Context, issuer string) error {
	if err := f.cfg.Store.Delete(ctx, f.clientKey(issuer)); err != nil {
		return fmt.Errorf("remove the client registration: %w", err)
	}
	return nil
}

// authMethod picks how to authenticate. A native program cannot keep a secret (RFC 8252 §8.5), so none comes first,
// also for a server that does not say.
func authMethod(supported []string) string {
	for _, method := range []string{authNone, authPost, authBasic} {
		if slices.Contains(supported, method) {
			return method
		}
	}
	return authNone
}

// post sends form to an endpoint as the client c and decodes the answer into out.
func (f *Flow) post(ctx context.Context, endpoint string, c client, form url.Values, out any) error {
	form.Set("client_id", c.ID)
	if c.AuthMethod == authPost {
		form.Set("client_secret", string(c.Secret))
	}
	if c.AuthMethod == authBasic {
		form.Del("client_id")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.AuthMethod == authBasic {
		// RFC 6749 §2.3.1: both halves are form-encoded first.
		req.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(string(c.Secret)))
	}
	return f.call(req, out)
}

// requestToken runs one grant at the token endpoint. It is not x/oauth2's, which sends no resource with a refresh
// (RFC 8707 §2.2).
func (f *Flow) requestToken(ctx context.Context, endpoint string, c client, form url.Values) (tokenResponse, error) {
	var answer tokenResponse
	if err := f.post(ctx, endpoint, c, form, &answer); err != nil {
		return tokenResponse{}, err
	}
	return answer, answer.check()
}
