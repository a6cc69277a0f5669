package localmcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Methods of 2026-07-28.
const (
	methodListen       = "subscriptions/listen"
	methodDiscover     = "server/discover"
	methodAcknowledged = "notifications/subscriptions/acknowledged"
)

// maxRounds is how often a server may ask for input during one request.
const maxRounds = 10

// relayStateless passes on a request of a host that speaks 2026-07-28 itself. It
// rests on nothing earlier, so it needs no link.
func (b *bridge) relayStateless(ctx context.Context, c *call, d *duty) (message, error) {
	switch c.method {
	case methodListen:
		return b.relayListen(ctx, c.message)
	case methodDiscover:
		return b.relayDiscover(c.message, d)
	}
	answer, err := b.post(ctx, c.message, b.toHost)
	b.remember(c.message, answer)
	return answer, err
}

// relayDiscover gives up early, while the request itself goes on and finds the
// person signed in or not: any error makes the host try initialize, which the
// bridge can answer alone.
func (b *bridge) relayDiscover(m message, d *duty) (message, error) {
	type outcome struct {
		answer message
		err    error
	}
	done := make(chan outcome, 1)
	b.run(func() {
		answer, err := b.post(d.attach(b.ctx), m, b.toHost)
		done <- outcome{answer, err}
	})
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	select {
	case o := <-done:
		return o.answer, o.err
	case <-d.asked:
		return message{}, &SignInError{errWaiting}
	case <-ctx.Done():
		return message{}, errors.New("the server is slow to answer")
	}
}

// relayListen keeps a host's subscriptions/listen going across broken connections.
// The host sees one acknowledgement.
func (b *bridge) relayListen(ctx context.Context, m message) (message, error) {
	acknowledged := false
	sink := func(got message) {
		if got.method == methodAcknowledged {
			if acknowledged {
				return
			}
			acknowledged = true
		}
		b.toHost(got)
	}
	var pause backoff
	for attempt := ctx; ; attempt = b.newDuty(true, 0).attach(ctx) { // after the first, nobody waits
		answer, err := b.post(attempt, m, sink)
		if err == nil || !acknowledged || !unreachable(err) || !pause.wait(ctx) {
			return answer, err
		}
	}
}

// post sends a 2026-07-28 request with the headers that mirror its body. A call of
// a tool that nobody has listed may miss some: then the bridge lists the tools.
func (b *bridge) post(ctx context.Context, m message, sink func(message)) (message, error) {
	answer, err := b.remote.exchange(ctx, m, b.headers(m), sink)
	rpc, _ := errors.AsType[*jsonrpc.Error](refusal(answer, err))
	if rpc == nil || rpc.Code != mcp.CodeHeaderMismatch || m.method != "tools/call" || !b.listTools(ctx, m) {
		return answer, err
	}
	return b.remote.exchange(ctx, m, b.headers(m), sink)
}

func (b *bridge) headers(m message) http.Header {
	b.mu.Lock()
	defer b.mu.Unlock()
	return mirrorHeaders(m, b.params)
}

// maxPages bounds a list that the bridge reads for itself.
const maxPages = 50

// listTools learns which arguments the tools want in headers, as the sender of m.
func (b *bridge) listTools(ctx context.Context, m message) bool {
	params := object{"_meta": members(m.params)["_meta"]}
	for range maxPages {
		list := request(b.newID(), "tools/list", params)
		answer, err := b.remote.exchange(ctx, list, b.headers(list), func(message) {})
		if refusal(answer, err) != nil {
			return false
		}
		b.remember(list, answer)
		next := members(answer.result)["nextCursor"]
		if next == nil {
			return true
		}
		params["cursor"] = next
	}
	return false
}

// toHost passes on a notification. A 2026-07-28 server must not send requests.
func (b *bridge) toHost(m message) {
	if m.isNotification() {
		b.out.write(m.raw)
	}
}

