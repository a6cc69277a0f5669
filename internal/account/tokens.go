package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"todo.example/internal/api"
	"todo.example/internal/kv"
	"todo.example/internal/todo"
)

// TokenPrefix is how every personal access token begins, so that people and
// scanners know one when they see it.
const TokenPrefix = "todo_"

// The limits of tokens.
const (
	MaxTokens     = 50  // of a person in a namespace
	MaxTokenDays  = 366 // unless it never expires
	TokenDays     = 90  // where nobody says
	maxNameLength = 60
)

// expiredFor is how long a token is still listed after it has expired.
const expiredFor = 30 * 24 * time.Hour

const (
	kindTokens      = "token"     // ownerKey and id → token
	kindTokenHashes = "tokenHash" // digest → the token's key
	kindTokenUses   = "tokenUse"  // the token's key → when it was used last
)

// ErrBadToken is what Authenticate answers for a token that is no good: unknown,
// deleted or expired.
var ErrBadToken = errors.New("account: the token is not valid")

// NewToken says what a token is to be. Days 0 is the preset.
type NewToken struct {
	Name   string
	Scopes []string
	Days   int
	Never  bool // it does not expire
	// IdempotencyKey has a retry within 24 hours answered with the same token.
	IdempotencyKey string
}

// token is a personal access token at rest.
type token struct {
	ID        string         `json:"id"`
	Subject   string         `json:"subject"`
	Namespace todo.Namespace `json:"namespace"`
	Hash      string         `json:"hash"`
	Name      string         `json:"name"`
	Scopes    []string       `json:"scopes"`
	CreatedAt time.Time      `json:"createdAt"`
	CreatedBy string         `json:"createdBy"`
	ClientID  string         `json:"clientID,omitempty"` // of the app that made it
	ExpiresAt time.Time      `json:"expiresAt,omitzero"`
}

func (t token) key() string { return ownerKey(t.Namespace, t.Subject) + t.ID }

func (t token) delete(tx kv.Tx) error {
	return errors.Join(tx.Delete(kindTokens, t.key()), tx.Delete(kindTokenHashes, t.Hash), tx.Delete(kindTokenUses, t.key()))
}

// forget is when the store may forget the token.
func (t token) forget() time.Time {
	if t.ExpiresAt.IsZero() {
		return time.Time{}
	}
	return t.ExpiresAt.Add(expiredFor)
}

func (t token) wire(used time.Time) api.Token {
	return api.Token{
		ID: t.ID, Name: t.Name, Scopes: t.Scopes, CreatedAt: t.CreatedAt, CreatedBy: t.CreatedBy,
		LastUsedAt: used, ExpiresAt: t.ExpiresAt,
	}
}

// CreateToken makes a token for the actor's list. The answer is the only place where
// its secret is ever seen.
func (a *Accounts) CreateToken(ctx context.Context, ns todo.Namespace, actor todo.Actor, n NewToken) (api.Token, error) {
	name, err := cleanName(n.Name)
	if err != nil {
		return api.Token{}, err
	}
	scopes, err := cleanScopes(n.Scopes)
	if err != nil {
		return api.Token{}, err
	}
	expires, err := n.expires(a.time())
	if err != nil {
		return api.Token{}, err
	}
	claim, err := a.claim(ns, actor, n.IdempotencyKey, kindTokens, n)
	if err != nil {
		return api.Token{}, err
	}
	secret := a.newToken(claim)
	t := token{
		ID: newID(), Subject: actor.Subject, Namespace: ns, Hash: digest(secret), Name: name, Scopes: scopes,
		CreatedAt: a.time(), CreatedBy: actor.Name, ClientID: actor.ClientID, ExpiresAt: expires,
	}
	var made api.Token
	err = a.Store.Update(ctx, func(tx kv.Tx) error {
		before, repeated, err := claim.earlier(tx, a.Now())
		if err != nil {
			return err
		}
		if repeated {
			made, err = a.sameToken(tx, before)
			return err
		}
		made = t.wire(time.Time{})
		made.Secret = secret
		return errors.Join(addToken(tx, t), claim.remember(tx, t.key()))
	})
	if err != nil {
		return api.Token{}, err
	}
	return made, nil
}

