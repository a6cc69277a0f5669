package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
)

const (
	schemas   = "#/components/schemas/"
	responses = "#/components/responses/"
)

const description = "One list for a person and their assistants. Times are UTC with milliseconds; dates are understood in the person's zone. " +
	"Failures are problem+json (RFC 9457) with a `code` of a closed set, a `hint` for the next step and, where one input is to blame, `errors`. " +
	"Each person has a budget of requests, one for the browser, one for the API and one for MCP; `RateLimit` says what is left of it. " +
	"Members may be added to answers, so pass over those that you do not know."

// document returns the OpenAPI 3.1 document: what operations says.
func document(version, publicURL string) *huma.OpenAPI {
	d := describer{huma.NewMapRegistry(schemas, huma.DefaultSchemaNamer)}
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "todo", Version: version,
			Description: description,
			License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Servers: []*huma.Server{{URL: publicURL}},
		Tags:    topics(),
		Components: &huma.Components{
			Schemas:         d.registry,
			Responses:       d.failures(),
			Headers:         budgetHeaders(),
			SecuritySchemes: securitySchemes(),
		},
	}
	for _, op := range operations() {
		doc.AddOperation(d.operation(op))
	}
	polish(d.registry.Map())
	return doc
}

// indented returns the document as JSON that a person can read.
func indented(doc *huma.OpenAPI) ([]byte, error) {
	compact, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	err = json.Indent(&lines, compact, "", "  ")
	return lines.Bytes(), err
}

func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) error {
	document, err := s.document()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(document)
	return err
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"bearer":  {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token of a connected app, got by OAuth 2.1 with PKCE, or a personal one (`todo_…`). /.well-known/oauth-protected-resource names the authorization server. Scopes: `todos:read`, `todos:write`."},
		"session": {Type: "apiKey", In: "cookie", Name: auth.SessionCookie, Description: "The session cookie of a browser that is signed in, on requests from this origin only."},
	}
}

// describer turns rows of the table into OpenAPI.
type describer struct{ registry huma.Registry }

var pathParameter = regexp.MustCompile(`{(\w+)}`)

func (d describer) operation(op operation) *huma.Operation {
	o := &huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path,
		Summary: op.summary, Description: op.doc, Tags: []string{op.topic},
		Security:  security(op.Action),
		Responses: map[string]*huma.Response{},
	}
	for _, name := range pathParameter.FindAllStringSubmatch(op.Path, -1) {
		p := param("path", pathDocs(name[1]))
		p.Required = true
		o.Parameters = append(o.Parameters, p)
	}
	for _, q := range op.query {
		o.Parameters = append(o.Parameters, param("query", q))
	}
	for _, h := range op.headers {
		o.Parameters = append(o.Parameters, param("header", h))
	}
	if op.body != nil {
		o.RequestBody = &huma.RequestBody{Required: true, Content: d.content(append(op.bodies, *op.body)...)}
	}
	answer := d.answer(http.StatusText(op.status), append(op.other, op.answer)...)
	for _, h := range op.answers {
		p := param("", h)
		p.Name = "" // the map has it
		answer.Headers[h.name] = p
	}
	o.Responses[strconv.Itoa(op.status)] = answer
	if op.also != nil {
		o.Responses[strconv.Itoa(op.also.status)] = d.answer(op.also.doc, op.also.answer)
	}
	for _, status := range append(everyFails(), op.fails...) {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Ref: responses + responseName(status)}
	}
	return o
}

// answer is a good answer. Each says what is left of the caller's budget.
func (d describer) answer(doc string, contents ...content) *huma.Response {
	r := &huma.Response{Description: doc, Content: d.content(contents...), Headers: map[string]*huma.Param{}}
	for name := range budgetHeaders() {
		r.Headers[name] = &huma.Param{Ref: "#/components/headers/" + name}
	}
	return r
}

// budgetHeaders are draft-ietf-httpapi-ratelimit-headers-10's.
func budgetHeaders() map[string]*huma.Header {
	text := &huma.Schema{Type: huma.TypeString}
	return map[string]*huma.Header{
		"RateLimit-Policy": {Description: "The budget: `q` requests at once, which come back in `w` seconds.", Schema: text, Example: `"api";q=200;w=20`},
		"RateLimit":        {Description: "What is left of it: `r` requests; in `t` seconds it is whole again.", Schema: text, Example: `"api";r=197;t=1`},
	}
}

// everyFails returns the statuses with which every operation may fail.
func everyFails() []int {
	return []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
}

func security(action todo.Action) []map[string][]string {
	scopes := []string{}
	if action != 0 {
		scopes = auth.ScopesFor(action)
	}
	return []map[string][]string{{"bearer": scopes}, {"session": {}}}
}

func pathDocs(name string) parameter {
	if name == "name" {
		return parameter{name: name, doc: "The name, percent-encoded; no case matters.", example: "Shopping"}
	}
	if name == "changeID" {
		return parameter{name: name, doc: "The change's id, or `last` for the caller's own last change.", example: "c812"}
	}
	if id, ok := strings.CutSuffix(name, "ID"); ok {
		return parameter{name: name, doc: "The " + id + "'s id.", example: "4x7k2m9q1c5v8b3n"}
	}
	return parameter{name: name, doc: "The todo's id.", example: "k7xm3q2a"}
}

func param(in string, p parameter) *huma.Param {
	s := &huma.Schema{Type: huma.TypeString}
	if p.max > 0 {
		s = &huma.Schema{Type: huma.TypeInteger, Minimum: &p.min, Maximum: &p.max}
	}
	for _, v := range p.values {
		s.Enum = append(s.Enum, v)
	}
	return &huma.Param{Name: p.name, In: in, Description: p.doc, Schema: s, Example: p.example}
}

func (d describer) content(contents ...content) map[string]*huma.MediaType {
	byMedia := map[string]*huma.MediaType{}
	for _, c := range contents {
		for _, media := range c.media {
			t := reflect.TypeOf(c.example)
			byMedia[media] = &huma.MediaType{Schema: d.registry.Schema(t, true, ""), Example: c.example}
		}
	}
	return byMedia
}

func responseName(status int) string {
	var name strings.Builder
	for _, word := range regexp.MustCompile(`\w+`).FindAllString(http.StatusText(status), -1) {
		name.WriteString(word)
	}
	return name.String()
}

// failures returns the answers that operations share.
func (d describer) failures() map[string]*huma.Response {
	tag := etagHeader("that of the client's copy")
	shared := map[string]*huma.Response{"NotModified": {
		Description: "The client's copy is still right. There is no body.",
		Headers:     map[string]*huma.Param{tag.name: {Description: tag.doc, Schema: &huma.Schema{Type: huma.TypeString}, Example: tag.example}},
	}}
	for _, f := range failureDocs() {
		status := api.Status(f.err.Code)
		example := problem{Problem: api.NewProblem(&f.err, "q7c2m4x9k1b5d8f3")}
		r := &huma.Response{Description: f.doc, Content: d.content(content{[]string{"application/problem+json"}, example})}
		if status == http.StatusUnauthorized || status == http.StatusForbidden {
			r.Headers = map[string]*huma.Param{"WWW-Authenticate": {Description: "What to do about it (RFC 6750, RFC 9728).", Schema: &huma.Schema{Type: huma.TypeString}}}
		}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			r.Headers = map[string]*huma.Param{"Retry-After": {Description: "How many seconds to wait.", Schema: &huma.Schema{Type: huma.TypeInteger}, Example: 5}}
		}
		shared[responseName(status)] = r
	}
	return shared
}
