package mcpserver

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// subscriptions are the addresses that a room's clients want to hear of, by what they
// name: the SDK tells a client only of the very spelling that it subscribed to.
type subscriptions struct {
	mu    sync.Mutex
	of    map[*mcp.ServerSession]map[string]resource // by address
	wants map[resource]map[string]int                // how many sessions want each spelling
}

func newSubscriptions() *subscriptions {
	return &subscriptions{of: map[*mcp.ServerSession]map[string]resource{}, wants: map[resource]map[string]int{}}
}

// add notes that a session wants to hear of an address. It is false if the session
// already has as many as it may.
func (s *subscriptions) add(ss *mcp.ServerSession, uri string, r resource) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.of[ss]
	if _, known := mine[uri]; known {
		return true
	}
	if len(mine) >= maxSubscriptions {
		return false
	}
	if mine == nil {
		mine = map[string]resource{}
		s.of[ss] = mine
	}
	if s.wants[r] == nil {
		s.wants[r] = map[string]int{}
	}
	mine[uri] = r
	s.wants[r][uri]++
	return true
}

func (s *subscriptions) remove(ss *mcp.ServerSession, uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.of[ss][uri]
	if !known {
		return
	}
	delete(s.of[ss], uri)
	if len(s.of[ss]) == 0 {
		delete(s.of, ss)
	}
	if s.wants[r][uri]--; s.wants[r][uri] == 0 {
		delete(s.wants[r], uri)
	}
	if len(s.wants[r]) == 0 {
		delete(s.wants, r)
	}
}

// forget ends what a session has left.
func (s *subscriptions) forget(ss *mcp.ServerSession) {
	s.mu.Lock()
	uris := make([]string, 0, len(s.of[ss]))
	for uri := range s.of[ss] {
		uris = append(uris, uri)
	}
	s.mu.Unlock()
	for _, uri := range uris {
		s.remove(ss, uri)
	}
}

// spellings returns the addresses under which what is touched is wanted, in order.
func (s *subscriptions) spellings(t *touched) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var uris []string
	for r, spelled := range s.wants {
		if !t.has(r) {
			continue
		}
		for uri := range spelled {
			uris = append(uris, uri)
		}
	}
	slices.Sort(uris)
	return uris
}

// checkSubscribe lets clients subscribe to what is ours, within limits. An id or a
// name that does not exist now is no error: it may later, and a client may subscribe
// again after a deletion.
func (r *room) checkSubscribe(_ context.Context, req *mcp.SubscribeRequest) error {
	uri := req.Params.URI
	named, ok := parseURI(uri)
	if !ok {
		return mcp.ResourceNotFoundError(uri)
	}
	if !r.subscriptions.add(req.Session, uri, named.folded()) {
		return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "too many subscriptions in one session; subscribe to " + uriTodos}
	}
	return nil
}

func (r *room) checkUnsubscribe(_ context.Context, req *mcp.UnsubscribeRequest) error {
	r.subscriptions.remove(req.Session, req.Params.URI)
	return nil
}

// touched is what some changes are seen in.
type touched struct {
	names    map[resource]bool
	all      bool // something that any resource may hang off
	progress bool // of some parents, which may have any tag or date
	relisted bool // resources/list is another
}

func (t *touched) has(r resource) bool {
	switch {
	case t.names[r], t.all:
		return true
	case r.base == uriExports, r.base == uriTodos:
		return len(t.names) > 0
	case r.base == uriTags, r.base == uriToday:
		return t.progress
	}
	return false
}

// touchedBy returns what changes are seen in. Those besides todos are of lists: what
// is in an archived one is hidden from every other resource.
func touchedBy(changes []todo.Change, now time.Time) *touched {
	t := &touched{names: map[resource]bool{}}
	for _, c := range changes {
		if len(c.Marks) > 0 {
			t.all, t.relisted = true, true
		}
		for _, e := range c.Edits {
			t.touch(&e.After, now)
			if e.Before != nil {
				t.touch(e.Before, now)
			}
			t.relisted = t.relisted || listed(e.Before) != listed(&e.After)
		}
	}
	return t
}

// touch adds where a todo is or was seen. A subtask is seen in its parent's progress
// too; their list is the same.
func (t *touched) touch(at *todo.Todo, now time.Time) {
	t.names[resource{uriTodo, at.ID}] = true
	if at.ParentID != "" {
		t.names[resource{uriTodo, at.ParentID}], t.progress = true, true
	}
	t.names[resource{uriLists, at.List}.folded()] = true
	for _, tag := range at.Tags {
		t.names[resource{uriTags, tag}.folded()] = true
	}
	// The latest date that is today somewhere, in a time of any other zone.
	soon := now.UTC().Add(38 * time.Hour).Format(time.DateOnly)
	if due := at.When(); !due.IsZero() && due.Date() <= soon {
		t.names[resource{base: uriToday}] = true
	}
}

// announce tells the subscribers of a room what was touched there and, where the open
// todos or their texts are not as before, that the resources are others.
func (h *Handler) announce(r *room, t *touched) {
	for _, uri := range r.subscriptions.spellings(t) {
		// It fails for no reason of ours; the SDK has logged whom it did not reach.
		_ = r.server.ResourceUpdated(context.Background(), &mcp.ResourceUpdatedNotificationParams{URI: uri})
	}
	if t.relisted {
		// The SDK sends list_changed when a resource is registered, and only then.
		r.server.AddResource(listResource(), h.readResource)
	}
}

// listed returns the name under which resources/list shows a todo, "" if it does not.
func listed(t *todo.Todo) string {
	if t == nil || t.View() != todo.ViewOpen {
		return ""
	}
	return t.Text
}
