package identity

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLifetime is how long an authorization code may wait to be exchanged.
const codeLifetime = time.Minute

// oidcScopes need no permission. The texts are for consent pages.
var oidcScopes = []scopeResult{
	{"openid", "Know who you are", true},
	{"profile", "See your name and picture", true},
	{"email", "See your email address", true},
	{"phone", "See your phone number", true},
	{"offline_access", "Keep access while you are away", true},
}

type scopeResult struct {
	Scope       string `json:"scope"`
	Description string `json:"description"`
	IsGrantable bool   `json:"is_grantable"`
}

// authorizeRequest is what both calls of the consent page have in common.
type authorizeRequest struct {
	ClientID     string   `json:"client_id"`
	RedirectURI  string   `json:"redirect_uri"`
	ResponseType string   `json:"response_type"`
	Scopes       []string `json:"scopes"`
	Prompt       string   `json:"prompt"`
	UserID       string   `json:"user_id"`
	SessionToken string   `json:"session_token"`
	SessionJWT   string   `json:"session_jwt"`
}

// selector reads whose authorization it is: exactly one of user_id, session_token and session_jwt.
func (s *Server) selector(in *authorizeRequest) (func(Tx, time.Time) (*user, error), error) {
	given := 0
	for _, value := range []string{in.UserID, in.SessionToken, in.SessionJWT} {
		if value != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return nil, badRequest("no_oauth_authorize_user_selector", "Provide a user_id, a session_token or a session_jwt.")
	case given > 1:
		return nil, errTooManySessions
	case in.UserID != "":
		return func(tx Tx, _ time.Time) (*user, error) { return getUser(tx, in.UserID) }, nil
	}
	ref, err := s.sessionRef(in.SessionToken, in.SessionJWT)
	if err != nil {
		return nil, err
	}
	return func(tx Tx, now time.Time) (*user, error) {
		found, err := ref.find(tx, now)
		if err != nil {
			return nil, err
		}
		return getUser(tx, found.UserID)
	}, nil
}

// authorization is an authorization request that was found to be in order, with everything that decides about it.
type authorization struct {
	user            *user
	client          *client
	redirect        string // the registered URI that redirect_uri matches
	results         []scopeResult
	scopes          []string // those that the user can grant
	consent         *consent // what the user has agreed to before, or nil
	consentRequired bool
}

func (s *Server) checkAuthorization(tx Tx, in *authorizeRequest, who func(Tx, time.Time) (*user, error)) (*authorization, error) {
	a := &authorization{}
	var err error
	if a.client, err = getClient(tx, in.ClientID); err != nil {
		return nil, err
	}
	var ok bool
	if a.redirect, ok = matchRedirectURI(a.client.RedirectURIs, in.RedirectURI); !ok {
		return nil, badRequest("connected_app_supplied_redirect_url_not_found_in_client", "The redirect_uri is not one of the app's.")
	}
	// ChatGPT leaves response_type out.
	if in.ResponseType != "" && in.ResponseType != "code" {
		return nil, badRequest("oauth_unsupported_response_type", "The response_type must be code.")
	}
	if a.user, err = who(tx, s.now()); err != nil {
		return nil, err
	}
	if a.results, err = s.scopeResults(in.Scopes, a.user.Roles); err != nil {
		return nil, err
	}
	for _, result := range a.results {
		if result.IsGrantable {
			a.scopes = append(a.scopes, result.Scope)
		}
	}
	if a.consent, err = consentsTable.get(tx, consentKey(a.user.UserID, a.client.ID)); err != nil {
		return nil, err
	}
	a.consentRequired = a.needsConsent(in.Prompt)
	return a, nil
}

// scopeResults tells for each scope, once, whether a user with the roles can grant it.
func (s *Server) scopeResults(scopes, roles []string) ([]scopeResult, error) {
	invalid := badRequest("oauth_invalid_scope_requested", "The scopes are missing, or one is not in the RBAC policy.")
	if len(scopes) == 0 {
		return nil, invalid
	}
	var results []scopeResult
	for i, name := range scopes {
		if slices.Contains(scopes[:i], name) {
			continue
		}
		if k := slices.IndexFunc(oidcScopes, func(r scopeResult) bool { return r.Scope == name }); k >= 0 {
			results = append(results, oidcScopes[k])
			continue
		}
		scope := s.policy.scope(name)
		if scope == nil {
			return nil, invalid
		}
		results = append(results, scopeResult{name, scope.Description, s.policy.grantable(roles, scope)})
	}
	return results, nil
}

type clientInfo struct {
	ClientID          string `json:"client_id"`
	ClientName        string `json:"client_name"`
	ClientDescription string `json:"client_description"`
	ClientType        string `json:"client_type"`
	LogoURL           string `json:"logo_url"`
}

type authorizeStartResponse struct {
	meta
	UserID          string        `json:"user_id"`
	User            user          `json:"user"`
	Client          clientInfo    `json:"client"`
	ConsentRequired bool          `json:"consent_required"`
	ScopeResults    []scopeResult `json:"scope_results"`
}

