package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Config is what a Server needs. Issuer, AuthorizationURL, Deliver, Store, Now and Logger are required.
type Config struct {
	// ProjectID, Secret and PublicToken are the project's credentials in Stytch's form for test projects
	// ("project-test-<uuid>", …). Those that are empty are made once and kept in the Store.
	ProjectID, Secret, PublicToken string

	// Issuer is the server's public URL without a slash at its end. Every URL and every iss is made from it and never
	// from a request's Host.
	Issuer string

	// AuthorizationURL is the application's consent page, the authorization_endpoint of the metadata.
	AuthorizationURL string

	// Resources are the resource indicators (RFC 8707) that may be asked for. They are appended to a token's aud.
	Resources []string

	// Scopes are the custom scopes of the RBAC policy.
	Scopes []Scope

	// Roles are the roles of the RBAC policy. Every user has "stytch_user"; if it is not among them, it holds all
	// that the scopes need.
	Roles []Role

	// RedirectURLs are the URLs that a magic link may lead to, exactly. The first one is the default.
	RedirectURLs []string

	// Deliver sends a sign-in message to a person and returns when it is sent. It must not log the message.
	Deliver func(context.Context, Message) error

	Store  Store
	Now    func() time.Time
	Logger *slog.Logger
}

// Message is a sign-in code or a magic link on its way to a person.
type Message struct {
	To        string // the address
	Code      string // six digits, or empty
	Link      string // the magic link, or empty
	ExpiresIn time.Duration
}

// Credentials are what the project's backend needs to call the API.
type Credentials struct {
	ProjectID   string `json:"project_id"`
	Secret      string `json:"secret"`
	PublicToken string `json:"public_token"`
}

// Server is the embedded identity server. It is an http.Handler for /v1/ and for the documents openid-configuration,
// oauth-authorization-server and jwks.json below /.well-known/.
type Server struct {
	cfg         Config
	credentials Credentials
	policy      *policy
	keys        atomic.Pointer[keyring]
	mux         *http.ServeMux
}

// New returns a server over the store, whose credentials and signing keys it loads, or makes the first time.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("identity configuration: %w", err)
	}
	s := &Server{cfg: cfg, policy: newPolicy(cfg.Scopes, cfg.Roles), mux: http.NewServeMux()}
	if err := s.loadCredentials(ctx); err != nil {
		return nil, err
	}
	if err := s.loadKeys(ctx); err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}

func (cfg *Config) check() error {
	issuer, err := url.Parse(cfg.Issuer)
	switch {
	case err != nil || issuer.Host == "" || (issuer.Scheme != "http" && issuer.Scheme != "https"):
		return errors.New("the issuer is not an http or https URL")
	case strings.HasSuffix(cfg.Issuer, "/") || issuer.RawQuery != "" || issuer.Fragment != "":
		return errors.New("the issuer must not end in a slash or have a query")
	case cfg.AuthorizationURL == "":
		return errors.New("the authorization URL is missing")
	case cfg.Deliver == nil || cfg.Store == nil || cfg.Now == nil || cfg.Logger == nil:
		return errors.New("a delivery, a store, a clock and a logger are required")
	case cfg.ProjectID != "" && !strings.HasPrefix(cfg.ProjectID, "project-test-"):
		return errors.New(`the project id must start with "project-test-": this server does not stand in for a live project`)
	}
	return nil
}

// loadCredentials takes the configured credentials, completed by stored ones and those by new ones.
func (s *Server) loadCredentials(ctx context.Context) error {
	const key = "project"
	fresh := Credentials{newID("project"), newID("secret"), newID("public-token")}
	err := s.update(ctx, func(tx Tx) error {
		stored, err := credentialsTable.get(tx, key)
		if err != nil {
			return err
		}
		if stored == nil {
			stored = &fresh
			if err := credentialsTable.put(tx, key, stored, time.Time{}); err != nil {
				return err
			}
		}
		s.credentials = *stored
		return nil
	})
	if err != nil {
		return fmt.Errorf("load identity credentials: %w", err)
	}
	for _, field := range []struct {
		target *string
		given  string
	}{
		{&s.credentials.ProjectID, s.cfg.ProjectID},
		{&s.credentials.Secret, s.cfg.Secret},
		{&s.credentials.PublicToken, s.cfg.PublicToken},
	} {
		if field.given != "" {
			*field.target = field.given
		}
	}
	return nil
}

