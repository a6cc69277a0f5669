package auth

import (
	"net/http"

	"todo.example/remote/internal/httpx"
)

// resourceMetadata is the protected-resource document (RFC 9728 §2).
type resourceMetadata struct {
	Resource             string   `json:"resource"`
	ResourceName         string   `json:"resource_name"`
	AuthorizationServers []string `json:"authorization_servers"`
	ScopesSupported      []string `json:"scopes_supported,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
}

// Mount adds the documents by which clients find the authorization server. Any
// web page may read them, as clients in browsers must.
func (g *Guard) Mount(mux *http.ServeMux) {
	origin := g.site.origin()
	mux.Handle("GET "+metadataPath, public(g.describe(origin)))
	mux.Handle("GET "+metadataPath+MCPPath, public(g.describe(origin+MCPPath)))
	mux.Handle("OPTIONS "+metadataPath, public(preflight))
	mux.Handle("OPTIONS "+metadataPath+MCPPath, public(preflight))
}

// MountServerMetadata adds the hosted provider's metadata on our origin, for
// clients that look here first (MCP 2025-03-26). The embedded identity has its own.
func (g *Guard) MountServerMetadata(mux *http.ServeMux) {
	mux.Handle("GET "+serverMetadataPath, public(func(w http.ResponseWriter, r *http.Request) error {
		doc, err := g.provider.ServerMetadata(r.Context())
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		_, err = w.Write(doc)
		return err
	}))
	mux.Handle("OPTIONS "+serverMetadataPath, public(preflight))
}

const serverMetadataPath = "/.well-known/oauth-authorization-server"

func (g *Guard) describe(resource string) httpx.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		doc := resourceMetadata{Resource: resource, ResourceName: "todo", AuthorizationServers: []string{g.provider.Issuer()}, BearerMethods: []string{"header"}}
		if g.provider.Strict() {
			doc.ScopesSupported = []string{ScopeRead, ScopeWrite}
		}
		return httpx.WriteJSON(w, http.StatusOK, doc)
	}
}

func preflight(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func public(h httpx.HandlerFunc) http.Handler {
	return httpx.API(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Methods", "GET, OPTIONS")
		w.Header().Set("Access-Control-Allow-Headers", "MCP-Protocol-Version")
		return h(w, r)
	})
}
