package localmcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// Protocol versions. The first is the only one without sessions; the others are
// those a server can be told of in an initialize that the bridge answers alone.
const versionStateless = "2026-07-28"

func sessionVersions() []string {
	return []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}
}

// link is what the host and the remote server agreed on for messages that rest on
// the host's initialize. It is replaced when the server forgets it.
type link interface {
	// start tells the server that the host is ready, and sets up again what the
	// host had set up on the link before.
	start(ctx context.Context)
	// call sends a request and returns its answer.
	call(ctx context.Context, m message) (message, error)
	// notify passes on a notification of the host.
	notify(ctx context.Context, m message) error
	// abandon ends what the link does by itself, without telling the server.
	abandon()
	// close ends the link and tells the server.
	close(ctx context.Context)
}

// errSessionLost is a request the server refused because it does not know the
// session. It has not carried it out.
var errSessionLost = errors.New("the server has forgotten this session")

// hello is the host's initialize, which every new link starts with.
type hello struct {
	message
	version            string
	capabilities, info json.RawMessage
}

func newHello(m message) *hello {
	var p struct {
		ProtocolVersion          string
		Capabilities, ClientInfo json.RawMessage
	}
	_ = json.Unmarshal(m.params, &p)
	if p.Capabilities == nil {
		p.Capabilities = json.RawMessage("{}")
	}
	return &hello{message: m, version: p.ProtocolVersion, capabilities: p.Capabilities, info: p.ClientInfo}
}

// attempt is one try to link with the remote server, shared by all who wait.
type attempt struct {
	hello *hello
	duty  *duty
	stop  context.CancelFunc
	done  chan struct{} // closed when link and err are set
	link  link
	err   error
}

// begin starts an attempt, or joins the one under way. agreed gets the server's
// answer to initialize before anything else of the server reaches the host; it
// reports whether the host got it. b.mu is held.
func (b *bridge) begin(unattended bool, agreed func(message) bool) *attempt {
	if b.attempt != nil {
		return b.attempt
	}
	ctx, stop := context.WithCancel(b.ctx)
	a := &attempt{hello: b.hello, duty: b.newDuty(unattended, signInWait), stop: stop, done: make(chan struct{})}
	b.attempt = a
	b.run(func() {
		defer close(a.done)
		defer stop()
		l, answer, err := b.agree(a.duty.attach(ctx), a.hello)
		if err == nil {
			told := agreed != nil && agreed(answer)
			l.start(a.duty.attach(ctx))
			if !told {
				b.announce(answer)
			}
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.attempt == a { // else the host has started anew
			b.attempt = nil
			b.link = l
		} else if l != nil {
			b.run(func() { b.end(l) })
		}
		a.link, a.err = l, err
	})
	return a
}

// linked returns the link, making it first if need be.
func (b *bridge) linked(ctx context.Context) (link, error) {
	timer := time.NewTimer(linkWait)
	defer timer.Stop()
	for {
		b.mu.Lock()
		if l := b.link; l != nil || b.hello == nil {
			b.mu.Unlock()
			if l == nil {
				return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: "send initialize first"}
			}
			return l, nil
		}
		a := b.begin(false, nil)
		b.mu.Unlock()
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			if isClosed(a.duty.asked) {
				return nil, &SignInError{errWaiting}
			}
			return nil, errors.New("the server has not answered yet")
		}
		if a.err == nil || !a.duty.unattended {
			return a.link, a.err
		}
		// The attempt was nobody's and could not ask for a sign-in: make another.
	}
}

// unlink gives up a link that the server has forgotten, unless that has happened.
func (b *bridge) unlink(l link) {
	b.mu.Lock()
	current := b.link == l
	if current {
		b.link = nil
	}
	b.mu.Unlock()
	if current {
		l.abandon()
	}
}

// keepTrying makes the link in the background, for as long as only the network or
// the server is in the way.
func (b *bridge) keepTrying() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.retrying {
		return
	}
	b.retrying = true
	b.run(func() {
		var pause backoff
		for pause.wait(b.ctx) && b.tryAgain() {
		}
		b.mu.Lock()
		b.retrying = false
		b.mu.Unlock()
	})
}

// tryAgain makes one unattended attempt and reports whether to make another.
func (b *bridge) tryAgain() bool {
	b.mu.Lock()
	if b.link != nil {
		b.mu.Unlock()
		return false
	}
	a := b.begin(true, nil)
	b.mu.Unlock()
	<-a.done
	return a.err != nil && unreachable(a.err)
}

// greet begins a link for the host's initialize, in place of any earlier one.
func (b *bridge) greet(c *call) *attempt {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.link; old != nil {
		b.link = nil
		b.run(func() { b.end(old) })
	}
	if b.attempt != nil {
		b.attempt.stop()
		b.attempt = nil
	}
	b.hello = newHello(c.message)
	return b.begin(false, func(answer message) bool { return c.answer(answer.raw) })
}

