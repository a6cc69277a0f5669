package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
	"todo.example/oauthflow"
)

const (
	keyringService = "todo"
	keyringTimeout = 3 * time.Second
	unlockTimeout  = 30 * time.Second // where a person may be typing the keyring's password
	requestTimeout = 30 * time.Second
)

// target returns what --server says: the origin of one of our servers, or the whole
// URL of any MCP server.
func (g *global) target() (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(g.server, "/"))
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, usagef("--server %q is not a URL like https://todo.example.com", g.server)
	}
	return u, nil
}

// origin is target for the commands that only our servers understand.
func (g *global) origin() (*url.URL, error) {
	u, err := g.target()
	if err != nil {
		return nil, err
	}
	if u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usagef("--server %q: give the server's address without a path; only 'todo mcp' takes a whole URL", g.server)
	}
	return u, nil
}

// client returns a client of the REST API that signs its requests.
func (g *global) client() (*client.Client, error) {
	u, err := g.origin()
	if err != nil {
		return nil, err
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
		return nil, err
	}
	if token != "" {
		if err := oauthflow.CheckResource(resource); err != nil {
			return nil, usagef("--server: %w", err)
		}
		if strings.ContainsFunc(token, unicode.IsControl) {
			return nil, usagef("TODO_TOKEN is more than one line")
		}
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
	flow, err := oauthflow.New(oauthflow.Config{
		Resource: resource, ClientName: name, Scopes: []string{"openid", "email", "todos:read", "todos:write"},
		Store: store, LockDir: filepath.Join(g.stateDir(), "locks"),
		Browser: g.getenv("BROWSER"), NoBrowser: noBrowser || oauthflow.Headless(g.getenv),
		Announce: g.announce, Now: g.now, Logger: g.debugLogger(),
	})
	if err != nil {
		return nil, usagef("--server: %w", err)
	}
	return flow, nil
}

func (g *global) store() (oauthflow.TokenStore, error) {
	if g.stateDir() == "" {
		return nil, usagef("there is no home directory to keep the sign-in in: set HOME")
	}
	switch g.tokenStore {
	case "keyring":
		timeout := unlockTimeout
		if oauthflow.Headless(g.getenv) {
			timeout = keyringTimeout
		}
		return oauthflow.NewKeyring(keyringService, timeout), nil
	case "file":
		return oauthflow.NewFile(filepath.Join(g.stateDir(), "credentials.json")), nil
	}
	return nil, usagef("--token-store %q: use keyring or file", g.tokenStore)
}

// signIn has the person sign in in their browser. That the tokens can be kept is
// found out before, not when a sign-in has been spent on them.
func (g *global) signIn(ctx context.Context, flow *oauthflow.Flow) error {
	store, err := g.store()
	if err != nil {
		return err
	}
	const probe = "probe"
	if err := store.Set(ctx, probe, []byte(probe)); err != nil {
		return err
	}
	if err := store.Delete(ctx, probe); err != nil {
		return err
	}
	_, err = flow.Login(ctx)
	return err
}

// tokenGiven fails where TODO_TOKEN makes signing in or out pointless.
func (g *global) tokenGiven() error {
	token, err := g.secret("TODO_TOKEN")
	if err != nil || token == "" {
		return err
	}
	return &todo.Error{Code: todo.CodeConflict, Message: "TODO_TOKEN is set and wins over any sign-in", Hint: "unset it first"}
}

// announce tells the person on stderr what a sign-in waits for.
func (g *global) announce(e oauthflow.Event) {
	switch e.Kind {
	case oauthflow.EventOpenURL:
		fmt.Fprintf(g.err, "Sign in, in your browser:\n\n  %s\n\n", printableLine(e.URL))
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

// loginCommand is what a person types to sign in where they are not.
func (g *global) loginCommand() string {
	command := "todo login"
	if g.server != defaultServer {
		command += " --server " + g.server
	}
	if g.tokenStore != defaultTokenStore {
		command += " --token-store " + g.tokenStore
	}
	return command
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
