package rest

import (
	"todo.example/internal/todo"
)

func (s *Server) move(c *call) error {
	p, err := readMove(c)
	if err != nil {
		return err
	}
	change, err := s.svc.Update(c.r.Context(), c.ns, c.actor, []todo.Patch{p}, c.options())
	if err != nil {
		return err
	}
	return s.changedOne(c, change)
}

// readMove returns the patch that a move is.
func readMove(c *call) (todo.Patch, error) {
	p := todo.Patch{ID: c.r.PathValue("id")}
	var list, parent nullable[string]
	var position, before, after string
	err := c.body(fields{"list": &list, "parentID": &parent, "position": &position, "before": &before, "after": &after}, mediaJSON)
	if err != nil {
		return p, err
	}
	p.List, p.ParentID = list.value, parent.value
	said := 0
	for _, place := range []struct{ prefix, where string }{{"", position}, {"before:", before}, {"after:", after}} {
		if place.where != "" {
			said++
			p.Position = place.prefix + place.where
		}
	}
	switch {
	case said > 1:
		return p, invalid("position", "the body says more than once where the todo is to go", "send one of position, before and after")
	case p.Empty():
		return p, invalid("position", "the body does not say where the todo is to go", "send list, parentID, position, before or after")
	}
	return p, nil
}
