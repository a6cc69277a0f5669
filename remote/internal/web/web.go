// Package web is the app in the browser: sign-in, the consent of OAuth, the list,
// and the connected apps, as HTML pages that work without JavaScript. A script of
// ours adds live updates and saves page loads.
//
// It must never decide what a todo may be or who may do what (todo.Service and
// auth do), never put what people wrote into a URL, and never send a browser to an
// address that neither this origin nor a client's registration holds.
package web

import (
	"html/template"
	"net/http"
	"net/url"
	"time"

	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

// Config is what the pages know of the deployment.
type Config struct {
	// PublicURL is the origin under which people reach the app.
	PublicURL url.URL
	// Embedded says that sign-in codes are printed by the server instead of mailed,
	// and that the pages are to say so.
	Embedded bool
	// Now is the clock.
	Now func() time.Time
}

// Pages serves the app.
type Pages struct {
	svc       *todo.Service
	guard     *auth.Guard
	provider  auth.Provider
	config    Config
	origin    *http.CrossOriginProtection
	templates map[string]*template.Template
	assets    assets
}

// New returns the pages.
func New(svc *todo.Service, guard *auth.Guard, provider auth.Provider, c Config) (*Pages, error) {
	p := &Pages{svc: svc, guard: guard, provider: provider, config: c, origin: http.NewCrossOriginProtection()}
	if err := p.origin.AddTrustedOrigin(p.publicURL()); err != nil {
		return nil, err
	}
	var err error
	if p.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	p.templates, err = p.parseTemplates()
	return p, err
}

// publicURL is the origin that every absolute URL is made from.
func (p *Pages) publicURL() string {
	return p.config.PublicURL.Scheme + "://" + p.config.PublicURL.Host
}

func (p *Pages) site() auth.Site { return auth.Site{URL: p.config.PublicURL} }

// Mount adds every page, and the one for addresses that nothing is at. What is
// private sends a browser without a session to sign in first.
func (p *Pages) Mount(mux *http.ServeMux) {
	public := func(pattern string, h httpx.HandlerFunc) { mux.Handle(pattern, p.armour(p.page(h))) }
	private := func(pattern string, h httpx.HandlerFunc) { mux.Handle(pattern, p.armour(p.page(p.guard.Page(h)))) }

	public("GET /{$}", p.home)
	public("GET "+auth.LoginPath, p.login)
	public("POST "+auth.LoginPath, p.sendCode)
	public("POST /login/link", p.sendLink)
	public("GET /login/link", p.linkSent)
	public("GET /login/google", p.google)
	public("GET /login/code", p.enterCode)
	public("POST /login/code", p.checkCode)
	public("POST /login/resend", p.resendCode)
	public("GET "+auth.ReturnPath, p.confirmLink)
	public("POST "+auth.ReturnPath, p.checkLink)
	public("POST /logout", p.signOut)
	public("GET "+auth.AuthorizePath, p.authorize)
	public("POST "+auth.AuthorizePath, p.decide)

	private("GET /todoapp", p.list(todo.StatusOpen))
	private("GET /todoapp/completed", p.list(todo.StatusCompleted))
	private("GET /todoapp/trash", p.list(todo.StatusTrash))
	private("POST /todoapp", p.add)
	private("POST /todoapp/undo", p.undo)
	private("GET /todoapp/{id}", p.open)
	private("POST /todoapp/{id}", p.save)
	private("POST /todoapp/{id}/{verb}", p.act)
	private("GET /connections", p.connections)
	private("POST /connections/revoke", p.revoke)

	public("/", p.nothing)
	mux.Handle("GET /assets/{name}", p.assets)
	mux.Handle("GET /favicon.ico", http.RedirectHandler(p.assets.path("icon.svg"), http.StatusSeeOther))
}

func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, pathList)
}

// nothing is at any address that no room has taken.
func (p *Pages) nothing(http.ResponseWriter, *http.Request) error {
	return &todo.Error{Code: todo.CodeNotFound, Message: "there is no page at this address", Hint: "the list is at /todoapp"}
}
