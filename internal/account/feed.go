package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/kv"
	"todo.example/internal/todo"
)

const (
	kindFeeds      = "feed"     // ownerKey → feed
	kindFeedHashes = "feedHash" // digest → the feed's key
)

// feed is a calendar feed at rest.
type feed struct {
	Subject   string         `json:"subject"`
	Namespace todo.Namespace `json:"namespace"`
	Hash      string         `json:"hash"`
	Events    bool           `json:"events"`
	CreatedAt time.Time      `json:"createdAt"`
	ClientID  string         `json:"clientID,omitempty"` // of the app that made it
}

func (f feed) key() string { return ownerKey(f.Namespace, f.Subject) }

func (f feed) delete(tx kv.Tx) error {
	return errors.Join(tx.Delete(kindFeeds, f.key()), tx.Delete(kindFeedHashes, f.Hash))
}

// Feed returns the actor's calendar feed, without its secret.
func (a *Accounts) Feed(ctx context.Context, ns todo.Namespace, actor todo.Actor) (api.Feed, error) {
	var f feed
	err := a.Store.View(ctx, func(tx kv.Tx) (err error) {
		f, err = get[feed](tx, kindFeeds, ownerKey(ns, actor.Subject))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return api.Feed{}, nil
	}
	return api.Feed{Enabled: err == nil, Events: f.Events, CreatedAt: f.CreatedAt}, err
}

// MakeFeed makes the actor's calendar feed, or makes it anew: the address it had is
// dead. It returns the secret, which is not seen again.
func (a *Accounts) MakeFeed(ctx context.Context, ns todo.Namespace, actor todo.Actor, events bool) (api.Feed, string, error) {
	secret := newSecret()
	f := feed{Subject: actor.Subject, Namespace: ns, Hash: digest(secret), Events: events, CreatedAt: a.time(), ClientID: actor.ClientID}
	err := a.Store.Update(ctx, func(tx kv.Tx) error {
		return errors.Join(deleteFeed(tx, f.key()), put(tx, kindFeeds, f.key(), f, time.Time{}), put(tx, kindFeedHashes, f.Hash, f.key(), time.Time{}))
	})
	if err != nil {
		return api.Feed{}, "", err
	}
	return api.Feed{Enabled: true, Events: events, CreatedAt: f.CreatedAt}, secret, nil
}

// DeleteFeed turns the actor's calendar feed off. One that is off stays so.
func (a *Accounts) DeleteFeed(ctx context.Context, ns todo.Namespace, actor todo.Actor) error {
	return a.Store.Update(ctx, func(tx kv.Tx) error { return deleteFeed(tx, ownerKey(ns, actor.Subject)) })
}

func deleteFeed(tx kv.Tx, key string) error {
	f, err := get[feed](tx, kindFeeds, key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.delete(tx)
}

// FeedGrant is what a calendar feed's secret opens: a look at one list.
type FeedGrant struct {
	Subject   string
	Namespace todo.Namespace
	Events    bool
}

// OpenFeed returns what a feed's secret opens at this moment. ErrBadToken.
func (a *Accounts) OpenFeed(ctx context.Context, secret string) (FeedGrant, error) {
	hash := digest(secret)
	var f feed
	err := a.Store.View(ctx, func(tx kv.Tx) error {
		key, err := get[string](tx, kindFeedHashes, hash)
		if err != nil {
			return err
		}
		f, err = get[feed](tx, kindFeeds, key)
		return err
	})
	if errors.Is(err, kv.ErrNotFound) || err == nil && subtle.ConstantTimeCompare([]byte(hash), []byte(f.Hash)) != 1 {
		return FeedGrant{}, ErrBadToken
	}
	return FeedGrant{Subject: f.Subject, Namespace: f.Namespace, Events: f.Events}, err
}
