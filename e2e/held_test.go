package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// held is a request that the server has got a part of.
type held struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
	rest string
}

// hold sends all of a request but its last bytes.
func (s *server) hold(request, last string) *held {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	h := &held{t: s.t, conn: conn, in: bufio.NewReader(conn), rest: last}
	h.write(request)
	return h
}

// holdBody sends a request without its body, and waits until the handler asks for it.
func (s *server) holdBody(r *http.Request) *held {
	s.t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Expect", "100-continue")
	var header strings.Builder
	if err := r.Header.Write(&header); err != nil {
		s.t.Fatal(err)
	}
	h := s.hold(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n", r.Method, r.URL.RequestURI(), r.URL.Host, len(body), header.String()), string(body))
	if got := h.read(); got.status != http.StatusContinue {
		s.t.Fatalf("a request without its body was answered %s", got)
	}
	return h
}

// finish sends what was held back and returns the answer.
func (h *held) finish() answer {
	h.t.Helper()
	h.write(h.rest)
	return h.read()
}

func (h *held) write(s string) {
	h.t.Helper()
	if _, err := io.WriteString(h.conn, s); err != nil {
		h.t.Fatal(err)
	}
}

func (h *held) read() answer {
	h.t.Helper()
	h.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	resp, err := http.ReadResponse(h.in, nil)
	if err != nil {
		h.t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatalf("half an answer: %v", err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// newTodo is a request to add a todo.
func (c *caller) newTodo(text string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, c.url+"/api/todos", strings.NewReader(fmt.Sprintf(`{"todoText":%q}`, text)))
	if err != nil {
		panic(err) // the URL was used before
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Prefer", "return=minimal")
	return r
}

// probes are the answers to readiness probes, one after the other, each over a
// connection of its own; 0 stands for none.
type probes struct {
	stop chan struct{}
	done chan []int
}

// probe asks for readiness, again and again, until it is told to stop.
func (s *server) probe() probes {
	p := probes{make(chan struct{}), make(chan []int, 1)}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	go func() {
		var statuses []int
		defer func() { p.done <- statuses }()
		for {
			select {
			case <-p.stop:
				return
			case <-s.t.Context().Done(): // the test has failed before
				return
			default:
			}
			status := 0
			if resp, err := client.Get(s.URL + "/readyz"); err == nil {
				resp.Body.Close()
				status = resp.StatusCode
			}
			statuses = append(statuses, status)
		}
	}()
	return p
}

// check stops the probes after the server has ended: it was ready, then it was not
// any more, and it never went wrong or back.
func (p probes) check(t *testing.T) {
	t.Helper()
	close(p.stop)
	statuses := <-p.done
	count := map[int]int{}
	ready := true
	for _, status := range statuses {
		count[status]++
		switch {
		case status == http.StatusOK && ready:
		case status == http.StatusServiceUnavailable || status == 0:
			ready = false
		default:
			t.Errorf("readiness %d, after it was gone: %t", status, !ready)
		}
	}
	t.Logf("readiness probes: %d times ready, %d times 503, then %d times no connection", count[http.StatusOK], count[http.StatusServiceUnavailable], count[0])
}
