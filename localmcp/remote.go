package localmcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// Header names of the streamable HTTP transport.
const (
	headerVersion = "Mcp-Protocol-Version"
	headerSession = "Mcp-Session-Id"
	headerLastID  = "Last-Event-Id"
)

// maxErrorBody is how much of a refusal's body is read, in bytes.
const maxErrorBody = 64 << 10

// maxResumes is how often a stream that broke without an answer is taken up again
// in a row.
const maxResumes = 5

// remote is the server's side of the streamable HTTP transport, without any
// notion of a session.
type remote struct {
	endpoint string
	client   *http.Client
	log      *slog.Logger
	max      int          // bytes in one message
	run      func(func()) // starts a goroutine that somebody waits for
}

// response is an HTTP response that outlives the context it was asked for with,
// once what was wanted of it is there.
type response struct {
	*http.Response
	detach func() bool
	cancel context.CancelFunc
}

// finishWait is how long a stream may take to end after its answer.
const finishWait = 100 * time.Millisecond

// finish reads the response to its end in the background, so that its connection
// can be used again.
func (p *response) finish(run func(func())) {
	p.detach()
	run(func() {
		defer p.close()
		defer time.AfterFunc(finishWait, p.cancel).Stop()
		_, _ = io.Copy(io.Discard, p.Body)
	})
}

// close ends the response at once.
func (p *response) close() {
	p.Body.Close()
	p.detach()
	p.cancel()
}

// errNoAnswer is a stream that ended before the answer it was opened for.
var errNoAnswer = errors.New("the connection ended before the answer came; whether the request was carried out is not known")

// errTooLong is an answer over the limit.
var errTooLong = errors.New("the server's answer is too long")

// statusError is an HTTP status that does not carry a JSON-RPC message.
type statusError struct {
	code int
	text string // what the server said in its body, first line
}

func (e *statusError) Error() string {
	s := fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
	if e.text != "" {
		s += ": " + e.text
	}
	return s
}

// send makes one HTTP request. The caller closes or finishes the response.
func (r *remote) send(ctx context.Context, method string, body []byte, extra http.Header) (*response, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	detach := context.AfterFunc(ctx, cancel)
	var pending atomic.Bool // on a connection, with no byte of an answer
	own = httptrace.WithClientTrace(own, &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { pending.Store(true) },
		GotFirstResponseByte: func() { pending.Store(false) },
	})
	req, err := http.NewRequestWithContext(own, method, r.endpoint, bytes.NewReader(body))
	if err != nil {
		cancel()
		return nil, err
	}
	maps.Copy(req.Header, extra)
	req.Header.Set("Accept", "text/event-stream")
	if method == http.MethodPost {
		req.Header.Set("Accept", "application/json, text/event-stream")
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := r.client.Do(req) //nolint:bodyclose // the response that is returned closes it
	if err != nil {
		cancel()
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // the URL in it may hold a secret
		}
		if ctx.Err() == nil && pending.Load() {
			err = errors.Join(errNoAnswer, err)
		}
		if disconnected(err) {
			r.client.CloseIdleConnections() // they have most likely died with this one
		}
		return nil, err
	}
	return &response{resp, detach, cancel}, nil
}

// exchange posts a request and returns its answer, which is a result or a
// JSON-RPC error. What the server sends before it goes to sink.
func (r *remote) exchange(ctx context.Context, m message, extra http.Header, sink func(message)) (message, error) {
	resp, err := r.send(ctx, http.MethodPost, m.raw, extra)
	if err != nil {
		return message{}, err
	}
	return r.receive(ctx, resp, m, extra, sink)
}

// receive reads the answer to m from resp, whatever form the server chose.
func (r *remote) receive(ctx context.Context, resp *response, m message, extra http.Header, sink func(message)) (message, error) {
	defer resp.finish(r.run)
	if resp.StatusCode >= 300 {
		return r.refusal(resp, m)
	}
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind {
	case "application/json":
		return r.jsonAnswer(resp, m)
	case "text/event-stream":
		return r.streamAnswer(ctx, resp, m, extra, sink)
	default:
		return message{}, &statusError{resp.StatusCode, fmt.Sprintf("content type %q is not MCP; check the address", kind)}
	}
}

func (r *remote) jsonAnswer(resp *response, m message) (message, error) {
	body := bytes.NewBuffer(make([]byte, 0, min(max(resp.ContentLength, 0), int64(r.max))+bytes.MinRead))
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, int64(r.max)+1)); err != nil {
		return message{}, errors.Join(errNoAnswer, err)
	}
	if body.Len() > r.max {
		return message{}, errTooLong
	}
	answer, err := parse(body.Bytes())
	if err != nil {
		return message{}, fmt.Errorf("the server's answer is %w", err)
	}
	if !answer.isResponse() || answer.key != m.key {
		return message{}, errors.New("the server answered another request than the one it was asked")
	}
	return answer, nil
}