// stateless is a link between a host that speaks a version with sessions and a
// server that speaks 2026-07-28: what the host said once goes with each request,
// what the server wants to know comes as a result, and what it has to report on a
// stream of its own.
type stateless struct {
	b      *bridge
	h      *hello
	answer message // of server/discover
	ctx    context.Context
	stop   context.CancelFunc

	mu       sync.Mutex
	relisten chan struct{} // closed when the subscriptions have changed
}

// newStateless asks the server whether it knows 2026-07-28.
func newStateless(ctx context.Context, b *bridge, h *hello) (*stateless, error) {
	s := &stateless{b: b, h: h, relisten: make(chan struct{})}
	answer, err := b.post(ctx, s.stamp(request(b.newID(), methodDiscover, nil), nil), func(message) {})
	if err = refusal(answer, err); err != nil {
		return nil, err
	}
	var res struct{ SupportedVersions []string }
	_ = json.Unmarshal(answer.result, &res)
	if !slices.Contains(res.SupportedVersions, versionStateless) {
		return nil, fmt.Errorf("the server does not know %s", versionStateless)
	}
	s.answer = answer
	s.ctx, s.stop = context.WithCancel(b.ctx)
	return s, nil
}

// initializeAnswer says in the host's words what the server said to discover.
func (s *stateless) initializeAnswer() message {
	version := s.h.version
	if !slices.Contains(sessionVersions(), version) {
		version = sessionVersions()[0]
	}
	found := members(s.answer.result)
	result := object{"protocolVersion": version, "capabilities": found["capabilities"]}
	if found["instructions"] != nil {
		result["instructions"] = found["instructions"]
	}
	result["serverInfo"] = object{"name": s.b.cfg.Name, "version": s.b.cfg.Version}
	if info := members(found["_meta"])[mcp.MetaKeyServerInfo]; info != nil {
		result["serverInfo"] = info
	}
	m, _ := parse(resultFrame(s.h.id, result))
	return m
}

// stamp adds to a request what 2026-07-28 wants in each, and the members of extra.
// What the host put into the protocol's own part of _meta was meant for the bridge.
func (s *stateless) stamp(m message, extra map[string]json.RawMessage) message {
	params := members(m.params)
	meta := members(params["_meta"])
	for key := range meta {
		if reserved(key) {
			delete(meta, key)
		}
	}
	meta[mcp.MetaKeyProtocolVersion] = encode(versionStateless)
	meta[mcp.MetaKeyClientCapabilities] = s.h.capabilities
	if s.h.info != nil {
		meta[mcp.MetaKeyClientInfo] = s.h.info
	}
	s.b.mu.Lock()
	if s.b.level != "" {
		meta[mcp.MetaKeyLogLevel] = encode(s.b.level)
	}
	s.b.mu.Unlock()
	params["_meta"] = encode(meta)
	maps.Copy(params, extra)
	return request(m.id, m.method, params)
}

func (s *stateless) start(context.Context) { s.b.run(s.listen) }

func (s *stateless) call(ctx context.Context, m message) (message, error) {
	switch m.method {
	case "logging/setLevel", "resources/subscribe", "resources/unsubscribe":
		return s.keep(m), nil
	}
	extra := map[string]json.RawMessage{}
	for round := range maxRounds {
		asked := m
		if round > 0 {
			asked.id = s.b.newID() // each round is a request of its own
		}
		answer, err := s.b.post(ctx, s.stamp(asked, extra), s.b.toHost)
		if err != nil {
			return message{}, err
		}
		want := wants(answer)
		if want == nil && round > 0 {
			answer = answer.withID(m.id)
		}
		if want == nil {
			return answer, nil
		}
		if extra, err = s.gather(ctx, want); err != nil {
			return message{}, err
		}
	}
	return message{}, errors.New("the server asks for more input without end")
}

// keep takes in what has no request of its own in 2026-07-28.
func (s *stateless) keep(m message) message {
	answer, _ := parse(resultFrame(m.id, object{}))
	s.b.remember(m, answer)
	if m.method != "logging/setLevel" {
		s.mu.Lock()
		close(s.relisten)
		s.relisten = make(chan struct{})
		s.mu.Unlock()
	}
	return answer
}

