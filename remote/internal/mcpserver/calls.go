package mcpserver

import (
	"context"
	"maps"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// caller is who makes one call, when, and on whose list.
type caller struct {
	svc   *todo.Service
	ns    todo.Namespace
	actor todo.Actor
	clock when.Clock // the moment and zone that the caller's words are read in
	site  string     // our own origin, for links
}

// request is any that a client makes.
type request interface {
	mcp.Request
	ClientInfo() *mcp.Implementation
}

func (h *Handler) callerOf(req request) caller {
	p := principalOf(req)
	actor := actorOf(p, req.ClientInfo())
	zone := actor.Zone
	if zone == nil {
		zone = time.UTC
	}
	return caller{
		svc: h.svc, ns: p.Namespace(), actor: actor, site: h.config.PublicURL,
		clock: when.Clock{Now: h.svc.Now().In(zone), Zone: zone, WeekStart: actor.WeekStart},
	}
}

// handlerOf returns the SDK's handler of a tool. Failures are results that a model
// can read and act on.
func (h *Handler) handlerOf(t *tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		arguments, err := t.arguments.read(req.Params.Arguments)
		if err != nil {
			return h.failed(t, err)
		}
		a, err := t.run(ctx, h.callerOf(req), arguments)
		if err != nil {
			return h.failed(t, ofArguments(err))
		}
		result := a.result()
		result.Meta = maps.Clone(t.definition.Meta) // some hosts look for the view here
		return result, nil
	}
}
