package stytch

import (
	"math"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// accessClaims are those of a Connected Apps access token (stytch-wire.md §3.3).
// Its times are JSON numbers and nothing else: the library's own claims take
// strings for them too.
type accessClaims struct {
	Issuer    string           `json:"iss"`
	Subject   string           `json:"sub"`
	Audience  jwt.ClaimStrings `json:"aud"`
	Expires   *float64         `json:"exp"`
	NotBefore *float64         `json:"nbf"`
	IssuedAt  *float64         `json:"iat"`
	ClientID  string           `json:"client_id"`
	Scope     string           `json:"scope"`
}

var _ jwt.Claims = (*accessClaims)(nil)

// GetExpirationTime implements jwt.Claims.
func (c *accessClaims) GetExpirationTime() (*jwt.NumericDate, error) { return date(c.Expires) }

// GetNotBefore implements jwt.Claims.
func (c *accessClaims) GetNotBefore() (*jwt.NumericDate, error) { return date(c.NotBefore) }

// GetIssuedAt implements jwt.Claims.
func (c *accessClaims) GetIssuedAt() (*jwt.NumericDate, error) { return date(c.IssuedAt) }

// GetAudience implements jwt.Claims.
func (c *accessClaims) GetAudience() (jwt.ClaimStrings, error) { return c.Audience, nil }

// GetIssuer implements jwt.Claims.
func (c *accessClaims) GetIssuer() (string, error) { return c.Issuer, nil }

// GetSubject implements jwt.Claims.
func (c *accessClaims) GetSubject() (string, error) { return c.Subject, nil }

const maxSeconds = 1 << 40 // 36,000 years

func date(seconds *float64) (*jwt.NumericDate, error) {
	if seconds == nil {
		return nil, nil
	}
	if math.Abs(*seconds) > maxSeconds {
		return nil, jwt.ErrInvalidType
	}
	return jwt.NewNumericDate(time.Unix(int64(*seconds), 0)), nil
}