func addToken(tx kv.Tx, t token) error {
	had, err := list[token](tx, kindTokens, ownerKey(t.Namespace, t.Subject))
	if err != nil {
		return err
	}
	if len(had) >= MaxTokens {
		return todo.OverQuota("name", MaxTokens, "tokens")
	}
	return errors.Join(put(tx, kindTokens, t.key(), t, t.forget()), put(tx, kindTokenHashes, t.Hash, t.key(), t.forget()))
}

// sameToken returns the token that an earlier request made, as that was answered.
func (a *Accounts) sameToken(tx kv.Tx, before request) (api.Token, error) {
	t, err := get[token](tx, kindTokens, before.Made)
	if errors.Is(err, kv.ErrNotFound) {
		return api.Token{}, gone("token")
	}
	made := t.wire(time.Time{})
	made.Secret, made.Replayed = tokenOf(before.randomFor(a.Key)), true
	return made, err
}

// newToken returns a token of random bytes, or of such that a retry finds again.
func (a *Accounts) newToken(c claim) string {
	if c.key != "" {
		return tokenOf(c.request.randomFor(a.Key))
	}
	b := make([]byte, secretSize)
	rand.Read(b) // never fails (crypto/rand)
	return tokenOf(b)
}

// tokenOf returns the prefix, then 32 random bytes and a checksum of both, by which
// a mistyped token is known without asking.
func tokenOf(random []byte) string {
	b := binary.BigEndian.AppendUint32(slices.Clip(random), tokenSum(random))
	return TokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

func tokenSum(random []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(TokenPrefix)), crc32.IEEETable, random)
}

