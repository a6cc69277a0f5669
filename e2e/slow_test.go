package e2e

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	slowClients = 200
	drip        = 100 * time.Millisecond
	// What an honest client may wait; it waits about a millisecond on a quiet machine.
	maxHonest = 500 * time.Millisecond
)

// TestSlowClients lets clients send one byte at a time, half of them of a header
// that never ends and half of a body, while an honest one works. The server gets
// rid of those that have not come to the end of their header.
func TestSlowClients(t *testing.T) {
	s := serve(t)
	c := s.person(ada).connect("Honest").caller()
	host := strings.TrimPrefix(s.URL, "http://")
	bearer := "Host: " + host + "\r\nAuthorization: Bearer " + c.token + "\r\n"
	began := time.Now()
	var header sync.WaitGroup
	var cut atomic.Int32
	for n := range slowClients {
		start := "GET /api/todos HTTP/1.1\r\n" + bearer + "X-Slow: "
		if n%2 == 1 {
			start = "POST /mcp HTTP/1.1\r\n" + bearer + "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 100000\r\n\r\n{"
		}
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if n%2 == 1 {
			go trickle(conn, start)
			continue
		}
		header.Go(func() {
			go trickle(conn, start)
			conn.SetReadDeadline(began.Add(20 * time.Second))
			if _, err := io.Copy(io.Discard, conn); !errors.Is(err, os.ErrDeadlineExceeded) {
				cut.Add(1)
			}
		})
	}

	var waits []time.Duration
	for n := 0; n < 200 || time.Since(began) < 4*time.Second; n++ {
		sent := time.Now()
		got, err := c.rest("POST", "/api/todos", `{"todoText":"honest"}`)
		if err != nil || got.status != http.StatusCreated {
			t.Fatalf("request %d of the honest client: %s %v", n, got, err)
		}
		waits = append(waits, time.Since(sent))
	}
	slices.Sort(waits)
	p99 := waits[len(waits)*99/100]
	if p99 > maxHonest {
		t.Errorf("99%% of the honest client's requests took up to %v, want %v", p99, maxHonest)
	}
	header.Wait()
	took := time.Since(began)
	if cut.Load() != slowClients/2 || took > 10*time.Second {
		t.Errorf("after %v %d of %d slow headers were cut off, want all within 10s", took, cut.Load(), slowClients/2)
	}
	t.Logf("honest client: %d requests, median %v, p99 %v, worst %v; slow headers gone after %v", len(waits), waits[len(waits)/2], p99, waits[len(waits)-1], took)
}

// trickle sends start, and then a byte now and then until the connection is closed.
func trickle(conn net.Conn, start string) {
	tick := time.NewTicker(drip)
	defer tick.Stop()
	for _, err := io.WriteString(conn, start); err == nil; _, err = io.WriteString(conn, "x") {
		<-tick.C
	}
}
