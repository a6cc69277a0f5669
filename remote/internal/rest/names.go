package rest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

func (s *Server) lists(c *call) error {
	names, err := s.svc.Lists(c.r.Context(), c.ns, c.actor)
	if err != nil {
		return err
	}
	return c.tagged(api.Lists{Lists: names})
}

func (s *Server) tags(c *call) error {
	names, err := s.svc.Tags(c.r.Context(), c.ns, c.actor)
	if err != nil {
		return err
	}
	return c.tagged(api.Tags{Tags: names})
}

func (s *Server) oneList(c *call) error { return c.named("list", todo.FoldList, s.svc.Lists) }

func (s *Server) oneTag(c *call) error { return c.named("tag", todo.FoldTag, s.svc.Tags) }

// named answers with the one name of the path, in whatever spelling.
func (c *call) named(kind string, fold func(string) string, all func(context.Context, todo.Namespace, todo.Actor) ([]todo.Name, error)) error {
	names, err := all(c.r.Context(), c.ns, c.actor)
	if err != nil {
		return err
	}
	asked := c.r.PathValue("name")
	for _, n := range names {
		if fold(n.Name) == fold(asked) {
			return c.tagged(n)
		}
	}
	return &todo.Error{Code: todo.CodeNotFound, Field: "name", Message: fmt.Sprintf("no %s has the name %q", kind, todo.Cut(asked)), Hint: "a " + kind + " is there as long as a todo is in it; nothing was changed"}
}

func (s *Server) editList(c *call) error {
	name, archived, err := c.editName(true)
	if err != nil {
		return err
	}
	return c.edited(func(ctx context.Context, from string, o todo.Options) (todo.Change, error) {
		if archived != nil {
			return s.svc.ArchiveList(ctx, c.ns, c.actor, from, *archived, o)
		}
		return s.svc.RenameList(ctx, c.ns, c.actor, from, *name, o)
	})
}

func (s *Server) editTag(c *call) error {
	name, _, err := c.editName(false)
	if err != nil {
		return err
	}
	return c.edited(func(ctx context.Context, from string, o todo.Options) (todo.Change, error) {
		return s.svc.RenameTag(ctx, c.ns, c.actor, from, *name, o)
	})
}

// editName reads what is to become of a list or a tag: one of two things.
func (c *call) editName(archive bool) (name *string, archived *bool, err error) {
	known := fields{"name": &name}
	if archive {
		known["archived"] = &archived
	}
	if err := c.body(known, mediaJSON, mediaPatch); err != nil {
		return nil, nil, err
	}
	switch {
	case name != nil && archived != nil:
		return nil, nil, invalid("archived", "the body has both name and archived", "do one after the other, so that each can be undone")
	case name == nil && archived == nil:
		return nil, nil, invalid("name", "the body does not say what to change", known.hint())
	case name != nil && strings.TrimSpace(*name) == "":
		return nil, nil, invalid("name", "the name is empty", "say a name; DELETE takes the name off its todos")
	}
	return name, archived, nil
}

func (s *Server) deleteList(c *call) error {
	return c.unnamed(func(ctx context.Context, from string, o todo.Options) (todo.Change, error) {
		return s.svc.RenameList(ctx, c.ns, c.actor, from, "", o)
	})
}

func (s *Server) deleteTag(c *call) error {
	return c.unnamed(func(ctx context.Context, from string, o todo.Options) (todo.Change, error) {
		return s.svc.RenameTag(ctx, c.ns, c.actor, from, "", o)
	})
}

func (c *call) unnamed(change func(context.Context, string, todo.Options) (todo.Change, error)) error {
	if err := c.body(nil, mediaJSON); err != nil {
		return err
	}
	return c.edited(change)
}

// edited makes a change to the list or tag of the path, and answers.
func (c *call) edited(change func(ctx context.Context, name string, o todo.Options) (todo.Change, error)) error {
	made, err := change(c.r.Context(), c.r.PathValue("name"), c.options())
	if err != nil {
		return aboutName(err)
	}
	c.markReplay(made.Replayed)
	return httpx.WriteJSON(c.w, http.StatusOK, api.NewNameEdited(made))
}

// aboutName blames the name, in the path or in the body, for what is wrong with it.
func aboutName(err error) error {
	e := *todo.AsError(err)
	if e.Code == todo.CodeInvalid && e.Field != api.HeaderIdempotencyKey || e.Code == todo.CodeNotFound {
		e.Field = "name"
	}
	return &e
}
