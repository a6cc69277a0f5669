// Package remote is the hosted server: the pages, the REST API, the MCP server
// and, without Stytch credentials, the embedded identity. All of its wiring is in
// New; the rooms below remote/internal do the work.
//
// It must never read the environment or flags, and holds no rule of its own.
package remote

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"todo.example/remote/internal/httpx"
)

// Config is all that a server is made of. Addr, DataDir, Logger, Codes and Now are
// required; what else is empty has the default that its comment says, or is off.
type Config struct {
	Addr             string // host:port; port 0 picks one
	PublicURL        string // origin that every absolute URL is made from; default: http:// and Addr
	DataDir          string
	DatabaseURL      string
	Stytch           Stytch
	EmbeddedIdentity bool   // serve the embedded identity also to the network
	SMTPURL          string // smtp[s]://user:password@host:port?from=address
	Logger           *slog.Logger
	Codes            io.Writer // where sign-in codes go without a mail relay
	Version          string
	RateLimit        int // requests a minute of one person at one door; 0: DefaultRateLimit, less than 0: no limit
	Now              func() time.Time
}

// Stytch holds the credentials of a Stytch project; all empty: the embedded
// identity.
type Stytch struct {
	ProjectID, Secret, Domain, PublicToken, Vertical string
}

// DefaultAddr is where a server listens that is told nothing else.
const DefaultAddr = "localhost:3000"

// DefaultRateLimit is how many requests a minute a person may make on end through
// each of the browser, the API and MCP. A third of it may come at once.
const DefaultRateLimit = 600

func (s Stytch) configured() bool { return s.ProjectID+s.Secret+s.Domain+s.PublicToken != "" }

// Validate returns everything that is wrong with the configuration at once, each
// with what to do.
func (c Config) Validate() error {
	var errs []error
	for _, check := range []struct {
		bad bool
		msg string
	}{
		{c.DataDir == "", "there is no data directory: set --data-dir"},
		{c.DatabaseURL != "", "this version stores in its data directory only: leave TODO_DATABASE_URL unset"},
		{c.Stytch.Vertical != "" && c.Stytch.Vertical != "consumer", fmt.Sprintf("STYTCH_VERTICAL is %q: this version knows consumer", c.Stytch.Vertical)},
		{c.PublicURL != "" && !validOrigin(c.PublicURL), fmt.Sprintf("--public-url %q is not an origin: give scheme and host, like https://todo.example.com", c.PublicURL)},
	} {
		if check.bad {
			errs = append(errs, errors.New(check.msg))
		}
	}
	if missing := c.Stytch.missing(); len(missing) > 0 {
		errs = append(errs, fmt.Errorf("the Stytch project is half configured: set %s too, or unset all STYTCH_ variables for the embedded identity", strings.Join(missing, ", ")))
	}
	return errors.Join(errs...)
}

// missing names what a half-set Stytch configuration lacks. The public token is
// for sign-in with Google only.
func (s Stytch) missing() []string {
	if !s.configured() {
		return nil
	}
	var names []string
	for _, v := range []struct{ name, value string }{
		{"STYTCH_PROJECT_ID", s.ProjectID}, {"STYTCH_SECRET", s.Secret}, {"STYTCH_DOMAIN", s.Domain},
	} {
		if v.value == "" {
			names = append(names, v.name)
		}
	}
	return names
}

func validOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// publicURL returns the configured public URL, or the address as it was given
// with the port that was bound.
func (c Config) publicURL(bound net.Addr) url.URL {
	if c.PublicURL != "" {
		u, _ := url.Parse(c.PublicURL) // validated
		u.Path = ""
		return *u
	}
	host, _, _ := net.SplitHostPort(c.Addr)
	if host == "" {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(bound.String())
	return url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
}

// checkEmbedded refuses to serve the embedded identity to the network by accident,
// under a name of its own or on an address that others reach.
func (c Config) checkEmbedded(public url.URL, bound net.Addr) error {
	host, _, _ := net.SplitHostPort(bound.String())
	private := httpx.IsLoopback(public.Hostname())
	switch {
	case private && (httpx.IsLoopback(host) || c.EmbeddedIdentity):
		return nil
	case private:
		return fmt.Errorf("the embedded identity does not listen on %s, where others reach it: give an address of this machine alone, like --addr localhost:3000, or --embedded-identity", bound)
	case !c.EmbeddedIdentity:
		return fmt.Errorf("the embedded identity does not serve %s: set STYTCH_PROJECT_ID, STYTCH_SECRET and STYTCH_DOMAIN, or give --embedded-identity", public.String())
	case public.Scheme != "https":
		return fmt.Errorf("the embedded identity needs https on a public URL: put a TLS proxy in front and set --public-url https://%s", public.Host)
	case c.SMTPURL == "":
		return errors.New("the embedded identity needs a mail relay on a public URL, or nobody can sign in: set TODO_SMTP_URL")
	}
	return nil
}

// hosts returns the Host headers that are ours: the public one and, on loopback,
// the other names of the same socket.
func hosts(public url.URL, bound net.Addr) []string {
	names := []string{public.Host}
	host, port, _ := net.SplitHostPort(bound.String())
	if !httpx.IsLoopback(host) {
		return names
	}
	for _, h := range []string{"localhost", "127.0.0.1", "::1"} {
		names = append(names, net.JoinHostPort(h, port))
	}
	return names
}
