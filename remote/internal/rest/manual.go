package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// manual is the OpenAPI document in the order that a reader wants it.
type manual struct {
	Title, Version, Description, URL string
	Style                            template.CSS
	Security                         []member
	Topics                           []chapter
	Failures                         []reply // which operations share
	Schemas                          []section
}

type chapter struct {
	Name, Description string
	Operations        []entry
}

// entry is one operation.
type entry struct {
	ID, Method, Path, Summary, Description string
	Scopes                                 []string
	Inputs                                 []section
	Bodies                                 []sample
	Answers                                []reply
}

// section is a heading with members below.
type section struct {
	Name    string
	Members []member
}

// member is a parameter, a header or a property.
type member struct {
	Name, Description string
	Type, Schema      string // Schema: the name of one that the type refers to
	Example           string
	Required          bool
}

// sample is a body with an example.
type sample struct {
	Media, Schema, Example string
	Open                   bool
}

// reply is an answer; one with a name is among the manual's Failures.
type reply struct {
	Status, Name, Description string
	Bodies                    []sample
	Headers                   []member
	Open                      bool
}

// reader takes an OpenAPI document apart.
type reader struct{ *huma.OpenAPI }

func newManual(doc *huma.OpenAPI) manual {
	r := reader{doc}
	m := manual{
		Title: doc.Info.Title, Version: doc.Info.Version, Description: doc.Info.Description, URL: doc.Servers[0].URL,
		Style: template.CSS(docsStyle),
	}
	for _, name := range sortedKeys(doc.Components.SecuritySchemes) {
		m.Security = append(m.Security, member{Name: name, Description: doc.Components.SecuritySchemes[name].Description})
	}
	for _, tag := range doc.Tags {
		c := chapter{Name: tag.Name, Description: tag.Description}
		for _, op := range operations() {
			if op.topic == tag.Name {
				c.Operations = append(c.Operations, r.entry(op))
			}
		}
		m.Topics = append(m.Topics, c)
	}
	for _, name := range sortedKeys(doc.Components.Responses) {
		m.Failures = append(m.Failures, r.reply(name, doc.Components.Responses[name]))
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		m.Schemas = append(m.Schemas, r.schema(name, schemas[name]))
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (r reader) entry(op operation) entry {
	o := r.operation(op.Method, op.Path)
	e := entry{ID: op.ID, Method: op.Method, Path: op.Path, Summary: o.Summary, Description: o.Description, Scopes: o.Security[0]["bearer"]}
	for _, in := range []struct{ in, title string }{{"path", "In the path"}, {"query", "Query"}, {"header", "Headers"}} {
		s := section{Name: in.title}
		for _, p := range o.Parameters {
			if p.In == in.in {
				s.Members = append(s.Members, member{Name: p.Name, Description: p.Description, Type: typeOf(p.Schema), Example: fmt.Sprint(p.Example), Required: p.Required})
			}
		}
		if len(s.Members) > 0 {
			e.Inputs = append(e.Inputs, s)
		}
	}
	if o.RequestBody != nil {
		e.Bodies = samples(o.RequestBody.Content)
	}
	for _, status := range sortedKeys(o.Responses) {
		e.Answers = append(e.Answers, r.reply(status, o.Responses[status]))
	}
	return e
}

func (r reader) operation(method, path string) *huma.Operation {
	item := r.Paths[path]
	return map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}[method]
}

func (r reader) reply(status string, response *huma.Response) reply {
	if name, ok := strings.CutPrefix(response.Ref, responses); ok {
		return reply{Status: status, Name: name, Description: r.Components.Responses[name].Description}
	}
	a := reply{Status: status, Description: response.Description, Open: status[0] == '2'}
	a.Bodies = samples(response.Content)
	for _, name := range sortedKeys(response.Headers) {
		if h := response.Headers[name]; h.Ref == "" {
			a.Headers = append(a.Headers, member{Name: name, Description: h.Description})
		}
	}
	return a
}

// samples returns the bodies by media type, JSON first and open.
func samples(content map[string]*huma.MediaType) []sample {
	var all []sample
	for _, media := range sortedKeys(content) {
		s := sample{Media: media, Schema: refers(content[media].Schema), Example: example(content[media].Example)}
		s.Open = strings.HasSuffix(media, "json") && s.Schema != ""
		all = append(all, s)
	}
	return all
}

// example returns a value as JSON for people; what is text already, as it is.
func example(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

func (r reader) schema(name string, s *huma.Schema) section {
	section := section{Name: name}
	for _, property := range sortedKeys(s.Properties) {
		p := s.Properties[property]
		section.Members = append(section.Members, member{Name: property, Description: p.Description, Type: typeOf(p), Schema: refers(p), Required: slices.Contains(s.Required, property)})
	}
	return section
}

// typeOf says in a word or two what a value is.
func typeOf(s *huma.Schema) string {
	switch {
	case len(s.Enum) > 0:
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		return strings.Join(values, " | ")
	case s.Type == huma.TypeArray && s.Items.Ref == "":
		return "list of " + typeOf(s.Items)
	case s.Type == huma.TypeArray:
		return "list of"
	case s.Format != "":
		return s.Format
	}
	return s.Type
}

// refers returns the name of the schema that a value or its items are of.
func refers(s *huma.Schema) string {
	if s.Type == huma.TypeArray {
		s = s.Items
	}
	name, _ := strings.CutPrefix(s.Ref, schemas)
	return name
}
