package tui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/client"
	"todo.example/internal/todo"
	"todo.example/internal/todo/todotest"
)

const ns = todo.Namespace("ada")

// site is the real service behind as much of the API as the view uses, without a
// network: so a test has its own clock.
type site struct {
	t    *testing.T
	svc  *todo.Service
	mux  *http.ServeMux
	mu   sync.Mutex
	down bool
	stop chan struct{} // closed to end the streams
}

func newSite(t *testing.T) *site {
	s := &site{t: t, svc: todo.NewService(todotest.NewStore(), time.Now), mux: http.NewServeMux(), stop: make(chan struct{})}
	for pattern, serve := range map[string]func(*http.Request) (any, error){
		"GET /api/todos": s.list,
		"GET /api/todos/{id}": func(r *http.Request) (any, error) {
			return s.svc.Get(r.Context(), ns, s.as(api.ByCLI), r.PathValue("id"))
		},
		"GET /api/overview":             s.overview,
		"POST /api/quickadd":            s.quickAdd,
		"PATCH /api/todos/{id}":         s.patch,
		"POST /api/todos/{id}/move":     s.move,
		"POST /api/todos/{id}/complete": func(r *http.Request) (any, error) { return s.complete(r, true) },
		"POST /api/todos/{id}/reopen":   func(r *http.Request) (any, error) { return s.complete(r, false) },
		"DELETE /api/todos/{id}":        s.delete,
		"POST /api/todos/{id}/restore":  s.restore,
		"POST /api/changes/{id}/undo":   s.undo,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answer(w, r, serve) })
	}
	return s
}

func answer(w http.ResponseWriter, r *http.Request, serve func(*http.Request) (any, error)) {
	body, err := serve(r)
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(body)
		return
	}
	p := api.NewProblem(err, "")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

func (s *site) as(name string) todo.Actor {
	return todo.Actor{Name: name, Subject: "ada", Allowed: todo.Everything}
}

// RoundTrip implements http.RoundTripper.
func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	if r.URL.Path == api.PathEvents {
		return s.events(r)
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	return w.Result(), nil
}

// reach puts the site within reach or out of it.
func (s *site) reach(up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = !up
	if !up {
		close(s.stop)
		s.stop = make(chan struct{})
	}
}

func (s *site) events(r *http.Request) (*http.Response, error) {
	watch, err := s.svc.Watch(ns, s.as(api.ByCLI))
	if err != nil {
		return nil, err
	}
	var since uint64
	fmt.Sscan(r.Header.Get("Last-Event-ID"), &since)
	here, there := io.Pipe()
	go func(stop <-chan struct{}) {
		defer watch.Close()
		defer there.Close()
		for {
			log, err := s.svc.Changes(context.Background(), ns, s.as(api.ByCLI), since, 0)
			if err != nil {
				return
			}
			for _, c := range log.Changes {
				data, _ := json.Marshal(api.NewChange(c))
				if _, err := fmt.Fprintf(there, "event: todo.%s\nid: %d\ndata: %s\n\n", c.Kind, c.Rev, data); err != nil {
					return
				}
				since = c.Rev
			}
			select {
			case <-watch.C:
			case <-r.Context().Done():
				return
			case <-stop:
				return
			}
		}
	}(s.stop)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: here, Request: r}, nil
}

func (s *site) list(r *http.Request) (any, error) {
	v := r.URL.Query()
	q := todo.Query{Status: todo.Status(v.Get("status")), Text: v.Get("q"), Due: v.Get("due"), List: v.Get("list"), Sort: todo.Sort(v.Get("sort")), Cursor: v.Get("cursor")}
	fmt.Sscan(v.Get("limit"), &q.Limit)
	page, err := s.svc.List(r.Context(), ns, s.as(api.ByCLI), q)
	return api.Todos{Todos: page.Todos, Total: page.Total, NextCursor: page.NextCursor, Rev: page.Rev}, err
}

