package todo

import "strings"

// The words of Patch.Position.
const (
	atTop      = "top"
	atBottom   = "bottom"
	nextBefore = "before:"
	nextAfter  = "after:"
)

// gap is a place in the manual order: between the SortKeys of two neighbours; ""
// is an end of the list.
type gap struct{ above, below string }

// moved returns the position that puts a todo where a person said: top, bottom,
// before:ID or after:ID. It is the todo's own if it is there already. Positions are
// the whole namespace's: between two neighbours of it is also between any two of a
// list, or of a parent's subtasks.
func (d *draft) moved(t Todo, where string) (string, error) {
	skip := map[string]bool{t.ID: true}
	g, err := d.gap(t, where, skip)
	if err != nil {
		return "", err
	}
	if key := t.SortKey(); t.ID != "" && t.View() == ViewOpen && key > g.above && (g.below == "" || key < g.below) {
		return t.Position, nil
	}
	return d.positionIn(g, skip)
}

func (d *draft) gap(t Todo, where string, skip map[string]bool) (g gap, err error) {
	switch word := strings.ToLower(strings.TrimSpace(where)); {
	case word == atTop:
		g.below, err = d.following("", skip)
	case word == atBottom:
		g.above, err = d.preceding("", skip)
	case strings.HasPrefix(word, nextBefore):
		if g.below, err = d.neighbour(t, word[len(nextBefore):]); err == nil {
			g.above, err = d.preceding(g.below, skip)
		}
	case strings.HasPrefix(word, nextAfter):
		if g.above, err = d.neighbour(t, word[len(nextAfter):]); err == nil {
			g.below, err = d.following(g.above, skip)
		}
	default:
		err = invalid("position", "use top, bottom, before:ID or after:ID", "%q is not a position", where)
	}
	return g, err
}

// neighbour returns the SortKey of the todo that another is moved next to.
func (d *draft) neighbour(t Todo, id string) (string, error) {
	id = strings.TrimSpace(id)
	if id == t.ID && id != "" {
		return "", invalid("position", "name another todo", "a todo cannot be moved next to itself")
	}
	n, err := d.todo(id)
	if err != nil {
		return "", about("position", err)
	}
	if n.View() != ViewOpen {
		return "", invalid("position", "name an open todo: only those have an order of their own", "the todo %q is not open", id)
	}
	return n.SortKey(), nil
}

// bottom returns the position below every other.
func (d *draft) bottom() (string, error) {
	last, err := d.lastPosition()
	return positionAfter(last), err
}

// lastPosition returns the greatest position that was ever given.
func (d *draft) lastPosition() (string, error) {
	if d.lastStored == nil {
		last, err := d.r.LastPosition()
		if err != nil {
			return "", err
		}
		d.lastStored = &last
	}
	return max(*d.lastStored, d.last), nil
}

// positionIn returns a position in a gap. If that would be longer than maxPosition,
// the neighbours are spread anew to make room.
func (d *draft) positionIn(g gap, skip map[string]bool) (string, error) {
	above, below := positionOfKey(g.above), positionOfKey(g.below)
	if below == "" {
		return d.bottom()
	}
	p, ok := positionBetween(above, below) // not ok where two have come to share a position
	if above == "" {
		p, ok = positionBefore(below)
	}
	if ok && len(p) <= maxPosition {
		return p, nil
	}
	return d.spread(g, skip)
}

// spreadTo is how long a position may be after spreading, so that it is not soon
// needed again at the same place.
const spreadTo = maxPosition - 8

// spread gives the neighbours of a gap new positions, so that one fits between
// them, and returns that. It takes as few neighbours as have the room: where many
// moves went to one place, their number is what grew the positions there.
func (d *draft) spread(g gap, skip map[string]bool) (string, error) {
	for n := 4; ; n *= 2 {
		above, low, err := d.neighbours(n, g.above, skip, d.preceding)
		if err != nil {
			return "", err
		}
		below, high, err := d.neighbours(n, g.below, skip, d.following)
		if err != nil {
			return "", err
		}
		if high == "" {
			if high, err = d.bottom(); err != nil {
				return "", err
			}
		}
		positions := make([]string, len(above)+1+len(below))
		if low < high && spreadPositions(positions, low, high, spreadTo) {
			return positions[len(above)], d.reposition(above, below, positions)
		}
	}
}

// neighbours returns the SortKeys of at most n todos on one side of a gap, the
// nearest first, and the position of the one beyond them; "" if there is none.
func (d *draft) neighbours(n int, key string, skip map[string]bool, next func(string, map[string]bool) (string, error)) (keys []string, beyond string, err error) {
	for key != "" && err == nil {
		if len(keys) == n {
			return keys, positionOfKey(key), nil
		}
		keys = append(keys, key)
		key, err = next(key, skip)
	}
	return keys, "", err
}

// reposition gives the neighbours on both sides of a gap their positions. That is
// nothing that anybody did to them: who changed them last, and when, stays.
func (d *draft) reposition(above, below, positions []string) error {
	move := func(key, position string) error {
		t, err := d.todo(KeyID(key))
		if err != nil {
			return err
		}
		moved := t
		moved.Position = position
		d.add(Revision{Before: &t, After: moved, Item: d.item, Follows: true})
		return nil
	}
	for i, key := range above {
		if err := move(key, positions[len(above)-1-i]); err != nil {
			return err
		}
	}
	for i, key := range below {
		if err := move(key, positions[len(above)+1+i]); err != nil {
			return err
		}
	}
	return nil
}

// positionOfKey returns the position in a SortKey of the open view.
func positionOfKey(key string) string {
	position, _, _ := strings.Cut(key, " ")
	return position
}
