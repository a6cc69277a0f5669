package localmcp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// mirrorHeaders are the headers by which a 2026-07-28 request says outside what it
// says inside (SEP-2243), so that a proxy need not read it.
func mirrorHeaders(m message, params paramHeaders) http.Header {
	h := http.Header{}
	h.Set(headerVersion, m.version())
	h.Set("Mcp-Method", m.method)
	var p struct {
		Name, URI string
		Arguments map[string]json.RawMessage
	}
	_ = json.Unmarshal(m.params, &p)
	switch m.method {
	case "tools/call":
		h.Set("Mcp-Name", headerValue(p.Name))
		for _, bind := range params[p.Name] {
			if value, ok := bind.value(p.Arguments); ok {
				h.Set("Mcp-Param-"+bind.header, headerValue(value))
			}
		}
	case "prompts/get":
		h.Set("Mcp-Name", headerValue(p.Name))
	case "resources/read":
		h.Set("Mcp-Name", headerValue(p.URI))
	}
	return h
}

// headerValue writes a value so that a header can carry it: as it is, or in the
// protocol's Base64 form.
func headerValue(s string) string {
	safe := strings.TrimSpace(s) == s && !strings.HasPrefix(s, "=?base64?")
	for i := 0; i < len(s); i++ {
		safe = safe && s[i] >= 0x20 && s[i] <= 0x7e
	}
	if safe {
		return s
	}
	return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
}

// paramHeaders holds, by tool, the arguments that its schema wants in headers.
type paramHeaders map[string][]paramHeader

type paramHeader struct {
	path   []string
	header string
}

const annotation = "x-mcp-header"

// learn takes the annotations from the answer to tools/list.
func (p paramHeaders) learn(answer message) {
	var res struct {
		Tools []struct {
			Name        string
			InputSchema schemaNode
		}
	}
	if !bytes.Contains(answer.result, []byte(annotation)) || json.Unmarshal(answer.result, &res) != nil {
		return
	}
	for _, tool := range res.Tools {
		p[tool.Name] = tool.InputSchema.headers(nil)
	}
}

type schemaNode struct {
	Header     any `json:"x-mcp-header"`
	Properties map[string]schemaNode
}

func (n schemaNode) headers(path []string) []paramHeader {
	var found []paramHeader
	if name, ok := n.Header.(string); ok && validToken(name) {
		found = append(found, paramHeader{path, name})
	}
	for name, child := range n.Properties {
		found = append(found, child.headers(append(slices.Clip(path), name))...)
	}
	return found
}

// value finds the argument; only strings, integers and booleans go into a header.
func (p paramHeader) value(args map[string]json.RawMessage) (string, bool) {
	for i, name := range p.path {
		raw, ok := args[name]
		if !ok {
			return "", false
		}
		if i < len(p.path)-1 {
			args = members(raw)
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var v any
		_ = dec.Decode(&v)
		switch v := v.(type) {
		case string:
			return v, true
		case bool:
			return string(raw), true
		case json.Number:
			return v.String(), !strings.ContainsAny(v.String(), ".eE")
		}
	}
	return "", false
}

// validToken reports whether s is an HTTP token (RFC 9110 §5.6.2).
func validToken(s string) bool {
	for _, c := range s {
		if c > 0x7e || !strings.ContainsRune("!#$%&'*+-.^_`|~", c) && !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z') {
			return false
		}
	}
	return s != ""
}
