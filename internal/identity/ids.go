package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/google/uuid"
)

// newID returns an identifier in Stytch's form for test projects.
func newID(kind string) string { return kind + "-test-" + uuid.NewString() }

// newToken returns an opaque token: 256 random bits in 44 characters.
func newToken() string {
	bits := make([]byte, 32)
	rand.Read(bits) // never fails
	return base64.URLEncoding.EncodeToString(bits)
}

// hashToken is what the store knows of a token. It needs no salt: tokens hold 256 random bits.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
