package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// setOpenAI names the tools that ChatGPT's connectors ask for.
const setOpenAI = "openai"

// selection is which tools an address offers: all but the extra ones, or those of
// ?tools=, or of either with ?readonly=1 the reading ones. It comes with each
// request, for the Server is one for all addresses and lists what it has.
type selection struct {
	names    []string // canonical; nil: the default set
	openAI   bool
	readOnly bool
}

func (s selection) offers(t *tool) bool {
	switch {
	case s.readOnly && t.action.Writes():
		return false
	case t.extra:
		return s.openAI || slices.Contains(s.names, t.name)
	}
	return s.names == nil || slices.Contains(s.names, t.name)
}

// selectionOf returns what the request's address offers. It fails for a name that
// is no tool's.
func (h *Handler) selectionOf(r *http.Request) (selection, error) {
	var s selection
	if r.URL.RawQuery == "" {
		return s, nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil { // what cannot be read must not offer more than was meant
		return s, &todo.Error{Code: todo.CodeBadRequest, Message: "the address's query cannot be read: " + err.Error(), Hint: "separate its parts with &"}
	}
	kept := selectionQuery(query)
	for _, value := range kept[selectReadOnly] {
		s.readOnly = s.readOnly || !slices.Contains([]string{"0", "false"}, strings.ToLower(value))
	}
	for name := range strings.SplitSeq(strings.Join(kept[selectTools], ","), ",") {
		name = strings.TrimSpace(name)
		t, known := h.tool(name)
		switch {
		case name == "":
		case strings.EqualFold(name, setOpenAI):
			s.openAI = true
		case known:
			s.names = append(s.names, t.name)
		default:
			return s, &todo.Error{
				Code: todo.CodeBadRequest, Field: "tools", Message: fmt.Sprintf("the address asks for a tool %q that there is not", cut(name)),
				Hint: "tools are " + strings.Join(h.offered(selection{}), ", ") + ", and the set " + setOpenAI,
			}
		}
	}
	return s, nil
}

// The parameters of an address. They are known in any spelling: to whoever gives
// away ?read_only=1, an address that writes is no small mistake.
const (
	selectTools    = "tools"
	selectReadOnly = "readonly"
)

// selectionQuery returns the selection as an address has it, also for the transport
// that makes an address of its own.
func selectionQuery(from url.Values) url.Values {
	kept := url.Values{}
	for name, values := range from {
		if as := fold(name); as == selectTools || as == selectReadOnly {
			kept[as] = append(kept[as], values...)
		}
	}
	return kept
}

// tool returns the tool of a name, in any spelling: models and hosts guess the
// casing (create_todo).
func (h *Handler) tool(name string) (*tool, bool) {
	t, ok := h.byName[fold(name)]
	return t, ok
}

// offered names the tools of a selection.
func (h *Handler) offered(s selection) []string {
	var names []string
	for _, t := range h.tools {
		if s.offers(t) {
			names = append(names, t.name)
		}
	}
	return names
}

// selectTools shows a request the tools that its address offers and its principal
// may call, and finds the tool that an alias means. It refuses the call of one that
// the address does not offer, which is no guard of the list but a promise to who gave
// the address away.
func (h *Handler) selectTools(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if call, ok := req.(*mcp.CallToolRequest); ok {
			if t, ours := h.tool(call.Params.Name); ours {
				if offer := accessOf(req).selection; !offer.offers(t) {
					return nil, &jsonrpc.Error{
						Code:    jsonrpc.CodeInvalidParams,
						Message: fmt.Sprintf("the tool %q is not offered at this address; there are: %s", t.name, strings.Join(h.offered(offer), ", ")),
					}
				}
				call.Params.Name = t.name
			}
		}
		result, err := next(ctx, method, req)
		if call, ok := req.(*mcp.CallToolRequest); ok && err != nil {
			return result, h.unknownTool(call, err)
		}
		if list, ok := result.(*mcp.ListToolsResult); ok && err == nil {
			a := accessOf(req)
			allowed := a.principal.Allowed()
			list.Tools = slices.DeleteFunc(list.Tools, func(listed *mcp.Tool) bool {
				t, ours := h.tool(listed.Name)
				return ours && !(a.selection.offers(t) && allowed.Has(t.action))
			})
		}
		return result, err
	}
}

// unknownTool adds to the error of a call that no tool has the name of those there are.
func (h *Handler) unknownTool(call *mcp.CallToolRequest, err error) error {
	refused, ok := errors.AsType[*jsonrpc.Error](err)
	if _, ours := h.tool(call.Params.Name); ours || !ok || refused.Code != jsonrpc.CodeInvalidParams {
		return err
	}
	told := *refused
	told.Message += "; there are: " + strings.Join(h.offered(accessOf(call).selection), ", ")
	return &told
}
