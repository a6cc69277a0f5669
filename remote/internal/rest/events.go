package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

const (
	heartbeat      = 20 * time.Second // between comments that keep proxies from closing a quiet stream
	writeTimeout   = 10 * time.Second // for one write: who reads slower is cut off and resumes
	recheckSession = time.Minute
	maxStreams     = 100 // of one person at a time
)

// stream is one client that listens for changes, as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html). It reads the
// journal from where it stands, so nothing is queued for a slow one.
type stream struct {
	*call
	server  *Server
	since   uint64
	checked time.Time // when the session was last seen to stand
}

func (s *Server) events(c *call) error {
	if s.draining() {
		return &todo.Error{Code: todo.CodeUnavailable, Message: "the server is about to stop", Hint: "connect again in a moment"}
	}
	leave, ok := s.streams.enter(c.principal.Subject)
	if !ok {
		return &todo.Error{Code: todo.CodeRateLimited, Message: fmt.Sprintf("you have %d streams open", maxStreams), Hint: "close some"}
	}
	defer leave()
	watch, err := s.svc.Watch(c.ns, c.actor)
	if err != nil {
		return err
	}
	defer watch.Close()
	st := &stream{call: c, server: s, checked: s.now()}
	if st.since, err = s.begin(c); err != nil {
		return err
	}
	if err := st.run(watch.C); err != nil {
		httpx.Cause(c.r, err) // the answer was begun: there is nobody to tell
	}
	return nil
}

// begin returns the revision after which the client wants to hear of changes:
// where its last stream ended, else what the query says, else now.
func (s *Server) begin(c *call) (uint64, error) {
	since, ok, err := revision("Last-Event-ID", c.r.Header.Get("Last-Event-ID"))
	if ok || err != nil {
		return since, err
	}
	since, ok, err = revision("since", c.query.Get("since"))
	if ok || err != nil {
		return since, err
	}
	page, err := s.svc.List(c.r.Context(), c.ns, c.actor, todo.Query{Limit: 1})
	return page.Rev, err
}

func (s *Server) draining() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// run writes until the client leaves, the server stops, or the client's access
// ends; the client then comes back and learns the reason from the status.
func (st *stream) run(changed <-chan struct{}) error {
	if err := st.open(); err != nil || st.r.Method == http.MethodHead {
		return err
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		if err := st.stands(); err != nil {
			return err
		}
		if err := st.catchUp(); err != nil {
			return err
		}
		select {
		case <-st.r.Context().Done():
			return nil
		case <-st.server.done:
			return nil
		case <-changed:
		case <-beat.C:
			if err := st.send([]byte(":\n\n")); err != nil {
				return err
			}
		}
	}
}

// open begins the answer. The id lets a client resume from here even if it hears
// of no change; each client waits its own time before it does, so that they do
// not all come back at once when the server restarts.
func (st *stream) open() error {
	control := http.NewResponseController(st.w)
	if err := supported(control.SetReadDeadline(time.Time{})); err != nil {
		return err // the server's ReadTimeout would end the stream
	}
	h := st.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	st.w.WriteHeader(http.StatusOK)
	wait := time.Second + rand.N(2*time.Second)
	return st.send(fmt.Appendf(nil, "retry: %d\nid: %d\n\n", wait.Milliseconds(), st.since))
}

// stands makes sure that the client may still read: its token, or the session of
// its browser. While the provider is out of reach it may.
func (st *stream) stands() error {
	if err := st.server.guard.Check(st.r.Context(), st.principal, todo.Read); err != nil {
		return err
	}
	now := st.server.now()
	if st.principal.Via != auth.ViaWeb || now.Sub(st.checked) < recheckSession {
		return nil
	}
	st.checked = now
	_, err := st.server.guard.Session(st.w, st.r)
	if errors.Is(err, todo.ErrUnavailable) {
		return nil
	}
	return err
}

// catchUp writes all changes since the last one written.
func (st *stream) catchUp() error {
	for {
		log, err := st.server.journal(st.call, st.since, changesPerPage)
		if err != nil {
			return err
		}
		if log.Reset {
			st.since = log.Rev
			return st.send(fmt.Appendf(nil, "event: %s\nid: %d\ndata: {\"rev\":%d}\n\n", api.StreamResync, log.Rev, log.Rev))
		}
		if len(log.Changes) == 0 {
			return nil
		}
		if err := st.sendChanges(log.Changes); err != nil {
			return err
		}
	}
}

func (st *stream) sendChanges(changes []todo.Change) error {
	var buf bytes.Buffer
	data := json.NewEncoder(&buf) // JSON has no line ends inside, and Encode adds one
	data.SetEscapeHTML(false)
	for _, c := range changes {
		fmt.Fprintf(&buf, "event: %s\nid: %d\ndata: ", api.EventOf(c.Kind), c.Rev)
		if err := data.Encode(api.NewChange(c)); err != nil {
			return err
		}
		buf.WriteByte('\n')
		st.since = c.Rev
	}
	return st.send(buf.Bytes())
}

// send writes within writeTimeout. The time limit is lifted again, or it would
// also hit the end of the stream, or the next answer on the connection.
func (st *stream) send(b []byte) error {
	control := http.NewResponseController(st.w)
	if err := supported(control.SetWriteDeadline(st.server.now().Add(writeTimeout))); err != nil {
		return err
	}
	if _, err := st.w.Write(b); err != nil {
		return err
	}
	if err := control.Flush(); err != nil {
		return err
	}
	return supported(control.SetWriteDeadline(time.Time{}))
}

// supported passes over connections that know no deadlines.
func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// streams counts the open ones of each person.
type streams struct {
	mu   sync.Mutex
	open map[string]int
}

func newStreams() *streams { return &streams{open: map[string]int{}} }

// enter counts one more, unless there are too many; leave takes it back.
func (s *streams) enter(subject string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[subject] >= maxStreams {
		return nil, false
	}
	s.open[subject]++
	return func() { s.leave(subject) }, true
}

func (s *streams) leave(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[subject]--; s.open[subject] == 0 {
		delete(s.open, subject)
	}
}
