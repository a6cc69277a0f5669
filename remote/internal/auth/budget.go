package auth

import (
	"net/http"
	"strings"

	"todo.example/remote/internal/httpx"
)

// Limit holds each principal to a budget of requests, one for each of the doors:
// the browser, the API and MCP. It must be called before Bearer and API are.
func (g *Guard) Limit(l *httpx.Limiter) { g.behind = l.Limit(caller) }

// caller is who pays for a request that the guard let in.
func caller(r *http.Request) httpx.Caller {
	p := FromContext(r.Context())
	door := "api"
	switch {
	case p.Via == ViaWeb:
		door = "web"
	case !strings.HasPrefix(r.URL.Path, "/api/"):
		door = "mcp"
	}
	return httpx.Caller{Door: door, Person: p.Subject}
}
