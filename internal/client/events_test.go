package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
)

func TestEvents(t *testing.T) {
	const begin = "retry: 1500\nid: 7\n\n:\n\n"
	created := client.Event{Rev: 8, Change: api.Change{ChangeID: "c8", Rev: 8, Kind: todo.Created, By: "Claude"}}
	for _, test := range []struct {
		name, stream string
		want         []client.Event
	}{
		{"nothing", begin, nil},
		{"a change", begin + "event: todo.created\nid: 8\ndata: {\"changeID\":\"c8\",\"rev\":8,\"kind\":\"created\",\"by\":\"Claude\"}\n\n", []client.Event{created}},
		{"in pieces", "id:8\r\nevent:todo.created\r\ndata:{\"changeID\":\"c8\",\"rev\":8,\r\ndata:\"kind\":\"created\",\"by\":\"Claude\"}\r\n\r\n", []client.Event{created}},
		{"a gap", begin + "event: resync\nid: 99\ndata: {\"rev\":99}\n\n", []client.Event{{Rev: 99, Reset: true}}},
		{"what is not known yet", "event: lists\nid: 9\ndata: what\n\nevent: resync\ndata: {}\n\n", []client.Event{{Rev: 9, Reset: true}}},
		{"half an event", "event: resync\nid: 9\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := ""
			server := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				asked = r.Header.Get("Last-Event-ID")
				w.Header().Set("Content-Type", "text/event-stream")
				io.WriteString(w, test.stream)
			})
			events, err := connect(t, server.URL).Events(t.Context(), 7)
			if err != nil {
				t.Fatal(err)
			}
			defer events.Close()
			var got []client.Event
			for {
				event, err := events.Next()
				if err != nil {
					if !errors.Is(err, todo.ErrUnavailable) {
						t.Errorf("the end: %v", err)
					}
					break
				}
				got = append(got, event)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if asked != "7" {
				t.Errorf("asked to go on after %q", asked)
			}
		})
	}
}

func TestEventsRefused(t *testing.T) {
	for _, test := range []struct {
		media, body string
		status      int
		want        todo.Code
	}{
		{"application/problem+json", `{"status":401,"code":"unauthenticated","detail":"no"}`, http.StatusUnauthorized, todo.CodeUnauthenticated},
		{"application/json", `{}`, http.StatusOK, todo.CodeUnavailable},
		{"text/html", `<p>`, http.StatusBadGateway, todo.CodeUnavailable},
	} {
		server := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", test.media)
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		})
		if _, err := connect(t, server.URL).Events(t.Context(), 0); todo.AsError(err).Code != test.want {
			t.Errorf("%d %s: %v, want %s", test.status, test.media, err, test.want)
		}
	}
}

// quiet answers with a stream that says hello and then nothing for good.
type quiet struct{}

func (quiet) RoundTrip(r *http.Request) (*http.Response, error) {
	here, there := io.Pipe()
	go func() {
		io.Copy(there, strings.NewReader("id: 7\n\n"))
		<-r.Context().Done()
		there.CloseWithError(r.Context().Err())
	}()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: here, Request: r}, nil
}

// TestEventsSilent: a connection that died without a word is not waited for.
func TestEventsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := client.New("http://127.0.0.1:1", &http.Client{Transport: quiet{}})
		if err != nil {
			t.Fatal(err)
		}
		events, err := c.Events(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		defer events.Close()
		start := time.Now()
		if _, err := events.Next(); !errors.Is(err, todo.ErrUnavailable) {
			t.Errorf("the end: %v", err)
		}
		if waited := time.Since(start); waited < 30*time.Second || waited > 2*time.Minute {
			t.Errorf("waited for %v", waited)
		}
	})
}
