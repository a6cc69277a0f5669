package mcpserver

import (
	"context"
	"strings"

	"todo.example/internal/todo"
)

// The two tools that ChatGPT's connectors and deep research call, in the exact
// shapes that they want: one block of text with the data as JSON.

const searchPage = 20

func openAITools() []*tool {
	return []*tool{
		{
			name: "search", title: "Search TODOs", action: todo.Read, run: search, idempotent: true, extra: true, input: inSearch, output: outSearch,
			description: "Find TODOs by words in their title, notes and tags, completed ones included.",
		},
		{
			name: "fetch", title: "Fetch TODO", action: todo.Read, run: fetch, idempotent: true, extra: true, input: inFetch, output: outFetch,
			description: "One TODO with its notes, by the id from search.",
		},
	}
}

type found struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

type searched struct {
	Results []found `json:"results"`
}

func search(ctx context.Context, c caller, a args) (answer, error) {
	p, err := c.svc.List(ctx, c.ns, c.actor, todo.Query{Status: todo.StatusAll, Text: a.text("query"), Limit: searchPage})
	if err != nil {
		return answer{}, err
	}
	r := searched{Results: []found{}}
	for _, t := range p.Todos {
		r.Results = append(r.Results, found{t.ID, t.Text, c.link(t)})
	}
	return answerOf(r)
}

type fetched struct {
	found
	Text     string            `json:"text"`
	Metadata map[string]string `json:"metadata"`
}

func fetch(ctx context.Context, c caller, a args) (answer, error) {
	id := cleanID(a.text("id"))
	t, err := c.svc.Get(ctx, c.ns, c.actor, id)
	if err != nil {
		return answer{}, c.explained(ctx, as("", err), id)
	}
	r := fetched{found: found{t.ID, t.Text, c.link(t)}, Text: strings.TrimSuffix(t.Text+"\n\n"+t.Notes, "\n\n"), Metadata: map[string]string{"status": string(t.View())}}
	i := c.item(t)
	for name, value := range map[string]string{
		"due": i.Due, "repeat": i.Repeat, "priority": i.Priority, "list": i.List, "tags": strings.Join(i.Tags, ", "), "subtasks": i.Subtasks,
		"completedAt": i.CompletedAt, "createdAt": c.local(t.CreatedAt), "createdBy": t.CreatedBy,
	} {
		if value != "" {
			r.Metadata[name] = value
		}
	}
	return answerOf(r)
}

// link returns the address at which a person sees the todo.
func (c caller) link(t todo.Todo) string {
	return c.site + "/todoapp/" + t.ID
}