// initialize sees to it that the host's initialize is answered: by the server,
// which greet arranged, or alone if the server takes too long.
func (b *bridge) initialize(ctx context.Context, c *call, a *attempt) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	var err error
	select {
	case <-a.done:
		err = a.err
	case <-a.duty.asked:
		err = &SignInError{errWaiting}
	case <-timer.C:
		err = errors.New("the server is slow to answer")
	case <-ctx.Done():
		return
	}
	if _, refused := errors.AsType[*jsonrpc.Error](err); refused {
		c.answer(errorFrame(c.id, jsonrpc.CodeInternalError, err))
		return
	}
	if err == nil {
		return
	}
	c.answer(resultFrame(c.id, b.standIn(a.hello, b.remote.explain(err))))
	b.run(func() {
		if <-a.done; a.err != nil && unreachable(a.err) {
			b.keepTrying()
		}
	})
}

// end closes a link, within bounds and even if the run has ended.
func (b *bridge) end(l link) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), closeWait)
	defer cancel()
	l.close(b.newDuty(true, 0).attach(ctx))
}

// standIn is the answer to initialize while the server's own is not to be had. It
// offers everything, because what the server has is not known; what it lacks, the
// server refuses later.
func (b *bridge) standIn(h *hello, why error) object {
	version := h.version
	if !slices.Contains(sessionVersions(), version) {
		version = sessionVersions()[0]
	}
	changing := object{"listChanged": true}
	return object{
		"protocolVersion": version,
		"serverInfo":      object{"name": b.cfg.Name, "version": b.cfg.Version},
		"capabilities": object{
			"tools": changing, "prompts": changing, "resources": object{"listChanged": true, "subscribe": true},
			"completions": object{}, "logging": object{},
		},
		"instructions": "The remote server has not been reached yet: " + why.Error(),
	}
}

// announce tells the host that what it knows of the server may be out of date,
// going by the capabilities in answer, and that so may what it is subscribed to.
func (b *bridge) announce(answer message) {
	var res struct{ Capabilities map[string]json.RawMessage }
	_ = json.Unmarshal(answer.result, &res)
	for _, kind := range []string{"tools", "prompts", "resources"} {
		if _, ok := res.Capabilities[kind]; ok {
			b.out.write(request(nil, "notifications/"+kind+"/list_changed", nil).raw)
		}
	}
	for _, uri := range b.subscriptions() {
		b.out.write(request(nil, "notifications/resources/updated", object{"uri": uri}).raw)
	}
}

// subscriptions lists the resources the host is subscribed to.
func (b *bridge) subscriptions() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	uris := make([]string, 0, len(b.subs))
	for uri := range b.subs {
		uris = append(uris, uri)
	}
	slices.Sort(uris)
	return uris
}

// agree makes a link in whatever way the server can: with a session; or without
// one, and then by 2026-07-28 if the server knows it, because only so can a server
// without sessions ask the host something. answer is what initialize is answered.
func (b *bridge) agree(ctx context.Context, h *hello) (l link, answer message, err error) {
	resp, err := b.remote.send(ctx, http.MethodPost, h.raw, nil)
	if err != nil {
		return nil, message{}, err
	}
	answer, err = b.remote.receive(ctx, resp, h.message, nil, func(message) {})
	if session := resp.Header.Get(headerSession); err == nil && answer.err == nil && session != "" {
		return newSession(b, session, answer), answer, nil
	}
	refused := refusal(answer, err)
	if !mayBeStateless(refused) {
		return nil, message{}, refused
	}
	stateless, discovered := newStateless(ctx, b, h)
	switch {
	case discovered == nil && refused == nil:
		return stateless, answer, nil
	case discovered == nil:
		return stateless, stateless.initializeAnswer(), nil
	case refused == nil:
		return newSession(b, "", answer), answer, nil
	default:
		return nil, message{}, refused
	}
}

// mayBeStateless reports whether a server that answered initialize so (nil: well,
// but without a session) may know 2026-07-28.
func mayBeStateless(refused error) bool {
	_, rpc := errors.AsType[*jsonrpc.Error](refused)
	if status, ok := errors.AsType[*statusError](refused); ok {
		return slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed}, status.code)
	}
	return refused == nil || rpc
}

// refusal is err, or the JSON-RPC error in answer.
func refusal(answer message, err error) error {
	if err != nil || answer.err == nil {
		return err
	}
	rpc := &jsonrpc.Error{}
	if json.Unmarshal(answer.err, rpc) != nil {
		return errors.New("the server's error cannot be read")
	}
	return rpc
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
