package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// table is a kind of record in the store and the type it holds.
type table[T any] string

const (
	credentialsTable   = table[Credentials]("credentials") // by "project"
	keysTable          = table[keyRecord]("key")           // by kid
	usersTable         = table[user]("user")               // by user id
	emailsTable        = table[string]("email")            // address → user id
	otpsTable          = table[otpRecord]("otp")           // by method id, which is the email id
	magicLinksTable    = table[magicLinkRecord]("magic_link")
	sessionsTable      = table[session]("session")       // by session id
	sessionTokensTable = table[string]("session_token")  // hash → session id
	userSessionsTable  = table[string]("user_session")   // user id / session id → session id
	clientsTable       = table[client]("client")         // by client id
	clientHashesTable  = table[string]("client_hash")    // hash of a public client's metadata → client id
	consentsTable      = table[consent]("consent")       // by user id / client id
	codesTable         = table[codeRecord]("code")       // by hash
	grantsTable        = table[grant]("grant")           // by grant id
	refreshTable       = table[refreshRecord]("refresh") // by hash
	accessTable        = table[accessRecord]("access")   // by jti
	limitsTable        = table[limitRecord]("limit")
)

// get returns the record, or nil when there is none. Keys come from requests, so that one may be empty.
func (t table[T]) get(tx Tx, key string) (*T, error) {
	if key == "" {
		return nil, nil
	}
	data, err := tx.Get(string(t), key)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", t, err)
	}
	return t.decode(data)
}

func (t table[T]) decode(data []byte) (*T, error) {
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return nil, fmt.Errorf("decode %s: %w", t, err)
	}
	return value, nil
}

func (t table[T]) put(tx Tx, key string, value *T, expires time.Time) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s: %w", t, err)
	}
	if err := tx.Put(string(t), key, data, expires); err != nil {
		return fmt.Errorf("put %s: %w", t, err)
	}
	return nil
}

func (t table[T]) delete(tx Tx, key string) error {
	if err := tx.Delete(string(t), key); err != nil {
		return fmt.Errorf("delete %s: %w", t, err)
	}
	return nil
}

// list returns the records whose key starts with prefix, in key order.
func (t table[T]) list(tx Tx, prefix string) ([]*T, error) {
	var values []*T
	err := tx.Scan(string(t), prefix, func(_ string, data []byte) error {
		value, err := t.decode(data)
		values = append(values, value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", t, err)
	}
	return values, nil
}

// keptRefusalError is an answer that refuses, from a transaction whose writes must stay: a counted attempt, a revocation.
type keptRefusalError struct{ answer error }

func (k *keptRefusalError) Error() string { return k.answer.Error() }

// afterCommit makes update keep the transaction's writes and then answer with the refusal.
func afterCommit(refusal error) error { return &keptRefusalError{refusal} }

func (s *Server) update(ctx context.Context, fn func(Tx) error) error {
	var refusal error
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		refusal = nil
		err := fn(tx)
		if kept, ok := errors.AsType[*keptRefusalError](err); ok {
			refusal = kept.answer
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

func (s *Server) view(ctx context.Context, fn func(Tx) error) error { return s.cfg.Store.View(ctx, fn) }
