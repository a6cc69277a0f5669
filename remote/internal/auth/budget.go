package auth

import (
	"net/http"
	"strings"

	"todo.example/internal/api"
	"todo.example/remote/internal/httpx"
)

// Limit holds each principal to a budget of requests, one for each of the doors:
// the browser, the API, MCP and the calendar feed.
func (g *Guard) Limit(l *httpx.Limiter) { g.limiter = l }

// admit is what every principal passes whom the guard lets in: it learns their zone
// and takes the request off their budget.
func (g *Guard) admit(w http.ResponseWriter, r *http.Request, p Principal) (Principal, error) {
	p, err := g.localized(r, p)
	if err != nil || g.limiter == nil {
		return p, err
	}
	return p, g.limiter.Take(w.Header(), httpx.Caller{Door: door(r, p), Person: p.Subject})
}

// door returns through which door a request came.
func door(r *http.Request, p Principal) string {
	switch {
	case p.Via == ViaWeb:
		return "web"
	case strings.HasPrefix(r.URL.Path, "/api/"):
		return "api"
	case strings.HasPrefix(r.URL.Path, api.PathFeeds):
		return "feed"
	}
	return "mcp"
}
