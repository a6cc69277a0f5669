package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"todo.example/internal/todo"
)

var (
	errNoToken   = &todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in", Hint: "sign in and send the access token in the Authorization header"}
	errSignedOut = &todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in", Hint: "sign in again"}
	// errBadToken marks a token that was sent and is no good; every kind of no good
	// is the same answer.
	errBadToken = errors.New("bad token")
)

func badToken(why error) error {
	return &todo.Error{Code: todo.CodeUnauthenticated, Message: "the access token is not valid", Hint: "refresh it, or sign in again", Cause: errors.Join(errBadToken, why)}
}

// Challenge says, in WWW-Authenticate (RFC 6750 §3, RFC 9728 §5.1), what a client
// must do about a 400, 401 or 403 that the caller is about to write.
func (g *Guard) Challenge(w http.ResponseWriter, r *http.Request, err error) {
	e := todo.AsError(err)
	params := []string{}
	add := func(key, value string) { params = append(params, key+`="`+value+`"`) }
	switch {
	case e.Code == todo.CodeUnauthenticated && errors.Is(err, errBadToken):
		add("error", "invalid_token")
		add("error_description", e.Message)
	case e.Code == todo.CodeUnauthenticated: // no credentials: no error code (RFC 6750 §3.1)
	case e.Code == todo.CodeForbidden && e.Action != 0:
		add("error", "insufficient_scope")
		add("error_description", e.Message)
	case e.Code == todo.CodeBadRequest:
		add("error", "invalid_request")
		add("error_description", e.Message)
	default:
		return
	}
	if scopes := g.challengeScopes(e); scopes != "" {
		add("scope", scopes)
	}
	add("resource_metadata", g.site.metadataURL(r.URL.Path))
	w.Header().Set("WWW-Authenticate", "Bearer "+strings.Join(params, ", "))
}

// challengeScopes names what to ask for: all that the refused action needs, or at
// a first contact all there is. A project without our scopes has none to ask for.
func (g *Guard) challengeScopes(e *todo.Error) string {
	if !g.provider.Strict() || e.Code == todo.CodeBadRequest {
		return ""
	}
	if e.Action != 0 {
		return strings.Join(ScopesFor(e.Action), " ")
	}
	return ScopeRead + " " + ScopeWrite
}

// Site is where this deployment lives.
type Site struct {
	URL url.URL // the public URL: scheme and host, no path
}

// MCPPath is the MCP endpoint, a protected resource of its own.
const MCPPath = "/mcp"

const metadataPath = "/.well-known/oauth-protected-resource"

// The pages that the guard and the identity provider send browsers to.
const (
	LoginPath     = "/login"
	AuthorizePath = "/oauth/authorize" // the consent page
	ReturnPath    = "/authenticate"    // where sign-in links and other providers lead back to
)

// AuthorizationURL is the address of the consent page: the authorization_endpoint
// of the provider's metadata.
func (s Site) AuthorizationURL() string { return s.origin() + AuthorizePath }

// ReturnURL is where sign-ins lead back to. Stytch compares it with the
// dashboard's list byte for byte: no query.
func (s Site) ReturnURL() string { return s.origin() + ReturnPath }

// LoginURL returns the path of the sign-in page that leads on to returnTo, a path
// on this origin.
func LoginURL(returnTo string) string {
	return LoginPath + "?" + url.Values{"return_to": {returnTo}}.Encode()
}

func (s Site) origin() string { return s.URL.Scheme + "://" + s.URL.Host }
func (s Site) secure() bool   { return s.URL.Scheme == "https" }

// Resources returns the identifiers (RFC 8707) that a token may be asked for: the
// MCP endpoint and the origin.
func (s Site) Resources() []string { return []string{s.origin() + MCPPath, s.origin()} }

func (s Site) metadataURL(path string) string {
	if path == MCPPath {
		return s.origin() + metadataPath + MCPPath
	}
	return s.origin() + metadataPath
}
