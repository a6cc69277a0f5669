package mcpserver

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// codeHeaderMismatch is the error of MCP 2026-07-28 for a header that contradicts
// the message.
const codeHeaderMismatch = -32020

// maxDepth is how deep a message may nest; ours need six levels.
const maxDepth = 64

// message is what must be known of a JSON-RPC message before the SDK sees it. The
// SDK decodes it again; what could be read in two ways is refused here, so that
// the permission asked for is that of the call made.
type message struct {
	method  string
	id      jsontext.Value // as it was sent; nil in a notification
	name    string         // params.name of a tool call
	version string         // params._meta's protocol version
}

// modern reports whether the message speaks a protocol without sessions. The
// header decides; a message whose header is missing is left to the handler of its
// own era to refuse.
func (m message) modern(h http.Header) bool {
	if version := h.Get("Mcp-Protocol-Version"); version != "" {
		return version >= modernVersion
	}
	return m.version >= modernVersion
}

// legacyMethods are those of requests in the protocols with sessions, from client
// to server.
var legacyMethods = map[string]bool{
	"initialize": true, "ping": true, "completion/complete": true, "logging/setLevel": true,
	"prompts/list": true, "prompts/get": true, "tools/list": true, methodCallTool: true,
	"resources/list": true, "resources/templates/list": true, "resources/read": true,
	"resources/subscribe": true, "resources/unsubscribe": true,
}

// checkLegacy refuses what the SDK's handler of the protocols with sessions answers
// with something else than the specification says.
func (m message) checkLegacy(r *http.Request) *refusal {
	if r.Method != http.MethodPost {
		return nil
	}
	var bad *refusal
	switch {
	case m.version != "" && m.version != r.Header.Get("Mcp-Protocol-Version"):
		bad = &refusal{status: http.StatusBadRequest, code: codeHeaderMismatch, message: "the header Mcp-Protocol-Version names another version than the message"}
	case r.Header.Get("Mcp-Session-Id") == "" && m.method != "initialize":
		bad = invalidRequest("the header Mcp-Session-Id is missing: begin with initialize")
	case len(m.id) > 0 && m.method != "" && !legacyMethods[m.method]:
		bad = &refusal{status: http.StatusOK, code: jsonrpc.CodeMethodNotFound, message: "there is no such method"}
	default:
		return nil
	}
	bad.id = m.id
	return bad
}

// refusal is a message that is not answered with a result.
type refusal struct {
	status  int
	code    int64
	message string
	id      jsontext.Value
	data    any
}

func invalidRequest(why string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: jsonrpc.CodeInvalidRequest, message: why}
}

func notJSON(why string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: jsonrpc.CodeParseError, message: why}
}

// write answers with the refusal. It names the request's id, or none if there was
// none to read.
func (f *refusal) write(w http.ResponseWriter) error {
	answer := struct {
		Version string         `json:"jsonrpc"`
		ID      jsontext.Value `json:"id,omitempty"`
		Error   struct {
			Code    int64  `json:"code"`
			Message string `json:"message"`
			Data    any    `json:"data,omitempty"`
		} `json:"error"`
	}{Version: "2.0", ID: f.id}
	answer.Error.Code, answer.Error.Message, answer.Error.Data = f.code, f.message, f.data
	body, err := marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(f.status)
	_, err = w.Write(body)
	return err
}

