package identity

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// token is the token endpoint, RFC 6749 section 3.2.
func (s *Server) token(r *http.Request) (response, error) {
	p, err := readParams(r)
	if err != nil {
		return nil, err
	}
	var exchange func(context.Context, *client, params) (*issue, error)
	switch p.get("grant_type") {
	case "":
		return nil, invalidRequest("The grant_type is missing.")
	case "authorization_code":
		exchange = s.exchangeCode
	case "refresh_token":
		exchange = s.refresh
	default:
		return nil, oauthRefusal("unsupported_grant_type", "The grant_type is not supported.")
	}
	auth, err := readClientAuth(r, p)
	if err != nil {
		return nil, err
	}
	if auth.id == "" {
		return nil, invalidRequest("The client_id is missing.")
	}
	c, err := s.authenticateClient(r.Context(), auth)
	if err != nil {
		return nil, err
	}
	issued, err := exchange(r.Context(), c, p)
	if err != nil {
		return nil, err
	}
	return s.answer(issued)
}

// exchangeCode is the authorization code grant with PKCE, OAuth 2.1 section 4.1.3. A code works once. A second use
// with everything right ends what the first one got; one with a wrong verifier changes nothing, so that who has only
// overheard a code cannot do harm with it.
func (s *Server) exchangeCode(ctx context.Context, c *client, p params) (*issue, error) {
	code, redirect, verifier := p.get("code"), p.get("redirect_uri"), p.get("code_verifier")
	if code == "" || redirect == "" {
		return nil, invalidRequest("The code or the redirect_uri is missing.")
	}
	hash, refresh := hashToken(code), newToken()
	var issued *issue
	err := s.update(ctx, func(tx Tx) error {
		now := s.now()
		record, err := codesTable.get(tx, hash)
		if err != nil {
			return err
		}
		if record == nil || record.ClientID != c.ID || record.RedirectURI != redirect {
			return errInvalidGrant
		}
		if err := record.checkVerifier(verifier); err != nil {
			return err
		}
		if record.GrantID != "" {
			if err := grantsTable.delete(tx, record.GrantID); err != nil {
				return err
			}
			return afterCommit(errInvalidGrant)
		}
		if !now.Before(record.Expires) {
			return errInvalidGrant
		}
		resources, err := s.resourcesFor(record.Resources, p["resource"])
		if err != nil {
			return err
		}
		issued, err = redeem(tx, c, record, resources, refresh, now)
		if err != nil {
			return err
		}
		return codesTable.put(tx, hash, record, now.Add(max(refreshLifetime, c.accessLifetime())))
	})
	return issued, err
}

func (record *codeRecord) checkVerifier(verifier string) error {
	switch {
	case record.Challenge == "" && verifier != "":
		return invalidRequest("There is a code_verifier, but there was no code_challenge.")
	case record.Challenge != "" && !verifyPKCE(record.Challenge, verifier):
		return errInvalidGrant
	}
	return nil
}

// redeem makes a grant of a code whose consent stands, and notes in the record that it is used.
func redeem(tx Tx, c *client, record *codeRecord, resources []string, refresh string, now time.Time) (*issue, error) {
	granted := record.Resources
	if len(granted) == 0 {
		granted = resources
	}
	record.GrantID = newToken()
	g := &grant{
		ID: record.GrantID, UserID: record.UserID, ClientID: c.ID, ConsentID: record.ConsentID,
		Scopes: record.Scopes, Resources: granted,
	}
	if err := g.save(tx, c, now); err != nil {
		return nil, err
	}
	if live, err := liveGrant(tx, g.ID); err != nil {
		return nil, err
	} else if live == nil { // the user has thrown the client out meanwhile, or it was deleted
		return nil, errInvalidGrant
	}
	u, err := getUser(tx, g.UserID)
	if err != nil {
		return nil, err
	}
	issued := &issue{
		client: c, user: u, grant: g, scopes: slices.Clone(g.Scopes), resources: resources,
		nonce: record.Nonce, jti: newToken(), at: now,
	}
	if g.offline() {
		issued.refresh = refresh
		if err := g.newRefreshToken(tx, refresh, now); err != nil {
			return nil, err
		}
	}
	return issued, issued.save(tx)
}