// wellMade reports whether s can be a token at all.
func wellMade(s string) bool {
	encoded, ok := strings.CutPrefix(s, TokenPrefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	return ok && err == nil && len(b) == secretSize+crc32.Size && binary.BigEndian.Uint32(b[secretSize:]) == tokenSum(b[:secretSize])
}

func (n NewToken) expires(now time.Time) (time.Time, error) {
	hint := fmt.Sprintf("use 1 to %d, or neverExpires", MaxTokenDays)
	switch {
	case n.Never && n.Days != 0:
		return time.Time{}, invalid("expiresInDays", "a token that never expires does not expire in days", "send one of them")
	case n.Never:
		return time.Time{}, nil
	case n.Days < 0 || n.Days > MaxTokenDays:
		return time.Time{}, invalid("expiresInDays", "a token cannot expire in so many days", hint)
	case n.Days == 0:
		n.Days = TokenDays
	}
	return now.AddDate(0, 0, n.Days), nil
}

func cleanName(name string) (string, error) {
	const hint = "name it after what uses it"
	name = strings.TrimSpace(name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", invalid("name", "the name is empty", hint)
	case n > maxNameLength:
		return "", invalid("name", fmt.Sprintf("the name has %d characters, %d are allowed", n, maxNameLength), hint)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", invalid("name", "the name has a character that cannot be seen", hint)
	}
	return name, nil
}

// The scopes that a token may have, as remote/internal/auth knows them.
var tokenScopes = []string{"todos:read", "todos:write"}

// cleanScopes returns the scopes in their own order: to read, or to read and write.
func cleanScopes(scopes []string) ([]string, error) {
	const hint = "use todos:read, or todos:read and todos:write"
	for _, s := range scopes {
		if !slices.Contains(tokenScopes, s) {
			return nil, invalid("scopes", quoted(s)+" is not a scope of a token", hint)
		}
	}
	if !slices.Contains(scopes, tokenScopes[0]) {
		return nil, invalid("scopes", "a token must at least be able to read", hint)
	}
	return slices.DeleteFunc(slices.Clone(tokenScopes), func(s string) bool { return !slices.Contains(scopes, s) }), nil
}

// Tokens lists the actor's tokens, the newest first; also those that expired lately.
func (a *Accounts) Tokens(ctx context.Context, ns todo.Namespace, actor todo.Actor) ([]api.Token, error) {
	all := []api.Token{}
	err := a.Store.View(ctx, func(tx kv.Tx) error {
		all = all[:0]
		tokens, err := list[token](tx, kindTokens, ownerKey(ns, actor.Subject))
		for _, t := range tokens {
			used, err := a.lastUse(tx, t.key())
			if err != nil {
				return err
			}
			all = append(all, t.wire(used))
		}
		return err
	})
	slices.SortStableFunc(all, func(x, y api.Token) int { return y.CreatedAt.Compare(x.CreatedAt) })
	return all, err
}

// DeleteToken takes a token back. It opens nothing from now on.
func (a *Accounts) DeleteToken(ctx context.Context, ns todo.Namespace, actor todo.Actor, id string) error {
	return a.Store.Update(ctx, func(tx kv.Tx) error {
		t, err := get[token](tx, kindTokens, ownerKey(ns, actor.Subject)+id)
		if errors.Is(err, kv.ErrNotFound) {
			return notFound("token", id)
		}
		if err != nil {
			return err
		}
		return t.delete(tx)
	})
}

// Grant is what a token opens.
type Grant struct {
	ID        string
	Subject   string
	Namespace todo.Namespace
	Name      string
	Scopes    []string
	ExpiresAt time.Time // zero: never
}

// Authenticate returns what a token opens at this moment, or ErrBadToken. Any other
// error says nothing about the token.
func (a *Accounts) Authenticate(ctx context.Context, secret string) (Grant, error) {
	if !wellMade(secret) {
		return Grant{}, ErrBadToken
	}
	hash := digest(secret)
	var t token
	err := a.Store.View(ctx, func(tx kv.Tx) error {
		key, err := get[string](tx, kindTokenHashes, hash)
		if err != nil {
			return err
		}
		t, err = get[token](tx, kindTokens, key)
		return err
	})
	now := a.Now()
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return Grant{}, ErrBadToken
	case err != nil:
		return Grant{}, err
	case subtle.ConstantTimeCompare([]byte(hash), []byte(t.Hash)) != 1, !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt):
		return Grant{}, ErrBadToken
	}
	a.noteUse(t.key(), now)
	return Grant{ID: t.ID, Subject: t.Subject, Namespace: t.Namespace, Name: t.Name, Scopes: t.Scopes, ExpiresAt: t.ExpiresAt}, nil
}

// noteUse remembers that a token was used, for the next flush: no reader waits for
// a write.
func (a *Accounts) noteUse(key string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used[key] = at.UTC().Truncate(time.Second)
}

func (a *Accounts) lastUse(tx kv.Tx, key string) (time.Time, error) {
	a.mu.Lock()
	used, ok := a.used[key]
	a.mu.Unlock()
	if ok {
		return used, nil
	}
	used, err := get[time.Time](tx, kindTokenUses, key)
	if errors.Is(err, kv.ErrNotFound) {
		err = nil
	}
	return used, err
}

// flush writes when tokens were used, in one transaction.
func (a *Accounts) flush(ctx context.Context) error {
	a.mu.Lock()
	used := a.used
	a.used = map[string]time.Time{}
	a.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := a.Store.Update(ctx, func(tx kv.Tx) error {
		for key, at := range used {
			t, err := get[token](tx, kindTokens, key)
			if errors.Is(err, kv.ErrNotFound) {
				continue // deleted since
			}
			if err = errors.Join(err, put(tx, kindTokenUses, key, at, t.forget())); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		maps.Copy(used, a.used)
		a.used = used
	}
	return err
}