// Credentials returns the project's credentials, for a client of this server within the same program.
func (s *Server) Credentials() Credentials { return s.credentials }

// now is the time to the second, which is all that the wire shows.
func (s *Server) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Second) }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A stytch-go client whose base URL ends in a slash asks for "//v1/…".
	if strings.HasPrefix(r.URL.Path, "//") {
		r2 := r.Clone(r.Context())
		r2.URL.Path = "/" + strings.TrimLeft(r.URL.Path, "/")
		r = r2
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) routes() {
	for pattern, fn := range map[string]endpoint{
		"POST /v1/otps/email/login_or_create":                               sendsOrCreates(s.sendOTP),
		"POST /v1/otps/email/send":                                          sends(s.sendOTP),
		"POST /v1/otps/authenticate":                                        takes(s.otpAuthenticate),
		"POST /v1/magic_links/email/login_or_create":                        sendsOrCreates(s.sendMagicLink),
		"POST /v1/magic_links/email/send":                                   sends(s.sendMagicLink),
		"POST /v1/magic_links/authenticate":                                 takes(s.magicLinkAuthenticate),
		"POST /v1/oauth/authenticate":                                       s.oauthAuthenticate,
		"POST /v1/sessions/authenticate":                                    takes(s.authenticateSession),
		"GET /v1/sessions":                                                  s.listSessions,
		"POST /v1/sessions/revoke":                                          takes(s.revokeSession),
		"POST /v1/users":                                                    takes(s.createUserEndpoint),
		"GET /v1/users/{user_id}":                                           s.getUserEndpoint,
		"PUT /v1/users/{user_id}":                                           takes(s.updateUserEndpoint),
		"GET /v1/users/{user_id}/connected_apps":                            s.listUserApps,
		"POST /v1/users/{user_id}/connected_apps/{connected_app_id}/revoke": s.revokeUserApp,
		"POST /v1/idp/oauth/authorize/start":                                takes(s.authorizeStart),
		"POST /v1/idp/oauth/authorize":                                      takes(s.authorize),
		"POST /v1/connected_apps/clients":                                   takes(s.createClient),
		"GET /v1/connected_apps/clients/{client_id}":                        s.getClientEndpoint,
		"PUT /v1/connected_apps/clients/{client_id}":                        takes(s.updateClient),
		"DELETE /v1/connected_apps/clients/{client_id}":                     s.deleteClient,
		"POST /v1/connected_apps/clients/search":                            takes(s.searchClients),
		"GET /v1/rbac/policy":                                               s.getPolicy,
		"GET /v1/debug/whoami":                                              s.whoami,
	} {
		s.mux.Handle(pattern, s.api(fn))
	}
	s.both("oauth2/token", s.oauth(s.token, http.MethodPost))
	s.both("oauth2/register", s.oauth(s.register, http.MethodPost))
	s.both("oauth2/introspect", s.oauth(s.introspect, http.MethodPost))
	s.both("oauth2/revoke", s.oauth(s.revoke, http.MethodPost))
	s.both("oauth2/userinfo", s.oauth(s.userinfo, http.MethodGet, http.MethodPost))
	for path, fn := range map[string]endpoint{
		".well-known/openid-configuration":       s.discovery,
		".well-known/oauth-authorization-server": s.discovery,
		".well-known/jwks.json":                  s.jwks,
	} {
		s.mux.Handle("/"+path, s.public(fn))
		s.mux.Handle("/v1/public/{project_id}/"+path, s.ownProject(s.public(fn)))
	}
	s.mux.Handle("/v1/sessions/jwks/{project_id}", s.ownProject(s.public(s.jwks)))
	s.mux.Handle("GET /v1/public/oauth/google/start", s.public(s.googleStart))
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.answerAPI(w, r, nil, errRoute) })
}

// both serves an endpoint of the project's domain also under its address on Stytch's API host.
func (s *Server) both(path string, handler http.Handler) {
	s.mux.Handle("/v1/"+path, handler)
	s.mux.Handle("/v1/public/{project_id}/"+path, s.ownProject(handler))
}

// ownProject hides what is below another project's id.
func (s *Server) ownProject(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("project_id") != s.credentials.ProjectID {
			s.answerAPI(w, r, nil, errRoute)
			return
		}
		handler.ServeHTTP(w, r)
	})
}
