package oauthflow

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	callbackPath = "/callback"
	// pageTimeout is how long the browser's page waits to hear how the sign-in went.
	pageTimeout = 30 * time.Second
	// closeTimeout is how long closing waits for that page to be delivered.
	closeTimeout = time.Second
)

// expectation is what a genuine authorization response carries.
type expectation struct {
	state     string
	issuer    string
	issuerDue bool // whether the server promised an iss parameter (RFC 9207)
}

// callback is the loopback server that takes the authorization response (RFC 8252 §7.3): one path, one use, and
// nothing for anyone who does not know the state.
type callback struct {
	want    expectation
	host    string
	server  *http.Server
	use     sync.Once
	answers chan answer   // the one genuine response
	verdict chan error    // how the sign-in went, for the page
	gone    chan struct{} // closed when nobody will give a verdict any more
}

// answer is a genuine response: a code, or why there is none.
type answer struct {
	code string
	err  error
}

// listenForAnswer serves on ln until closed.
func listenForAnswer(ln net.Listener, want expectation) *callback {
	c := &callback{
		want:    want,
		host:    ln.Addr().String(),
		answers: make(chan answer, 1),
		verdict: make(chan error, 1),
		gone:    make(chan struct{}),
	}
	c.server = &http.Server{
		Handler:           c,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
	c.server.SetKeepAlivesEnabled(false)
	go func() { _ = c.server.Serve(ln) }() // ends with close
	return c
}

// wait returns the authorization code of the genuine response.
func (c *callback) wait(ctx context.Context) (string, error) {
	select {
	case a := <-c.answers:
		return a.code, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// finish tells the page how the sign-in went.
func (c *callback) finish(err error) { c.verdict <- err }

// close stops listening, once the page is delivered.
func (c *callback) close() {
	close(c.gone)
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if c.server.Shutdown(ctx) != nil {
		_ = c.server.Close() // a browser holds a connection it never used
	}
}

// ServeHTTP implements http.Handler.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Another Host is a page of some site whose name was pointed at this machine.
	if r.Host != c.host {
		writePage(w, http.StatusForbidden, pageStray)
		return
	}
	if r.URL.Path != callbackPath {
		writePage(w, http.StatusNotFound, pageStray)
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		writePage(w, http.StatusMethodNotAllowed, pageStray)
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	// The state comes first, so that a stranger learns nothing and ends nothing.
	if err != nil || !c.hasState(query) {
		writePage(w, http.StatusBadRequest, pageStray)
		return
	}
	first := false
	c.use.Do(func() { first = true })
	if !first {
		writePage(w, http.StatusGone, pageUsed)
		return
	}
	code, err := c.want.judge(query)
	c.answers <- answer{code, err}
	if err == nil {
		err = c.outcome(r.Context())
	}
	if err != nil {
		writePage(w, http.StatusBadRequest, failurePage(err))
		return
	}
	writePage(w, http.StatusOK, pageSignedIn)
}

func (c *callback) hasState(query url.Values) bool {
	given := query["state"]
	return len(given) == 1 && subtle.ConstantTimeCompare([]byte(given[0]), []byte(c.want.state)) == 1
}

// outcome waits for the verdict.
func (c *callback) outcome(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	select {
	case err := <-c.verdict:
		return err
	case <-c.gone:
	case <-ctx.Done():
	}
	// close may follow finish at once.
	select {
	case err := <-c.verdict:
		return err
	default:
		return errors.New("the sign-in was given up")
	}
}

// judge reads a response whose state is right. The issuer is checked before anything else in it is believed
// (RFC 9207 §2.4), an error included.
func (want expectation) judge(query url.Values) (code string, err error) {
	for _, name := range []string{"iss", "code", "error", "error_description"} {
		if len(query[name]) > 1 {
			return "", fmt.Errorf("%w: the response has more than one %s", ErrUntrusted, name)
		}
	}
	switch {
	case !query.Has("iss") && want.issuerDue:
		return "", fmt.Errorf("%w: the response does not name its issuer", ErrUntrusted)
	case query.Has("iss") && query.Get("iss") != want.issuer:
		return "", fmt.Errorf("%w: the response is of another issuer", ErrUntrusted)
	case query.Get("error") != "":
		return "", &OAuthError{Code: clean(query.Get("error")), Description: clean(query.Get("error_description"))}
	case query.Get("code") == "":
		return "", fmt.Errorf("%w: the response has no code", ErrUntrusted)
	}
	return query.Get("code"), nil
}
