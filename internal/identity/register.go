package identity

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// registerRequest is the client metadata of RFC 7591 section 2 that is understood; the rest is ignored.
type registerRequest struct {
	RedirectURIs  []string `json:"redirect_uris"`
	ClientName    string   `json:"client_name"`
	ClientURI     string   `json:"client_uri"`
	LogoURI       string   `json:"logo_uri"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
}

type registerResponse struct {
	meta
	ClientID      string   `json:"client_id"`
	IssuedAt      int64    `json:"client_id_issued_at"`
	ClientSecret  string   `json:"client_secret,omitzero"`
	SecretExpires *int64   `json:"client_secret_expires_at,omitzero"`
	ClientName    string   `json:"client_name,omitzero"`
	ClientURI     string   `json:"client_uri,omitzero"`
	LogoURI       string   `json:"logo_uri,omitzero"`
	RedirectURIs  []string `json:"redirect_uris"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
}

var (
	supportedGrants      = []string{"authorization_code", "refresh_token"}
	supportedAuthMethods = []string{"none", "client_secret_basic", "client_secret_post"}
)

func invalidMetadata(description string) *oauthError {
	return oauthRefusal("invalid_client_metadata", description)
}

// register is dynamic client registration, RFC 7591. A public client that registers again with the same metadata gets
// the same client_id, as Stytch does; a confidential one is always new.
func (s *Server) register(r *http.Request) (response, error) {
	if mediaType(r) != "application/json" {
		return nil, invalidMetadata("The client metadata must be sent as application/json.")
	}
	var in registerRequest
	if err := decodeJSON(r, &in); errors.Is(err, errInvalidBody) {
		return nil, invalidMetadata("The client metadata is not a JSON object of the expected members.")
	} else if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	now := s.now()
	c := &client{
		ID: newID("connected-app"), Name: in.ClientName, Type: thirdParty, RedirectURIs: in.RedirectURIs,
		URL: in.ClientURI, LogoURL: in.LogoURI, AccessMinutes: defaultAccessMinutes,
		SelfRegistered: true, Unused: true, Created: now.Unix(),
	}
	out := &registerResponse{
		meta: meta{StatusCode: http.StatusCreated}, ClientName: c.Name, ClientURI: c.URL, LogoURI: c.LogoURL,
		RedirectURIs: c.RedirectURIs, GrantTypes: supportedGrants, ResponseTypes: []string{"code"}, AuthMethod: in.AuthMethod,
	}
	if in.AuthMethod == "none" {
		c.Type = thirdPartyPublic
		if err := c.hashMetadata(); err != nil {
			return nil, err
		}
	} else {
		out.ClientSecret = c.newSecret()
		out.SecretExpires = new(int64) // RFC 7591 section 3.2.1: zero, it does not expire
	}
	if err := c.check(); err != nil {
		return nil, refusedMetadata(err)
	}
	stored, err := s.storeRegistration(r.Context(), c)
	if err != nil {
		return nil, err
	}
	out.ClientID, out.IssuedAt = stored.ID, stored.Created
	return out, nil
}

// check refuses what c.check does not know of, and fills in the defaults of RFC 7591.
func (in *registerRequest) check() error {
	if in.AuthMethod == "" {
		in.AuthMethod = "none"
	}
	switch {
	case len(in.RedirectURIs) == 0:
		return oauthRefusal("invalid_redirect_uri", "At least one redirect URI is needed.")
	case !slices.Contains(supportedAuthMethods, in.AuthMethod):
		return invalidMetadata("The token_endpoint_auth_method is not supported.")
	case in.GrantTypes != nil && !slices.Contains(in.GrantTypes, "authorization_code"):
		return invalidMetadata("The grant_types must include authorization_code.")
	case in.ResponseTypes != nil && !slices.Contains(in.ResponseTypes, "code"):
		return invalidMetadata("The response_types must include code.")
	}
	return nil
}

// refusedMetadata turns the refusal of c.check into that of RFC 7591 section 3.2.2.
func refusedMetadata(err error) error {
	refusal, ok := errors.AsType[*apiError](err)
	if !ok {
		return err
	}
	if strings.HasPrefix(refusal.kind, "connected_app_redirect_url") {
		return oauthRefusal("invalid_redirect_uri", refusal.message)
	}
	return invalidMetadata(refusal.message)
}

// hashMetadata notes by what a second registration of the same public client is known.
func (c *client) hashMetadata() error {
	data, err := json.Marshal([]any{c.Name, c.RedirectURIs, c.URL, c.LogoURL})
	if err != nil {
		return invalidMetadata("The client metadata is not valid UTF-8.")
	}
	c.MetadataHash = hashToken(string(data))
	return nil
}

// storeRegistration stores the client and returns it, or the one that has registered with the same metadata before.
func (s *Server) storeRegistration(ctx context.Context, c *client) (stored *client, err error) {
	err = s.update(ctx, func(tx Tx) error {
		stored = c
		if c.MetadataHash != "" {
			known, err := findByHash(tx, c.MetadataHash)
			if err != nil {
				return err
			}
			if known != nil {
				stored = known
				return known.save(tx, s.now()) // an unused one starts its time anew
			}
		}
		if err := registrations.take(tx, "all", s.now()); err != nil {
			return err
		}
		return c.save(tx, s.now())
	})
	return stored, err
}

func findByHash(tx Tx, hash string) (*client, error) {
	id, err := clientHashesTable.get(tx, hash)
	if err != nil || id == nil {
		return nil, err
	}
	return clientsTable.get(tx, *id)
}
