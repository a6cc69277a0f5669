package identity

import (
	"context"
	"strings"
)

// refresh is the refresh grant, RFC 6749 section 6. A public client's token works once and is succeeded by a new one;
// its second use ends the family (RFC 9700 section 4.14.2). A confidential client keeps its token, as with Stytch.
func (s *Server) refresh(ctx context.Context, c *client, p params) (*issue, error) {
	token := p.get("refresh_token")
	if token == "" {
		return nil, invalidRequest("The refresh_token is missing.")
	}
	hash, successor := hashToken(token), newToken()
	var issued *issue
	err := s.update(ctx, func(tx Tx) error {
		now := s.now()
		record, err := refreshTable.get(tx, hash)
		if err != nil {
			return err
		}
		if record == nil || !now.Before(record.Expires) {
			return errInvalidGrant
		}
		g, err := liveGrant(tx, record.GrantID)
		if err != nil {
			return err
		}
		if g == nil || g.ClientID != c.ID {
			return errInvalidGrant
		}
		if record.Used {
			if err := grantsTable.delete(tx, g.ID); err != nil {
				return err
			}
			return afterCommit(errInvalidGrant)
		}
		issued = &issue{client: c, grant: g, jti: newToken(), refresh: successor, at: now}
		if issued.scopes, err = narrow(g.Scopes, p.get("scope")); err != nil {
			return err
		}
		if issued.resources, err = s.resourcesFor(g.Resources, p["resource"]); err != nil {
			return err
		}
		if issued.user, err = getUser(tx, g.UserID); err != nil {
			return err
		}
		if c.public() {
			record.Used = true
			err = g.newRefreshToken(tx, successor, now)
		} else {
			record.Expires = now.Add(refreshLifetime)
			issued.refresh = token
		}
		if err != nil {
			return err
		}
		if err := refreshTable.put(tx, hash, record, record.Expires); err != nil {
			return err
		}
		return issued.save(tx)
	})
	return issued, err
}

// narrow returns the scopes that a refresh asks for, or all that were granted if it asks for none.
func narrow(granted []string, asked string) ([]string, error) {
	scopes := strings.Fields(asked)
	if len(scopes) == 0 {
		return granted, nil
	}
	if !subset(scopes, granted) {
		return nil, errInvalidScope
	}
	return scopes, nil
}
