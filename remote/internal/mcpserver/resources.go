package mcpserver

import (
	"context"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

const (
	resourcePage = 100
	maxIDLength  = 64 // of an id that may be asked for at all
)

// everybody is whom the resources are for.
var everybody = []mcp.Role{"user", "assistant"}

func (h *Handler) addResources(s *mcp.Server) {
	for _, r := range staticResources() {
		s.AddResource(r, h.readResource)
	}
	for _, t := range resourceTemplates() {
		s.AddResourceTemplate(t, h.readResource)
	}
}

func staticResources() []*mcp.Resource {
	return []*mcp.Resource{
		listResource(),
		{
			Name: "today", Title: "Today", URI: uriToday, Description: "What is due today or overdue, as a Markdown checklist and as JSON.",
			Annotations: &mcp.Annotations{Audience: everybody, Priority: 1},
		},
	}
}

func listResource() *mcp.Resource {
	return &mcp.Resource{
		Name: "todos", Title: "Open TODOs", URI: uriTodos, Description: "The open TODOs in list order, as a Markdown checklist and as JSON.",
		Annotations: &mcp.Annotations{Audience: everybody, Priority: 0.9},
	}
}

func resourceTemplates() []*mcp.ResourceTemplate {
	return []*mcp.ResourceTemplate{
		{
			Name: "Todos", Title: "TODO", URITemplate: templateTodo,
			Description: "One TODO: its text and state, and all of it as JSON.",
			Annotations: &mcp.Annotations{Audience: everybody, Priority: 0.5},
		},
		{
			Name: "list", Title: "TODOs of a list", URITemplate: templateList,
			Description: "The open TODOs of one list, as a Markdown checklist and as JSON. Inbox is the list of those in none.",
			Annotations: &mcp.Annotations{Audience: everybody, Priority: 0.7},
		},
		{
			Name: "tag", Title: "TODOs with a tag", URITemplate: templateTag,
			Description: "The open TODOs that have one tag, as a Markdown checklist and as JSON.",
			Annotations: &mcp.Annotations{Audience: everybody, Priority: 0.6},
		},
		{
			Name: "export", Title: "Export of all TODOs", URITemplate: templateExport,
			Description: "All TODOs, completed ones too, in a format of other programs: " + strings.Join(exchange.Writable(), ", ") + ".",
			Annotations: &mcp.Annotations{Audience: []mcp.Role{"user"}, Priority: 0.2},
		},
	}
}

// listResources lists the open todos of the request's user, each as a resource, in
// pages. They are read from the store for each request: registering them with the
// Server would hold every list in memory.
func (h *Handler) listResources(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		r, ok := req.(*mcp.ListResourcesRequest)
		if !ok {
			return next(ctx, method, req)
		}
		c := h.callerOf(r)
		result := &mcp.ListResourcesResult{}
		setCacheable(ctx, req, &result.Cacheable)
		cursor := ""
		if r.Params != nil {
			cursor = r.Params.Cursor
		}
		if cursor == "" {
			registered, err := next(ctx, method, req)
			if err != nil {
				return nil, err
			}
			if result, err = c.dated(ctx, registered.(*mcp.ListResourcesResult)); err != nil {
				return nil, h.protocolError(err)
			}
		}
		page, err := c.svc.List(ctx, c.ns, c.actor, todo.Query{Status: todo.StatusOpen, Cursor: cursor, Limit: resourcePage})
		if err != nil {
			return nil, h.protocolError(err)
		}
		for _, t := range page.Todos {
			result.Resources = append(result.Resources, resourceOf(t))
		}
		result.NextCursor = page.NextCursor
		return result, nil
	}
}

// resourceOf returns a todo as the list of resources shows it.
func resourceOf(t todo.Todo) *mcp.Resource {
	weight := map[todo.Priority]float64{todo.PriorityHigh: 0.8, todo.PriorityMedium: 0.6, todo.PriorityNone: 0.5, todo.PriorityLow: 0.3}
	return &mcp.Resource{Name: t.Text, URI: uriTodo + t.ID, Annotations: &mcp.Annotations{Audience: everybody, Priority: weight[t.Priority], LastModified: timestamp(t.UpdatedAt)}}
}

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// dated returns the list of what is registered with the time of the last change to
// what they show, on copies: the SDK's are everybody's.
func (c caller) dated(ctx context.Context, registered *mcp.ListResourcesResult) (*mcp.ListResourcesResult, error) {
	last, err := c.svc.History(ctx, c.ns, c.actor, todo.HistoryQuery{Limit: 1})
	if err != nil || len(last.Changes) == 0 {
		return registered, err
	}
	for i, r := range registered.Resources {
		if _, ours := parseURI(r.URI); !ours {
			continue
		}
		with, notes := *r, *r.Annotations
		notes.LastModified = timestamp(last.Changes[0].At)
		with.Annotations, registered.Resources[i] = &notes, &with
	}
	return registered, nil
}
