package client

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

const maxRedirects = 5

var errElsewhere = errors.New("redirect to another server")

// sameOrigin is an http.Client's CheckRedirect: the next server would be sent
// what was meant for this one.
func sameOrigin(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return errElsewhere
	}
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	return nil
}

// answer returns the body of a successful answer, or the failure that the server
// tells of.
func (c *Client) answer(resp *http.Response) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxAnswer {
		return nil, &todo.Error{Code: todo.CodeTooLarge, Message: fmt.Sprintf("the answer of %s is over %d MiB", c.base, maxAnswer>>20), Hint: "ask for less at once"}
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode == http.StatusNoContent:
		return nil, nil
	case resp.StatusCode < 300 && media == "application/json":
		return raw, nil
	case media == "application/problem+json":
		return nil, c.problem(raw)
	case resp.StatusCode == http.StatusBadGateway, resp.StatusCode == http.StatusGatewayTimeout, resp.StatusCode == http.StatusServiceUnavailable:
		return nil, c.unreachable(fmt.Errorf("answered %s", resp.Status), "is not running behind its proxy", "try again in a moment")
	}
	return nil, c.notOurs(fmt.Errorf("answered %s with %q", resp.Status, media))
}

func (c *Client) problem(raw []byte) error {
	var p struct {
		api.Problem
		Lines []api.LineError
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return c.notOurs(err)
	}
	err := p.Err()
	if len(p.Lines) > 0 {
		return &refusedError{err, p.Lines}
	}
	if p.RequestID == "" || !errors.Is(err, &todo.Error{Code: todo.CodeInternal}) {
		return err
	}
	e := *todo.AsError(err)
	e.Hint = strings.TrimSpace(e.Hint + " (request id " + p.RequestID + ")")
	return &e
}

// broken reports whether the connection failed, so that nobody knows whether the
// request arrived. A time limit that has passed is none of these: the second try
// would only double the wait.
func broken(err error) bool {
	if timedOut(err) {
		return false
	}
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func timedOut(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// explain turns the failure to get an answer into words for a person.
func (c *Client) explain(err error) error {
	var public *todo.Error
	var name *net.DNSError
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &public):
		return err
	case errors.Is(err, errElsewhere):
		return c.unreachable(err, "sends requests on to "+destination(err), "if that is the server's address now, give it with --server")
	case errors.As(err, &name):
		return c.unreachable(err, "has a name that cannot be found", "check the address given with --server")
	case timedOut(err):
		return c.unreachable(err, "did not answer in time", "try again in a moment")
	case errors.As(err, &network) && network.Op == "dial":
		return c.unreachable(err, "is not running", "start it with: todo serve; or give another address with --server")
	case errors.As(err, &certificate):
		return c.unreachable(err, "has a certificate that is not valid for it", "check the address given with --server")
	case broken(err):
		return c.unreachable(err, "broke the connection", "try again in a moment")
	}
	return err
}

func destination(err error) string {
	var u *url.Error
	if !errors.As(err, &u) {
		return "another server"
	}
	to, err := url.Parse(u.URL)
	if err != nil {
		return "another server"
	}
	return to.Scheme + "://" + to.Host
}

func (c *Client) unreachable(cause error, what, hint string) error {
	return &todo.Error{Code: todo.CodeUnavailable, Message: "the server at " + c.base + " " + what, Hint: hint, Cause: cause}
}

// notOurs is the answer of something that is not this API's server.
func (c *Client) notOurs(cause error) error {
	return c.unreachable(cause, "does not answer as a todo server does", "check the address given with --server")
}
