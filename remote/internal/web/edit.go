package web

import (
	"net/http"
	"net/url"
	"strconv"

	"todo.example/internal/api"
	"todo.example/internal/todo"
	"todo.example/remote/internal/httpx"
)

// Priorities are what the form offers.
func (todoPage) Priorities() []string {
	return []string{"", string(todo.PriorityHigh), string(todo.PriorityMedium), string(todo.PriorityLow)}
}

// todoPage is what the page of one todo shows.
type todoPage struct {
	Todo    todo.Todo
	Text    string // as it is being edited
	Notes   string
	Fields  fields
	Lists   []todo.Name // to choose from
	By      string
	Problem string
	Theirs  *todo.Todo // what someone else made of it meanwhile
}

func (p *Pages) add(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	ns, actor := caller(r)
	text := r.PostForm.Get("text")
	draft := todo.ParseQuickAdd(text, actor, p.config.Now())
	if notes := r.PostForm.Get("notes"); notes != "" {
		draft.Notes = notes
	}
	c, err := p.svc.Create(r.Context(), ns, actor, []todo.New{draft}, todo.Options{IdempotencyKey: r.PostForm.Get("key")})
	if err == nil {
		_, err = c.One()
	}
	switch todo.AsError(err).Code {
	case todo.CodeInvalid, todo.CodeInvalidDate, todo.CodeQuota:
		return p.addAgain(w, r, text, err)
	}
	return p.changed(w, r, c, err)
}

// addAgain shows the list with what was typed and why it could not be added.
func (p *Pages) addAgain(w http.ResponseWriter, r *http.Request, draft string, problem error) error {
	page, err := p.readList(r, todo.StatusOpen, "")
	if err != nil {
		return err
	}
	e := todo.AsError(problem)
	page.Draft, page.Problem = draft, sentence(e.Message)+" "+sentence(e.Hint)
	return p.showList(w, r, api.Status(e.Code), page)
}

// act does what a row's buttons say.
func (p *Pages) act(w http.ResponseWriter, r *http.Request) error {
	ns, actor := caller(r)
	ids := []string{r.PathValue("id")}
	var c todo.Change
	var err error
	switch r.PathValue("verb") {
	case "complete":
		c, err = p.svc.SetCompleted(r.Context(), ns, actor, ids, true, todo.Options{})
	case "reopen":
		c, err = p.svc.SetCompleted(r.Context(), ns, actor, ids, false, todo.Options{})
	case "delete":
		c, err = p.svc.Delete(r.Context(), ns, actor, ids, todo.Options{})
	case "restore":
		c, err = p.svc.Restore(r.Context(), ns, actor, ids, todo.Options{})
	default:
		return p.nothing(w, r)
	}
	if err == nil {
		_, err = c.One()
	}
	return p.changed(w, r, c, err)
}

func (p *Pages) undo(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	ns, actor := caller(r)
	id := r.PostForm.Get("change")
	if _, err := todo.ParseChangeID(id); err != nil {
		return err
	}
	// The key makes of a double click one undo.
	c, err := p.svc.Undo(r.Context(), ns, actor, id, todo.Options{IdempotencyKey: "undo-" + id})
	return p.changed(w, r, c, err)
}

// changed answers a form that made a change: back to the list, which then says
// what was done and offers to undo it.
func (p *Pages) changed(w http.ResponseWriter, r *http.Request, c todo.Change, err error) error {
	if err != nil {
		return err
	}
	if c.Rev == 0 { // it already was as asked
		return seeOther(w, r, pathList)
	}
	return seeOther(w, r, pathList+"?"+url.Values{"change": {c.ID()}}.Encode())
}

func (p *Pages) open(w http.ResponseWriter, r *http.Request) error {
	t, err := p.one(r)
	if err != nil {
		return err
	}
	return p.showTodo(w, r, http.StatusOK, todoPage{Todo: t, Text: t.Text, Notes: t.Notes, Fields: p.fieldsOf(r, t)})
}

func (p *Pages) one(r *http.Request) (todo.Todo, error) {
	ns, actor := caller(r)
	return p.svc.Get(r.Context(), ns, actor, r.PathValue("id"))
}

func (p *Pages) fieldsOf(r *http.Request, t todo.Todo) fields {
	_, actor := caller(r)
	return fieldsOf(t, p.clock(actor))
}

func (p *Pages) showTodo(w http.ResponseWriter, r *http.Request, status int, page todoPage) error {
	ns, actor := caller(r)
	lists, err := p.svc.Lists(r.Context(), ns, actor)
	if err != nil {
		return err
	}
	page.Lists, page.By = lists, provenance(page.Todo)
	return p.render(w, r, status, "todo", view{Title: shorten(page.Todo.Text), Body: page})
}

// save changes a todo, unless someone else did since the form was shown: then the
// person sees both and saves again.
func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	text, notes := r.PostForm.Get("text"), r.PostForm.Get("notes")
	rev, err := strconv.ParseUint(r.PostForm.Get("rev"), 10, 64)
	if err != nil {
		return &todo.Error{Code: todo.CodeBadRequest, Message: "the form is not complete", Hint: "open the todo again", Cause: err}
	}
	now, err := p.one(r)
	if err != nil {
		return err
	}
	was := p.fieldsOf(r, now)
	wanted := was.sent(r.PostForm)
	patch := todo.Patch{ID: now.ID, Text: &text, Notes: &notes, IfRev: rev}
	wanted.patch(was, &patch)
	ns, actor := caller(r)
	c, err := p.svc.Update(r.Context(), ns, actor, []todo.Patch{patch}, todo.Options{})
	if err == nil {
		_, err = c.One()
	}
	switch todo.AsError(err).Code {
	case todo.CodeInvalid, todo.CodeInvalidDate, todo.CodePrecondition:
		return p.saveAgain(w, r, todoPage{Text: text, Notes: notes, Fields: wanted}, err)
	}
	return p.changed(w, r, c, err)
}

// saveAgain shows the form with what was typed and why it could not be saved.
func (p *Pages) saveAgain(w http.ResponseWriter, r *http.Request, page todoPage, problem error) error {
	t, err := p.one(r)
	if err != nil {
		return err
	}
	e := todo.AsError(problem)
	httpx.Cause(r, problem)
	page.Todo, page.Problem = t, sentence(e.Message)+" "+sentence(e.Hint)
	if e.Code == todo.CodePrecondition {
		page.Theirs, page.Problem = &t, ""
	}
	return p.showTodo(w, r, api.Status(e.Code), page)
}
