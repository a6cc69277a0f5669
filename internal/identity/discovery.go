package identity

import "net/http"

// discoveryResponse serves as authorization server metadata (RFC 8414) and as OpenID provider metadata. Both hold
// everything, because MCP clients read either.
type discoveryResponse struct {
	meta
	Issuer                        string   `json:"issuer"`
	AuthorizationEndpoint         string   `json:"authorization_endpoint"`
	TokenEndpoint                 string   `json:"token_endpoint"`
	RegistrationEndpoint          string   `json:"registration_endpoint"`
	RevocationEndpoint            string   `json:"revocation_endpoint"`
	IntrospectionEndpoint         string   `json:"introspection_endpoint"`
	UserinfoEndpoint              string   `json:"userinfo_endpoint"`
	JWKSURI                       string   `json:"jwks_uri"`
	ScopesSupported               []string `json:"scopes_supported"`
	ResponseTypesSupported        []string `json:"response_types_supported"`
	ResponseModesSupported        []string `json:"response_modes_supported"`
	GrantTypesSupported           []string `json:"grant_types_supported"`
	SubjectTypesSupported         []string `json:"subject_types_supported"`
	IDTokenAlgsSupported          []string `json:"id_token_signing_alg_values_supported"`
	ChallengeMethodsSupported     []string `json:"code_challenge_methods_supported"`
	TokenAuthMethodsSupported     []string `json:"token_endpoint_auth_methods_supported"`
	ClaimsSupported               []string `json:"claims_supported"`
	AuthorizationResponseIssParam bool     `json:"authorization_response_iss_parameter_supported"`
	RequestParameterSupported     bool     `json:"request_parameter_supported"`
	RequestURIParameterSupported  bool     `json:"request_uri_parameter_supported"`
}

func (s *Server) discovery(*http.Request) (response, error) {
	issuer := s.cfg.Issuer
	out := &discoveryResponse{
		Issuer:                        issuer,
		AuthorizationEndpoint:         s.cfg.AuthorizationURL,
		TokenEndpoint:                 issuer + "/v1/oauth2/token",
		RegistrationEndpoint:          issuer + "/v1/oauth2/register",
		RevocationEndpoint:            issuer + "/v1/oauth2/revoke",
		IntrospectionEndpoint:         issuer + "/v1/oauth2/introspect",
		UserinfoEndpoint:              issuer + "/v1/oauth2/userinfo",
		JWKSURI:                       issuer + "/.well-known/jwks.json",
		ResponseTypesSupported:        []string{"code"},
		ResponseModesSupported:        []string{"query"},
		GrantTypesSupported:           supportedGrants,
		SubjectTypesSupported:         []string{"public"},
		IDTokenAlgsSupported:          []string{"RS256"},
		ChallengeMethodsSupported:     []string{"S256"},
		TokenAuthMethodsSupported:     supportedAuthMethods,
		ClaimsSupported:               []string{"sub", "name", "given_name", "middle_name", "family_name", "email", "email_verified"},
		AuthorizationResponseIssParam: true,
	}
	for _, scope := range oidcScopes {
		out.ScopesSupported = append(out.ScopesSupported, scope.Scope)
	}
	for _, scope := range s.cfg.Scopes {
		out.ScopesSupported = append(out.ScopesSupported, scope.Name)
	}
	return out, nil
}

type whoamiResponse struct {
	meta
	ProjectID string `json:"project_id"`
	Name      string `json:"name"`
}

func (s *Server) whoami(*http.Request) (response, error) {
	return &whoamiResponse{ProjectID: s.credentials.ProjectID, Name: "Embedded identity"}, nil
}

// googleStart answers as Stytch does for a project that has no Google credentials.
func (s *Server) googleStart(r *http.Request) (response, error) {
	if !sameSecret(r.URL.Query().Get("public_token"), s.credentials.PublicToken) {
		return nil, badRequest("invalid_public_token_id", "The public_token is not this project's.")
	}
	return nil, badRequest("oauth_config_not_found", "The OAuth provider is not configured for this project.")
}

// oauthAuthenticate is the other half of googleStart: no token exists that it could accept.
func (s *Server) oauthAuthenticate(*http.Request) (response, error) {
	return nil, notFound("oauth_token_not_found", "OAuth token could not be found.")
}
