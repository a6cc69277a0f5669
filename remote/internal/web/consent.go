package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

// consentPage is what the page shows.
type consentPage struct {
	Client    string
	Email     string
	To        destination
	Scopes    []string // in plain words
	Withheld  []string // asked for, but not the person's to give
	Unlimited bool     // the project has no scopes of ours: any access is to everything
	Request   string   // canonical
	Token     string   // binds the form to the session and the request
}

// authorize answers an authorization request (RFC 6749 §4.1.1). The order matters:
// nobody but the person is told anything before the client and its redirect URI
// are known good, which the provider says only of a signed-in person's request
// (OAuth 2.1 §7.12.2).
func (p *Pages) authorize(w http.ResponseWriter, r *http.Request) error {
	a, err := parseAuthorization(r.URL.RawQuery, p.publicURL())
	if err != nil {
		return err
	}
	s, err := p.session(w, r)
	if err == nil {
		err = p.ask(w, r, s, a)
	}
	// The provider may know that a session has ended before its JWT does.
	if todo.AsError(err).Code == todo.CodeUnauthenticated {
		return p.signInFirst(w, r, a)
	}
	return p.tell(w, r, a, err)
}

// signInFirst sends the person to sign in and then back to the request.
func (p *Pages) signInFirst(w http.ResponseWriter, r *http.Request, a authorization) error {
	if a.silent() {
		return untrusted("nobody is signed in, and it does not let you sign in", errors.New("login_required"))
	}
	p.guard.ClearSession(w)
	return seeOther(w, r, auth.LoginURL(auth.AuthorizePath+"?"+a.canonical()))
}

// ask answers a signed-in person's request: with the page, or at once where they
// need not be asked.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request, s auth.Session, a authorization) error {
	to, err := destinationOf(a.request.RedirectURI)
	if err != nil {
		return err
	}
	c, err := p.consent(r.Context(), s, &a)
	if err != nil {
		return err
	}
	// Any program on the computer can pass for a client that redirects to it, so
	// that is never waved through (RFC 8252 §8.6).
	if !c.Required && !to.Local {
		return p.answer(w, r, s, a, false)
	}
	if a.silent() {
		return &refusal{"consent_required", "the person must be asked"}
	}
	w.Header().Set("Content-Security-Policy", policy(to.source))
	return p.render(w, r, http.StatusOK, "consent", view{Title: "Connect an app", Email: s.Email, Body: p.describe(s, a, c, to)})
}

// consent asks the provider about the request. A failure is a *refusal only if the
// provider vouches for the client and its redirect URI.
func (p *Pages) consent(ctx context.Context, s auth.Session, a *authorization) (auth.Consent, error) {
	if len(a.request.Scopes) == 0 {
		a.request.Scopes = p.defaultScopes()
	}
	refused := a.refusal
	if refused == nil {
		c, err := p.provider.Consent(ctx, s, a.request)
		if err == nil {
			return c, nil
		}
		if refused = refusalOf(err); refused == nil {
			return c, clientError(err)
		}
	}
	plain := auth.AuthorizationRequest{ClientID: a.request.ClientID, RedirectURI: a.request.RedirectURI, ResponseType: "code", Scopes: []string{"openid"}}
	if _, err := p.provider.Consent(ctx, s, plain); err != nil {
		return auth.Consent{}, clientError(err)
	}
	return auth.Consent{}, refused
}

// refusalOf returns what the client is to be told of a failure that is about the
// scopes or resources it asked for; nil for any other.
func refusalOf(err error) *refusal {
	e := todo.AsError(err)
	if e.Code != todo.CodeInvalid {
		return nil
	}
	switch e.Field {
	case "scope":
		return &refusal{"invalid_scope", "a scope is unknown"}
	case "resource":
		return &refusal{"invalid_target", "a resource is unknown"}
	}
	return nil
}

// clientError makes a page of the provider's word that the client or its redirect
// URI are no good, and leaves other failures as they are.
func clientError(err error) error {
	switch todo.AsError(err).Code {
	case todo.CodeNotFound:
		return untrusted("no app is registered under its client_id", err)
	case todo.CodeInvalid, todo.CodeBadRequest:
		return untrusted("it asks to return to an address it did not register", err)
	}
	return err
}

// tell redirects to the client with a refusal; other failures are the person's.
func (p *Pages) tell(w http.ResponseWriter, r *http.Request, a authorization, err error) error {
	var refused *refusal
	if !errors.As(err, &refused) {
		return err
	}
	return seeOther(w, r, a.refuse(refused, p.provider.Issuer()))
}

// decide takes the person's decision.
func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	s, err := p.session(w, r)
	if err != nil && todo.AsError(err).Code != todo.CodeUnauthenticated {
		return err
	}
	a, parseErr := parseAuthorization(r.PostForm.Get("request"), p.publicURL())
	// A true token says that this request was shown to this person, and so that it
	// was found in order.
	if err != nil || parseErr != nil || a.refusal != nil || !hmac.Equal([]byte(consentToken(s, a)), []byte(r.PostForm.Get("token"))) {
		return &todo.Error{Code: todo.CodeForbidden, Message: "this decision does not belong to a question you were asked here", Hint: "your sign-in may have changed: go back to the app and connect again", Cause: errors.Join(err, parseErr)}
	}
	switch r.PostForm.Get("decision") {
	case "allow":
		return p.tell(w, r, a, p.answer(w, r, s, a, true))
	case "deny":
		return p.tell(w, r, a, &refusal{"access_denied", "the person said no"})
	}
	return &todo.Error{Code: todo.CodeBadRequest, Message: "the form says neither allow nor deny", Hint: "go back and press one of the buttons"}
}

// answer ends the request at the provider and sends the browser back to the client.
// Without granted the provider issues a code only if it need not ask, so a denial
// never comes here: it must hold for an app that was allowed before.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, s auth.Session, a authorization, granted bool) error {
	if len(a.request.Scopes) == 0 {
		a.request.Scopes = p.defaultScopes()
	}
	redirect, err := p.provider.Authorize(r.Context(), s, a.request, granted)
	if err != nil {
		if refused := refusalOf(err); refused != nil {
			return refused
		}
		return clientError(err)
	}
	if u, err := url.Parse(redirect); err == nil && !u.Query().Has("iss") { // RFC 9207; Stytch leaves it out
		redirect = withQuery(redirect, url.Values{"iss": {p.provider.Issuer()}})
	}
	return seeOther(w, r, redirect)
}

// consentToken is what a decision must carry. Nobody without the session's cookie
// can make one, and one request's is of no use for another.
func consentToken(s auth.Session, a authorization) string {
	mac := hmac.New(sha256.New, []byte(s.Cookies.Token))
	mac.Write([]byte("consent\x00" + a.canonical())) // never fails (hash.Hash)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
