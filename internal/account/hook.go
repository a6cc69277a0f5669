package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/kv"
	"todo.example/internal/todo"
)

// MaxWebhooks is how many webhooks a person may have in a namespace.
const MaxWebhooks = 10

const kindHooks = "webhook" // ownerKey and id → hook

// NewWebhook says what a webhook is to be. Rev is the list's revision now: it hears
// of what comes after. No events are all.
type NewWebhook struct {
	URL    string
	Events []string
	Rev    uint64
	// IdempotencyKey has a retry within 24 hours answered with the same webhook.
	IdempotencyKey string
}

// WebhookPatch changes what is not nil.
type WebhookPatch struct {
	URL     *string
	Events  *[]string
	Enabled *bool
	// NewSecret makes the secret anew; the one before signs nothing from then on.
	NewSecret bool
}

// hook is a webhook at rest, with where its delivery stands.
type hook struct {
	ID        string         `json:"id"`
	Subject   string         `json:"subject"`
	Namespace todo.Namespace `json:"namespace"`
	URL       string         `json:"url"`
	Events    []string       `json:"events,omitempty"`
	Enabled   bool           `json:"enabled"`
	Reason    string         `json:"reason,omitempty"` // why it is not enabled
	Nonce     string         `json:"nonce"`            // what its secret is derived from, with the key
	Digest    string         `json:"digest"`           // of its secret: a lost key is noticed
	CreatedAt time.Time      `json:"createdAt"`
	CreatedBy string         `json:"createdBy"`
	ClientID  string         `json:"clientID,omitempty"` // of the app that made it

	Position uint64        `json:"position"` // the revision up to which it has heard
	Failures int           `json:"failures,omitempty"`
	NextAt   time.Time     `json:"nextAt,omitzero"`
	Last     *api.Delivery `json:"last,omitempty"`
}

func (h hook) key() string { return ownerKey(h.Namespace, h.Subject) + h.ID }

func (h hook) wire() api.Webhook {
	return api.Webhook{
		ID: h.ID, URL: h.URL, Events: append([]string{}, h.Events...), Enabled: h.Enabled, DisabledReason: h.Reason,
		CreatedAt: h.CreatedAt, CreatedBy: h.CreatedBy, Failures: h.Failures, NextAttemptAt: h.NextAt, Last: h.Last,
	}
}

const hookSecretPrefix = "whsec_"

// renew gives the webhook another secret and returns it.
func (h *hook) renew(key []byte) string {
	h.Nonce = rand.Text()
	secret := h.secret(key)
	h.Digest = digest(secret)
	return secret
}

// secret derives the webhook's secret.
func (h *hook) secret(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("webhook\x00" + h.ID + "\x00" + h.Nonce))
	return hookSecretPrefix + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// CreateWebhook makes a webhook. The answer has its secret, which is not seen again.
func (a *Accounts) CreateWebhook(ctx context.Context, ns todo.Namespace, actor todo.Actor, n NewWebhook) (api.Webhook, error) {
	if err := checkURL(n.URL, a.Loopback); err != nil {
		return api.Webhook{}, err
	}
	events, err := cleanEvents(n.Events)
	if err != nil {
		return api.Webhook{}, err
	}
	h := hook{
		ID: newID(), Subject: actor.Subject, Namespace: ns, URL: n.URL, Events: events, Enabled: true,
		CreatedAt: a.time(), CreatedBy: actor.Name, ClientID: actor.ClientID, Position: n.Rev,
	}
	claim, err := a.claim(ns, actor, n.IdempotencyKey, kindHooks, n.URL, n.Events)
	if err != nil {
		return api.Webhook{}, err
	}
	secret := h.renew(a.Key)
	var made api.Webhook
	err = a.Store.Update(ctx, func(tx kv.Tx) error {
		before, repeated, err := claim.earlier(tx, a.Now())
		if err != nil {
			return err
		}
		if repeated {
			made, err = a.sameHook(tx, before)
			return err
		}
		made = h.wire()
		made.Secret = secret
		return errors.Join(addHook(tx, h), claim.remember(tx, h.key()))
	})
	if err != nil {
		return api.Webhook{}, err
	}
	a.hooks.add(ownerKey(ns, actor.Subject) + made.ID)
	return made, nil
}

func addHook(tx kv.Tx, h hook) error {
	had, err := list[hook](tx, kindHooks, ownerKey(h.Namespace, h.Subject))
	if err != nil {
		return err
	}
	if len(had) >= MaxWebhooks {
		return todo.OverQuota("url", MaxWebhooks, "webhooks")
	}
	return put(tx, kindHooks, h.key(), h, time.Time{})
}

// sameHook returns the webhook that an earlier request made, as it stands.
func (a *Accounts) sameHook(tx kv.Tx, before request) (api.Webhook, error) {
	h, err := get[hook](tx, kindHooks, before.Made)
	if errors.Is(err, kv.ErrNotFound) {
		return api.Webhook{}, gone("webhook")
	}
	made := h.wire()
	made.Secret, made.Replayed = h.secret(a.Key), true
	return made, err
}

