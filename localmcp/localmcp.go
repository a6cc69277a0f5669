// Package localmcp is a stdio MCP server that stands in for a remote one: what
// the host writes on stdin goes to the remote server over streamable HTTP, and
// what the remote server says comes back on stdout.
//
// It is a relay, not a second server. Frames pass through byte for byte, with
// their ids, unknown methods, unknown fields and _meta, so it needs to know
// neither the remote server's tools nor its extensions. It steps in only where
// the two sides cannot meet by themselves:
//
//   - the remote server is out of reach, slow, or waits for a person to sign in:
//     the host still gets its answer to initialize, later requests get an error
//     that says what is wrong, and list_changed once the server is there;
//   - the remote session is lost: it is agreed anew and the request is sent again
//     if the server cannot have carried it out;
//   - the host speaks a protocol version with sessions (up to 2025-11-25) and the
//     server only the one without (2026-07-28): see stateless.go.
//
// It must never write anything but JSON-RPC frames to Config.Out, never log a
// message's content, and it knows nothing of todos, tokens or OAuth: signing in
// happens inside Config.Client, which calls [SignIn] when it needs a person.
package localmcp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Limits. Hosts give a server ten seconds to start and a minute to answer a call.
const (
	// maxFrame bounds one message in either direction, in bytes.
	maxFrame = 64 << 20
	// patience is how long initialize waits for the remote server before the
	// bridge answers it alone.
	patience = 5 * time.Second
	// linkWait is how long any other request waits for the remote server to be
	// reached or the person to sign in.
	linkWait = 45 * time.Second
	// signInWait is how long the making of a link waits for the person. Nobody
	// waits that long for the link, but the host hears when it is there.
	signInWait = time.Hour
	// drainWait and closeWait together bound how long Run outlives its input.
	drainWait = time.Second
	closeWait = 900 * time.Millisecond
)

// Config says what to bridge. Endpoint, Client, In and Out are required.
type Config struct {
	// Endpoint is the URL of the remote MCP server, used as it is.
	Endpoint string
	// Client sends every request. It adds the bearer and signs in when asked to
	// (see [SignIn]); it must have no overall timeout, because streams last.
	Client *http.Client
	// In carries the host's JSON-RPC frames, one a line. Run closes it on its way
	// out, to free the goroutine that reads it.
	In io.ReadCloser
	// Out gets JSON-RPC frames, one a line, and nothing else.
	Out io.Writer
	// Name and Version are what the bridge calls itself when it has to answer
	// initialize before the remote server has.
	Name, Version string
	// Logger gets what went wrong between the bridge and the remote server. Nil
	// discards it.
	Logger *slog.Logger
}

// Run bridges until the host closes cfg.In or ctx is cancelled, and returns nil
// for both. Requests that are still unanswered when In ends get one more second,
// then the remote session is deleted; Run returns within two. Errors: an Endpoint that is
// not an http(s) URL, an In that cannot be read, an Out that cannot be written.
func Run(ctx context.Context, cfg Config) error {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("localmcp: the endpoint is not an http or https URL")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b := newBridge(ctx, cfg, &frameWriter{w: cfg.Out, failed: cancel})
	err = b.readHost()
	if err == nil {
		b.drain()
	}
	cancel()
	_ = cfg.In.Close()
	b.close()
	return errors.Join(err, b.out.failure())
}
