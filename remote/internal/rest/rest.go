// Package rest is the REST API: one table of operations, and the handlers behind
// it. The routes, the OpenAPI document and the tenancy matrix all come out of
// that table, so none of them can know an operation that the others do not.
//
// huma makes the OpenAPI document from the table and from Go types. Requests do
// not pass through it: its binding takes duplicate members and invalid UTF-8 and
// words its refusals by package-level variables, and ours are to be exact.
//
// It must never hold a rule of the list (those are todo.Service's), reach a
// store, or answer before auth.Guard let the caller in.
package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"todo.example/internal/account"
	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

// Config is what the API needs to know of the deployment.
type Config struct {
	Version   string // of the program, for the OpenAPI document
	PublicURL string // scheme and host, no path
	// Now is the clock that todo.Service also goes by.
	Now func() time.Time
	// Accounts and Webhooks are for what a person has beside todos.
	Accounts *account.Accounts
	Webhooks *account.Deliverer
	// Done, when closed, ends every event stream: http.Server.Shutdown waits for
	// them and does not end them.
	Done <-chan struct{}
}

// Server answers the REST API.
type Server struct {
	svc       *todo.Service
	guard     *auth.Guard
	accounts  *account.Accounts
	webhooks  *account.Deliverer
	publicURL string
	now       func() time.Time
	done      <-chan struct{}
	streams   *streams
	document  func() ([]byte, error)
	docs      func() ([]byte, error)
}

// New returns the REST API over svc.
func New(svc *todo.Service, guard *auth.Guard, c Config) *Server {
	s := &Server{
		svc: svc, guard: guard, accounts: c.Accounts, webhooks: c.Webhooks,
		publicURL: c.PublicURL, now: c.Now, done: c.Done, streams: newStreams(),
	}
	s.document = sync.OnceValues(func() ([]byte, error) { return indented(document(c.Version, c.PublicURL)) })
	s.docs = sync.OnceValues(func() ([]byte, error) { return docsPage(document(c.Version, c.PublicURL)) })
	return s
}

// Mount adds the API's routes, and an answer for every other path below /api/.
func (s *Server) Mount(mux *http.ServeMux) {
	methods := map[string][]string{}
	mount := func(method, path string, h http.Handler) {
		mux.Handle(method+" "+path, h)
		methods[path] = append(methods[path], method)
	}
	mount(http.MethodGet, api.PathOpenAPI, httpx.API(s.openAPI))
	mount(http.MethodGet, api.PathDocs, httpx.API(s.showDocs))
	for _, op := range operations() {
		mount(op.Method, op.Path, s.guard.API(s.handler(op)))
	}
	for path, allowed := range methods {
		for _, pattern := range others(path, allowed) {
			mux.Handle(pattern, notAllowed(allowed))
		}
	}
	mux.Handle("/api/", httpx.API(unknownPath))
	s.mountFeeds(mux)
}

// others returns the patterns for the methods that a path has not. The batch's path
// is also a todo's, to whose methods a pattern without a method would be no exception.
func others(path string, allowed []string) []string {
	if path != api.PathBatch {
		return []string{path}
	}
	var patterns []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		if !slices.Contains(allowed, m) {
			patterns = append(patterns, m+" "+path)
		}
	}
	return patterns
}

// call is one request to one operation, by a caller whom the guard let in.
type call struct {
	w         http.ResponseWriter
	r         *http.Request
	principal auth.Principal
	ns        todo.Namespace
	actor     todo.Actor
	query     url.Values
}

func (s *Server) handler(op operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.answer(op, w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

func (s *Server) answer(op operation, w http.ResponseWriter, r *http.Request) error {
	p := auth.FromContext(r.Context())
	if op.Action != 0 {
		if err := s.guard.Check(r.Context(), p, op.Action); err != nil {
			return err
		}
	}
	query, err := parseQuery(r.URL.RawQuery, op.query)
	if err != nil {
		return err
	}
	// Revisions of two lists may be equal: without Vary a browser that changes
	// accounts could be told that the other's list has not changed.
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Vary", "Authorization, Cookie")
	return op.handle(s, &call{w: w, r: r, principal: p, ns: p.Namespace(), actor: p.Actor(p.Author()), query: query})
}

func notAllowed(methods []string) http.Handler {
	allow := strings.Join(methods, ", ")
	return httpx.API(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allow)
		return &todo.Error{Code: todo.CodeMethodNotAllowed, Message: r.Method + " is not possible here", Hint: "use " + allow}
	})
}

func unknownPath(_ http.ResponseWriter, r *http.Request) error {
	return &todo.Error{Code: todo.CodeNotFound, Message: "there is nothing at " + r.URL.Path, Hint: api.PathOpenAPI + " lists what there is"}
}
