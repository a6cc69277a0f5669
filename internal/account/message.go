package account

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

const (
	// maxMessage is how many bytes a message may have. A change that is more is
	// told as a resync: its receiver reads the list.
	maxMessage = 512 << 10
	// maxAnswer is how much of a receiver's answer is read, for the connection's sake.
	maxAnswer = 1 << 10
)

// message is what one webhook is sent: the same id and body at each attempt.
type message struct {
	id    string
	event string
	body  []byte
}

func newMessage(h hook, suffix string, e api.Event) (message, error) {
	body, err := json.Marshal(e)
	return message{id: "msg_" + h.ID + "_" + suffix, event: e.Type, body: body}, err
}

// changeMessage tells of one change.
func changeMessage(h hook, c todo.Change) (message, error) {
	rev := strconv.FormatUint(c.Rev, 10)
	m, err := newMessage(h, rev, api.Event{Type: api.EventOf(c.Kind), Timestamp: c.At, Data: api.NewChange(c)})
	if err == nil && len(m.body) > maxMessage {
		return newMessage(h, rev, api.Event{Type: api.EventResync, Timestamp: c.At, Data: api.Resync{Rev: c.Rev}})
	}
	return m, err
}

// sign returns the header webhook-signature of Standard Webhooks: version 1, which
// is HMAC-SHA256 over id, time and body.
func sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, hookSecretPrefix))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), err
}

// send makes one attempt, and says how it went for the person to read.
func (d *Deliverer) send(ctx context.Context, h hook, m message) api.Delivery {
	now := d.now()
	result := api.Delivery{MessageID: m.id, Event: m.event, At: now.UTC().Truncate(todo.TimePrecision)}
	status, err := d.post(ctx, h, m, now)
	result.Status, result.Delivered = status, err == nil && status/100 == 2
	switch {
	case err != nil:
		result.Error = explain(err)
		d.log.Info("a webhook could not be delivered", "webhook", h.ID, "event", m.event, "error", withoutURL(err))
	case status/100 == 3:
		result.Error = "the receiver answered with a redirect, which is not followed"
	case !result.Delivered:
		result.Error = fmt.Sprintf("the receiver answered %d", status)
	}
	return result
}

func (d *Deliverer) post(ctx context.Context, h hook, m message, now time.Time) (status int, err error) {
	secret := h.secret(d.accounts.Key)
	if digest(secret) != h.Digest {
		return 0, errKeyLost
	}
	signature, err := sign(secret, m.id, now, m.body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(m.body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "todo-webhooks")
	r.Header.Set("Webhook-Id", m.id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", signature)
	resp, err := d.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // what it says does not matter
	return resp.StatusCode, nil
}

var errKeyLost = errors.New("account: the key that the secret was derived from is another")

// explain says why an attempt failed without the words of the network, which would
// tell a person about our side of it.
func explain(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, errNotPublic):
		return "the URL does not lead to a public address"
	case errors.Is(err, errKeyLost):
		return "the server has lost the key of this webhook's secret: make the secret anew"
	case errors.As(err, &dns):
		return "the host's name was not found"
	case errors.As(err, &cert):
		return "the receiver's certificate is not valid"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "the receiver did not answer in time"
	}
	return "the receiver could not be reached"
}

// withoutURL leaves out the URL, which may hold a secret of the receiver's.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
