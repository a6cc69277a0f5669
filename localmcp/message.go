package localmcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// message is one JSON-RPC message, understood as far as a relay must. raw is what
// is passed on; the other fields are views into it.
type message struct {
	raw    []byte
	id     json.RawMessage // as written; nil if there is none
	key    jsonrpc.ID      // the id in comparable form
	method string          // empty for a response
	params view
	result view
	err    view
}

// view is a part of a frame, kept without copying it. Frames are never modified.
type view []byte

func (v *view) UnmarshalJSON(data []byte) error {
	*v = slices.Clip(data)
	return nil
}

var (
	errNotJSON = errors.New("not valid JSON in UTF-8")
	errNotRPC  = errors.New("not a JSON-RPC 2.0 message")
)

// parse reads one message. With errNotRPC the message still has the id it came
// with, if that was usable, so that its sender can be answered.
func parse(raw []byte) (message, error) {
	if !utf8.Valid(raw) {
		return message{}, errNotJSON
	}
	var env struct {
		Version string  `json:"jsonrpc"`
		ID      view    `json:"id"`
		Method  *string `json:"method"`
		Params  view    `json:"params"`
		Result  view    `json:"result"`
		Error   view    `json:"error"`
	}
	err := json.Unmarshal(raw, &env)
	if _, syntax := errors.AsType[*json.SyntaxError](err); syntax {
		return message{}, errNotJSON
	}
	m := message{raw: raw, params: env.Params, result: env.Result, err: env.Error}
	if len(env.ID) > 0 {
		var v any
		_ = json.Unmarshal(env.ID, &v)
		key, keyErr := jsonrpc.MakeID(v)
		if keyErr == nil && key.IsValid() {
			m.id, m.key = json.RawMessage(env.ID), key
		}
	}
	if env.Method != nil {
		m.method = *env.Method
	}
	switch {
	case err != nil || env.Version != "2.0":
		return m, errNotRPC
	case len(env.ID) > 0 && m.id == nil && m.err == nil: // only an error may answer "null"
		return m, errNotRPC
	case m.method == "" && (m.result == nil) == (m.err == nil):
		return m, errNotRPC
	}
	return m, nil
}

func (m message) isRequest() bool      { return m.method != "" && m.id != nil }
func (m message) isNotification() bool { return m.method != "" && m.id == nil }
func (m message) isResponse() bool     { return m.method == "" }

// version is the protocol version a 2026-07-28 request carries itself; empty for
// messages of earlier versions.
func (m message) version() string {
	if !bytes.Contains(m.params, []byte(mcp.MetaKeyProtocolVersion)) {
		return ""
	}
	var p struct {
		Meta map[string]any `json:"_meta"`
	}
	_ = json.Unmarshal(m.params, &p)
	v, _ := p.Meta[mcp.MetaKeyProtocolVersion].(string)
	return v
}

// withID is the same message under another id.
func (m message) withID(id json.RawMessage) message {
	m.raw = encode(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  string          `json:"method,omitempty"`
		Params  json.RawMessage `json:"params,omitempty"`
		Result  json.RawMessage `json:"result,omitempty"`
		Error   json.RawMessage `json:"error,omitempty"`
	}{"2.0", id, m.method, json.RawMessage(m.params), json.RawMessage(m.result), json.RawMessage(m.err)})
	m.id = id
	return m
}

// encode marshals without escaping HTML, so that what was relayed inside stays as
// it was. It is given only values that marshal.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

type object map[string]any

// request builds a request of the bridge's own, or a notification if id is nil.
func request(id json.RawMessage, method string, params any) message {
	o := object{"jsonrpc": "2.0", "method": method}
	if id != nil {
		o["id"] = id
	}
	if params != nil {
		o["params"] = params
	}
	m, _ := parse(encode(o))
	return m
}

// resultFrame answers id with a result.
func resultFrame(id json.RawMessage, result any) []byte {
	return encode(object{"jsonrpc": "2.0", "id": id, "result": result})
}

// errorFrame answers id (nil becomes null) with an error. A *jsonrpc.Error in err
// keeps its code and data.
func errorFrame(id json.RawMessage, code int64, err error) []byte {
	if id == nil {
		id = json.RawMessage("null")
	}
	e := &jsonrpc.Error{Code: code, Message: err.Error()}
	if rpc, ok := errors.AsType[*jsonrpc.Error](err); ok {
		e = rpc
	}
	return encode(object{"jsonrpc": "2.0", "id": id, "error": e})
}

// members decodes a JSON object one level deep; anything else is an empty object.
func members(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil || m == nil {
		m = map[string]json.RawMessage{}
	}
	return m
}

// reserved reports whether a _meta key belongs to the protocol itself and so to
// one hop only.
func reserved(key string) bool { return strings.HasPrefix(key, "io.modelcontextprotocol/") }
