package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"todo.example/internal/kv"
	"todo.example/internal/todo"
)

const kindRequests = "request" // owner, client and idempotency key → request

// request is what was made for a request with an idempotency key, by which a retry is
// answered.
type request struct {
	Fingerprint string    `json:"fingerprint"` // of what was asked
	Made        string    `json:"made"`        // the key of what was made
	Nonce       string    `json:"nonce"`       // what a token's secret was derived from, with Config.Key
	Until       time.Time `json:"until"`
}

// claim is a request as a retry of it would say it again; without a key it has none.
type claim struct {
	key     string
	request request
}

// claim reads the idempotency key of a request to make something.
func (a *Accounts) claim(ns todo.Namespace, actor todo.Actor, key string, asked ...any) (claim, error) {
	if key == "" {
		return claim{}, nil
	}
	if err := todo.CheckIdempotencyKey(key); err != nil {
		return claim{}, err
	}
	raw, err := json.Marshal(asked)
	return claim{
		key:     ownerKey(ns, actor.Subject) + actor.ClientID + "\x00" + key,
		request: request{Fingerprint: digest(string(raw)), Nonce: rand.Text(), Until: a.time().Add(todo.KeyRetention)},
	}, err
}

// earlier returns the request that this one repeats, if there was one.
func (c claim) earlier(tx kv.Tx, now time.Time) (request, bool, error) {
	if c.key == "" {
		return request{}, false, nil
	}
	r, err := get[request](tx, kindRequests, c.key)
	switch {
	case errors.Is(err, kv.ErrNotFound), err == nil && !now.Before(r.Until):
		return request{}, false, nil
	case err == nil && r.Fingerprint != c.request.Fingerprint:
		err = todo.KeyReused()
	}
	return r, err == nil, err
}

// remember notes what was made.
func (c claim) remember(tx kv.Tx, made string) error {
	if c.key == "" {
		return nil
	}
	c.request.Made = made
	return put(tx, kindRequests, c.key, c.request, c.request.Until)
}

// randomFor derives what a token's secret is made of where a retry must be able to
// answer with it: for that long whoever has both the store and the key could, too.
func (r request) randomFor(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("token\x00" + r.Nonce))
	return mac.Sum(nil)
}

// gone is the answer to a retry whose first request made what is there no more.
func gone(what string) error {
	return &todo.Error{Code: todo.CodeConflict, Field: "Idempotency-Key", Message: "the " + what + " that this request made was deleted since", Hint: "use a new key to make another; nothing was changed"}
}
