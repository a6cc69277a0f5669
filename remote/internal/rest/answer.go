package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// tagged answers with v under an entity tag that is made of its content, and 304
// where the client has that.
func (c *call) tagged(v any) error {
	body, err := httpx.Encode(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	tag := `"c` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	if c.notModified(tag) {
		return nil
	}
	h := c.w.Header()
	h.Set("ETag", tag)
	h.Set("Content-Type", mediaJSON)
	c.w.WriteHeader(http.StatusOK)
	_, err = c.w.Write(body)
	return err
}

// onlyFields answers with todos that have no other members than the query names,
// and their id.
func (c *call) onlyFields(p api.Todos) error {
	wanted := []string{"id"}
	for name := range strings.SplitSeq(c.query.Get("fields"), ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(todoMembers(), name) {
			return invalid("fields", fmt.Sprintf("a todo has no member %q", todo.Cut(name)), "use "+strings.Join(todoMembers(), ", "))
		}
		if !slices.Contains(wanted, name) {
			wanted = append(wanted, name)
		}
	}
	cut := make([]json.RawMessage, len(p.Todos))
	for i, t := range p.Todos {
		var err error
		if cut[i], err = only(t, wanted); err != nil {
			return err
		}
	}
	return c.tagged(cutTodos{cut, p.Total, p.NextCursor, p.Rev})
}

// cutTodos is api.Todos with parts of todos in place of them.
type cutTodos struct {
	Todos      []json.RawMessage `json:"todos"`
	Total      int               `json:"total"`
	NextCursor string            `json:"nextCursor,omitempty"`
	Rev        uint64            `json:"rev"`
}

// only returns a todo with some of its members.
func only(t todo.Todo, wanted []string) (json.RawMessage, error) {
	whole, err := httpx.Encode(t)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(whole, &members); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, name := range wanted {
		value, ok := members[name]
		if !ok {
			continue // empty
		}
		fmt.Fprintf(&b, `,%q:%s`, name, value)
	}
	return append(append([]byte("{"), b.Bytes()[1:]...), '}'), nil
}

// todoMembers returns the names of a todo's members.
func todoMembers() []string {
	var names []string
	for field := range reflect.TypeFor[todo.Todo]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
