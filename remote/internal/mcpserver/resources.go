package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

const (
	uriTodos     = "todoapp://todos"
	uriTodo      = uriTodos + "/" // and the id
	uriTemplate  = "todoapp://todos/{id}"
	resourcePage = 100
	maxIDLength  = 64 // of an id that may be asked for at all
)

func (h *Handler) addResources(s *mcp.Server) {
	s.AddResource(listResource(), h.readList)
	s.AddResourceTemplate(&mcp.ResourceTemplate{
		Name: "Todos", Title: "TODO", URITemplate: uriTemplate,
		Description: "One TODO: its text and state, and all of it as JSON.",
	}, h.readTodo)
}

func listResource() *mcp.Resource {
	return &mcp.Resource{Name: "todos", Title: "Open TODOs", URI: uriTodos, Description: "The open TODOs in list order, as text and as JSON."}
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
			result = registered.(*mcp.ListResourcesResult)
		}
		p := principalOf(req)
		page, err := h.svc.List(ctx, p.Namespace(), actorOf(p, r.ClientInfo()), todo.Query{Status: todo.StatusOpen, Cursor: cursor, Limit: resourcePage})
		if err != nil {
			return nil, h.protocolError(err)
		}
		for _, t := range page.Todos {
			result.Resources = append(result.Resources, &mcp.Resource{Name: t.Text, URI: uriTodo + t.ID})
		}
		result.NextCursor = page.NextCursor
		return result, nil
	}
}

func (h *Handler) readTodo(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	p := principalOf(req)
	id := strings.TrimPrefix(req.Params.URI, uriTodo)
	t, err := h.svc.Get(ctx, p.Namespace(), actorOf(p, req.ClientInfo()), id)
	if errors.Is(err, todo.ErrNotFound) || err == nil && t.Deleted() {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	if err != nil {
		return nil, h.protocolError(err)
	}
	return contents(fmt.Sprintf("text: %s completed: %t", t.Text, t.Completed), t)
}

// readList shows the top of the list; the tool listTodos has the pages.
func (h *Handler) readList(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	p := principalOf(req)
	page, err := h.svc.List(ctx, p.Namespace(), actorOf(p, req.ClientInfo()), todo.Query{Status: todo.StatusOpen, Limit: todo.MaxPage})
	if err != nil {
		return nil, h.protocolError(err)
	}
	var lines strings.Builder
	for _, t := range page.Todos {
		fmt.Fprintf(&lines, "%s %s\n", t.ID, t.Text)
	}
	if more := page.Total - len(page.Todos); more > 0 {
		fmt.Fprintf(&lines, "… and %d more: use listTodos\n", more)
	}
	return contents(lines.String(), map[string]any{"todos": page.Todos, "total": page.Total})
}

// contents is what a resource reads as: words, and all of it as JSON. The SDK adds
// the URI.
func contents(words string, v any) (*mcp.ReadResourceResult, error) {
	data, err := marshal(v)
	if err != nil {
		return nil, err
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{
		{MIMEType: "text/plain", Text: words},
		{MIMEType: "application/json", Text: string(data)},
	}}, nil
}

// complete suggests ids of open todos for the template's {id}.
func (h *Handler) complete(ctx context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	result := &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}
	if req.Params.Ref.URI != uriTemplate || req.Params.Argument.Name != "id" {
		return result, nil
	}
	p := principalOf(req)
	page, err := h.svc.List(ctx, p.Namespace(), actorOf(p, req.ClientInfo()), todo.Query{Status: todo.StatusOpen, Limit: resourcePage})
	if err != nil {
		return nil, h.protocolError(err)
	}
	for _, t := range page.Todos {
		if strings.HasPrefix(t.ID, req.Params.Argument.Value) {
			result.Completion.Values = append(result.Completion.Values, t.ID)
		}
	}
	result.Completion.HasMore = page.NextCursor != ""
	return result, nil
}

// checkSubscribe lets clients subscribe to what is ours, within limits. An id that
// does not exist now is no error: a client may subscribe again after a deletion.
func (r *room) checkSubscribe(_ context.Context, req *mcp.SubscribeRequest) error {
	uri := req.Params.URI
	if id, ok := strings.CutPrefix(uri, uriTodo); uri != uriTodos && (!ok || id == "" || len(id) > maxIDLength) {
		return mcp.ResourceNotFoundError(uri)
	}
	if !r.subscribe(req.Session, 1) {
		return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "too many subscriptions in one session; subscribe to " + uriTodos}
	}
	return nil
}

func (r *room) checkUnsubscribe(_ context.Context, req *mcp.UnsubscribeRequest) error {
	r.subscribe(req.Session, -1)
	return nil
}

// announce tells the subscribers of a namespace's Server what changed there: the
// list, each todo, and, where the open todos or their texts are not as before, that
// the resources are others.
func (h *Handler) announce(s *mcp.Server, edits []todo.Revision) {
	uris, relisted := []string{uriTodos}, false
	told := map[string]bool{}
	for _, e := range edits {
		if !told[e.After.ID] {
			told[e.After.ID] = true
			uris = append(uris, uriTodo+e.After.ID)
		}
		relisted = relisted || listed(e.Before) != listed(&e.After)
	}
	for _, uri := range uris {
		// It fails for no reason of ours; the SDK has logged whom it did not reach.
		_ = s.ResourceUpdated(context.Background(), &mcp.ResourceUpdatedNotificationParams{URI: uri})
	}
	if relisted {
		// The SDK sends list_changed when a resource is registered, and only then.
		s.AddResource(listResource(), h.readList)
	}
}

// listed returns the name under which resources/list shows a todo, "" if it does not.
func listed(t *todo.Todo) string {
	if t == nil || t.View() != todo.ViewOpen {
		return ""
	}
	return t.Text
}

// protocolError is a failure where MCP has no result to put it in.
func (h *Handler) protocolError(err error) error {
	e := h.public(err)
	code := int64(jsonrpc.CodeInternalError)
	switch e.Code {
	case todo.CodeInvalid, todo.CodeNotFound:
		code = jsonrpc.CodeInvalidParams
	case todo.CodeForbidden, todo.CodeUnauthenticated:
		code = codeDenied
	}
	return &jsonrpc.Error{Code: code, Message: e.Message}
}
