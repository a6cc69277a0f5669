package localmcp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// bridge is one run: the host on one side, the link to the remote server on the
// other.
type bridge struct {
	cfg    Config
	remote *remote
	out    *frameWriter
	ctx    context.Context // of the whole run

	wg sync.WaitGroup

	mu       sync.Mutex
	inflight map[jsonrpc.ID]*call // the host's requests that are not answered
	idle     chan struct{}        // closed when inflight empties, if somebody waits
	asked    map[jsonrpc.ID]func(message)
	lastID   int    // of the bridge's own requests
	hello    *hello // the host's initialize; nil before it
	link     link   // nil while the remote server is out of reach
	attempt  *attempt
	retrying bool
	subs     map[string]bool // resources the host is subscribed to
	level    string          // the log level the host set
	params   paramHeaders
}

// call is one request of the host.
type call struct {
	message
	b      *bridge
	cancel context.CancelFunc
	once   sync.Once
}

// answer sends the one answer of a request, and reports whether it was this one.
func (c *call) answer(frame []byte) (first bool) {
	c.once.Do(func() {
		first = true
		c.b.forget(c) // before the host can use the id again
		c.b.out.write(frame)
	})
	return first
}

// drop leaves a request unanswered, because the host has cancelled it.
func (c *call) drop() { c.once.Do(func() { c.b.forget(c) }) }

func newBridge(ctx context.Context, cfg Config, out *frameWriter) *bridge {
	b := &bridge{
		cfg:      cfg,
		out:      out,
		ctx:      ctx,
		inflight: map[jsonrpc.ID]*call{},
		asked:    map[jsonrpc.ID]func(message){},
		subs:     map[string]bool{},
		params:   paramHeaders{},
	}
	b.remote = &remote{endpoint: cfg.Endpoint, client: cfg.Client, log: cfg.Logger, max: maxFrame, run: b.run}
	return b
}

// run starts a goroutine that close waits for.
func (b *bridge) run(f func()) { b.wg.Go(f) }

// readHost reads the host's frames until its input or the run ends.
func (b *bridge) readHost() error {
	type frame struct {
		line []byte
		err  error
	}
	frames := make(chan frame)
	go func() { // not waited for: a read of a terminal cannot be interrupted
		r := newFrameReader(b.cfg.In, maxFrame)
		for {
			line, err := r.next()
			select {
			case frames <- frame{line, err}:
			case <-b.ctx.Done():
				return
			}
			if _, tooLong := errors.AsType[*tooLongError](err); err != nil && !tooLong {
				return
			}
		}
	}()
	for {
		select {
		case <-b.ctx.Done():
			return nil
		case f := <-frames:
			if tooLong, ok := errors.AsType[*tooLongError](f.err); ok {
				b.out.write(errorFrame(tooLong.id, jsonrpc.CodeInvalidRequest, tooLong))
				continue
			}
			if errors.Is(f.err, io.EOF) {
				return nil
			}
			if f.err != nil {
				return f.err
			}
			b.dispatch(f.line)
		}
	}
}

func (b *bridge) dispatch(line []byte) {
	m, err := parse(line)
	switch {
	case errors.Is(err, errNotJSON):
		b.out.write(errorFrame(nil, jsonrpc.CodeParseError, err))
	case err != nil:
		b.out.write(errorFrame(m.id, jsonrpc.CodeInvalidRequest, err))
	case m.isRequest():
		b.accept(m)
	case m.isNotification():
		b.notified(m)
	default:
		b.answered(m)
	}
}

// accept registers a request of the host and serves it in a goroutine of its own.
func (b *bridge) accept(m message) {
	ctx, cancel := context.WithCancel(b.ctx)
	c := &call{message: m, b: b, cancel: cancel}
	b.mu.Lock()
	_, taken := b.inflight[m.key]
	if !taken {
		b.inflight[m.key] = c
	}
	b.mu.Unlock()
	if taken {
		cancel()
		b.out.write(errorFrame(m.id, jsonrpc.CodeInvalidRequest, errors.New("another request with this id is not answered yet")))
		return
	}
	serve := func() { b.serve(ctx, c) }
	if c.method == "initialize" {
		a := b.greet(c) // at once, so that a request on its heels finds the attempt under way
		serve = func() { b.initialize(ctx, c, a) }
	}
	b.run(func() {
		defer c.drop()
		defer cancel()
		serve()
	})
}

func (b *bridge) forget(c *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.inflight, c.key)
	if len(b.inflight) == 0 && b.idle != nil {
		close(b.idle)
		b.idle = nil
	}
}

