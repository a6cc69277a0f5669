package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// discovery is what a sign-in needs to know, all of it checked.
type discovery struct {
	server   *oauthex.AuthServerMeta
	resource string   // the resource indicator, as the resource itself spells it
	scopes   []string // what the resource says it knows; nil if it does not say
}

// discover finds the resource's authorization server. The documents' types are go-sdk's; fetching them is not, because
// its fetchers hide a failed check behind a guess (PRM), tolerate another issuer's slash, and read 1 MiB.
func (f *Flow) discover(ctx context.Context) (discovery, error) {
	prm, err := f.resourceMetadata(ctx)
	if err != nil {
		return discovery{}, fmt.Errorf("find the authorization server: %w", err)
	}
	if len(prm.AuthorizationServers) == 0 {
		return discovery{}, fmt.Errorf("%w: the resource names no authorization server", ErrUntrusted)
	}
	var failures []error
	for _, issuer := range prm.AuthorizationServers[:min(3, len(prm.AuthorizationServers))] {
		server, err := f.serverMetadata(ctx, issuer)
		if err == nil {
			return discovery{server: server, resource: prm.Resource, scopes: prm.ScopesSupported}, nil
		}
		failures = append(failures, err)
	}
	return discovery{}, errors.Join(failures...)
}

// resourceMetadata fetches the metadata that the resource's challenge names, else the well-known document of its
// path, else that of its origin (RFC 9728 §3 and §5). Only a missing document leads to the next place.
func (f *Flow) resourceMetadata(ctx context.Context) (*oauthex.ProtectedResourceMetadata, error) {
	if named := f.lastChallenge().ResourceMetadata; named != "" {
		return f.fetchResourceMetadata(ctx, named, f.cfg.Resource)
	}
	resource, err := url.Parse(f.cfg.Resource)
	if err != nil {
		return nil, err
	}
	origin := resource.Scheme + "://" + resource.Host
	wellKnown := origin + "/.well-known/oauth-protected-resource"
	if resource.Path != "" {
		prm, err := f.fetchResourceMetadata(ctx, wellKnown+resource.EscapedPath(), f.cfg.Resource)
		if !isMissing(err) {
			return prm, err
		}
	}
	prm, err := f.fetchResourceMetadata(ctx, wellKnown, f.cfg.Resource, origin)
	if isMissing(err) {
		return nil, fmt.Errorf("%s publishes no protected resource metadata (RFC 9728): is the address right?", f.cfg.Resource)
	}
	return prm, err
}

// fetchResourceMetadata accepts a document only for one of the given resources (RFC 9728 §3.3). They are compared
// byte by byte, save that an origin may be written with the slash of its empty path, and that the document may leave
// out the query: a server's address may carry options of one connection, and what is protected is the same.
func (f *Flow) fetchResourceMetadata(ctx context.Context, location string, accepted ...string) (*oauthex.ProtectedResourceMetadata, error) {
	var prm oauthex.ProtectedResourceMetadata
	if err := f.getJSON(ctx, "resource_metadata", location, &prm); err != nil {
		return nil, err
	}
	for _, resource := range accepted {
		plain, _, _ := strings.Cut(resource, "?")
		if prm.Resource == resource || prm.Resource == plain || isOrigin(resource) && prm.Resource == resource+"/" {
			return &prm, nil
		}
	}
	return nil, fmt.Errorf("%w: the metadata is for resource %q, not for %q", ErrUntrusted, clean(prm.Resource), accepted[0])
}

func isOrigin(resource string) bool {
	_, rest, _ := strings.Cut(resource, "://")
	return !strings.Contains(rest, "/")
}

// serverMetadata fetches and checks an issuer's metadata (RFC 8414 §3, OpenID Connect Discovery 1.0 §4).
func (f *Flow) serverMetadata(ctx context.Context, issuer string) (*oauthex.AuthServerMeta, error) {
	locations, err := f.serverLocations(issuer)
	if err != nil {
		return nil, err
	}
	for _, location := range locations {
		var server oauthex.AuthServerMeta
		err := f.getJSON(ctx, "issuer", location, &server)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("metadata of %s: %w", issuer, err)
		}
		if err := f.checkServer(&server, issuer); err != nil {
			return nil, fmt.Errorf("metadata of %s: %w", issuer, err)
		}
		return &server, nil
	}
	return nil, fmt.Errorf("%s publishes no authorization server metadata (RFC 8414)", issuer)
}

// serverLocations lists where an issuer's metadata can be, in the order of the MCP authorization specification.
func (f *Flow) serverLocations(issuer string) ([]string, error) {
	u, err := f.guard.check("authorization_servers", issuer)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return nil, fmt.Errorf("%w: issuer %q has a query", ErrUntrusted, clean(issuer))
	}
	origin, path := u.Scheme+"://"+u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	locations := []string{
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + "/.well-known/openid-configuration" + path,
	}
	if path != "" {
		locations = append(locations, origin+path+"/.well-known/openid-configuration")
	}
	return locations, nil
}

// checkServer refuses metadata of another issuer (RFC 8414 §3.3), without S256 (RFC 7636 as MCP demands it), or with
// an endpoint that must not be visited. It re-serialises the endpoints, so that what is used is what was checked.
func (f *Flow) checkServer(server *oauthex.AuthServerMeta, issuer string) error {
	if server.Issuer != issuer {
		return fmt.Errorf("%w: it is of issuer %q", ErrUntrusted, clean(server.Issuer))
	}
	if !slices.Contains(server.CodeChallengeMethodsSupported, "S256") {
		return fmt.Errorf("%w: the server does not offer PKCE with S256", ErrUntrusted)
	}
	endpoints := []struct {
		name     string
		value    *string
		required bool
	}{
		{"authorization_endpoint", &server.AuthorizationEndpoint, true},
		{"token_endpoint", &server.TokenEndpoint, true},
		{"registration_endpoint", &server.RegistrationEndpoint, false},
		{"revocation_endpoint", &server.RevocationEndpoint, false},
	}
	for _, e := range endpoints {
		if *e.value == "" && !e.required {
			continue
		}
		u, err := f.guard.check(e.name, *e.value)
		if err != nil {
			return err
		}
		*e.value = u.String()
	}
	return nil
}

func (f *Flow) getJSON(ctx context.Context, what, location string, out any) error {
	u, err := f.guard.check(what, location)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	return f.call(req, out)
}

// isMissing reports whether a document is not there, which a 4xx says, save for the two that mean "later".
func isMissing(err error) bool {
	refusal, ok := errors.AsType[*OAuthError](err)
	if !ok || refusal.Status == http.StatusRequestTimeout || refusal.Status == http.StatusTooManyRequests {
		return false
	}
	return refusal.Status/100 == 4
}
