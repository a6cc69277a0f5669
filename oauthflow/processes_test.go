package oauthflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"todo.example/oauthflow"
	"todo.example/oauthflow/oauthtest"
)

// order tells a child process what to do.
type order struct {
	Resource, Dir string
	Ahead         time.Duration
	Login         bool
}

const orderVariable = "OAUTHFLOW_TEST_ORDER"

// TestChild is not a test by itself: it is what the processes of the tests below run. It prints the token it got.
func TestChild(t *testing.T) {
	raw := os.Getenv(orderVariable)
	if raw == "" {
		t.Skip("runs only as a child of the tests of several processes")
	}
	var o order
	if err := json.Unmarshal([]byte(raw), &o); err != nil {
		t.Fatal(err)
	}
	browser := &oauthtest.Browser{}
	f, err := oauthflow.New(oauthflow.Config{
		Resource: o.Resource, ClientName: "test program", LockDir: filepath.Join(o.Dir, "locks"), Timeout: 20 * time.Second,
		Store:   oauthflow.NewFile(filepath.Join(o.Dir, "state", "credentials.json")),
		OpenURL: browser.Open,
		Now:     func() time.Time { return time.Now().Add(o.Ahead) },
		Announce: func(e oauthflow.Event) {
			if e.Kind == oauthflow.EventWaiting {
				tell(t, o.Resource+"/waiting")
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.Login {
		if _, err := f.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Printf("token=%s browsers=%d\n", token(t, f), browser.Opened.Load())
}

// tell lets the test in the parent process know.
func tell(t *testing.T, url string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return
	}
	resp.Body.Close()
}

// child is a process that carries out an order.
func child(ctx context.Context, t *testing.T, o order) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), orderVariable+"="+string(raw))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

// runTogether runs n children at once and returns how many browsers they opened. They must all end up with one token.
func runTogether(t *testing.T, n int, o order) (browsers int) {
	t.Helper()
	cmds, outs := make([]*exec.Cmd, n), make([]*bytes.Buffer, n)
	for i := range n {
		cmds[i], outs[i] = child(t.Context(), t, o)
	}
	tokens := map[string]bool{}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("child %d: %v\n%s", i, err, outs[i])
			continue
		}
		var got string
		var opened int
		if _, err := fmt.Sscanf(outs[i].String(), "token=%s browsers=%d", &got, &opened); err != nil {
			t.Errorf("child %d said %q", i, outs[i])
		}
		tokens[got] = true
		browsers += opened
	}
	if len(tokens) != 1 {
		t.Errorf("%d children hold %d different tokens", n, len(tokens))
	}
	return browsers
}

func TestProcessesRefreshOnce(t *testing.T) {
	h := newHome(t)
	h.signedIn(t)
	for round := 1; round <= 3; round++ {
		h.pass(2 * time.Hour)
		runTogether(t, 8, order{Resource: h.server.Resource(), Dir: h.dir, Ahead: time.Duration(round) * 2 * time.Hour})
		if c := h.server.Counts(); c.Refreshes != round || c.Reuses != 0 {
			t.Fatalf("after %d rounds: %+v", round, c)
		}
	}
}

func TestProcessesSignInOnce(t *testing.T) {
	h := newHome(t)
	const n = 4
	waiting := make(chan struct{}, n)
	h.server.Handle("/mcp/waiting", func(http.ResponseWriter, *http.Request) { waiting <- struct{}{} })
	// The person takes their time: until all the others wait for them.
	h.server.Handle("/authorize", func(w http.ResponseWriter, r *http.Request) {
		for range n - 1 {
			select {
			case <-waiting:
			case <-r.Context().Done(): // a second browser took the announcements away
			}
		}
		h.server.Handle("/authorize", nil)
		h.server.ServeHTTP(w, r)
	})
	browsers := runTogether(t, n, order{Resource: h.server.Resource(), Dir: h.dir, Login: true})
	c := h.server.Counts()
	if browsers != 1 || c.Registrations != 1 || c.Exchanges != 1 {
		t.Errorf("%d browsers, %+v; want one of each", browsers, c)
	}
}

// TestKilledProcessLeavesNoLock: a process that dies in the middle of a refresh does not keep the others from theirs.
func TestKilledProcessLeavesNoLock(t *testing.T) {
	h := newHome(t)
	h.signedIn(t)
	h.pass(2 * time.Hour)
	arrived, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.server.Handle("/token", func(http.ResponseWriter, *http.Request) {
		once.Do(func() { close(arrived) })
		<-leave
	})
	victim, _ := child(t.Context(), t, order{Resource: h.server.Resource(), Dir: h.dir, Ahead: 2 * time.Hour})
	<-arrived
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // killed
	close(leave)
	h.server.Handle("/token", nil)
	token(t, h.flow(t))
	if c := h.server.Counts(); c.Refreshes != 1 || c.Reuses != 0 {
		t.Errorf("counts = %+v, want one refresh", c)
	}
}
