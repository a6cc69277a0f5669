package identity

import (
	"context"
	"strings"
	"time"
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
		record, g, err := findRefresh(tx, c, hash, now)
		if err != nil {
			return err
		}
		if record.Used {
			if err := grantsTable.delete(tx, g.ID); err != nil {
				return err
			}
			return afterCommit(errInvalidGrant)
		}
		if issued, err = s.renew(tx, c, g, p, now); err != nil {
			return err
		}
		if c.public() {
			issued.refresh = successor
			record.Used = true
			err = g.newRefreshToken(tx, successor, now)
		} else {
			issued.refresh = token
			record.Expires = now.Add(refreshLifetime)
		}
		if err != nil {
			return err
		}
		return refreshTable.put(tx, hash, record, record.Expires)
	})
	return issued, err
}

// findRefresh returns the client's refresh token, which may be used already, and its grant, which is alive.
func findRefresh(tx Tx, c *client, hash string, now time.Time) (*refreshRecord, *grant, error) {
	record, err := refreshTable.get(tx, hash)
	if err != nil {
		return nil, nil, err
	}
	if record == nil || !now.Before(record.Expires) {
		return nil, nil, errInvalidGrant
	}
	g, err := liveGrant(tx, record.GrantID)
	if err != nil {
		return nil, nil, err
	}
	if g == nil || g.ClientID != c.ID {
		return nil, nil, errInvalidGrant
	}
	return record, g, nil
}

// renew makes the next access token of a grant.
func (s *Server) renew(tx Tx, c *client, g *grant, p params, now time.Time) (*issue, error) {
	scopes, err := narrow(g.Scopes, p.get("scope"))
	if err != nil {
		return nil, err
	}
	resources, err := s.resourcesFor(g.Resources, p["resource"])
	if err != nil {
		return nil, err
	}
	u, err := getUser(tx, g.UserID)
	if err != nil {
		return nil, err
	}
	issued := &issue{client: c, user: u, grant: g, scopes: scopes, resources: resources, jti: newToken(), at: now}
	return issued, issued.save(tx)
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
