package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	listeners    = 5  // people, as one may have 100 streams of events and 64 of MCP
	eventStreams = 60 // of each
	mcpStreams   = 40 // of each
)

// TestDrain stops the server while 500 streams are open, requests have arrived in
// part, and others go on arriving.
func TestDrain(t *testing.T) {
	s := serve(t)
	var ends []<-chan error
	var c *caller
	for n := range listeners {
		p := s.person(fmt.Sprintf("listener%d@example.com", n))
		c = p.connect("Listener").caller()
		ends = append(ends, openStreams(t, p, c)...)
	}
	restHeld := s.holdBody(c.newTodo("held REST"))
	call, err := c.mcp("tools/call", "createTodo", `"name":"createTodo","arguments":{"todoText":"held MCP"}`)
	if err != nil {
		t.Fatal(err)
	}
	mcpHeld := s.holdBody(call)
	probes := s.probe()
	load := addUntilGone(t, c)
	<-load.begun

	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, end := range ends {
		if err := <-end; err != nil {
			broken++
			t.Log(err)
		}
	}
	if broken > 0 {
		t.Errorf("%d of %d streams did not end cleanly", broken, len(ends))
	}
	streamsTook := time.Since(began)
	if got := restHeld.finish(); got.status != http.StatusCreated {
		t.Errorf("the request under way: %s", got)
	}
	if got := mcpHeld.finish(); got.status != http.StatusOK || !strings.Contains(got.body, "Success!") {
		t.Errorf("the call under way: %s", got)
	}
	if err := s.wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
	took := time.Since(began)
	if took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
	probes.check(t)
	want := append(<-load.added, "held REST", "held MCP")
	t.Logf("%d streams ended within %v and the process within %v; %d todos were added meanwhile", len(ends), streamsTook, took, len(want))

	s.restart()
	var got []string
	for _, text := range c.mustList(t) {
		got = append(got, text)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the list has %d todos and %d were acknowledged: %q, %q", len(got), len(want), got, want)
	}
}

// openStreams opens streams of the browser and of MCP clients. Of each it returns
// a channel that gets what its end looked like.
func openStreams(t *testing.T, p *person, c *caller) (ends []<-chan error) {
	t.Helper()
	for n := range eventStreams + mcpStreams {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/api/events", nil)
		client := p.http // with the cookies
		if n >= eventStreams {
			client = &http.Client{Transport: p.http.Transport}
			r, err = c.mcp("subscriptions/listen", "", `"notifications":{"resourcesListChanged":true}`)
		}
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
			t.Fatalf("%s: %s", r.URL, resp.Status)
		}
		end := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, resp.Body) // an end without the last chunk is an error
			end <- err
		}()
		ends = append(ends, end)
	}
	return ends
}

// load is what goes on until the server is gone.
type load struct {
	begun chan struct{}
	added chan []string // the texts that were acknowledged
}

// addUntilGone adds todos from four clients, each with one connection. A stopping
// server may refuse, by 503 or by not taking the connection, but no other answer
// will do.
func addUntilGone(t *testing.T, c *caller) load {
	l := load{make(chan struct{}), make(chan []string, 1)}
	begin := sync.OnceFunc(func() { close(l.begun) })
	var mu sync.Mutex
	var added []string
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				text := fmt.Sprintf("load %d-%d", i, n)
				got, err := c.send(c.newTodo(text))
				if errors.Is(err, errGone) || err == nil && got.status == http.StatusServiceUnavailable {
					return
				}
				if err != nil || got.status != http.StatusCreated {
					t.Errorf("a write while the server stops: %s %v", got, err)
					return
				}
				mu.Lock()
				if added = append(added, text); len(added) == 20 {
					begin()
				}
				mu.Unlock()
			}
		})
	}
	go func() {
		wg.Wait()
		begin() // or it never will
		l.added <- added
	}()
	return l
}
