package web

import (
	"net/http"
	"strings"

	"todo.example/internal/todo"
)

// flash is a message about a change, with the way to take it back.
type flash struct {
	Text   string
	Undo   string // the change to undo; "" where it cannot be
	Button string
}

// flash describes the change that the address names. The address holds nothing
// but its id; what it did is read from the journal. No message if there is none.
func (p *Pages) flash(r *http.Request, changeID string) *flash {
	c, ok := p.change(r, changeID)
	if !ok {
		return nil
	}
	if c.UndoneBy != 0 {
		return &flash{Text: "Undone: " + deed(c)}
	}
	f := &flash{Text: capital(deed(c)), Undo: c.ID(), Button: "Undo"}
	if undone, ok := p.change(r, todo.Change{Rev: c.Undoes}.ID()); ok {
		f.Text, f.Button = "Undone: "+deed(undone), "Redo"
	}
	return f
}

func (p *Pages) change(r *http.Request, id string) (todo.Change, bool) {
	rev, err := todo.ParseChangeID(id)
	if err != nil {
		return todo.Change{}, false
	}
	ns, actor := caller(r)
	log, err := p.svc.Changes(r.Context(), ns, actor, rev-1, 1)
	if err != nil || len(log.Changes) == 0 || log.Changes[0].Rev != rev {
		return todo.Change{}, false
	}
	return log.Changes[0], true
}

// deed says what a change did, as in: added by Claude: “Buy milk”.
func deed(c todo.Change) string {
	verb := string(c.Kind)
	switch c.Kind {
	case todo.Created:
		verb = "added"
	case todo.Updated:
		verb = "changed"
	}
	if len(c.Edits) == 1 {
		return doer(verb, c) + " “" + shorten(c.Edits[0].After.Text) + "”"
	}
	return doer(verb, c) + " " + count(len(c.Edits), "todo")
}

// doer adds to a verb who did it, unless that was done in a browser.
func doer(verb string, c todo.Change) string {
	if who := by(c.By); who != "" {
		return verb + " " + who + ":"
	}
	return verb
}

const maxMention = 60 // characters of a todo's text in a message

func shorten(text string) string {
	if runes := []rune(text); len(runes) > maxMention {
		return strings.TrimSpace(string(runes[:maxMention])) + "…"
	}
	return text
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
