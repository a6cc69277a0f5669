package web

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

// signIn is what the sign-in pages show.
type signIn struct {
	Email    string
	ReturnTo string
	Google   string // where to go for it; "" hides it
	Embedded bool   // codes are on the server's terminal
	Problem  string // what was wrong with the last try
	Resent   bool
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) error {
	target := returnTo(r.URL.Query().Get("return_to"))
	if _, err := p.session(w, r); err == nil {
		return seeOther(w, r, target)
	}
	return p.showLogin(w, r, signIn{ReturnTo: target}, nil)
}

// showLogin shows the first page of signing in, after a failed try with why.
func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request, s signIn, problem error) error {
	s.Embedded = p.config.Embedded
	if p.provider.OAuthStart("google", p.site().ReturnURL()) != "" {
		s.Google = "/login/google?" + url.Values{"return_to": {s.ReturnTo}}.Encode()
	}
	return p.showProblem(w, r, "login", "Sign in", s, problem)
}

// showProblem shows a sign-in page again where the person can mend what was wrong,
// and fails where they cannot.
func (p *Pages) showProblem(w http.ResponseWriter, r *http.Request, page, title string, s signIn, problem error) error {
	status := http.StatusOK
	if problem != nil {
		e := todo.AsError(problem)
		status = api.Status(e.Code)
		if status >= http.StatusInternalServerError || e.Code == todo.CodeRateLimited {
			return problem
		}
		httpx.Cause(r, problem)
		s.Problem = sentence(e.Message) + " " + sentence(e.Hint)
	}
	return p.render(w, r, status, page, view{Title: title, Body: s})
}

func (p *Pages) sendCode(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	a := attempt{Email: strings.TrimSpace(r.PostForm.Get("email")), ReturnTo: returnTo(r.PostForm.Get("return_to"))}
	return p.mailCode(w, r, a, pathCode)
}

func (p *Pages) resendCode(w http.ResponseWriter, r *http.Request) error {
	a, ok := attemptOf(r)
	if !ok || a.Email == "" {
		return seeOther(w, r, auth.LoginPath)
	}
	return p.mailCode(w, r, a, pathCode+"?resent=1")
}

func (p *Pages) mailCode(w http.ResponseWriter, r *http.Request, a attempt, next string) error {
	var err error
	if a.Method, err = p.provider.SendCode(r.Context(), a.Email, device(r)); err != nil {
		return p.showLogin(w, r, signIn{Email: a.Email, ReturnTo: a.ReturnTo}, err)
	}
	if err := p.keepAttempt(w, a); err != nil {
		return err
	}
	return seeOther(w, r, next)
}

func (p *Pages) enterCode(w http.ResponseWriter, r *http.Request) error {
	a, ok := attemptOf(r)
	if !ok || a.Method == "" {
		return seeOther(w, r, auth.LoginPath)
	}
	return p.showCode(w, r, a, r.URL.Query().Has("resent"), nil)
}

func (p *Pages) showCode(w http.ResponseWriter, r *http.Request, a attempt, resent bool, problem error) error {
	s := signIn{Email: a.Email, ReturnTo: a.ReturnTo, Embedded: p.config.Embedded, Resent: resent}
	return p.showProblem(w, r, "code", "Enter the code", s, problem)
}

func (p *Pages) checkCode(w http.ResponseWriter, r *http.Request) error {
	a, ok := attemptOf(r)
	if !ok || a.Method == "" {
		return seeOther(w, r, auth.LoginPath)
	}
	if err := form(r); err != nil {
		return err
	}
	code := strings.NewReplacer(" ", "", "-", "").Replace(r.PostForm.Get("code"))
	s, err := p.provider.CheckCode(r.Context(), a.Method, code, device(r))
	if err != nil {
		return p.showCode(w, r, a, false, err)
	}
	return p.welcome(w, r, s, a)
}

// welcome signs the browser in and sends it where it was going.
func (p *Pages) welcome(w http.ResponseWriter, r *http.Request, s auth.Session, a attempt) error {
	p.guard.SetSession(w, s)
	p.endAttempt(w)
	return seeOther(w, r, a.ReturnTo)
}

