package web

import (
	"encoding/json"
	"net/http"
	"slices"

	"todo.example/remote/internal/auth"
)

// connectionsPage is what the page of connected apps shows.
type connectionsPage struct {
	Apps    []connectedApp
	Revoked bool
	MCP     string // the endpoint
	Origin  string
	Desktop string // Claude Desktop's configuration entry
}

type connectedApp struct {
	ID, Name string
	Scopes   []string // in plain words
}

func (p *Pages) connections(w http.ResponseWriter, r *http.Request) error {
	apps, err := p.provider.Apps(r.Context(), auth.FromContext(r.Context()).Subject)
	if err != nil {
		return err
	}
	desktop, err := desktopEntry(p.publicURL())
	if err != nil {
		return err
	}
	page := connectionsPage{Revoked: r.URL.Query().Has("revoked"), MCP: p.publicURL() + auth.MCPPath, Origin: p.publicURL(), Desktop: desktop}
	for _, app := range apps {
		scopes := slices.Clone(app.Scopes)
		slices.SortStableFunc(scopes, func(x, y string) int { return scopeOrder(y) - scopeOrder(x) })
		for i, name := range scopes {
			scopes[i] = inWords(name, "")
		}
		page.Apps = append(page.Apps, connectedApp{ID: app.ID, Name: clientName(app.Name), Scopes: scopes})
	}
	return p.render(w, r, http.StatusOK, "connections", view{Title: "Connected apps", Nav: "connections", Body: page})
}

// desktopEntry is the entry for Claude Desktop's claude_desktop_config.json.
func desktopEntry(origin string) (string, error) {
	type server struct {
		Command string   `json:"command"`
		Args    []string `json:"args"`
	}
	entry, err := json.MarshalIndent(map[string]map[string]server{
		"mcpServers": {"todo": {Command: "todo", Args: []string{"mcp", "--server", origin}}},
	}, "", "  ")
	return string(entry), err
}

func (p *Pages) revoke(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	if err := p.guard.RevokeApp(r.Context(), auth.FromContext(r.Context()).Subject, r.PostForm.Get("id")); err != nil {
		return err
	}
	return seeOther(w, r, pathConnections+"?revoked=1")
}
