package auth

import (
	"net/http"
	"time"

	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// The cookies, named as Stytch's own SDKs name them.
const (
	SessionCookie = "stytch_session"
	cookieJWT     = "stytch_session_jwt"
)

func cookies(r *http.Request) (Cookies, bool) {
	var c Cookies
	if k, err := r.Cookie(SessionCookie); err == nil {
		c.Token = k.Value
	}
	if k, err := r.Cookie(cookieJWT); err == nil {
		c.JWT = k.Value
	}
	return c, c != Cookies{}
}

// Session returns who is signed in in the browser that makes the request, and
// renews its cookies where the provider did.
func (g *Guard) Session(w http.ResponseWriter, r *http.Request) (Session, error) {
	c, ok := cookies(r)
	if !ok {
		return Session{}, errSignedOut
	}
	s, err := g.provider.Session(r.Context(), c)
	if err != nil {
		return Session{}, err
	}
	if s.Cookies != c {
		g.SetSession(w, s)
	}
	return s, nil
}

// SetSession signs the browser in.
func (g *Guard) SetSession(w http.ResponseWriter, s Session) {
	g.setCookie(w, SessionCookie, s.Cookies.Token, s.Expires)
	g.setCookie(w, cookieJWT, s.Cookies.JWT, s.Expires)
}

// ClearSession forgets the browser's cookies; Provider.SignOut ends the session.
func (g *Guard) ClearSession(w http.ResponseWriter) {
	g.setCookie(w, SessionCookie, "", time.Unix(1, 0))
	g.setCookie(w, cookieJWT, "", time.Unix(1, 0))
}

func (g *Guard) setCookie(w http.ResponseWriter, name, value string, expires time.Time) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", Expires: expires,
		HttpOnly: true, Secure: g.site.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// SignOut ends the session of the request's browser, here and at the provider.
func (g *Guard) SignOut(w http.ResponseWriter, r *http.Request) error {
	c, ok := cookies(r)
	g.ClearSession(w)
	if !ok {
		return nil
	}
	return g.provider.SignOut(r.Context(), c)
}

// person is the principal of a browser's session.
func (g *Guard) person(s Session) Principal {
	return Principal{Subject: s.Subject, Email: s.Email, Via: ViaWeb, Strict: g.provider.Strict()}
}

// Page lets in who is signed in in this browser and sends who is not to the
// sign-in page and, for what they were about to read, back. Any other failure is
// the caller's to show.
func (g *Guard) Page(next httpx.HandlerFunc) httpx.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := g.Session(w, r)
		if todo.AsError(err).Code == todo.CodeUnauthenticated {
			g.toLogin(w, r)
			return nil
		}
		if err != nil {
			return err
		}
		p, err := g.admit(w, r, g.person(s))
		if err != nil {
			return err
		}
		return next(w, r.WithContext(NewContext(r.Context(), p)))
	}
}

func (g *Guard) toLogin(w http.ResponseWriter, r *http.Request) {
	g.ClearSession(w)
	target := LoginPath
	if r.Method == http.MethodGet {
		target = LoginURL(r.URL.RequestURI())
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}
