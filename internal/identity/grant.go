package identity

import (
	"slices"
	"strings"
	"time"
)

// refreshLifetime is how long a refresh token may lie unused.
const refreshLifetime = 90 * 24 * time.Hour

// grant is what one authorization code was exchanged for: the family of all its access and refresh tokens. Without
// the grant they are dead.
type grant struct {
	ID        string   `json:"id"`
	UserID    string   `json:"user_id"`
	ClientID  string   `json:"client_id"`
	ConsentID string   `json:"consent_id"`
	Scopes    []string `json:"scopes"`
	Resources []string `json:"resources"` // none: whatever the server issues tokens for
}

// accessRecord says that an access token is alive.
type accessRecord struct {
	GrantID string   `json:"grant_id"`
	Scopes  []string `json:"scopes"`
}

// refreshRecord is a refresh token, by its hash. A used one is kept as long as it would have lived, to recognize reuse.
type refreshRecord struct {
	GrantID string    `json:"grant_id"`
	Used    bool      `json:"used"`
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
}

// liveGrant returns the grant if its client exists and the user's consent to it stands, else nil.
func liveGrant(tx Tx, id string) (*grant, error) {
	g, err := grantsTable.get(tx, id)
	if err != nil || g == nil {
		return nil, err
	}
	c, err := clientsTable.get(tx, g.ClientID)
	if err != nil || c == nil {
		return nil, err
	}
	agreed, err := consentsTable.get(tx, consentKey(g.UserID, g.ClientID))
	if err != nil || agreed == nil || agreed.ID != g.ConsentID {
		return nil, err
	}
	return g, nil
}

func (g *grant) offline() bool { return slices.Contains(g.Scopes, "offline_access") }

func (g *grant) save(tx Tx, c *client, now time.Time) error {
	lifetime := c.accessLifetime()
	if g.offline() {
		lifetime = max(lifetime, refreshLifetime)
	}
	return grantsTable.put(tx, g.ID, g, now.Add(lifetime))
}

// newRefreshToken stores a refresh token of the grant.
func (g *grant) newRefreshToken(tx Tx, token string, now time.Time) error {
	record := &refreshRecord{GrantID: g.ID, Issued: now, Expires: now.Add(refreshLifetime)}
	return refreshTable.put(tx, hashToken(token), record, record.Expires)
}

// resourcesFor returns the resources that a token request asks for, or all that were granted if it asks for none.
func (s *Server) resourcesFor(granted, asked []string) ([]string, error) {
	var wanted []string
	for _, resource := range asked {
		if resource != "" {
			wanted = append(wanted, s.canonicalResource(resource))
		}
	}
	if len(wanted) == 0 {
		return granted, nil
	}
	allowed := granted
	if len(allowed) == 0 {
		allowed = s.cfg.Resources
	}
	if !subset(wanted, allowed) {
		return nil, errInvalidTarget
	}
	return wanted, nil
}

// canonicalResource takes off the slash with which clients that parse an origin as a URL write it; it means the same,
// RFC 3986 section 6.2.3. Any other resource is compared as it is.
func (s *Server) canonicalResource(resource string) string {
	origin, ok := strings.CutSuffix(resource, "/")
	if ok && strings.Count(origin, "/") == 2 && slices.Contains(s.cfg.Resources, origin) {
		return origin
	}
	return resource
}

// issue is the set of tokens that a transaction has decided to hand out; they are signed after it.
type issue struct {
	client    *client
	user      *user
	grant     *grant
	scopes    []string
	resources []string
	nonce     string
	jti       string
	refresh   string // the refresh token to answer with, or empty
	at        time.Time
}

// save makes the access token live, and the grant as long as its tokens.
func (i *issue) save(tx Tx) error {
	record := &accessRecord{GrantID: i.grant.ID, Scopes: i.scopes}
	if err := accessTable.put(tx, i.jti, record, i.at.Add(i.client.accessLifetime())); err != nil {
		return err
	}
	return i.grant.save(tx, i.client, i.at)
}

type accessClaims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  []string `json:"aud"`
	ClientID  string   `json:"client_id"`
	Scope     string   `json:"scope"`
	ID        string   `json:"jti"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
}

type idClaims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  []string `json:"aud"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	Nonce     string   `json:"nonce,omitzero"`
	profileClaims
}

type tokenResponse struct {
	meta
	AccessToken  string `json:"access_token"`
	ExpiresIn    int    `json:"expires_in"`
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitzero"`
	IDToken      string `json:"id_token,omitzero"`
}

// answer signs the tokens.
func (s *Server) answer(i *issue) (response, error) {
	lifetime := i.client.accessLifetime()
	audience := append([]string{s.credentials.ProjectID}, i.resources...)
	if i.client.Audience != "" {
		audience = append(audience, i.client.Audience)
	}
	out := &tokenResponse{
		ExpiresIn: int(lifetime.Seconds()), TokenType: "bearer", Scope: strings.Join(i.scopes, " "), RefreshToken: i.refresh,
	}
	keys := s.keys.Load()
	var err error
	out.AccessToken, err = keys.sign(accessClaims{
		Issuer: s.cfg.Issuer, Subject: i.user.UserID, Audience: audience, ClientID: i.client.ID, Scope: out.Scope, ID: i.jti,
		IssuedAt: i.at.Unix(), NotBefore: i.at.Unix(), Expires: i.at.Add(lifetime).Unix(),
	})
	if err != nil || !slices.Contains(i.scopes, "openid") {
		return out, err
	}
	out.IDToken, err = keys.sign(idClaims{
		Issuer: s.cfg.Issuer, Subject: i.user.UserID, Audience: []string{i.client.ID}, Nonce: i.nonce,
		IssuedAt: i.at.Unix(), NotBefore: i.at.Unix(), Expires: i.at.Add(time.Hour).Unix(),
		profileClaims: newProfileClaims(i.user, i.scopes),
	})
	return out, err
}
