package rest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"todo.example/internal/api"
)

// event is one block of a stream.
type event struct{ name, id, data string }

// listener reads a stream.
type listener struct {
	t      testing.TB
	lines  *bufio.Reader
	header http.Header
	close  func() error
}

// listen opens a stream and reads its opening.
func (s *site) listen(t testing.TB, token, query, lastEventID string) (*listener, event) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	resp, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET /api/events = %s", resp.Status)
	}
	l := &listener{t, bufio.NewReader(resp.Body), resp.Header, resp.Body.Close}
	return l, l.next()
}

// next waits for a block.
func (l *listener) next() event {
	l.t.Helper()
	e, err := l.read()
	if err != nil {
		l.t.Fatalf("the stream ended: %v", err)
	}
	return e
}

func (l *listener) read() (e event, err error) {
	for {
		line, err := l.lines.ReadString('\n')
		if err != nil {
			return e, err
		}
		if line == "\n" {
			return e, nil
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		}
	}
}

// ended reports whether the stream came to a clean end with nothing more in it.
func (l *listener) ended() bool {
	l.t.Helper()
	e, err := l.read()
	if !errors.Is(err, io.EOF) || e != (event{}) {
		l.t.Logf("read %+v, %v", e, err)
		return false
	}
	return true
}

func TestEvents(t *testing.T) {
	s := newSite(t)
	s.add(t, ada, "before")
	l, opening := s.listen(t, ada, "", "")
	if opening != (event{id: "1"}) || l.header.Get("Content-Type") != "text/event-stream" || l.header.Get("X-Accel-Buffering") != "no" || l.header.Get("Cache-Control") != "no-store" {
		t.Errorf("opening: %+v, header: %v", opening, l.header)
	}
	s.add(t, bob, "of no concern to Ada")
	item := s.add(t, cli, "after\u2028 <b>")
	e := l.next()
	change := decode[api.Change](t, e.data)
	if e.name != "todo.created" || e.id != "2" || change.By != "cli" || len(change.Todos) != 1 || !change.Todos[0].Equal(item) {
		t.Errorf("event: %+v", e)
	}
	if _, err := s.as(t, ada).Complete(t.Context(), item.ID); err != nil {
		t.Fatal(err)
	}
	if e := l.next(); e.name != "todo.completed" || e.id != "3" {
		t.Errorf("event: %+v", e)
	}
}

// TestResume: who comes back hears of everything in between, once and in order,
// also when it is more than one read of the journal.
func TestResume(t *testing.T) {
	s := newSite(t)
	const changes = 250
	for range changes {
		s.add(t, ada, "x")
	}
	for _, test := range []struct {
		query, lastEventID string
		first              int
	}{{"", "3", 4}, {"?since=248", "", 249}, {"?since=1", "240", 241}, {"?since=0", "", 1}} {
		l, opening := s.listen(t, ada, test.query, test.lastEventID)
		if want := fmt.Sprint(test.first - 1); opening.id != want {
			t.Errorf("%+v: opening with %s", test, opening.id)
		}
		for rev := test.first; rev <= changes; rev++ {
			if e := l.next(); e.id != fmt.Sprint(rev) || e.name != "todo.created" {
				t.Fatalf("%+v: %+v, want revision %d", test, e, rev)
			}
		}
		l.close()
	}
}

func TestResync(t *testing.T) {
	s := newSite(t)
	for range 3 {
		s.add(t, ada, "x")
	}
	if err := s.store.Prune(t.Context(), time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, since := range []string{"1", "99"} { // before the journal begins; after it ends, as when an older backup was restored
		l, _ := s.listen(t, ada, "", since)
		if e := l.next(); e != (event{"resync", "3", `{"rev":3}`}) {
			t.Errorf("since %s: %+v", since, e)
		}
		l.close()
	}
	l, _ := s.listen(t, ada, "", "1")
	l.next()
	s.add(t, ada, "y")
	if e := l.next(); e.name != "todo.created" || e.id != "4" {
		t.Errorf("after resync: %+v", e)
	}
}

// TestStop: every stream comes to a clean end, and no new one is begun.
func TestStop(t *testing.T) {
	s := newSite(t)
	var all []*listener
	for range 20 {
		l, _ := s.listen(t, ada, "", "")
		all = append(all, l)
	}
	s.stop()
	for _, l := range all {
		if !l.ended() {
			t.Error("a stream did not end cleanly")
		}
	}
	got := s.send(t, exchange{method: "GET", target: "/api/events"})
	if line := summary(t, got); line != "503 unavailable: the server is about to stop" || got.header.Get("Retry-After") == "" {
		t.Errorf("a new stream: %s %v", line, got.header)
	}
}

func TestStreamsPerPerson(t *testing.T) {
	s := newSite(t)
	var last *listener
	for range 100 {
		last, _ = s.listen(t, ada, "", "")
	}
	got := s.send(t, exchange{method: "GET", target: "/api/events"})
	if line := summary(t, got); line != "429 rate_limited: you have 100 streams open" {
		t.Errorf("one stream too many: %s", line)
	}
	s.listen(t, bob, "", "") // is not Ada
	last.close()
	for got.status == http.StatusTooManyRequests { // until the server has noticed
		got = s.send(t, exchange{method: "GET", target: "/api/events"})
	}
}

func TestEventsHead(t *testing.T) {
	got := newSite(t).send(t, exchange{method: "HEAD", target: "/api/me"})
	if got.status != http.StatusOK || got.body != "" {
		t.Errorf("HEAD = %d %q", got.status, got.body)
	}
	r := httptest.NewRequest(http.MethodHead, "/api/events", nil)
	r.Header.Set("Authorization", "Bearer "+ada)
	w := httptest.NewRecorder()
	newHandler(t).handler.ServeHTTP(w, r) // returns, as there is nothing to stream
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD = %d %v", w.Code, w.Header())
	}
}

