package identity

import (
	"net/http"
	"slices"
	"strings"
)

// profileClaims are the claims about a user that its scopes open, OpenID Connect Core section 5.4.
type profileClaims struct {
	Name          string `json:"name,omitzero"`
	GivenName     string `json:"given_name,omitzero"`
	MiddleName    string `json:"middle_name,omitzero"`
	FamilyName    string `json:"family_name,omitzero"`
	Email         string `json:"email,omitzero"`
	EmailVerified *bool  `json:"email_verified,omitzero"`
}

func newProfileClaims(u *user, scopes []string) profileClaims {
	var c profileClaims
	if slices.Contains(scopes, "profile") {
		c.Name, c.GivenName, c.MiddleName, c.FamilyName = u.Name.full(), u.Name.First, u.Name.Middle, u.Name.Last
	}
	if slices.Contains(scopes, "email") && len(u.Emails) > 0 {
		c.Email, c.EmailVerified = u.Emails[0].Email, &u.Emails[0].Verified
	}
	return c
}

type userinfoResponse struct {
	meta
	Subject string `json:"sub"`
	profileClaims
}

// userinfo is OpenID Connect Core section 5.3. The token comes in the Authorization header and nowhere else.
func (s *Server) userinfo(r *http.Request) (response, error) {
	if r.URL.RawQuery != "" {
		return nil, errQueryParameter
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, errNoBearer
	}
	access, err := s.findAccessToken(r.Context(), token)
	if err != nil {
		return nil, err
	}
	if access == nil {
		return nil, errInvalidToken
	}
	if !slices.Contains(access.scopes, "openid") {
		return nil, errNeedsOpenID
	}
	out := &userinfoResponse{Subject: access.grant.UserID}
	return out, s.view(r.Context(), func(tx Tx) error {
		u, err := getUser(tx, access.grant.UserID)
		if err == nil {
			out.profileClaims = newProfileClaims(u, access.scopes)
		}
		return err
	})
}
