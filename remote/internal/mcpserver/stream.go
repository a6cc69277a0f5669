package mcpserver

import (
	"context"
	"net/http"
	"sync"
	"time"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// writeTimeout is how long one client may take to accept what is written to its
// stream. A stream as such lasts as long as both sides like.
const writeTimeout = 10 * time.Second

// stream is an answer that stays open. It writes a comment now and then, so that
// proxies do not take it for dead, and ends when the principal may no longer read.
type stream struct {
	http.ResponseWriter
	control *http.ResponseController
	every   time.Duration
	allowed func() error
	cancel  context.CancelFunc
	unwatch func() bool

	mu    sync.Mutex
	timer *time.Timer
	begun bool // the header is out: before, it is the handler's alone
	ended bool
}

// openStream makes w a stream; the caller ends it before returning. The returned
// context ends with the stream, at the latest with one of those given.
func (h *Handler) openStream(ctx, until context.Context, w http.ResponseWriter, p auth.Principal) (*stream, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	s := &stream{
		ResponseWriter: w, control: http.NewResponseController(w), every: h.keepAlive, cancel: cancel,
		allowed: func() error { return h.guard.Check(ctx, p, todo.Read) },
		unwatch: context.AfterFunc(until, cancel),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(s.every, s.tick)
	return s, ctx
}

func (s *stream) tick() {
	if s.allowed() != nil {
		s.cancel()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	if err := s.keepAlive(); err != nil {
		s.cancel()
		return
	}
	s.timer.Reset(s.every)
}

func (s *stream) keepAlive() error {
	if !s.begun {
		return nil
	}
	if _, err := s.write([]byte(": keep-alive\n\n")); err != nil {
		return err
	}
	return s.control.Flush()
}

// WriteHeader begins the answer.
func (s *stream) WriteHeader(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = true
	s.ResponseWriter.WriteHeader(status)
}

func (s *stream) end() {
	s.unwatch()
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.timer.Stop()
	s.control.SetWriteDeadline(time.Time{}) // the connection may serve another request
}

// Write writes one whole event; a comment never comes between its parts. Nothing is
// told to who may not read any more.
func (s *stream) Write(b []byte) (int, error) {
	if err := s.allowed(); err != nil {
		s.cancel()
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return 0, http.ErrHandlerTimeout
	}
	s.begun = true
	return s.write(b)
}

func (s *stream) write(b []byte) (int, error) {
	s.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	return s.ResponseWriter.Write(b)
}

// FlushError is what http.ResponseController looks for.
func (s *stream) FlushError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return http.ErrHandlerTimeout
	}
	s.begun = true
	return s.control.Flush()
}