// inputWanted is a result that is a question (SEP-2322).
type inputWanted struct {
	ResultType    string
	InputRequests map[string]struct {
		Method string
		Params json.RawMessage
	}
	RequestState json.RawMessage
}

// wants is nil if the answer is final.
func wants(answer message) *inputWanted {
	var w inputWanted
	if !bytes.Contains(answer.result, []byte("input_required")) || json.Unmarshal(answer.result, &w) != nil || w.ResultType != "input_required" {
		return nil
	}
	return &w
}

// gather puts the server's questions to the host, all at once, and returns what
// the request has to carry when it is sent again.
func (s *stateless) gather(ctx context.Context, want *inputWanted) (map[string]json.RawMessage, error) {
	type reply struct {
		name   string
		answer message
	}
	replies := make(chan reply, len(want.InputRequests))
	for name, in := range want.InputRequests {
		q := request(s.b.newID(), in.Method, in.Params)
		s.b.ask(q, func(m message) { replies <- reply{name, m} })
		defer s.b.retract(q.id, q.key) // does nothing once it is answered
	}
	responses := map[string]json.RawMessage{}
	for range want.InputRequests {
		select {
		case r := <-replies:
			if err := refusal(r.answer, nil); err != nil {
				return nil, err
			}
			responses[r.name] = json.RawMessage(r.answer.result)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	extra := map[string]json.RawMessage{"inputResponses": encode(responses)}
	if want.RequestState != nil {
		extra["requestState"] = want.RequestState
	}
	return extra, nil
}

// notify drops the notification: 2026-07-28 knows none from a client over HTTP but
// the cancellation, which the closed stream stands for.
func (s *stateless) notify(context.Context, message) error { return nil }

// listen keeps one subscriptions/listen open for all the host wants to hear of.
func (s *stateless) listen() {
	ctx := s.b.newDuty(true, 0).attach(s.ctx)
	var pause backoff
	again := false // the host may have missed something
	for {
		s.mu.Lock()
		changed := s.relisten
		s.mu.Unlock()
		heard, err := s.listenOnce(ctx, changed, again)
		switch {
		case isClosed(changed):
			again = false
			continue
		case unreachable(err):
			if again = again || heard; heard {
				pause = backoff{}
			}
			if !pause.wait(ctx) {
				return
			}
			continue
		}
		s.b.cfg.Logger.Debug("no stream of notifications", "error", err)
		select { // the server has nothing to say about what the host wants to hear of
		case <-changed:
			again = false
		case <-ctx.Done():
			return
		}
	}
}

// listenOnce opens the stream and reads it until it breaks or changed is closed.
// It reports whether the server agreed to it; again announces that to the host.
func (s *stateless) listenOnce(ctx context.Context, changed <-chan struct{}, again bool) (heard bool, err error) {
	filter := s.filter()
	if len(filter) == 0 {
		return false, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.b.run(func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	})
	m := s.stamp(request(s.b.newID(), methodListen, object{"notifications": filter}), nil)
	answer, err := s.b.post(ctx, m, func(got message) {
		if got.method != methodAcknowledged {
			s.b.toHost(got)
			return
		}
		heard = len(members(members(got.params)["notifications"])) > 0
		if heard && again {
			s.b.announce(s.answer)
		}
	})
	if err = refusal(answer, err); err == nil && heard {
		err = errNoAnswer // a server that ends the stream in good order is about to restart
	}
	return heard, err
}

// filter is what the host wants to hear of, as far as the server reports it.
func (s *stateless) filter() object {
	var res struct {
		Capabilities map[string]struct{ ListChanged bool }
	}
	_ = json.Unmarshal(s.answer.result, &res)
	filter := object{}
	for _, kind := range []string{"tools", "prompts", "resources"} {
		if res.Capabilities[kind].ListChanged {
			filter[kind+"ListChanged"] = true
		}
	}
	if uris := s.b.subscriptions(); len(uris) > 0 {
		filter["resourceSubscriptions"] = uris
	}
	return filter
}

func (s *stateless) abandon() { s.stop() }

func (s *stateless) close(context.Context) { s.stop() }
