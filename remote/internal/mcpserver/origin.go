package mcpserver

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// origins are the web origins whose pages may call: our own, pages served on
// loopback (which a developer's inspector is), and those configured.
type origins map[string]bool

func newOrigins(public string, allowed []string) origins {
	o := origins{strings.TrimSuffix(public, "/"): true}
	for _, a := range allowed {
		o[strings.TrimSuffix(a, "/")] = true
	}
	return o
}

// check refuses requests of other pages and answers the preflights (Fetch
// standard, CORS protocol) of those that may call. No cookie opens these routes,
// so no credentials mode is allowed.
func (o origins) check(next http.Handler) http.Handler {
	return httpx.API(func(w http.ResponseWriter, r *http.Request) error {
		origin, sent := r.Header["Origin"]
		if !sent {
			next.ServeHTTP(w, r)
			return nil
		}
		if len(origin) != 1 || !o.allow(origin[0]) {
			return &todo.Error{Code: todo.CodeForbidden, Message: "pages of this origin may not call", Hint: "allow the origin in the server's configuration"}
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin[0])
		h.Set("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate")
		h.Add("Vary", "Origin")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
			h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func (o origins) allow(origin string) bool {
	if o[origin] {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
