package mcpserver

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	sdkauth "github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

const (
	methodCallTool = "tools/call"
	methodListen   = "subscriptions/listen"
)

// codeDenied is the JSON-RPC error code of a call that the principal may not make.
// JSON-RPC and MCP leave -32000 to the implementation.
const codeDenied = -32000

// actionOf returns what a message must be permitted: a tool's action, and to read
// for everything else, the handshake included, since nothing here is of use
// without.
func (h *Handler) actionOf(m message) todo.Action {
	if t, ok := h.tool(m.name); ok && m.method == methodCallTool {
		return t.action
	}
	return todo.Read
}

// deny answers a message that the guard refused: the status and the challenge by
// which a client asks for more access, and a JSON-RPC error for whoever reads only
// the body.
func (h *Handler) deny(w http.ResponseWriter, r *http.Request, m message, err error) error {
	h.guard.Challenge(w, r, err)
	e := todo.AsError(err)
	if m.method == "" || (e.Code != todo.CodeForbidden && e.Code != todo.CodeUnauthenticated) {
		return err
	}
	f := &refusal{status: api.Status(e.Code), code: codeDenied, message: e.Message, id: m.id, data: failure{Code: e.Code, Message: e.Message, Hint: e.Hint}}
	return f.write(w)
}

const accessKey = "access"

// access is what one HTTP request brings to the calls in it.
type access struct {
	principal auth.Principal
	selection selection
}

// bindSessions gives the SDK the access of each request, as its TokenInfo. The
// SDK refuses with 403 whoever continues a session that another user or client
// began.
func (h *Handler) bindSessions(next http.Handler) http.Handler {
	verify := func(ctx context.Context, _ string, r *http.Request) (*sdkauth.TokenInfo, error) {
		return h.tokenInfo(auth.FromContext(ctx), r), nil
	}
	return sdkauth.RequireBearerToken(verify, &sdkauth.RequireBearerTokenOptions{AllowMissingExpiration: true})(next)
}

func (h *Handler) tokenInfo(p auth.Principal, r *http.Request) *sdkauth.TokenInfo {
	selected, _ := h.selectionOf(r) // receive refuses the request that has a bad one
	return &sdkauth.TokenInfo{UserID: owner(p), Scopes: p.Scopes, Extra: map[string]any{accessKey: access{p, selected}}}
}

// owner names the person and client that a session belongs to.
func owner(p auth.Principal) string {
	return p.Organization + "\x00" + p.Subject + "\x00" + p.Client.ID
}

// accessOf returns that of the HTTP request that brought req; the zero one, with
// which nothing may be done, without. The context would give that of the session's
// first request.
func accessOf(req mcp.Request) access {
	extra := req.GetExtra()
	if extra == nil || extra.TokenInfo == nil {
		return access{}
	}
	a, _ := extra.TokenInfo.Extra[accessKey].(access)
	return a
}

func principalOf(req mcp.Request) auth.Principal { return accessOf(req).principal }

// actorOf returns the principal as the author of changes, under the name that the
// client gives itself if it gives one.
func actorOf(p auth.Principal, info *mcp.Implementation) todo.Actor {
	if info == nil {
		return p.Actor(p.Author())
	}
	return p.Actor(p.Author(info.Title, info.Name))
}

// decodeName undoes the encoding of an Mcp-Name that is not plain ASCII (SEP-2243),
// which the SDK compares undecoded. What is not valid it is left to refuse.
func decodeName(h http.Header) {
	encoded, ok := strings.CutPrefix(h.Get("Mcp-Name"), "=?base64?")
	if !ok {
		return
	}
	if encoded, ok = strings.CutSuffix(encoded, "?="); !ok {
		return
	}
	if name, err := base64.StdEncoding.DecodeString(encoded); err == nil {
		h.Set("Mcp-Name", string(name))
	}
}