// readMessage reads the one message of a POST and puts the body back. It fails for
// a body that is not JSON by its headers, or too large.
func readMessage(r *http.Request) (message, *refusal, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return message{}, nil, &todo.Error{Code: todo.CodeUnsupportedMedia, Message: "the body must be JSON", Hint: "send Content-Type: application/json"}
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return message{}, nil, &todo.Error{Code: todo.CodeUnsupportedMedia, Message: "compressed bodies are not accepted", Hint: "send the body as it is"}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return message{}, nil, unreadable(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	m, refusal := parseMessage(body)
	return m, refusal, nil
}

func unreadable(err error) error {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	return &todo.Error{Code: todo.CodeBadRequest, Message: "the request could not be read", Cause: err}
}

// parseMessage reads one JSON-RPC 2.0 request, notification or response: strict
// JSON (RFC 8259, without duplicate names), member names exactly as the
// specification writes them, no batch.
func parseMessage(body []byte) (message, *refusal) {
	var m message
	if refusal := checkJSON(body); refusal != nil {
		return m, refusal
	}
	value := jsontext.Value(bytes.TrimSpace(body))
	if value.Kind() != '{' {
		return m, invalidRequest("one JSON-RPC message is expected, as an object")
	}
	var version, params jsontext.Value
	var called, answers bool
	var bad *refusal
	members(value, func(name string, v jsontext.Value) {
		switch name {
		case "jsonrpc":
			version = v
		case "id":
			m.id = v
		case "method":
			called, m.method = true, text(v)
		case "params":
			params = v
		case "result", "error":
			answers = true
		default:
			bad = wrongCase(name, bad)
		}
	})
	if len(m.id) > 0 && !validID(m.id) {
		m.id = nil
		bad = invalidRequest("the id must be a string or a whole number")
	}
	switch {
	case bad != nil:
	case text(version) != "2.0":
		bad = invalidRequest(`the member "jsonrpc" must be "2.0"`)
	case called == answers, called && m.method == "", answers && len(m.id) == 0:
		bad = invalidRequest(`the message is neither a request with a "method" nor an answer with an "id"`)
	case len(params) > 0 && params.Kind() != '{' && params.Kind() != 'n':
		bad = &refusal{status: http.StatusBadRequest, code: jsonrpc.CodeInvalidParams, message: `"params" must be an object`}
	}
	if bad != nil {
		bad.id = m.id
		return m, bad
	}
	m.readParams(params)
	return m, nil
}

// checkJSON refuses what is not one value of strict JSON, or nests too deep.
func checkJSON(body []byte) *refusal {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		_, err := d.ReadToken()
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return invalidRequest("a member name occurs twice in one object")
		}
		if err != nil {
			return notJSON("the body is not valid JSON")
		}
		if d.StackDepth() > maxDepth {
			return invalidRequest("the message nests too deep")
		}
		if d.StackDepth() == 0 {
			break
		}
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return notJSON("something follows the message")
	}
	return nil
}

func (m *message) readParams(params jsontext.Value) {
	if params.Kind() != '{' {
		return
	}
	members(params, func(name string, v jsontext.Value) {
		switch {
		case name == "name":
			m.name = text(v)
		case name == "_meta" && v.Kind() == '{':
			members(v, func(name string, v jsontext.Value) {
				if name == mcp.MetaKeyProtocolVersion {
					m.version = text(v)
				}
			})
		}
	})
}

// members calls each for the members of an object of checked JSON.
func members(object jsontext.Value, each func(name string, v jsontext.Value)) {
	d := jsontext.NewDecoder(bytes.NewReader(object))
	if _, err := d.ReadToken(); err != nil { // the brace
		return
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return
		}
		key := name.String()
		v, err := d.ReadValue()
		if err != nil {
			return
		}
		each(key, v.Clone())
	}
}

func wrongCase(name string, bad *refusal) *refusal {
	for _, right := range []string{"jsonrpc", "id", "method", "params", "result", "error"} {
		if strings.EqualFold(name, right) {
			return invalidRequest("the member \"" + right + "\" is spelled in another case")
		}
	}
	return bad
}

// text returns the value of a JSON string, "" of anything else.
func text(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	s, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(s)
}

func validID(v jsontext.Value) bool {
	switch v.Kind() {
	case '"':
		return true
	case '0': // what every peer's numbers hold exactly
		return len(v) <= 16 && !bytes.ContainsAny(v, ".eE")
	}
	return false
}
