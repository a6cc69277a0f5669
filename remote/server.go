package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/identity"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/auth/stytch"
	"todo.example/remote/internal/boltstore"
	"todo.example/remote/internal/httpx"
	"todo.example/remote/internal/mcpserver"
	"todo.example/remote/internal/rest"
	"todo.example/remote/internal/web"
)

const (
	maxBody         = 1 << 20
	providerTimeout = 15 * time.Second
	readinessGrace  = 500 * time.Millisecond
	drainTimeout    = 8 * time.Second // both are of the 10 s that a stop may take
)

// Server is a hosted server that has its port, its data and its identity
// provider, and is ready to Run.
type Server struct {
	config   Config
	public   url.URL
	listener net.Listener
	db       *boltstore.DB
	service  *todo.Service
	accounts *account.Accounts
	webhooks *account.Deliverer
	identity *identity.Server // nil with a Stytch project
	provider *stytch.Consumer
	http     *http.Server
	draining atomic.Bool
	done     chan struct{} // closed when streams must end
	broken   chan error    // the store's one failure
}

// New binds the port, opens the data and reaches the identity provider. It fails
// with an error that says what to do, and gives back what it took.
func New(ctx context.Context, c Config) (_ *Server, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{config: c, done: make(chan struct{}), broken: make(chan error, 1)}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.listener, err = listen(ctx, c.Addr); err != nil {
		return nil, err
	}
	s.public = c.publicURL(s.listener.Addr())
	if !c.Stytch.configured() {
		if err := c.checkEmbedded(s.public, s.listener.Addr()); err != nil {
			return nil, err
		}
	}
	if s.db, err = boltstore.Open(s.databasePath(), boltstore.Options{Logger: c.Logger, OnFailure: s.fail}); err != nil {
		return nil, explainData(err)
	}
	s.service = todo.NewService(s.db.Todos(), c.Now)
	if err := s.openAccounts(); err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	handler, err := s.routes()
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second, // streams lift it for themselves
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w; choose another address with --addr, like localhost:3001 (port 0 picks a free one)", err)
	}
	return l, nil
}

// explainData adds what to do where the data directory cannot be used.
func explainData(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); !ok {
		return err
	}
	return fmt.Errorf("%w; choose a directory that can be written with --data-dir", err)
}

func (s *Server) databasePath() string { return filepath.Join(s.config.DataDir, "todo.db") }

// fail is told by the store that a write could not be made durable.
func (s *Server) fail(err error) {
	s.draining.Store(true)
	select {
	case s.broken <- err:
	default:
	}
}

// connect reaches the identity provider: the Stytch project of the configuration,
// or the embedded identity. From here on there is no difference.
func (s *Server) connect(ctx context.Context) error {
	pc := stytch.Config{
		ProjectID: s.config.Stytch.ProjectID, Secret: s.config.Stytch.Secret, PublicToken: s.config.Stytch.PublicToken, Domain: s.config.Stytch.Domain,
		HTTPClient: &http.Client{Timeout: providerTimeout}, Logger: s.config.Logger, Now: s.config.Now,
	}
	if !s.config.Stytch.configured() {
		if err := s.embed(ctx, &pc); err != nil {
			return err
		}
	}
	var err error
	if s.provider, err = stytch.New(ctx, pc); err != nil && s.config.Stytch.configured() {
		return fmt.Errorf("%w; check STYTCH_DOMAIN, STYTCH_PROJECT_ID and the network", err)
	}
	return err
}

// embed starts the embedded identity and points the provider's configuration at it.
func (s *Server) embed(ctx context.Context, pc *stytch.Config) error {
	deliver := deliverTo(s.config.Codes)
	if s.config.SMTPURL != "" {
		relay, err := newRelay(s.config.SMTPURL)
		if err != nil {
			return err
		}
		deliver = relay.deliver
	}
	var err error
	s.identity, err = identity.New(ctx, identity.Config{
		Issuer: s.public.String(), AuthorizationURL: s.site().AuthorizationURL(),
		Resources: s.site().Resources(), Scopes: scopes, RedirectURLs: []string{s.site().ReturnURL()},
		Deliver: deliver, Store: s.db.Identity(), Now: s.config.Now, Logger: s.config.Logger,
	})
	if err != nil {
		return fmt.Errorf("start the embedded identity: %w", err)
	}
	c := s.identity.Credentials()
	pc.ProjectID, pc.Secret, pc.Domain = c.ProjectID, c.Secret, s.public.String()
	pc.HTTPClient.Transport = inProcess{host: s.public.Host, handler: s.identity, next: http.DefaultTransport}
	return nil
}

// scopes are the custom scopes of the embedded identity's policy.
var scopes = []identity.Scope{
	{Name: auth.ScopeRead, Description: "See your todos", Permissions: []identity.Permission{{ResourceID: "todos", Actions: []string{"read"}}}},
	{Name: auth.ScopeWrite, Description: "Add, change, complete and delete your todos", Permissions: []identity.Permission{{ResourceID: "todos", Actions: []string{"read", "write"}}}},
}

