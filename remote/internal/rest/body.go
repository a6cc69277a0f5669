package rest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"todo.example/internal/todo"
)

const (
	mediaJSON  = "application/json"
	mediaPatch = "application/merge-patch+json" // RFC 7396
)

// fields are the members that a body may have, and where their values go.
type fields map[string]any

// nullable is a string, or a list of strings, that null clears (RFC 7396 §2).
type nullable[T string | []string] struct{ value *T }

// UnmarshalJSON takes a value, or null for the empty one.
func (n *nullable[T]) UnmarshalJSON(raw []byte) error {
	n.value = new(T)
	return json.Unmarshal(raw, n.value)
}

// body reads the request's body: one JSON object of the known members, of one of
// the media types. A request with nothing to say may leave it out.
func (c *call) body(known fields, media ...string) error {
	contentType := c.r.Header.Get("Content-Type")
	if contentType != "" {
		if err := checkMedia(contentType, media); err != nil {
			return err
		}
	}
	raw, err := io.ReadAll(c.r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case err != nil:
		return badRequest(err, "the body did not arrive whole", "send it again")
	case len(known) == 0 && len(bytes.TrimSpace(raw)) == 0:
		return nil
	case contentType == "":
		return unsupportedMedia("without a Content-Type", media)
	}
	return decode(raw, known)
}

func checkMedia(contentType string, media []string) error {
	t, params, err := mime.ParseMediaType(contentType)
	charset, ok := params["charset"]
	if err != nil || !slices.Contains(media, t) || ok && !strings.EqualFold(charset, "utf-8") {
		return unsupportedMedia("as "+todo.Cut(contentType), media)
	}
	return nil
}

func unsupportedMedia(how string, media []string) error {
	return &todo.Error{Code: todo.CodeUnsupportedMedia, Message: "a body " + how + " is not understood", Hint: "send it as Content-Type: " + strings.Join(media, " or ")}
}

// decode reads one JSON object more strictly than encoding/json does: a member
// must be known, case and all, and come once, its value be of the member's type
// and its text well-formed Unicode. encoding/json would let the last of two win
// and put U+FFFD where a byte is wrong.
func decode(raw []byte, known fields) error {
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return badRequest(err, "the body is not JSON: "+err.Error(), "send one JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(whole))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return badRequest(err, "the body is not a JSON object", "send one JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return badRequest(err, "the body is not JSON", "send one JSON object")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return badRequest(err, "the body is not JSON", "send one JSON object")
		}
		name := key.(string) // of an object; encoding/json checked it
		if seen[name] {
			return invalid(todo.Cut(name), fmt.Sprintf("the body has %q twice", todo.Cut(name)), "send each member once")
		}
		seen[name] = true
		if err := known.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (f fields) set(name string, value json.RawMessage) error {
	target, ok := f[name]
	if !ok {
		return invalid(todo.Cut(name), fmt.Sprintf("the body has an unknown member %q", todo.Cut(name)), f.hint())
	}
	if !wellFormed(value) {
		return invalid(name, "the "+name+" is not valid UTF-8", "send UTF-8")
	}
	_, ownJSON := target.(json.Unmarshaler) // nullable, and nothing else
	if string(value) == "null" && !ownJSON {
		return invalid(name, name+" must not be null", "leave it out")
	}
	err := json.Unmarshal(value, target)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalid(name, name+" must be "+typeName(target)+instead(wrong, value), "change it and send it again")
	}
	if err == nil && typeName(target) == listOfStrings && holdsNull(value) {
		return invalid(name, name+" must be "+listOfStrings+", without null", "change it and send it again")
	}
	return err
}

// instead says what came in place of a value; nothing where that was a part of it.
func instead(wrong *json.UnmarshalTypeError, value json.RawMessage) string {
	if value[0] == '[' && wrong.Value != "array" {
		return ""
	}
	return ", not " + wrong.Value
}

func (f fields) hint() string {
	if len(f) == 0 {
		return "send no body"
	}
	return "it may have " + strings.Join(slices.Sorted(maps.Keys(f)), ", ")
}

// holdsNull reports whether a list has null for one of its strings, which
// encoding/json would take for an empty one.
func holdsNull(value json.RawMessage) bool {
	var items []*string
	return json.Unmarshal(value, &items) == nil && slices.Contains(items, nil)
}

const listOfStrings = "a list of strings"

func typeName(target any) string {
	switch target.(type) {
	case *bool, **bool:
		return "true or false"
	case *int, **int:
		return "a whole number"
	case *uint64:
		return "a whole number, 0 or more"
	case *[]string, **[]string, *nullable[[]string]:
		return listOfStrings
	case *[]json.RawMessage:
		return "a list"
	}
	return "a string"
}

// wellFormed reports whether a JSON value is UTF-8 and each \u escape of a
// surrogate has its other half.
func wellFormed(value []byte) bool {
	if !utf8.Valid(value) {
		return false
	}
	for {
		i := bytes.IndexByte(value, '\\')
		if i < 0 {
			return true
		}
		value = value[i:]
		r := escaped(value)
		switch {
		case !utf16.IsSurrogate(r):
			value = value[2:]
		case utf16.DecodeRune(r, escaped(value[6:])) == utf8.RuneError:
			return false
		default:
			value = value[12:]
		}
	}
}

// escaped returns the code unit of the \u escape that s begins with; -1 if it
// begins with anything else.
func escaped(s []byte) rune {
	var unit [2]byte
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	if _, err := hex.Decode(unit[:], s[2:6]); err != nil {
		return -1
	}
	return rune(unit[0])<<8 | rune(unit[1])
}