func (s *site) overview(r *http.Request) (any, error) {
	o, err := s.svc.Overview(r.Context(), ns, s.as(api.ByCLI))
	return api.NewOverview(o, time.Now()), err
}

func (s *site) quickAdd(r *http.Request) (any, error) {
	var body api.QuickAdd
	json.NewDecoder(r.Body).Decode(&body)
	item := todo.ParseQuickAdd(body.Text, s.as(api.ByCLI), time.Now())
	if r.URL.Query().Get("dryRun") != "" {
		t, err := s.svc.Preview(r.Context(), ns, s.as(api.ByCLI), item)
		return api.NewDraft(t), err
	}
	return changed(s.svc.Create(r.Context(), ns, s.as(api.ByCLI), []todo.New{item}, todo.Options{}))
}

func (s *site) patch(r *http.Request) (any, error) {
	var p todo.Patch
	json.NewDecoder(r.Body).Decode(&p)
	p.ID = r.PathValue("id")
	fmt.Sscanf(r.Header.Get("If-Match"), `"r%d"`, &p.IfRev)
	return changed(s.svc.Update(r.Context(), ns, s.as(api.ByCLI), []todo.Patch{p}, todo.Options{}))
}

func (s *site) move(r *http.Request) (any, error) {
	var to api.Move
	json.NewDecoder(r.Body).Decode(&to)
	p := todo.Patch{ID: r.PathValue("id"), Position: "before:" + to.Before}
	if to.After != "" {
		p.Position = "after:" + to.After
	}
	return changed(s.svc.Update(r.Context(), ns, s.as(api.ByCLI), []todo.Patch{p}, todo.Options{}))
}

func (s *site) complete(r *http.Request, done bool) (any, error) {
	return changed(s.svc.SetCompleted(r.Context(), ns, s.as(api.ByCLI), []string{r.PathValue("id")}, done, todo.Options{}))
}

func (s *site) delete(r *http.Request) (any, error) {
	return changed(s.svc.Delete(r.Context(), ns, s.as(api.ByCLI), []string{r.PathValue("id")}, todo.Options{}))
}

func (s *site) restore(r *http.Request) (any, error) {
	return changed(s.svc.Restore(r.Context(), ns, s.as(api.ByCLI), []string{r.PathValue("id")}, todo.Options{}))
}

func (s *site) undo(r *http.Request) (any, error) {
	id := r.PathValue("id")
	if id == api.LastChange {
		id = ""
	}
	c, err := s.svc.Undo(r.Context(), ns, s.as(api.ByCLI), id, todo.Options{})
	return api.NewChange(c), err
}

func changed(c todo.Change, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	t, err := c.One()
	answer := api.Changed{Todo: &t, Changed: c.Rev > 0, ChangeID: c.ID()}
	if next, ok := c.Next(); ok {
		answer.Next = &next
	}
	return answer, err
}

// add makes todos of quick-add texts, as somebody.
func (s *site) add(by string, texts ...string) []todo.Todo {
	s.t.Helper()
	var items []todo.New
	for _, text := range texts {
		items = append(items, todo.ParseQuickAdd(text, s.as(by), time.Now()))
	}
	c, err := s.svc.Create(context.Background(), ns, s.as(by), items, todo.Options{Atomic: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return c.Todos()
}

// texts says what a view holds, each todo as "text" or "text !priority due".
func (s *site) texts(status todo.Status) string {
	s.t.Helper()
	page, err := s.svc.List(context.Background(), ns, s.as(api.ByCLI), todo.Query{Status: status})
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, t := range page.Todos {
		said := t.Text
		if t.Priority != "" {
			said += " !" + string(t.Priority)
		}
		if t.Due != "" {
			said += " " + t.Due
		}
		all = append(all, said)
	}
	return strings.Join(all, ", ")
}

func (s *site) client() *client.Client {
	s.t.Helper()
	c, err := client.New("http://todo.test", &http.Client{Transport: s})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}