// serve answers one request of the host.
func (b *bridge) serve(ctx context.Context, c *call) {
	if c.method == "ping" { // asks whether this process lives, whatever the remote server does
		c.answer(resultFrame(c.id, object{}))
		return
	}
	d := b.newDuty(false, linkWait)
	var answer message
	var err error
	if c.version() != "" {
		answer, err = b.relayStateless(d.attach(ctx), c, d)
	} else {
		answer, err = b.relay(d.attach(ctx), c)
	}
	if err != nil {
		b.cfg.Logger.Warn("request failed", "method", c.method, "error", err)
		c.answer(errorFrame(c.id, jsonrpc.CodeInternalError, b.remote.explain(err)))
		return
	}
	c.answer(answer.raw)
}

// relay sends a request over the link. It sends it a second time, over a new
// link, only if the first time the server cannot have carried it out or it is a
// request that changes nothing.
func (b *bridge) relay(ctx context.Context, c *call) (message, error) {
	var lost, broken bool
	for {
		l, err := b.linked(ctx)
		if err != nil {
			return message{}, err
		}
		answer, err := l.call(ctx, c.message)
		switch {
		case err == nil:
			b.remember(c.message, answer)
			return answer, nil
		case errors.Is(err, errSessionLost) && !lost:
			lost = true
			b.unlink(l)
		case c.method != "tools/call" && disconnected(err) && !neverSent(err) && !broken && ctx.Err() == nil:
			broken = true
		default:
			return message{}, err
		}
	}
}

// remember keeps what has to be set up again on a new link.
func (b *bridge) remember(m, answer message) {
	if answer.err != nil {
		return
	}
	var p struct{ URI, Level string }
	_ = json.Unmarshal(m.params, &p)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch m.method {
	case "resources/subscribe":
		b.subs[p.URI] = true
	case "resources/unsubscribe":
		delete(b.subs, p.URI)
	case "logging/setLevel":
		b.level = p.Level
	case "tools/list":
		b.params.learn(answer)
	}
}

// notified handles a notification of the host.
func (b *bridge) notified(m message) {
	switch m.method {
	case "notifications/initialized":
		return // the link has sent its own
	case "notifications/cancelled":
		b.cancelled(m)
		return
	}
	b.mu.Lock()
	l := b.link
	b.mu.Unlock()
	if l != nil {
		b.run(func() { b.forward(l, m) })
	}
}

func (b *bridge) forward(l link, m message) {
	ctx := b.newDuty(true, 0).attach(b.ctx)
	if err := l.notify(ctx, m); err != nil {
		b.cfg.Logger.Warn("message lost", "method", m.method, "error", err)
	}
}

// cancelled ends a request of the host, which then gets no answer. The server
// hears of it first, because to it a closed stream may mean nothing.
func (b *bridge) cancelled(m message) {
	var p struct {
		RequestID any `json:"requestId"`
	}
	_ = json.Unmarshal(m.params, &p)
	key, err := jsonrpc.MakeID(p.RequestID)
	if err != nil {
		return
	}
	b.mu.Lock()
	c, l := b.inflight[key], b.link
	b.mu.Unlock()
	if c == nil || c.method == "initialize" {
		return
	}
	c.drop()
	b.run(func() {
		defer c.cancel()
		if l != nil && c.version() == "" {
			ctx, stop := context.WithTimeout(b.ctx, closeWait)
			defer stop()
			_ = l.notify(b.newDuty(true, 0).attach(ctx), m)
		}
	})
}

// ask puts a request of the server's to the host; reply gets the answer once.
func (b *bridge) ask(m message, reply func(message)) {
	b.mu.Lock()
	b.asked[m.key] = reply
	b.mu.Unlock()
	b.out.write(m.raw)
}

// newID is an id for a request of the bridge's own.
func (b *bridge) newID() json.RawMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastID++
	return json.RawMessage(strconv.Quote("localmcp-" + strconv.Itoa(b.lastID)))
}

// retract takes back a question that no longer matters.
func (b *bridge) retract(id json.RawMessage, key jsonrpc.ID) {
	b.mu.Lock()
	_, open := b.asked[key]
	delete(b.asked, key)
	b.mu.Unlock()
	if open {
		b.out.write(request(nil, "notifications/cancelled", object{"requestId": id, "reason": "the server no longer waits for it"}).raw)
	}
}

// answered handles a response of the host.
func (b *bridge) answered(m message) {
	b.mu.Lock()
	reply := b.asked[m.key]
	delete(b.asked, m.key)
	b.mu.Unlock()
	if reply != nil {
		reply(m)
	}
}

// drain waits, not for long, until the host's requests are answered.
func (b *bridge) drain() {
	b.mu.Lock()
	for _, c := range b.inflight {
		if c.method == methodListen {
			c.cancel()
		}
	}
	idle := make(chan struct{})
	if len(b.inflight) == 0 {
		close(idle)
	} else {
		b.idle = idle
	}
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(b.ctx, drainWait)
	defer cancel()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// close ends the link and waits for the goroutines, but not longer than closeWait:
// a host that no longer reads may hold a write for ever. Run's context has ended.
func (b *bridge) close() {
	b.mu.Lock()
	l := b.link
	b.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if l != nil {
			b.end(l)
		}
		b.wg.Wait()
	}()
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
