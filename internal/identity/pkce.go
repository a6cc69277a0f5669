package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

var errCodeChallenge = badRequest("invalid_code_challenge", "The code_challenge must be the base64url encoding of a SHA-256 hash: 43 characters.")

// isChallenge tells whether text can be an S256 code challenge, RFC 7636 section 4.2. Stytch knows no other method.
func isChallenge(text string) bool {
	hash, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(hash) == sha256.Size
}

// verifyPKCE checks a verifier against its S256 challenge.
func verifyPKCE(challenge, verifier string) bool {
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	return subtle.ConstantTimeCompare([]byte(want), []byte(challenge)) == 1
}
