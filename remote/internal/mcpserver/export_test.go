package mcpserver

import (
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Extend adds to every Server what the conformance suite expects to find.
func (h *Handler) Extend(f func(*mcp.ServerOptions) func(*mcp.Server)) { h.extend = f }

// SetKeepAlive makes streams tick faster than a person could wait for.
func (h *Handler) SetKeepAlive(d time.Duration) { h.keepAlive = d }

// Rooms returns how many rooms are kept, and how many of them are in use.
func (h *Handler) Rooms() (kept, used int) {
	h.rooms.mu.Lock()
	defer h.rooms.mu.Unlock()
	return len(h.rooms.byNS), len(h.rooms.byNS) - h.rooms.idle.Len()
}

// Sessions returns how many sessions of older protocols a namespace has.
func (h *Handler) Sessions(ns string) int {
	for _, r := range h.rooms.all() {
		if string(r.ns) == ns {
			r.mu.Lock()
			defer r.mu.Unlock()
			return len(r.sessions)
		}
	}
	return 0
}

// Subscriptions returns how many addresses clients are subscribed to in a namespace.
func (h *Handler) Subscriptions(ns string) int {
	n := 0
	for _, r := range h.rooms.all() {
		if string(r.ns) == ns {
			r.subscriptions.mu.Lock()
			defer r.subscriptions.mu.Unlock()
			for _, uris := range r.subscriptions.of {
				n += len(uris)
			}
		}
	}
	return n
}

// UntilMidnight returns how long a person's day still lasts.
var UntilMidnight = untilMidnight

// Parsed is what was read of a message.
type Parsed struct {
	Method, Name, Version, ID string
	Refused                   int64
}

// Parse reads a message as a POST's body is.
func Parse(body []byte) Parsed {
	m, refusal := parseMessage(body)
	p := Parsed{Method: m.method, Name: m.name, Version: m.version, ID: string(m.id)}
	if refusal != nil {
		p.Refused = refusal.code
	}
	return p
}

// Limits that tests reach for.
const (
	MaxSessions      = maxSessions
	MaxStreams       = maxStreams
	MaxIdleRooms     = maxIdleRooms
	MaxSubscriptions = maxSubscriptions
)

// ReadArguments reads a tool's arguments as a call's are. The schema is the tool's.
func ReadArguments(tool string, raw []byte) (read map[string]any, schema string, err error) {
	for _, t := range toolTable() {
		if t.name == tool {
			read, err := t.arguments.read(raw)
			return read, t.input, err
		}
	}
	return nil, "", errors.New("there is no such tool")
}
