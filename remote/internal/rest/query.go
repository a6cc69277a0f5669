package rest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
)

// parseQuery returns the query if it has no parameter but the known ones, each
// once: a misspelt filter must not answer with more than was asked for.
func parseQuery(raw string, known []parameter) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest(err, "the query cannot be read", "percent-encode it")
	}
	for name, values := range query {
		if !slices.ContainsFunc(known, func(p parameter) bool { return p.name == name }) {
			return nil, &todo.Error{Code: todo.CodeBadRequest, Field: todo.Cut(name), Message: fmt.Sprintf("the query has an unknown parameter %q", todo.Cut(name)), Hint: queryHint(known)}
		}
		if len(values) > 1 {
			return nil, &todo.Error{Code: todo.CodeBadRequest, Field: name, Message: fmt.Sprintf("the query has %q more than once", name), Hint: "send it once"}
		}
	}
	return query, nil
}

func queryHint(known []parameter) string {
	if len(known) == 0 {
		return "this operation takes none"
	}
	names := make([]string, len(known))
	for i, p := range known {
		names[i] = p.name
	}
	return "it may have " + strings.Join(names, ", ")
}

// limit returns how many items a page is to have, preset where the query does
// not say.
func (c *call) limit(preset int) (int, error) {
	if !c.query.Has("limit") {
		return preset, nil
	}
	n, err := strconv.Atoi(c.query.Get("limit"))
	if err != nil || n < 1 || n > todo.MaxPage {
		return 0, invalid("limit", fmt.Sprintf("%q is not a limit", todo.Cut(c.query.Get("limit"))), fmt.Sprintf("use 1 to %d", todo.MaxPage))
	}
	return n, nil
}

// filter returns the conditions that the query has.
func (c *call) filter() todo.Query {
	if len(c.query) == 0 {
		return todo.Query{}
	}
	get := c.query.Get
	return todo.Query{
		Status: todo.Status(get("status")), Text: get("q"), Due: get("due"), List: get("list"), Tag: get("tag"),
		Priority: get("priority"), ParentID: get("parentID"), Sort: todo.Sort(get("sort")),
	}
}

// flag returns whether a parameter says yes; preset where it says nothing.
func flag(query url.Values, name string, preset bool) (bool, error) {
	switch value := query.Get(name); value {
	case "":
		return preset, nil
	case "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	default:
		return false, invalid(name, fmt.Sprintf("%q is neither yes nor no", todo.Cut(value)), "use 1 or 0")
	}
}

// linkNext tells where the next page is (RFC 8288), if there is one.
func (c *call) linkNext(cursor string) {
	if cursor == "" {
		return
	}
	query := maps.Clone(c.query)
	query.Set("cursor", cursor)
	c.w.Header().Set("Link", "<"+c.r.URL.EscapedPath()+"?"+query.Encode()+`>; rel="next"`)
}

// revision returns the revision that a parameter or header names, and whether it
// names one.
func revision(field, value string) (rev uint64, ok bool, err error) {
	if value == "" {
		return 0, false, nil
	}
	rev, err = strconv.ParseUint(value, 10, 64)
	if err != nil {
		return 0, false, invalid(field, fmt.Sprintf("%q is not a revision", todo.Cut(value)), "use the rev of an earlier answer")
	}
	return rev, true, nil
}

// notModified reports whether If-None-Match (RFC 9110 §13.1.2) names the tag.
func notModified(r *http.Request, tag string) bool {
	for candidate := range list(r.Header, "If-None-Match") {
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

// ifMatch returns the revision that If-Match (RFC 9110 §13.1.1) demands, 0 for
// any. A tag that no todo can have fails as one that this todo does not have.
func ifMatch(r *http.Request) (uint64, error) {
	var demanded uint64
	for tag := range list(r.Header, "If-Match") {
		if demanded != 0 {
			return 0, badRequest(nil, "If-Match has more than one entity tag", "send the one of the copy you changed")
		}
		if tag == "*" {
			continue
		}
		digits := strings.TrimSuffix(strings.TrimPrefix(tag, `"r`), `"`)
		rev, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || rev == 0 || tag != api.ETag(rev) {
			return 0, &todo.Error{Code: todo.CodePrecondition, Field: "If-Match", Message: todo.Cut(tag) + " is not an entity tag of this todo", Hint: "send the ETag of the copy you changed"}
		}
		demanded = rev
	}
	return demanded, nil
}

// prefersMinimal reports whether the client wants the change without the list
// (RFC 7240 §4.2).
func prefersMinimal(h http.Header) bool {
	for preference := range list(h, api.HeaderPrefer) {
		token, _, _ := strings.Cut(preference, ";")
		if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(token), `"`, ""), api.PreferMinimal) {
			return true
		}
	}
	return false
}

// list yields the elements of a comma-separated header field (RFC 9110 §5.6.1).
// None of the fields it is used for may hold a comma in an element of ours.
func list(h http.Header, name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, line := range h.Values(name) {
			for element := range strings.SplitSeq(line, ",") {
				element = strings.TrimSpace(element)
				if element != "" && !yield(element) {
					return
				}
			}
		}
	}
}
