package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/internal/when"
	"todo.example/remote/internal/auth"
	"todo.example/remote/internal/httpx"
)

const (
	recentlyDone = 20  // completed todos below the open ones
	maxPreview   = 120 // characters of the notes in a row
)

// listPage is what the list shows: the open todos with the latest completed ones
// below, or the completed ones, or the trash.
type listPage struct {
	Status    todo.Status
	Path      string
	Rows      []row
	Done      []row
	Counts    todo.Counts
	Rev       uint64
	Next      string // where the following page is; "" on the last
	Later     bool   // not the first page
	Flash     *flash
	Draft     string // what was typed, when it could not be added
	Problem   string // why not
	RequestID string // makes a repeated add one add
}

// row is one todo of a list.
type row struct {
	ID, Text string
	Notes    string // the beginning of them
	Facts    []fact
	By       string // who added, changed or completed it, if not the person here
	Done     bool
	Deleted  time.Time
}

// caller is on whose behalf the service is asked.
func caller(r *http.Request) (todo.Namespace, todo.Actor) {
	p := auth.FromContext(r.Context())
	return p.Namespace(), p.Actor(api.ByWeb)
}

func (p *Pages) list(status todo.Status) httpx.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := p.readList(r, status, r.URL.Query().Get("after"))
		if err != nil {
			return err
		}
		page.Flash = p.flash(r, r.URL.Query().Get("change"))
		return p.showList(w, r, http.StatusOK, page)
	}
}

func (p *Pages) showList(w http.ResponseWriter, r *http.Request, status int, page listPage) error {
	titles := map[todo.Status]string{todo.StatusOpen: "Todos", todo.StatusCompleted: "Completed", todo.StatusTrash: "Trash"}
	return p.render(w, r, status, "list", view{Title: titles[page.Status], Nav: string(page.Status), Body: page})
}

func (p *Pages) readList(r *http.Request, status todo.Status, after string) (listPage, error) {
	ns, actor := caller(r)
	found, err := p.svc.List(r.Context(), ns, actor, todo.Query{Status: status, Cursor: after, Limit: todo.MaxPage})
	if err != nil {
		return listPage{}, err
	}
	page := listPage{Status: status, Path: pathList, Rows: rows(found.Todos, p.clock(actor)), Counts: found.Counts, Rev: found.Rev, Later: after != "", RequestID: httpx.RequestID(r.Context())}
	if status != todo.StatusOpen {
		page.Path += "/" + string(status)
	}
	if found.NextCursor != "" {
		page.Next = page.Path + "?" + url.Values{"after": {found.NextCursor}}.Encode()
		return page, nil
	}
	if status == todo.StatusOpen {
		page.Done, err = p.recentlyDone(r.Context(), ns, actor)
	}
	return page, err
}

func (p *Pages) recentlyDone(ctx context.Context, ns todo.Namespace, actor todo.Actor) ([]row, error) {
	done, err := p.svc.List(ctx, ns, actor, todo.Query{Status: todo.StatusCompleted, Limit: recentlyDone})
	return rows(done.Todos, p.clock(actor)), err
}

// clock is the moment and the place in which dates are shown and understood.
func (p *Pages) clock(actor todo.Actor) when.Clock {
	return actor.Clock(p.config.Now())
}

func rows(todos []todo.Todo, c when.Clock) []row {
	out := make([]row, len(todos))
	for i, t := range todos {
		out[i] = row{ID: t.ID, Text: t.Text, Notes: preview(t.Notes), Facts: facts(t, c), By: provenance(t), Done: t.Completed, Deleted: t.DeletedAt}
	}
	return out
}

// preview is the first line of the notes.
func preview(notes string) string {
	line, _, more := strings.Cut(strings.TrimSpace(notes), "\n")
	if runes := []rune(line); len(runes) > maxPreview {
		return string(runes[:maxPreview]) + "…"
	}
	if more {
		return line + " …"
	}
	return line
}

// provenance says who made a todo what it is, where that was not done in a browser.
func provenance(t todo.Todo) string {
	switch added, changed := by(t.CreatedBy), by(t.UpdatedBy); {
	case t.Deleted() && changed != "":
		return "deleted " + changed
	case t.Completed && changed != "":
		return "completed " + changed
	case added != "" && (t.UpdatedBy == t.CreatedBy || changed == ""):
		return "added " + added
	case added != "":
		return "added " + added + ", changed " + changed
	case changed != "":
		return "changed " + changed
	}
	return ""
}

// by names who did something, as the end of a phrase; "" for the browser.
func by(name string) string {
	switch name {
	case api.ByWeb:
		return ""
	case api.ByCLI:
		return "in the terminal"
	}
	return "by " + clientName(name)
}

// ago says how long ago a time is, roughly: the server does not know the person's
// time zone.
func (p *Pages) ago(t time.Time) string {
	d := p.config.Now().Sub(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute") + " ago"
	case d < 24*time.Hour:
		return count(int(d/time.Hour), "hour") + " ago"
	}
	return count(int(d/(24*time.Hour)), "day") + " ago"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
