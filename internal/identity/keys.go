package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
)

const (
	keyPeriod  = 90 * 24 * time.Hour // how long a key is the next one, and then how long it signs
	keyOverlap = 30 * 24 * time.Hour // how long a key stays published after its last signature
	keyBits    = 2048

	maxTokenSize   = 8 << 10 // bytes of a JWT that is parsed at all
	verifiedTokens = 10_000
)

// keyRecord is one signing key. Its place in the order of creation tells its part: the youngest is published and does
// not sign yet, the one before it signs, older ones verify until their overlap is over. So a key has been published
// for a whole period before it signs, and a server that was off for years still never signs with an unknown key.
type keyRecord struct {
	ID      string    `json:"kid"`
	Private []byte    `json:"pkcs8"`
	Created time.Time `json:"created"`
}

// keyring is a snapshot of the keys, ready for use by many goroutines.
type keyring struct {
	signer    jose.Signer
	published []jose.JSONWebKey
	// verified holds, by hash, tokens whose signature was checked with these very keys: a client's token is
	// introspected again and again, and only whether it still stands can change.
	verified *lru.Cache[[sha256.Size]byte, *claims]
}

// loadKeys makes the keys that are due, forgets those whose time is over, and takes the rest into use.
func (s *Server) loadKeys(ctx context.Context) error {
	var records []*keyRecord
	spare, err := s.spareKeys(ctx)
	if err != nil {
		return err
	}
	err = s.update(ctx, func(tx Tx) error {
		var err error
		records, err = keysTable.list(tx, "")
		if err != nil {
			return err
		}
		records, err = rotate(tx, records, spare, s.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("load signing keys: %w", err)
	}
	ring, err := newKeyring(records)
	if err != nil {
		return err
	}
	s.keys.Store(ring)
	return nil
}

// spareKeys makes the keys that rotate may need: outside of a transaction and side by side, because that takes a while.
func (s *Server) spareKeys(ctx context.Context) ([]*keyRecord, error) {
	var missing int
	err := s.view(ctx, func(tx Tx) error {
		records, err := keysTable.list(tx, "")
		missing = keysDue(records, s.now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load signing keys: %w", err)
	}
	spare := make([]*keyRecord, missing)
	var group errgroup.Group
	for i := range spare {
		group.Go(func() error {
			key, err := newKey()
			spare[i] = key
			return err
		})
	}
	return spare, group.Wait()
}

func newKey() (*keyRecord, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("generate signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode signing key: %w", err)
	}
	return &keyRecord{ID: newID("jwk"), Private: der}, nil
}

// keysDue tells how many keys have to be made: two at first, then one whenever the youngest was published for a period.
func keysDue(records []*keyRecord, now time.Time) int {
	if len(records) < 2 {
		return 2 - len(records)
	}
	youngest := slices.MaxFunc(records, byCreation)
	if now.Sub(youngest.Created) >= keyPeriod {
		return 1
	}
	return 0
}

func byCreation(a, b *keyRecord) int {
	if c := a.Created.Compare(b.Created); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// rotate stores the spare keys that are still due, deletes the keys whose overlap is over, and returns the rest,
// youngest first.
func rotate(tx Tx, records, spare []*keyRecord, now time.Time) ([]*keyRecord, error) {
	for _, key := range spare[:min(len(spare), keysDue(records, now))] {
		key.Created = now
		if err := keysTable.put(tx, key.ID, key, time.Time{}); err != nil {
			return nil, err
		}
		records = append(records, key)
	}
	slices.SortFunc(records, func(a, b *keyRecord) int { return byCreation(b, a) })
	for len(records) > 2 {
		oldest := len(records) - 1
		// The oldest stopped signing when the key two places after it was made.
		if stopped := records[oldest-2].Created; now.Sub(stopped) < keyOverlap {
			break
		}
		if err := keysTable.delete(tx, records[oldest].ID); err != nil {
			return nil, err
		}
		records = records[:oldest]
	}
	return records, nil
}

func newKeyring(records []*keyRecord) (*keyring, error) {
	verified, err := lru.New[[sha256.Size]byte, *claims](verifiedTokens)
	if err != nil {
		return nil, err
	}
	ring := &keyring{verified: verified}
	for i, record := range records {
		parsed, err := x509.ParsePKCS8PrivateKey(record.Private)
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", record.ID, err)
		}
		private, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("signing key %s is not RSA", record.ID)
		}
		ring.published = append(ring.published, jose.JSONWebKey{
			Key: &private.PublicKey, KeyID: record.ID, Algorithm: string(jose.RS256), Use: "sig",
		})
		if i != 1 {
			continue
		}
		ring.signer, err = jose.NewSigner(
			jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: private, KeyID: record.ID}},
			(&jose.SignerOptions{}).WithType("JWT"))
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", record.ID, err)
		}
	}
	return ring, nil
}

// sign makes a JWT of the claims.
func (k *keyring) sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	signed, err := k.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed.CompactSerialize()
}

var errNotOurs = errors.New("identity: not a token of this server")

// verify checks a compact JWT's signature with the published key that its kid names, and returns its claims. Only
// RS256 is known, and no key or URL in the header is looked at.
func (k *keyring) verify(token string) (*claims, error) {
	if len(token) > maxTokenSize {
		return nil, errNotOurs
	}
	hash := sha256.Sum256([]byte(token))
	if c, ok := k.verified.Get(hash); ok {
		return c, nil
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, errNotOurs
	}
	i := slices.IndexFunc(k.published, func(key jose.JSONWebKey) bool {
		return key.KeyID == signed.Signatures[0].Protected.KeyID
	})
	if i < 0 {
		return nil, errNotOurs
	}
	payload, err := signed.Verify(k.published[i].Key)
	if err != nil {
		return nil, errNotOurs
	}
	c := new(claims)
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, errNotOurs
	}
	k.verified.Add(hash, c)
	return c, nil
}

// claims are those that this server reads from its own tokens: access tokens and session JWTs.
type claims struct {
	Issuer   string        `json:"iss"`
	Subject  string        `json:"sub"`
	Audience []string      `json:"aud"`
	Expires  int64         `json:"exp"`
	IssuedAt int64         `json:"iat"`
	ID       string        `json:"jti"`
	ClientID string        `json:"client_id"`
	Session  *sessionClaim `json:"https://stytch.com/session"`
}

// verifyToken is verify, and the token must come from this project.
func (s *Server) verifyToken(token string) (*claims, error) {
	c, err := s.keys.Load().verify(token)
	if err != nil {
		return nil, err
	}
	if c.Issuer != s.cfg.Issuer || !slices.Contains(c.Audience, s.credentials.ProjectID) {
		return nil, errNotOurs
	}
	return c, nil
}

type jwksResponse struct {
	meta
	Keys []jose.JSONWebKey `json:"keys"`
}

func (s *Server) jwks(*http.Request) (response, error) {
	return &jwksResponse{Keys: s.keys.Load().published}, nil
}
