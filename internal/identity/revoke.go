package identity

import "net/http"

// revoke is RFC 7009. A refresh token ends its whole grant, an access token only itself. A token that is unknown, or
// that is another client's, is answered alike and left alone. The hint is not needed: the two look different.
func (s *Server) revoke(r *http.Request) (response, error) {
	p, err := readParams(r)
	if err != nil {
		return nil, err
	}
	auth, err := readClientAuth(r, p)
	if err != nil {
		return nil, err
	}
	c, err := s.authenticateClient(r.Context(), auth)
	if err != nil {
		return nil, err
	}
	token, access, err := s.tokenIn(r.Context(), p)
	if err != nil {
		return nil, err
	}
	return &meta{}, s.update(r.Context(), func(tx Tx) error {
		if access != nil {
			if access.claims.ClientID != c.ID {
				return nil
			}
			return accessTable.delete(tx, access.claims.ID)
		}
		return revokeRefreshToken(tx, c, hashToken(token))
	})
}

func revokeRefreshToken(tx Tx, c *client, hash string) error {
	record, err := refreshTable.get(tx, hash)
	if err != nil || record == nil {
		return err
	}
	g, err := grantsTable.get(tx, record.GrantID)
	if err != nil || g == nil || g.ClientID != c.ID {
		return err
	}
	return grantsTable.delete(tx, g.ID)
}
