package identity

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
)

func TestPKCE(t *testing.T) {
	s256 := func(verifier string) string {
		sum := sha256.Sum256([]byte(verifier))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	// RFC 7636 appendix B
	if !verifyPKCE("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") {
		t.Error("the RFC's own example fails")
	}
	for length, want := range map[int]bool{0: false, 42: false, 43: true, 128: true, 129: false} {
		verifier := strings.Repeat("v", length)
		if got := verifyPKCE(s256(verifier), verifier); got != want {
			t.Errorf("a verifier of %d characters: %t, want %t", length, got, want)
		}
	}
	for challenge, want := range map[string]bool{
		s256("x"): true, "": false, s256("x") + "=": false, s256("x")[:42]: false, s256("x") + "A": false,
		"+" + s256("x")[1:]: false, strings.Repeat("A", 42) + "B": false, // bits beyond the hash
	} {
		if got := isChallenge(challenge); got != want {
			t.Errorf("isChallenge(%q) = %t, want %t", challenge, got, want)
		}
	}
}