// Webhooks lists the actor's webhooks, the oldest first.
func (a *Accounts) Webhooks(ctx context.Context, ns todo.Namespace, actor todo.Actor) ([]api.Webhook, error) {
	all := []api.Webhook{}
	err := a.Store.View(ctx, func(tx kv.Tx) error {
		all = all[:0]
		hooks, err := list[hook](tx, kindHooks, ownerKey(ns, actor.Subject))
		for _, h := range hooks {
			all = append(all, h.wire())
		}
		return err
	})
	slices.SortStableFunc(all, func(x, y api.Webhook) int { return x.CreatedAt.Compare(y.CreatedAt) })
	return all, err
}

// Webhook returns one of the actor's webhooks.
func (a *Accounts) Webhook(ctx context.Context, ns todo.Namespace, actor todo.Actor, id string) (api.Webhook, error) {
	h, err := a.hook(ctx, ownerKey(ns, actor.Subject)+id)
	if errors.Is(err, kv.ErrNotFound) {
		return api.Webhook{}, notFound("webhook", id)
	}
	return h.wire(), err
}

func (a *Accounts) hook(ctx context.Context, key string) (h hook, err error) {
	err = a.Store.View(ctx, func(tx kv.Tx) (err error) {
		h, err = get[hook](tx, kindHooks, key)
		return err
	})
	return h, err
}

// PatchWebhook changes a webhook. One that is enabled anew goes on where it stopped,
// and the waiting for another attempt is over.
func (a *Accounts) PatchWebhook(ctx context.Context, ns todo.Namespace, actor todo.Actor, id string, p WebhookPatch) (api.Webhook, error) {
	var changed api.Webhook
	key := ownerKey(ns, actor.Subject) + id
	err := a.updateHook(ctx, key, func(h *hook) error {
		if err := p.apply(h, a.Loopback); err != nil {
			return err
		}
		secret := ""
		if p.NewSecret {
			secret = h.renew(a.Key)
		}
		changed = h.wire()
		changed.Secret = secret
		return nil
	})
	if errors.Is(err, kv.ErrNotFound) {
		return api.Webhook{}, notFound("webhook", id)
	}
	if err != nil {
		return api.Webhook{}, err
	}
	a.hooks.add(key)
	return changed, nil
}

func (p WebhookPatch) apply(h *hook, loopback bool) error {
	if p.URL != nil {
		if err := checkURL(*p.URL, loopback); err != nil {
			return err
		}
		h.URL = *p.URL
	}
	if p.Events != nil {
		events, err := cleanEvents(*p.Events)
		if err != nil {
			return err
		}
		h.Events = events
	}
	if p.Enabled != nil {
		h.Enabled, h.Reason = *p.Enabled, ""
		if !h.Enabled {
			h.Reason = "it was turned off"
		}
	}
	h.Failures, h.NextAt = 0, time.Time{}
	return nil
}

// updateHook changes a webhook as it stands. kv.ErrNotFound.
func (a *Accounts) updateHook(ctx context.Context, key string, change func(*hook) error) error {
	return a.Store.Update(ctx, func(tx kv.Tx) error {
		h, err := get[hook](tx, kindHooks, key)
		if err != nil {
			return err
		}
		if err := change(&h); err != nil {
			return err
		}
		return put(tx, kindHooks, key, h, time.Time{})
	})
}

// DeleteWebhook ends a webhook. What is under way to it may still arrive.
func (a *Accounts) DeleteWebhook(ctx context.Context, ns todo.Namespace, actor todo.Actor, id string) error {
	key := ownerKey(ns, actor.Subject) + id
	err := a.Store.Update(ctx, func(tx kv.Tx) error {
		if _, err := tx.Get(kindHooks, key); err != nil {
			return err
		}
		return tx.Delete(kindHooks, key)
	})
	if errors.Is(err, kv.ErrNotFound) {
		return notFound("webhook", id)
	}
	if err == nil {
		a.hooks.add(key)
	}
	return err
}

// Events names what a webhook can be told of. A resync is told to all.
func Events() []string {
	var names []string
	for _, k := range todo.Kinds() {
		names = append(names, api.EventOf(k))
	}
	return names
}

func cleanEvents(events []string) ([]string, error) {
	known := Events()
	for _, e := range events {
		if !slices.Contains(known, e) {
			return nil, invalid("events", quoted(e)+" is not an event", "use "+strings.Join(known, ", ")+", or none for all")
		}
	}
	return slices.DeleteFunc(known, func(e string) bool { return !slices.Contains(events, e) }), nil
}

// wants reports whether the webhook is to hear of a kind of change.
func (h hook) wants(k todo.Kind) bool {
	return len(h.Events) == 0 || slices.Contains(h.Events, api.EventOf(k))
}
