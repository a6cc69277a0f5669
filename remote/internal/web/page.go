package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

//go:embed templates/*.html
var templateFiles embed.FS

// view is what the frame around every page shows.
type view struct {
	Title string
	Nav   string // which entry of the navigation the page is
	Email string // who is signed in, if anybody
	Body  any
}

// parseTemplates returns one template for each page, each with the frame.
func (p *Pages) parseTemplates() (map[string]*template.Template, error) {
	frame, err := template.New("frame.html").Funcs(template.FuncMap{
		"asset": p.assets.path,
		"ago":   p.ago,
	}).ParseFS(templateFiles, "templates/frame.html", "templates/rows.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range []string{"login", "code", "link", "confirm", "consent", "list", "todo", "connections", "error"} {
		page, err := frame.Clone()
		if err != nil {
			return nil, err
		}
		if pages[name], err = page.ParseFS(templateFiles, "templates/"+name+".html"); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// render writes a page; nothing is written if the template fails.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, v view) error {
	var buf bytes.Buffer
	if v.Email == "" {
		v.Email = auth.FromContext(r.Context()).Email
	}
	if err := p.templates[name].Execute(&buf, v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(buf.Bytes())
	return err
}

// policy is the Content-Security-Policy of a page. Browsers hold the redirect that
// follows a form to form-action too, so the consent page names where its form may
// lead besides this origin.
func policy(formAction ...string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; form-action " +
		strings.Join(append([]string{"'self'"}, formAction...), " ") + "; base-uri 'none'; frame-ancestors 'none'"
}

// armour sets the headers that every page needs, also without the middleware
// around all routes, and refuses forms that another site's page sends.
func (p *Pages) armour(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy())
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if err := p.origin.Check(r); err != nil {
			p.fail(w, r, &todo.Error{Code: todo.CodeForbidden, Message: "this form was sent from another site's page", Hint: "open the page here and send it again", Cause: err})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// page turns a handler's failure into a page that says what to do next.
func (p *Pages) page(h httpx.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			p.fail(w, r, err)
		}
	})
}

// failure is what the error page shows.
type failure struct {
	Status    int
	Message   string
	Hint      string
	RequestID string
}

func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	err = httpx.Classify(err)
	httpx.Cause(r, err)
	if httpx.Started(w) {
		return
	}
	e := todo.AsError(err)
	f := failure{Status: api.Status(e.Code), Message: capital(e.Message), Hint: sentence(e.Hint), RequestID: httpx.RequestID(r.Context())}
	if waits := f.Status == http.StatusServiceUnavailable || f.Status == http.StatusTooManyRequests; waits && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "5")
	}
	if err := p.render(w, r, f.Status, "error", view{Title: http.StatusText(f.Status), Body: f}); err != nil {
		httpx.Logger(r.Context()).Error("render the error page", "error", err)
	}
}

// sentence makes the lower-case phrase of an error a sentence.
func sentence(phrase string) string {
	if phrase == "" {
		return ""
	}
	return capital(phrase) + "."
}

// form reads the form in the request's body. Values in the query do not count:
// a link must not be able to fill in a form.
func form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &todo.Error{Code: todo.CodeBadRequest, Message: "the form could not be read", Hint: "go back and send it again", Cause: err}
	}
	return nil
}

func seeOther(w http.ResponseWriter, r *http.Request, url string) error {
	http.Redirect(w, r, url, http.StatusSeeOther)
	return nil
}
