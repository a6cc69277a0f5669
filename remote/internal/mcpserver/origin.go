package mcpserver

import (
	"net/http"
	"net/url"

	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// checkOrigin refuses requests of pages that may not call and answers the
// preflights (Fetch standard, CORS protocol) of those that may: our own, and pages
// served on loopback, which a developer's inspector is. No cookie opens these
// routes, so no credentials mode is allowed.
func (h *Handler) checkOrigin(next http.Handler) http.Handler {
	return httpx.API(func(w http.ResponseWriter, r *http.Request) error {
		origin, sent := r.Header["Origin"]
		if !sent {
			next.ServeHTTP(w, r)
			return nil
		}
		if len(origin) != 1 || !h.mayCall(origin[0]) {
			return &todo.Error{Code: todo.CodeForbidden, Message: "pages of this origin may not call", Hint: "connect from a program, or from a page on this machine"}
		}
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", origin[0])
		header.Set("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate")
		header.Add("Vary", "Origin")
		if r.Method == http.MethodOptions {
			header.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
			header.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			header.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func (h *Handler) mayCall(origin string) bool {
	if origin == h.config.PublicURL {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return httpx.IsLoopback(u.Hostname())
}
