package localmcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// session is a link by a protocol version up to 2025-11-25: the server keeps the
// state, both sides send requests, and frames pass through untouched.
type session struct {
	b      *bridge
	id     string // empty if the server keeps none
	header http.Header
	ctx    context.Context // of what the session does by itself
	stop   context.CancelFunc

	mu   sync.Mutex
	open map[jsonrpc.ID]json.RawMessage // the server's questions to the host
}

func newSession(b *bridge, id string, answer message) *session {
	var res struct{ ProtocolVersion string }
	_ = json.Unmarshal(answer.result, &res)
	s := &session{b: b, id: id, header: http.Header{}, open: map[jsonrpc.ID]json.RawMessage{}}
	if res.ProtocolVersion != "" {
		s.header.Set(headerVersion, res.ProtocolVersion)
	}
	if id != "" {
		s.header.Set(headerSession, id)
	}
	s.ctx, s.stop = context.WithCancel(b.ctx)
	return s
}

func (s *session) start(ctx context.Context) {
	setUp := []message{request(nil, "notifications/initialized", nil)}
	s.b.mu.Lock()
	level := s.b.level
	s.b.mu.Unlock()
	if level != "" {
		setUp = append(setUp, request(s.b.newID(), "logging/setLevel", object{"level": level}))
	}
	for _, uri := range s.b.subscriptions() {
		setUp = append(setUp, request(s.b.newID(), "resources/subscribe", object{"uri": uri}))
	}
	for _, m := range setUp {
		var err error
		if m.isRequest() {
			_, err = s.call(ctx, m)
		} else {
			err = s.notify(ctx, m)
		}
		if err != nil {
			s.b.cfg.Logger.Warn("session set-up", "method", m.method, "error", err)
		}
	}
	s.b.run(s.listen)
}

func (s *session) call(ctx context.Context, m message) (message, error) {
	resp, err := s.b.remote.send(ctx, http.MethodPost, m.raw, s.header)
	if err != nil {
		return message{}, err
	}
	if resp.StatusCode == http.StatusNotFound && s.id != "" {
		resp.finish(s.b.run)
		return message{}, errSessionLost
	}
	answer, err := s.b.remote.receive(ctx, resp, m, s.header, s.fromServer)
	if resp.StatusCode == http.StatusBadRequest && s.id != "" && saysSessionLost(answer, err) {
		return message{}, errSessionLost
	}
	return answer, err
}

// saysSessionLost recognises a 400 for what ought to be a 404: many servers are
// made after an example that answers so.
func saysSessionLost(answer message, err error) bool {
	refused := refusal(answer, err)
	if rpc, ok := errors.AsType[*jsonrpc.Error](refused); ok && rpc.Code != -32000 {
		return false
	}
	return refused != nil && strings.Contains(strings.ToLower(refused.Error()), "session")
}

func (s *session) notify(ctx context.Context, m message) error {
	return s.b.remote.tell(ctx, m, s.header)
}

// fromServer passes on what the server says by itself.
func (s *session) fromServer(m message) {
	if m.isNotification() {
		s.b.out.write(m.raw)
		return
	}
	s.mu.Lock()
	s.open[m.key] = m.id
	s.mu.Unlock()
	s.b.ask(m, func(answer message) {
		s.mu.Lock()
		delete(s.open, m.key)
		s.mu.Unlock()
		s.b.run(func() {
			ctx := s.b.newDuty(true, 0).attach(s.ctx)
			if err := s.notify(ctx, answer); err != nil {
				s.b.cfg.Logger.Warn("the host's answer is lost", "method", m.method, "error", err)
			}
		})
	})
}

// listen keeps the stream open on which the server speaks unasked. It ends with
// the session, and if the server offers no such stream. A server that has served
// it and does not know the session any more has lost the host's subscriptions too,
// so the session is agreed anew at once.
func (s *session) listen() {
	ctx := s.b.newDuty(true, 0).attach(s.ctx)
	cur := cursor{pause: minPause}
	var pause backoff
	served := false
	for {
		stream, err := s.b.remote.resume(ctx, cur.lastID, s.header)
		if err == nil {
			served, pause = true, backoff{}
			_, err = s.b.remote.pump(stream.Body, jsonrpc.ID{}, &cur, s.fromServer)
			stream.close()
			s.b.cfg.Logger.Debug("stream ended", "error", err)
			if !sleep(ctx, cur.pause) {
				return
			}
			continue
		}
		if status, ok := errors.AsType[*statusError](err); ok && status.code == http.StatusNotFound && served {
			s.b.unlink(s)
			s.b.keepTrying()
			return
		}
		if !unreachable(err) || !pause.wait(ctx) {
			return
		}
	}
}

// abandon takes back what the server asked the host, too: it cannot be answered.
func (s *session) abandon() {
	s.stop()
	s.mu.Lock()
	open := s.open
	s.open = map[jsonrpc.ID]json.RawMessage{}
	s.mu.Unlock()
	for key, id := range open {
		s.b.retract(id, key)
	}
}

func (s *session) close(ctx context.Context) {
	s.abandon()
	if s.id == "" {
		return
	}
	resp, err := s.b.remote.send(ctx, http.MethodDelete, nil, s.header)
	if err != nil {
		s.b.cfg.Logger.Debug("session not deleted", "error", err)
		return
	}
	resp.close()
}
