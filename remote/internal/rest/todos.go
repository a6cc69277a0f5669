package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

func (s *Server) list(c *call) error {
	limit, err := c.limit(0)
	if err != nil {
		return err
	}
	q := c.filter()
	q.Cursor, q.Limit = c.query.Get("cursor"), limit
	unchanged, err := s.unchanged(c, q)
	if err != nil || unchanged {
		return err
	}
	page, err := s.svc.List(c.r.Context(), c.ns, c.actor, q)
	if err != nil {
		return err
	}
	c.linkNext(page.NextCursor)
	body := api.Todos{Todos: page.Todos, Total: page.Total, NextCursor: page.NextCursor, Rev: page.Rev}
	switch {
	case c.query.Has("fields"):
		return c.onlyFields(body)
	case timed(q):
		return c.tagged(body)
	case tagged(q):
		c.w.Header().Set("ETag", api.ETag(page.Rev))
	}
	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

// unchanged answers 304 where the client has the list as it stands. It reads one
// todo to learn the revision, so that polling a long list costs nothing.
func (s *Server) unchanged(c *call, q todo.Query) (bool, error) {
	if c.r.Header.Get("If-None-Match") == "" || !tagged(q) || timed(q) || c.query.Has("fields") {
		return false, nil
	}
	q.Limit = 1
	page, err := s.svc.List(c.r.Context(), c.ns, c.actor, q)
	if err != nil {
		return false, err
	}
	return c.notModified(api.ETag(page.Rev)), nil
}

// tagged reports whether the revision tells all about the answer. It does not for
// the trash, which loses old todos without a change.
func tagged(q todo.Query) bool { return q.Status != todo.StatusTrash }

// timed reports whether the answer may change with the time of day, or with the
// zone the person is in: then its content is its tag.
func timed(q todo.Query) bool { return q.Text != "" || q.Due != "" || q.Sort == todo.SortDue }

// notModified answers 304 if the client's copy has the tag.
func (c *call) notModified(tag string) bool {
	if !notModified(c.r, tag) {
		return false
	}
	c.w.Header().Set("ETag", tag)
	c.w.WriteHeader(http.StatusNotModified)
	return true
}

func (s *Server) get(c *call) error {
	t, err := s.svc.Get(c.r.Context(), c.ns, c.actor, c.r.PathValue("id"))
	if err != nil || c.notModified(api.ETag(t.Rev)) {
		return err
	}
	c.w.Header().Set("ETag", api.ETag(t.Rev))
	return httpx.WriteJSON(c.w, http.StatusOK, t)
}

func (s *Server) create(c *call) error {
	var n newItem
	if err := c.body(n.fields(), mediaJSON); err != nil {
		return err
	}
	item, field, err := n.item()
	if err != nil {
		return err
	}
	return s.createOne(c, item, field, c.options())
}

// createOne adds a todo whose text the client sent in the member field.
func (s *Server) createOne(c *call, item todo.New, field string, o todo.Options) error {
	change, err := s.svc.Create(c.r.Context(), c.ns, c.actor, []todo.New{item}, o)
	if err != nil {
		return err
	}
	t, err := change.One()
	if err != nil {
		return renamed(err, "text", field)
	}
	c.w.Header().Set("Location", api.PathTodos+"/"+t.ID)
	c.w.Header().Set("ETag", api.ETag(t.Rev))
	return s.changed(c, http.StatusCreated, change)
}

// renamed names an input as the client sent it.
func renamed(err error, from, to string) error {
	if _, ok := errors.AsType[*todo.ItemError](err); ok {
		return err
	}
	e := *todo.AsError(err)
	if e.Field == from {
		e.Field = to
	}
	return &e
}

func (s *Server) patch(c *call) error {
	var item patchItem
	if err := c.body(item.fields(), mediaJSON, mediaPatch); err != nil {
		return err
	}
	p := item.patch(c.r.PathValue("id"))
	var err error
	if p.IfRev, err = ifMatch(c.r); err != nil {
		return s.withCurrent(c, p.ID, err)
	}
	change, err := s.svc.Update(c.r.Context(), c.ns, c.actor, []todo.Patch{p}, c.options())
	if err != nil {
		return err
	}
	t, err := change.One()
	if err != nil {
		return s.withCurrent(c, p.ID, err)
	}
	c.w.Header().Set("ETag", api.ETag(t.Rev))
	return s.changed(c, http.StatusOK, change)
}

func (s *Server) complete(c *call) error {
	return s.changeOne(c, func(ctx context.Context, ids []string, o todo.Options) (todo.Change, error) {
		return s.svc.SetCompleted(ctx, c.ns, c.actor, ids, true, o)
	})
}

func (s *Server) reopen(c *call) error {
	return s.changeOne(c, func(ctx context.Context, ids []string, o todo.Options) (todo.Change, error) {
		return s.svc.SetCompleted(ctx, c.ns, c.actor, ids, false, o)
	})
}

func (s *Server) remove(c *call) error {
	return s.changeOne(c, func(ctx context.Context, ids []string, o todo.Options) (todo.Change, error) {
		return s.svc.Delete(ctx, c.ns, c.actor, ids, o)
	})
}

func (s *Server) restore(c *call) error {
	return s.changeOne(c, func(ctx context.Context, ids []string, o todo.Options) (todo.Change, error) {
		return s.svc.Restore(ctx, c.ns, c.actor, ids, o)
	})
}

// changeOne is a write that needs no more than the id of the path.
func (s *Server) changeOne(c *call, change func(context.Context, []string, todo.Options) (todo.Change, error)) error {
	if err := c.body(nil, mediaJSON); err != nil {
		return err
	}
	made, err := change(c.r.Context(), []string{c.r.PathValue("id")}, c.options())
	if err != nil {
		return err
	}
	return s.changedOne(c, made)
}

// changedOne answers a write to the one todo that the path names.
func (s *Server) changedOne(c *call, change todo.Change) error {
	if _, err := change.One(); err != nil {
		return s.withList(c, err)
	}
	return s.changed(c, http.StatusOK, change)
}

// changed answers a write to one todo, which went through.
func (s *Server) changed(c *call, status int, change todo.Change) error {
	t, err := change.One()
	if err != nil {
		return err
	}
	body := api.Changed{Todo: &t, ChangeID: change.ID(), Changed: change.Rev > 0}
	if next, ok := change.Next(); ok {
		body.Next = &next
	}
	if prefersMinimal(c.r.Header) {
		c.w.Header().Set("Preference-Applied", api.PreferMinimal)
	} else {
		page, err := s.listAfterWrite(c)
		if err != nil {
			return fmt.Errorf("list after %s: %w", change.ID(), err)
		}
		body.Todos, body.NextCursor = page.Todos, page.NextCursor
	}
	c.markReplay(change.Replayed)
	return httpx.WriteJSON(c.w, status, body)
}

// listAfterWrite is the list that the sample's routes answer a write with: all of
// it, up to a page. What a change costs must not grow with the list.
func (s *Server) listAfterWrite(c *call) (todo.Page, error) {
	return s.svc.List(c.r.Context(), c.ns, c.actor, todo.Query{Limit: todo.MaxPage})
}

func (c *call) options() todo.Options {
	return todo.Options{IdempotencyKey: c.r.Header.Get(api.HeaderIdempotencyKey)}
}

// markReplay tells a retry so.
func (c *call) markReplay(replayed bool) {
	if replayed {
		c.w.Header().Set(api.HeaderReplayed, "true")
	}
}