// refusal turns a status of 300 and over into the JSON-RPC error it carries, or
// into a *statusError.
func (r *remote) refusal(resp *response, m message) (message, error) {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if answer, err := parse(body); err == nil && answer.err != nil {
		return answer.withID(m.id), nil
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "text/plain" || len(line) > 200 {
		line = ""
	}
	return message{}, &statusError{resp.StatusCode, line}
}

// cursor is where to take a broken stream up again.
type cursor struct {
	lastID string
	pause  time.Duration
}

// streamAnswer reads the stream a request was answered with until its answer, and
// takes it up again where the server allows that (2025-11-25 transports).
func (r *remote) streamAnswer(ctx context.Context, resp *response, m message, extra http.Header, sink func(message)) (message, error) {
	cur := cursor{pause: time.Second}
	for resumes := 0; ; resumes++ {
		before := cur.lastID
		answer, err := r.pump(resp.Body, m.key, &cur, sink)
		if errors.Is(err, errLineTooLong) {
			err = errTooLong
		}
		if err == nil || errors.Is(err, errTooLong) || ctx.Err() != nil {
			return answer, err
		}
		if cur.lastID != before {
			resumes = 0
		}
		if cur.lastID == "" || resumes >= maxResumes || !sleep(ctx, cur.pause) {
			return message{}, errors.Join(errNoAnswer, err)
		}
		next, err := r.resume(ctx, cur.lastID, extra)
		if err != nil {
			return message{}, errors.Join(errNoAnswer, err)
		}
		defer next.finish(r.run)
		resp = next
	}
}

// resume opens the stream with GET; lastID may be empty. Anything but a stream is
// an error.
func (r *remote) resume(ctx context.Context, lastID string, extra http.Header) (*response, error) {
	header := extra.Clone()
	if lastID != "" {
		header.Set(headerLastID, lastID)
	}
	resp, err := r.send(ctx, http.MethodGet, nil, header)
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		resp.close()
		return nil, &statusError{code: resp.StatusCode}
	}
	return resp, nil
}

// pump hands the messages of a stream to sink until the answer to key arrives,
// which it returns; the zero key has no answer. A message that is not valid, or
// that answers something else, is dropped.
func (r *remote) pump(body io.Reader, key jsonrpc.ID, cur *cursor, sink func(message)) (message, error) {
	events := newEventReader(body, r.max)
	for {
		ev, err := events.next()
		if err != nil {
			return message{}, err
		}
		if ev.id != "" {
			cur.lastID = ev.id
		}
		if ev.retry > 0 {
			cur.pause = min(ev.retry, maxPause)
		}
		if len(ev.data) == 0 {
			continue
		}
		m, err := parse(ev.data)
		switch {
		case err != nil:
			r.log.Warn("dropped a message of the server", "error", err)
		case !m.isResponse():
			sink(m)
		case key.IsValid() && m.key == key:
			return m, nil
		default:
			r.log.Warn("dropped an answer nobody asked for")
		}
	}
}

// tell posts a notification or a response, which have no answer.
func (r *remote) tell(ctx context.Context, m message, extra http.Header) error {
	resp, err := r.send(ctx, http.MethodPost, m.raw, extra)
	if err != nil {
		return err
	}
	defer resp.finish(r.run)
	if resp.StatusCode >= 300 {
		return &statusError{code: resp.StatusCode}
	}
	return nil
}

// minPause and maxPause bound the time between two tries to reach the server.
const (
	minPause = 500 * time.Millisecond
	maxPause = 30 * time.Second
)

// backoff is a growing pause between tries.
type backoff struct{ next time.Duration }

// wait sleeps, longer each time. It reports false when ctx has ended.
func (p *backoff) wait(ctx context.Context) bool {
	p.next = min(max(2*p.next, minPause), maxPause)
	return sleep(ctx, p.next)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// unreachable reports whether err is the network's or the server's trouble, which
// may pass by itself; a refusal or a failed sign-in does not.
func unreachable(err error) bool {
	if s, ok := errors.AsType[*statusError](err); ok {
		return s.code >= 500 || s.code == http.StatusTooManyRequests
	}
	return disconnected(err)
}

// disconnected reports whether err is a connection that was not made or broke.
func disconnected(err error) bool {
	if _, ok := errors.AsType[*SignInError](err); ok {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, errNoAnswer) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// neverSent reports whether the request of err cannot have reached the server.
func neverSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// explain turns what went wrong into what the host's user reads. A refusal of the
// server and a sign-in error speak for themselves.
func (r *remote) explain(err error) error {
	_, refused := errors.AsType[*jsonrpc.Error](err)
	_, signIn := errors.AsType[*SignInError](err)
	switch {
	case refused || signIn:
		return err
	case errors.Is(err, context.Canceled):
		return errors.New("the bridge is shutting down")
	case neverSent(err):
		return fmt.Errorf("cannot reach %s (%w). Check that the server runs and the address is right, then try again", r.where(), err)
	case disconnected(err):
		return fmt.Errorf("%s: %w", r.where(), errNoAnswer)
	default:
		return fmt.Errorf("%s: %w", r.where(), err)
	}
}

// where is the endpoint as it may be shown: without credentials and query.
func (r *remote) where() string {
	u, err := url.Parse(r.endpoint)
	if err != nil {
		return "the server"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
