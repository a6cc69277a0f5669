package auth

import (
	"context"
	"time"
)

// Provider is the identity provider. auth/stytch implements it for Stytch's
// Consumer projects, embedded or hosted, and is to implement it for B2B; it is an
// interface because design.md keeps stytch-go out of this room.
//
// Every method fails with a *todo.Error fit for a person: CodeInvalid for a wrong
// or expired code or link, CodeUnauthenticated for a session or token that is no
// good, CodeRateLimited, CodeNotFound, CodeUnavailable when the provider is out of
// reach.
type Provider interface {
	// SendCode mails a one-time code and returns the method to check it against.
	SendCode(ctx context.Context, email string, from Device) (method string, err error)
	// CheckCode trades the code for a session.
	CheckCode(ctx context.Context, method, code string, from Device) (Session, error)
	// SendLink mails a magic link to redirect.
	SendLink(ctx context.Context, email, redirect string, from Device) error
	// CheckLink trades the token of a magic link, or of an OAuth sign-in's return,
	// for a session. kind is the query's stytch_token_type.
	CheckLink(ctx context.Context, kind, token string, from Device) (Session, error)
	// OAuthStart returns where the browser begins a sign-in with another provider
	// ("google"), or "" where that is not configured.
	OAuthStart(provider, redirect string) string

	// Session checks a browser's cookies. The answer may hold fresher ones.
	Session(ctx context.Context, c Cookies) (Session, error)
	// SignOut ends the session.
	SignOut(ctx context.Context, c Cookies) error

	// Consent says what a client asks for and whether the person must be asked.
	Consent(ctx context.Context, s Session, r AuthorizationRequest) (Consent, error)
	// Authorize ends an authorization request with the person's decision and
	// returns the URL, of the client's registered redirect, to send the browser to.
	Authorize(ctx context.Context, s Session, r AuthorizationRequest, granted bool) (redirect string, err error)

	// Apps lists the clients that may act for the person.
	Apps(ctx context.Context, subject string) ([]App, error)
	// RevokeApp ends all that a client may do for the person.
	RevokeApp(ctx context.Context, subject, id string) error

	// Verify checks an access token's signature, issuer, audience and times, without
	// the network but for an unknown key.
	Verify(ctx context.Context, token string) (Token, error)
	// Active asks the provider whether a verified token still stands.
	Active(ctx context.Context, token string, t Token) (bool, error)
	// Email returns the person's address.
	Email(ctx context.Context, subject string) (string, error)
	// Strict reports whether the project knows our scopes.
	Strict() bool
	// Issuer is the authorization server's identifier (RFC 8414).
	Issuer() string
	// ServerMetadata is the authorization server's metadata document.
	ServerMetadata(ctx context.Context) ([]byte, error)
}

// Device is what the provider keeps of where a sign-in came from.
type Device struct {
	IP, UserAgent string
}

// Cookies are the two values that a browser's session consists of.
type Cookies struct {
	Token string // opaque; cookie stytch_session
	JWT   string // five minutes; cookie stytch_session_jwt
}

// Session is a person signed in in a browser.
type Session struct {
	Subject string
	Email   string
	Cookies Cookies
	Expires time.Time
}

// AuthorizationRequest is an OAuth 2.1 authorization request as it arrived.
type AuthorizationRequest struct {
	ClientID      string
	RedirectURI   string
	ResponseType  string
	Scopes        []string
	State         string
	Nonce         string
	Prompt        string
	CodeChallenge string
	Resources     []string
}

// Consent is what the page of that name shows.
type Consent struct {
	Client   Client
	LogoURL  string
	Required bool
	Scopes   []ScopeRequest
}

// ScopeRequest is one scope that a client asks for.
type ScopeRequest struct {
	Name        string
	Description string
	Grantable   bool // the person has it to give
}

// App is a client that may act for a person.
type App struct {
	ID     string
	Name   string
	Scopes []string
}

// Token is what a verified access token says.
type Token struct {
	Subject  string
	ClientID string
	Scopes   []string
	Expires  time.Time
}
