package mcpserver

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The view of a page of todos that hosts show beside the result of listTodos (MCP
// Apps, 2026-01-26). It is one file that loads nothing.
const (
	extensionUI = "io.modelcontextprotocol/ui"
	typeApp     = "text/html;profile=mcp-app"
	uriApp      = "ui://todoapp/todo-list@" // and the hash of what it holds
	templateApp = uriApp + "{hash}"
	hashLength  = 12

	toolWithApp = "listTodos"
)

//go:embed assets
var assets embed.FS

// app is the view as it is served.
type app struct {
	uri  string // another one for each version: hosts keep what they have read
	html string
}

// newApp puts the view together.
func newApp() app {
	html := strings.NewReplacer(
		"{{style}}", asset("todo-list.css"),
		"{{script}}", asset("host.js")+"\n"+asset("todo-list.js")+"\n"+asset("todo-actions.js"),
	).Replace(asset("todo-list.html"))
	sum := sha256.Sum256([]byte(html))
	return app{uri: uriApp + hex.EncodeToString(sum[:])[:hashLength], html: html}
}

func asset(name string) string {
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it was embedded under this name
	}
	return strings.TrimSpace(string(text))
}

// add registers the view. An address of another version, which a host has from an
// older list of tools, gives this one: the tools that it calls are the same.
func (a app) add(s *mcp.Server) {
	const name, title, description = "todo-list", "TODO list", "The view that hosts show for listTodos."
	audience := &mcp.Annotations{Audience: []mcp.Role{"user"}}
	s.AddResource(&mcp.Resource{Name: name, Title: title, Description: description, URI: a.uri, MIMEType: typeApp, Annotations: audience, Meta: a.resourceMeta()}, a.read)
	s.AddResourceTemplate(&mcp.ResourceTemplate{Name: name, Title: title, Description: description, URITemplate: templateApp, MIMEType: typeApp, Annotations: audience}, a.read)
}

func (a app) read(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	contents := &mcp.ResourceContents{URI: req.Params.URI, MIMEType: typeApp, Text: a.html, Meta: a.resourceMeta()}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{contents}}, nil
}

// resourceMeta says that the view needs no other host, and no frame: it shows the
// host's own background.
func (a app) resourceMeta() mcp.Meta {
	none := []string{}
	return mcp.Meta{"ui": map[string]any{
		"csp":           map[string]any{"connectDomains": none, "resourceDomains": none, "frameDomains": none, "baseUriDomains": none},
		"prefersBorder": true,
	}}
}

// toolMeta joins a tool with the view: as specified, and as hosts that are older than
// the specification look for it.
func (a app) toolMeta() mcp.Meta {
	return mcp.Meta{"ui": map[string]any{"resourceUri": a.uri}, "ui/resourceUri": a.uri}
}
