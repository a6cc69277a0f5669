package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

// maxExport is how many todos are exported in one answer, which is held in memory
// here, in the client and, too often, before a model.
const maxExport = 10_000

const (
	typeJSON     = "application/json"
	typeMarkdown = "text/markdown"
)

// spellResources lets an address name a resource in any spelling: the SDK finds a
// template only for the strict one. The answer bears the address that was asked for.
func (h *Handler) spellResources(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		read, ok := req.(*mcp.ReadResourceRequest)
		if !ok {
			return next(ctx, method, req)
		}
		asked := read.Params.URI
		if r, ours := parseURI(asked); ours {
			read.Params.URI = r.uri()
		}
		result, err := next(ctx, method, req)
		if found, ok := result.(*mcp.ReadResourceResult); ok && err == nil {
			for _, c := range found.Contents {
				c.URI = asked
			}
		}
		return result, err
	}
}

func (h *Handler) readResource(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	r, ok := parseURI(req.Params.URI)
	if !ok {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	contents, err := h.callerOf(req).read(ctx, r)
	if errors.Is(err, todo.ErrNotFound) {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	if err != nil {
		return nil, h.protocolError(err)
	}
	return &mcp.ReadResourceResult{Contents: contents}, nil
}

// read returns what a resource is. ErrNotFound.
func (c caller) read(ctx context.Context, r resource) ([]*mcp.ResourceContents, error) {
	open := todo.Query{Status: todo.StatusOpen}
	switch r.base {
	case uriTodo:
		return c.readTodo(ctx, r.name)
	case uriExports:
		return c.export(ctx, r.name)
	case uriToday:
		open.Due = "today"
		return c.checklist(ctx, "Today", open)
	case uriLists:
		open.List = r.name
		return c.named(ctx, r, open)
	case uriTags:
		open.Tag = r.name
		return c.named(ctx, r, open)
	}
	return c.checklist(ctx, "Open TODOs", open)
}

func (c caller) readTodo(ctx context.Context, id string) ([]*mcp.ResourceContents, error) {
	t, err := c.svc.Get(ctx, c.ns, c.actor, id)
	if err != nil {
		return nil, err
	}
	if t.Deleted() {
		return nil, todo.ErrNotFound
	}
	return both("text/plain", fmt.Sprintf("text: %s completed: %t", t.Text, t.Completed), t)
}

// both is what a resource reads as: words, and all of it as JSON. The SDK adds the
// address.
func both(media, words string, v any) ([]*mcp.ResourceContents, error) {
	data, err := marshal(v)
	return []*mcp.ResourceContents{{MIMEType: media, Text: words}, {MIMEType: typeJSON, Text: string(data)}}, err
}

// named shows the open todos of a list or tag that there is.
func (c caller) named(ctx context.Context, r resource, q todo.Query) ([]*mcp.ResourceContents, error) {
	read, title := c.svc.Lists, "List "+plain(r.name)
	if r.base == uriTags {
		read, title = c.svc.Tags, "Tag #"+plain(r.name)
	}
	names, err := read(ctx, c.ns, c.actor)
	if err != nil {
		return nil, err
	}
	known := func(n todo.Name) bool { return resource{r.base, n.Name}.folded() == r.folded() }
	if !slices.ContainsFunc(names, known) {
		return nil, todo.ErrNotFound
	}
	return c.checklist(ctx, title, q)
}

// checklist shows the top of a list; the tool listTodos has the pages.
func (c caller) checklist(ctx context.Context, title string, q todo.Query) ([]*mcp.ResourceContents, error) {
	q.Limit = todo.MaxPage
	page, err := c.svc.List(ctx, c.ns, c.actor, q)
	if err != nil {
		return nil, err
	}
	now := c.present()
	var lines strings.Builder
	fmt.Fprintf(&lines, "# %s\n\n%d open, %s (%s)\n\n", title, page.Total, now.Now, now.Timezone)
	for _, t := range page.Todos {
		lines.WriteString(c.checkline(t))
	}
	if more := page.Total - len(page.Todos); more > 0 {
		fmt.Fprintf(&lines, "\n… and %d more: use listTodos\n", more)
	}
	return both(typeMarkdown, lines.String(), map[string]any{"todos": page.Todos, "total": page.Total})
}

// checkline is a todo as one line of a checklist, with its id in front of what else
// there is to know.
func (c caller) checkline(t todo.Todo) string {
	i := c.item(t)
	facts := []string{"`" + t.ID + "`"}
	if t.Due != "" {
		due := "due " + c.human(t)
		if i.Overdue {
			due += ", overdue"
		}
		facts = append(facts, due)
	}
	for _, fact := range []string{i.Repeat, i.Priority, plain(i.List)} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	for _, tag := range t.Tags {
		facts = append(facts, "#"+plain(tag))
	}
	if i.Subtasks != "" {
		facts = append(facts, "subtasks "+i.Subtasks)
	}
	if t.ParentID != "" {
		facts = append(facts, "subtask of `"+t.ParentID+"`")
	}
	return fmt.Sprintf("- [ ] %s (%s)\n", plain(t.Text), strings.Join(facts, ", "))
}

var markup = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, "&", `\&`)

// plain returns text so that Markdown shows it as it is. Texts and names have no line ends.
func plain(text string) string { return markup.Replace(text) }

// export returns the whole list, without the trash, in a format.
func (c caller) export(ctx context.Context, name string) ([]*mcp.ResourceContents, error) {
	info, err := exchange.ForWriting(name)
	if err != nil {
		return nil, todo.ErrNotFound
	}
	var todos []todo.Todo
	q := todo.Query{Status: todo.StatusAll, Limit: todo.MaxPage}
	for more := true; more; more = q.Cursor != "" {
		page, err := c.svc.List(ctx, c.ns, c.actor, q)
		if err != nil {
			return nil, err
		}
		todos, q.Cursor = append(todos, page.Todos...), page.NextCursor
		if page.Total > maxExport || len(todos) > maxExport {
			return nil, &todo.Error{
				Code: todo.CodeTooLarge, Message: fmt.Sprintf("an export through MCP has at most %d TODOs", maxExport),
				Hint: "export from the web app, or read the TODOs in pages with listTodos",
			}
		}
	}
	var file strings.Builder
	err = exchange.Write(&file, info.Format, todos, exchange.Options{Now: c.clock.Now, Zone: c.clock.Zone, Name: "Todos"})
	return []*mcp.ResourceContents{{MIMEType: info.MediaType, Text: file.String()}}, err
}

// protocolError is a failure where MCP has no result to put it in.
func (h *Handler) protocolError(err error) error {
	e := h.public(err)
	code := int64(jsonrpc.CodeInternalError)
	switch e.Code {
	case todo.CodeInvalid, todo.CodeInvalidDate, todo.CodeNotFound, todo.CodeTooLarge:
		code = jsonrpc.CodeInvalidParams
	case todo.CodeForbidden, todo.CodeUnauthenticated:
		code = codeDenied
	}
	data, err := marshal(failure{Code: e.Code, Message: e.Message, Hint: e.Hint, Field: e.Field})
	if err != nil {
		return err
	}
	return &jsonrpc.Error{Code: code, Message: e.Message, Data: data}
}