// tape is a ResponseWriter for a stream inside a synctest bubble.
type tape struct {
	mu       sync.Mutex
	head     http.Header
	text     strings.Builder
	deadline time.Time
	limits   []time.Duration // that the writes had
}

func (p *tape) Header() http.Header { return p.head }
func (p *tape) WriteHeader(int)     {}
func (p *tape) FlushError() error   { return nil }

func (p *tape) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits = append(p.limits, time.Until(p.deadline).Round(time.Second))
	return p.text.Write(b)
}

func (p *tape) SetReadDeadline(at time.Time) error {
	if !at.IsZero() {
		return fmt.Errorf("a stream has no end, but got the read deadline %v", at)
	}
	return nil
}

func (p *tape) SetWriteDeadline(at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = at
	return nil
}

// read returns what was written, and the time limits of the writes.
func (p *tape) read() (text string, limits []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String(), p.limits
}

// stream runs a stream in the bubble and returns what it writes and when it ends.
func (s *site) stream(ctx context.Context, header http.Header) (*tape, chan struct{}) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/events", nil)
	r.Header = header
	p, ended := &tape{head: http.Header{}}, make(chan struct{})
	go func() {
		defer close(ended)
		s.handler.ServeHTTP(p, r)
	}()
	synctest.Wait()
	return p, ended
}

var opening = regexp.MustCompile(`^retry: [12]\d{3}\nid: 0\n\n`)

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHandler(t)
		ctx, leave := context.WithCancel(t.Context())
		p, ended := s.stream(ctx, http.Header{"Authorization": {"Bearer " + ada}})
		if text, _ := p.read(); !opening.MatchString(text) || opening.ReplaceAllString(text, "") != "" {
			t.Errorf("opening: %q", text)
		}
		for beats := range 4 {
			text, _ := p.read()
			if got := strings.Count(text, ":\n\n"); got != beats {
				t.Errorf("%d heartbeats after %d times 20 s", got, beats)
			}
			time.Sleep(20 * time.Second)
			synctest.Wait()
		}
		if _, limits := p.read(); !slices.Equal(limits, slices.Repeat([]time.Duration{10 * time.Second}, 5)) {
			t.Errorf("the writes had %v", limits)
		}
		if !p.deadline.IsZero() {
			t.Errorf("between writes there is a time limit, %v", p.deadline)
		}
		leave()
		<-ended
	})
}

// TestAccessEnds: a stream ends within a minute after its token was revoked or its
// session ended, and goes on while the provider is out of reach.
func TestAccessEnds(t *testing.T) {
	callers := map[string]struct {
		header http.Header
		end    func(*identity)
	}{
		"token":   {http.Header{"Authorization": {"Bearer " + ada}}, func(i *identity) { i.revoke(ada) }},
		"session": {http.Header{"Cookie": {"stytch_session=" + adaCookie}}, func(i *identity) { i.signOut(adaCookie) }},
	}
	for name, caller := range callers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newHandler(t)
				_, ended := s.stream(t.Context(), caller.header)
				s.identity.setDown(true)
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				select {
				case <-ended:
					t.Fatal("the stream ended because the provider was out of reach")
				default:
				}
				s.identity.setDown(false)
				caller.end(s.identity)
				began := time.Now()
				<-ended
				if took := time.Since(began); took > 80*time.Second {
					t.Errorf("the stream went on for %v", took)
				}
			})
		})
	}
}