// authorizeStart tells a consent page what to ask.
func (s *Server) authorizeStart(r *http.Request, in *authorizeRequest) (response, error) {
	who, err := s.selector(in)
	if err != nil {
		return nil, err
	}
	var a *authorization
	err = s.view(r.Context(), func(tx Tx) (err error) {
		a, err = s.checkAuthorization(tx, in, who)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &authorizeStartResponse{
		UserID: a.user.UserID, User: *a.user,
		Client:          clientInfo{a.client.ID, a.client.Name, a.client.Description, a.client.Type, a.client.LogoURL},
		ConsentRequired: a.consentRequired, ScopeResults: a.results,
	}, nil
}

type authorizeSubmitRequest struct {
	authorizeRequest
	ConsentGranted bool     `json:"consent_granted"`
	State          string   `json:"state"`
	Nonce          string   `json:"nonce"`
	Challenge      string   `json:"code_challenge"`
	Resources      []string `json:"resources"`
}

type authorizeSubmitResponse struct {
	meta
	RedirectURI       string `json:"redirect_uri"`
	AuthorizationCode string `json:"authorization_code"`
}

// authorize answers with the redirect that ends an authorization: with a code if the user has agreed or need not be
// asked, else with an error. Whether consent is needed is decided here, whatever the page thought.
func (s *Server) authorize(r *http.Request, in *authorizeSubmitRequest) (response, error) {
	who, err := s.selector(&in.authorizeRequest)
	if err != nil {
		return nil, err
	}
	for i, resource := range in.Resources {
		in.Resources[i] = s.canonicalResource(resource)
	}
	code := newToken()
	var denied url.Values
	err = s.update(r.Context(), func(tx Tx) error {
		denied = nil
		a, err := s.checkAuthorization(tx, &in.authorizeRequest, who)
		if err != nil {
			return err
		}
		if err := s.checkSubmit(a, in); err != nil {
			return err
		}
		if denied = refusal(a, in); denied != nil {
			return nil
		}
		return s.issueCode(tx, a, in, code)
	})
	if err != nil {
		return nil, err
	}
	out := &authorizeSubmitResponse{}
	answer := denied
	if answer == nil {
		out.AuthorizationCode = code
		answer = url.Values{"code": {code}}
	}
	if in.State != "" {
		answer.Set("state", in.State)
	}
	answer.Set("iss", s.cfg.Issuer) // RFC 9207
	out.RedirectURI = addQuery(in.RedirectURI, answer)
	return out, nil
}

// checkSubmit checks what only the second call has.
func (s *Server) checkSubmit(a *authorization, in *authorizeSubmitRequest) error {
	switch {
	case in.Challenge == "" && a.client.public():
		return badRequest("pkce_required_for_idp_authorization_flow", "A public app must send a code_challenge.")
	case in.Challenge != "" && !isChallenge(in.Challenge):
		return errCodeChallenge
	}
	for _, resource := range in.Resources {
		if !slices.Contains(s.cfg.Resources, resource) {
			return badRequest("oauth_invalid_resource_requested", "A resource is not one that tokens are issued for.")
		}
	}
	return nil
}

// refusal returns the parameters of the redirect that tells the client why it gets no code, or nil.
func refusal(a *authorization, in *authorizeSubmitRequest) url.Values {
	switch {
	case len(a.scopes) == 0:
		return url.Values{"error": {"invalid_scope"}, "error_description": {"The user cannot grant any of the scopes."}}
	case !a.consentRequired || in.ConsentGranted:
		return nil
	case slices.Contains(strings.Fields(in.Prompt), "none"):
		return url.Values{"error": {"consent_required"}, "error_description": {"The user has to be asked."}}
	}
	return url.Values{"error": {"access_denied"}, "error_description": {"The user denied the request."}}
}

// codeRecord is an authorization code, by its hash. A used one is kept to recognize its replay.
type codeRecord struct {
	ClientID    string    `json:"client_id"`
	UserID      string    `json:"user_id"`
	ConsentID   string    `json:"consent_id"`
	RedirectURI string    `json:"redirect_uri"`
	Challenge   string    `json:"challenge"`
	Scopes      []string  `json:"scopes"`
	Resources   []string  `json:"resources"`
	Nonce       string    `json:"nonce"`
	Expires     time.Time `json:"expires"`
	GrantID     string    `json:"grant_id"` // what it was exchanged for, or empty
}

func (s *Server) issueCode(tx Tx, a *authorization, in *authorizeSubmitRequest, code string) error {
	now := s.now()
	agreed, err := a.recordConsent(tx, now)
	if err != nil {
		return err
	}
	if a.client.Unused {
		a.client.Unused = false
		if err := a.client.save(tx, now); err != nil {
			return err
		}
	}
	record := &codeRecord{
		ClientID: a.client.ID, UserID: a.user.UserID, ConsentID: agreed.ID, RedirectURI: in.RedirectURI,
		Challenge: in.Challenge, Scopes: a.scopes, Resources: in.Resources, Nonce: in.Nonce, Expires: now.Add(codeLifetime),
	}
	return codesTable.put(tx, hashToken(code), record, record.Expires)
}