func (p *Pages) sendLink(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	a := attempt{Email: strings.TrimSpace(r.PostForm.Get("email")), ReturnTo: returnTo(r.PostForm.Get("return_to"))}
	if err := p.provider.SendLink(r.Context(), a.Email, p.site().ReturnURL(), device(r)); err != nil {
		return p.showLogin(w, r, signIn{Email: a.Email, ReturnTo: a.ReturnTo}, err)
	}
	if err := p.keepAttempt(w, a); err != nil {
		return err
	}
	return seeOther(w, r, "/login/link")
}

func (p *Pages) linkSent(w http.ResponseWriter, r *http.Request) error {
	a, ok := attemptOf(r)
	if !ok || a.Email == "" {
		return seeOther(w, r, auth.LoginPath)
	}
	s := signIn{Email: a.Email, ReturnTo: a.ReturnTo, Embedded: p.config.Embedded}
	return p.render(w, r, http.StatusOK, "link", view{Title: "Check your mail", Body: s})
}

// google sends the browser to sign in there. It is a link and not a form, because
// form-action would have to name every host on the way.
func (p *Pages) google(w http.ResponseWriter, r *http.Request) error {
	start := p.provider.OAuthStart("google", p.site().ReturnURL())
	if start == "" {
		return &todo.Error{Code: todo.CodeNotFound, Message: "signing in with Google is not set up here", Hint: "sign in with your e-mail address"}
	}
	if err := p.keepAttempt(w, attempt{ReturnTo: returnTo(r.URL.Query().Get("return_to")), External: true}); err != nil {
		return err
	}
	return seeOther(w, r, start)
}

// link is the token in the address of a magic link or of another provider's return.
type link struct {
	Kind         string // stytch_token_type
	Token        string
	OtherBrowser bool // not the browser that asked for it
}

// confirmLink shows a button and changes nothing: mail scanners open links before
// people do, and a link works once. What another provider sends back is used at
// once, in the browser that this server sent there.
func (p *Pages) confirmLink(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	l := link{Kind: q.Get("stytch_token_type"), Token: q.Get("token")}
	if l.Kind == "" || l.Token == "" {
		return &todo.Error{Code: todo.CodeBadRequest, Message: "this sign-in link is not complete", Hint: "open the whole link from the mail, or sign in again"}
	}
	a, ok := attemptOf(r)
	if l.Kind == "oauth" && a.External && r.Method == http.MethodGet {
		return p.followLink(w, r, l, a)
	}
	l.OtherBrowser = !ok
	return p.render(w, r, http.StatusOK, "confirm", view{Title: "Sign in", Body: l})
}

func (p *Pages) checkLink(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	a, _ := attemptOf(r)
	return p.followLink(w, r, link{Kind: r.PostForm.Get("stytch_token_type"), Token: r.PostForm.Get("token")}, a)
}

func (p *Pages) followLink(w http.ResponseWriter, r *http.Request, l link, a attempt) error {
	s, err := p.provider.CheckLink(r.Context(), l.Kind, l.Token, device(r))
	if err != nil {
		return p.showLogin(w, r, signIn{Email: a.Email, ReturnTo: a.ReturnTo}, err)
	}
	return p.welcome(w, r, s, a)
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	if err := p.guard.SignOut(w, r); err != nil {
		return err
	}
	if back := r.PostForm.Get("return_to"); back != "" {
		return seeOther(w, r, auth.LoginURL(returnTo(back)))
	}
	return seeOther(w, r, auth.LoginPath)
}

// session returns who is signed in. A session without its opaque token counts for
// nothing: the token is what forms are bound to.
func (p *Pages) session(w http.ResponseWriter, r *http.Request) (auth.Session, error) {
	s, err := p.guard.Session(w, r)
	if err == nil && s.Cookies.Token == "" {
		err = &todo.Error{Code: todo.CodeUnauthenticated, Message: "you are not signed in", Hint: "sign in again"}
	}
	return s, err
}

// device describes the browser to the identity provider.
func device(r *http.Request) auth.Device {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return auth.Device{IP: host, UserAgent: r.UserAgent()}
}
