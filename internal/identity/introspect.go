package identity

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// accessToken is an access token that is alive.
type accessToken struct {
	claims *claims
	grant  *grant
	scopes []string
}

// findAccessToken checks an access token: signature, issuer, audience, time, and that neither it nor its grant was
// revoked. It returns nil for one that is not alive, and for a session JWT: only access tokens have a jti that is stored.
func (s *Server) findAccessToken(ctx context.Context, token string) (*accessToken, error) {
	c, err := s.verifyToken(token)
	if err != nil || s.now().Unix() >= c.Expires {
		return nil, nil //nolint:nilerr // a token that is not ours is not alive, and no failure
	}
	found := &accessToken{claims: c}
	err = s.view(ctx, func(tx Tx) error {
		record, err := accessTable.get(tx, c.ID)
		if err != nil || record == nil {
			return err
		}
		found.scopes = record.Scopes
		found.grant, err = liveGrant(tx, record.GrantID)
		return err
	})
	if err != nil || found.grant == nil {
		return nil, err
	}
	return found, nil
}

type introspectResponse struct {
	meta
	Active    bool     `json:"active"`
	Subject   string   `json:"sub"`
	Issuer    string   `json:"iss"`
	Audience  []string `json:"aud"`
	Expires   int64    `json:"exp"`
	IssuedAt  int64    `json:"iat"`
	ClientID  string   `json:"client_id"`
	Scope     string   `json:"scope"`
	TokenType string   `json:"token_type"`
	ID        string   `json:"jti,omitzero"`
}

// inactive is all that is said of a token that is not alive, or not the caller's.
type inactive struct {
	Active bool `json:"active"`
}

func (*inactive) stamp(string) int { return http.StatusOK }

// introspect is RFC 7662, for a client about its own tokens. A public client, which has nothing to authenticate with,
// only names itself, as Stytch's SDKs do. The project, with its id and secret in place of a client's, may ask about all:
// it is the resource server, and has no other way to learn that a confidential client's token was revoked.
func (s *Server) introspect(r *http.Request) (response, error) {
	p, err := readParams(r)
	if err != nil {
		return nil, err
	}
	by, err := s.readAsker(r, p)
	if errors.Is(err, errClientGone) {
		return &inactive{}, nil
	}
	if err != nil {
		return nil, err
	}
	token, access, err := s.tokenIn(r.Context(), p)
	if err != nil {
		return nil, err
	}
	if access == nil {
		return s.introspectRefresh(r.Context(), by, token)
	}
	if !by.mayAskAbout(access.claims.ClientID) {
		return &inactive{}, nil
	}
	return &introspectResponse{
		Active: true, Subject: access.claims.Subject, Issuer: access.claims.Issuer, Audience: access.claims.Audience,
		Expires: access.claims.Expires, IssuedAt: access.claims.IssuedAt, ClientID: access.claims.ClientID,
		Scope: strings.Join(access.scopes, " "), TokenType: "access_token", ID: access.claims.ID,
	}, nil
}

// tokenIn returns the token that a request is about and, if it is an access token that is alive, what it stands for.
func (s *Server) tokenIn(ctx context.Context, p params) (token string, access *accessToken, err error) {
	if token = p.get("token"); token == "" {
		return "", nil, invalidRequest("The token is missing.")
	}
	access, err = s.findAccessToken(ctx, token)
	return token, access, err
}

// asker is who introspects: the project, or a client.
type asker struct {
	project  bool
	clientID string
}

func (a asker) mayAskAbout(clientID string) bool { return a.project || a.clientID == clientID }

func (s *Server) readAsker(r *http.Request, p params) (asker, error) {
	auth, err := readClientAuth(r, p)
	if err != nil {
		return asker{}, err
	}
	if auth.id == s.credentials.ProjectID && sameSecret(auth.secret, s.credentials.Secret) {
		return asker{project: true}, nil
	}
	c, err := s.authenticateClient(r.Context(), auth)
	if err != nil {
		return asker{}, err
	}
	return asker{clientID: c.ID}, nil
}

func (s *Server) introspectRefresh(ctx context.Context, by asker, token string) (response, error) {
	var record *refreshRecord
	var g *grant
	err := s.view(ctx, func(tx Tx) (err error) {
		record, err = refreshTable.get(tx, hashToken(token))
		if err != nil || record == nil || record.Used || !s.now().Before(record.Expires) {
			return err
		}
		g, err = liveGrant(tx, record.GrantID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if g == nil || !by.mayAskAbout(g.ClientID) {
		return &inactive{}, nil
	}
	return &introspectResponse{
		Active: true, Subject: g.UserID, Issuer: s.cfg.Issuer, Audience: append([]string{s.credentials.ProjectID}, g.Resources...),
		Expires: record.Expires.Unix(), IssuedAt: record.Issued.Unix(), ClientID: g.ClientID,
		Scope: strings.Join(g.Scopes, " "), TokenType: "refresh_token",
	}, nil
}

// errClientGone is the refusal of a client that shows no secret and does not exist, perhaps not any more.
var errClientGone = invalidClient(false)
