package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
	"todo.example/oauthflow"
)

const (
	keyringService = "todo"
	keyringTimeout = 3 * time.Second
	requestTimeout = 30 * time.Second
)

// origin returns the server's origin: what --server says without anything after it.
func (g *global) origin() (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(g.server, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, usageError{fmt.Errorf("--server %q is not a URL like https://todo.example.com", g.server)}
	}
	return u, nil
}

// client returns a client of the REST API that signs its requests.
func (g *global) client() (*client.Client, error) {
	u, err := g.origin()
	if err != nil {
		return nil, err
	}
	if u.Path != "" {
		return nil, usageError{fmt.Errorf("--server %q: give the server's address without a path; only 'todo mcp' takes a whole URL", g.server)}
	}
	transport, err := g.transport(u.String(), api.ClientCLI, u)
	if err != nil {
		return nil, err
	}
	return client.New(u.String(), &http.Client{Transport: transport, Timeout: requestTimeout})
}

// transport signs requests to the target's host: with TODO_TOKEN if that is set,
// else with what 'todo login' stored.
func (g *global) transport(resource, name string, target *url.URL) (http.RoundTripper, error) {
	token, err := g.secret("TODO_TOKEN")
	if err != nil {
		return nil, usageError{err}
	}
	if token != "" {
		return staticBearer{token: token, host: target.Host, scheme: target.Scheme, next: http.DefaultTransport}, nil
	}
	flow, err := g.flow(resource, name, false)
	if err != nil {
		return nil, err
	}
	return flow.Transport(http.DefaultTransport, nil), nil
}

// flow returns the sign-in for a resource of the server.
func (g *global) flow(resource, name string, noBrowser bool) (*oauthflow.Flow, error) {
	store, err := g.store()
	if err != nil {
		return nil, err
	}
	return oauthflow.New(oauthflow.Config{
		Resource: resource, ClientName: name, Scopes: []string{"openid", "email", "todos:read", "todos:write"},
		Store: store, LockDir: filepath.Join(g.stateDir(), "locks"),
		Browser: g.getenv("BROWSER"), NoBrowser: noBrowser || oauthflow.Headless(g.getenv),
		Announce: g.announce, Now: g.now, Logger: g.debugLogger(),
	})
}

func (g *global) store() (oauthflow.TokenStore, error) {
	switch g.tokenStore {
	case "keyring":
		return oauthflow.NewKeyring(keyringService, keyringTimeout), nil
	case "file":
		return oauthflow.NewFile(filepath.Join(g.stateDir(), "credentials.json")), nil
	}
	return nil, usageError{fmt.Errorf("--token-store %q: use keyring or file", g.tokenStore)}
}

// announce tells the person on stderr what a sign-in waits for.
func (g *global) announce(e oauthflow.Event) {
	switch e.Kind {
	case oauthflow.EventOpenURL:
		fmt.Fprintf(g.err, "Sign in, in your browser:\n\n  %s\n\n", e.URL)
	case oauthflow.EventBrowserFailed:
		fmt.Fprintln(g.err, "No browser could be opened here: open the address above yourself.")
	case oauthflow.EventWaiting:
		fmt.Fprintln(g.err, "Another todo is signing in already: waiting for it.")
	}
}

// debugLogger writes to stderr what happens on the way, if TODO_DEBUG is set.
func (g *global) debugLogger() *slog.Logger {
	if g.getenv("TODO_DEBUG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(g.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// stateDir is where the client keeps its locks and, if asked to, its tokens.
func (g *global) stateDir() string {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return defaultDataDir(g.environment)
	}
	if dir := g.getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "todo")
	}
	return below(g.getenv("HOME"), ".local", "state", "todo")
}

// signInError turns what oauthflow says into our vocabulary.
func (g *global) signInError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, oauthflow.ErrSignedOut), errors.Is(err, errSignedOut):
		return g.signedOut(err)
	case errors.Is(err, oauthflow.ErrDenied):
		return &todo.Error{Code: todo.CodeUnauthenticated, Message: "the sign-in was refused", Hint: "run todo login again and choose Allow", Cause: err}
	case errors.Is(err, oauthflow.ErrTimeout):
		return &todo.Error{Code: todo.CodeUnauthenticated, Message: "nobody finished the sign-in in time", Hint: "run todo login again", Cause: err}
	}
	return err
}

// errSignedOut is the server's word that nobody is signed in.
var errSignedOut = &todo.Error{Code: todo.CodeUnauthenticated}

func (g *global) signedOut(cause error) error {
	e := &todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in to " + g.server, Hint: "run: todo login" + g.serverFlag(), Cause: cause}
	if token, _ := g.secret("TODO_TOKEN"); token != "" {
		e.Message, e.Hint = g.server+" does not accept the token in TODO_TOKEN", "set another, or unset it and run: todo login"+g.serverFlag()
	}
	return e
}

func (g *global) serverFlag() string {
	if g.server == defaultServer {
		return ""
	}
	return " --server " + g.server
}

// staticBearer sends TODO_TOKEN to one host and to no other.
type staticBearer struct {
	token, host, scheme string
	next                http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b staticBearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == b.host && r.URL.Scheme == b.scheme {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.next.RoundTrip(r)
}
