package rest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/exchange"
	"todo.example/internal/todo"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

// feedOptions is the body that makes a feed as the document shows it.
type feedOptions struct {
	Events bool `json:"events,omitempty"`
}

func (s *Server) feed(c *call) error {
	feed, err := s.accounts.Feed(c.r.Context(), c.ns, c.actor)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(c.w, http.StatusOK, feed)
}

func (s *Server) makeFeed(c *call) error {
	var o feedOptions
	known := fields{"events": &o.Events}
	if c.r.ContentLength == 0 {
		known = nil // all of it may be left out
	}
	if err := c.body(known, mediaJSON); err != nil {
		return err
	}
	feed, secret, err := s.accounts.MakeFeed(c.r.Context(), c.ns, c.actor, o.Events)
	if err != nil {
		return err
	}
	feed.URL = s.publicURL + api.PathFeeds + secret + feedSuffix
	c.secret()
	return httpx.WriteJSON(c.w, http.StatusOK, feed)
}

func (s *Server) deleteFeed(c *call) error {
	if err := c.body(nil, mediaJSON); err != nil {
		return err
	}
	if err := s.accounts.DeleteFeed(c.r.Context(), c.ns, c.actor); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

const (
	feedSuffix = ".ics"
	feedName   = "todo" // of the calendar, as people see it
)

// mountFeeds adds the feeds themselves. They are public: calendars can send no
// token, so the address is the secret. They are no operations of the API.
func (s *Server) mountFeeds(mux *http.ServeMux) {
	mux.Handle("GET "+api.PathFeeds+"{file}", httpx.API(s.serveFeed))
	mux.Handle(api.PathFeeds, httpx.API(func(_ http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			return &todo.Error{Code: todo.CodeMethodNotAllowed, Message: r.Method + " is not possible here", Hint: "use GET"}
		}
		return auth.NoSuchFeed()
	}))
}

func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-cache")
	secret, ok := strings.CutSuffix(r.PathValue("file"), feedSuffix)
	if !ok {
		return auth.NoSuchFeed()
	}
	p, events, err := s.guard.Feed(w, r, secret)
	if err != nil {
		return err
	}
	if events, err = feedEvents(r, events); err != nil {
		return err
	}
	calendar := exchange.Options{Now: s.now(), Zone: p.Zone, Events: events, Name: feedName}
	page, err := s.svc.List(r.Context(), p.Namespace(), p.Actor(""), todo.Query{Status: todo.StatusOpen, Limit: 1})
	if err != nil {
		return err
	}
	if tag := feedTag(calendar, page.Rev); notModified(r, tag) {
		w.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return s.writeFeed(w, r, p, calendar)
}

func (s *Server) writeFeed(w http.ResponseWriter, r *http.Request, p auth.Principal, o exchange.Options) error {
	page, err := s.svc.List(r.Context(), p.Namespace(), p.Actor(""), todo.Query{Status: todo.StatusOpen})
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := exchange.Write(&body, exchange.ICS, page.Todos, o); err != nil {
		return err
	}
	w.Header().Set("ETag", feedTag(o, page.Rev))
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `inline; filename="todo.ics"`)
	_, err = w.Write(body.Bytes())
	return err
}

// feedEvents returns whether the feed has events: as it was made, unless its address
// says otherwise.
func feedEvents(r *http.Request, preset bool) (bool, error) {
	query, err := parseQuery(r.URL.RawQuery, []parameter{{name: "events"}})
	if err != nil {
		return false, err
	}
	events, err := flag(query, "events", preset)
	if err != nil { // which repeats what may be the address, and would go into the log
		return false, invalid("events", "events is neither 1 nor 0", "use one of them")
	}
	return events, nil
}

// feedTag is the entity tag of a feed: of all that it is made of but the clock.
func feedTag(o exchange.Options, rev uint64) string {
	zone := "UTC"
	if o.Zone != nil {
		zone = o.Zone.String()
	}
	return fmt.Sprintf(`"r%d-%s-%t"`, rev, zone, o.Events)
}