// routes is the whole server on one screen.
func (s *Server) routes() (http.Handler, error) {
	guard, err := auth.NewGuard(s.provider, s.site(), s.recheck(), s.config.Now)
	if err != nil {
		return nil, err
	}
	if err := s.limit(guard); err != nil {
		return nil, err
	}
	guard.UseAccounts(s.accounts)
	metrics, err := newMeasurements(s.config.Now)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(s.service, guard, s.provider, web.Config{
		PublicURL: s.public, Embedded: s.identity != nil && s.config.SMTPURL == "", Now: s.config.Now,
	})
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	pages.Mount(mux)
	rest.New(s.service, guard, rest.Config{
		Version: s.config.Version, PublicURL: s.public.String(), Now: s.config.Now, Done: s.done,
		Accounts: s.accounts, Webhooks: s.webhooks,
	}).Mount(mux)
	mcpserver.New(s.service, guard, mcpserver.Config{Version: s.config.Version, PublicURL: s.public.String(), Done: s.done, Logger: s.config.Logger}).Mount(mux)
	guard.Mount(mux)
	if s.identity != nil {
		s.mountIdentity(mux)
	} else {
		guard.MountServerMetadata(mux)
	}

	ours := httpx.Chain(mux, httpx.Hosts(hosts(s.public, s.listener.Addr())...), httpx.MaxBody(maxBody, rest.LargeBody()), metrics.measure)
	top := http.NewServeMux() // probes come by address, under any name
	mountOperation(top, &s.draining, metrics.handler)
	top.Handle("/", ours)
	return httpx.Chain(top, httpx.Log(s.config.Logger, s.config.Now), httpx.HidePath(api.PathFeeds), httpx.SecurityHeaders(s.public.Scheme == "https"), httpx.Recover), nil
}

// limit gives each person a budget of requests at each door.
func (s *Server) limit(guard *auth.Guard) error {
	perMinute := s.config.RateLimit
	switch {
	case perMinute < 0:
		return nil
	case perMinute == 0:
		perMinute = DefaultRateLimit
	}
	limiter, err := httpx.NewLimiter(perMinute, max(perMinute/3, 1), s.config.Now)
	if err != nil {
		return err
	}
	guard.Limit(limiter)
	return nil
}

// How long a read may go without asking whether its token was revoked: a hosted
// provider is a network away, the embedded one a function call.
const (
	recheckHosted   = time.Minute
	recheckEmbedded = time.Second
)

func (s *Server) recheck() time.Duration {
	if s.identity != nil {
		return recheckEmbedded
	}
	return recheckHosted
}

func (s *Server) mountIdentity(mux *http.ServeMux) {
	for _, pattern := range []string{"/v1/", "/.well-known/openid-configuration", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"} {
		mux.Handle(pattern, s.identity)
	}
}

func (s *Server) site() auth.Site { return auth.Site{URL: s.public} }

// URL returns the public URL.
func (s *Server) URL() string { return s.public.String() }

// Banner tells who started the server where everything is.
func (s *Server) Banner(w io.Writer) error {
	who := "embedded (sign-in codes appear here)"
	switch {
	case s.identity == nil:
		who = "Stytch project " + s.config.Stytch.ProjectID + " at " + s.provider.Issuer()
	case s.config.SMTPURL != "":
		who = "embedded (sign-in codes go out by mail)"
	}
	_, err := fmt.Fprintf(w, "todo %s\n  app       %s\n  MCP       %s%s\n  identity  %s\n  data      %s\n",
		s.config.Version, s.URL(), s.URL(), auth.MCPPath, who, s.databasePath())
	return err
}

// CheckSetup returns what is missing in a Stytch project's settings, a sentence
// each; nothing with the embedded identity.
func (s *Server) CheckSetup(ctx context.Context) []string {
	if s.identity != nil {
		return nil
	}
	return append(s.provider.CheckSetup(ctx, s.site().AuthorizationURL()), s.provider.CheckRedirect(ctx, s.site().ReturnURL())...)
}

// Run serves until ctx ends or the store fails, ends streams and requests
// cleanly, closes the data, and returns what went wrong.
func (s *Server) Run(ctx context.Context) error {
	defer s.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group errgroup.Group
	group.Go(func() error { return s.service.Run(ctx, s.config.Logger) })
	group.Go(func() error { return s.provider.Run(ctx) })
	group.Go(func() error { return s.accounts.Run(ctx, s.config.Logger) })
	group.Go(func() error { return s.webhooks.Run(ctx) })
	if s.identity != nil {
		group.Go(func() error { return s.identity.Run(ctx) })
	}
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()

	var failed error
	select {
	case <-ctx.Done():
		s.announceEnd()
		failed = s.drain(drainTimeout)
	case failed = <-s.broken:
		failed = errors.Join(fmt.Errorf("the data could not be saved, so the server stops: %w", failed), s.drain(storeFailureGrace))
	case failed = <-served:
	}
	cancel()
	return errors.Join(failed, group.Wait())
}

// storeFailureGrace is what the requests under way get to be answered once no
// write can be trusted any more.
const storeFailureGrace = 500 * time.Millisecond

// announceEnd says on /readyz that the server stops, and keeps serving for as long
// as a load balancer in front may need to send nobody here any more.
func (s *Server) announceEnd() {
	s.draining.Store(true)
	<-time.After(readinessGrace)
}

// drain stops taking work, ends streams, and waits for the requests under way.
func (s *Server) drain(patience time.Duration) error {
	s.draining.Store(true)
	close(s.done)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		s.config.Logger.Warn("requests were cut off", "error", err)
		return s.http.Close()
	}
	return nil
}

// close gives back what New took, in reverse order.
func (s *Server) close() {
	if s.db != nil {
		if err := s.db.Close(); err != nil {
			s.config.Logger.Error("close the database", "error", err)
		}
	}
	if s.listener != nil {
		s.listener.Close() // closed already after Run
	}
}
