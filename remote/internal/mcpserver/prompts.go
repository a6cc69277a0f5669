package mcpserver

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// prompt is something a person can start a conversation with. What it returns has the
// todos that it is about in it, so that no call is needed first.
type prompt struct {
	name        string
	title       string
	description string
	arguments   []*mcp.PromptArgument
	write       func(context.Context, caller, map[string]string) (*dossier, error)
}

func prompts() []prompt {
	list := &mcp.PromptArgument{Name: "list", Title: "List", Description: "Only TODOs of this list."}
	return []prompt{
		{
			name: "planMyDay", title: "Plan my day", description: "A realistic order for what is due, overdue and most important.",
			arguments: []*mcp.PromptArgument{{Name: "date", Title: "Day", Description: "today, tomorrow, friday or a date. Default today."}, list},
			write:     planMyDay,
		},
		{
			name: "weeklyReview", title: "Weekly review", description: "What got done, what is stuck, and what comes next.",
			arguments: []*mcp.PromptArgument{{Name: "week", Title: "Week", Description: "this week, last week, or a date in it. Default the last seven days."}},
			write:     weeklyReview,
		},
		{
			name: "breakDown", title: "Break down a TODO", description: "Small next steps for one TODO, as its subtasks.",
			arguments: []*mcp.PromptArgument{{Name: "todoID", Title: "TODO", Description: "ID of the TODO.", Required: true}},
			write:     breakDown,
		},
		{
			name: "triage", title: "Triage", description: "Decide what to do with TODOs that have no date and no priority yet.",
			arguments: []*mcp.PromptArgument{{Name: "list", Title: "List", Description: "Default the Inbox."}},
			write:     triage,
		},
	}
}

func (h *Handler) addPrompts(s *mcp.Server) {
	for _, p := range prompts() {
		s.AddPrompt(&mcp.Prompt{Name: p.name, Title: p.title, Description: p.description, Arguments: p.arguments}, h.promptHandler(p))
	}
}

func (h *Handler) promptHandler(p prompt) mcp.PromptHandler {
	return func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		given := map[string]string{}
		for name, value := range req.Params.Arguments {
			given[name] = strings.TrimSpace(value)
		}
		for _, a := range p.arguments {
			if a.Required && given[a.Name] == "" {
				return nil, h.protocolError(&todo.Error{Code: todo.CodeInvalid, Field: a.Name, Message: "the prompt " + p.name + " needs " + a.Name})
			}
		}
		d, err := p.write(ctx, h.callerOf(req), given)
		if err != nil {
			return nil, h.protocolError(err)
		}
		message := &mcp.PromptMessage{Role: "user", Content: &mcp.TextContent{Text: d.text()}}
		return &mcp.GetPromptResult{Description: p.description, Messages: []*mcp.PromptMessage{message}}, nil
	}
}

// Todos that a section of a prompt may have. What is left of the budget decides.
const (
	manyRows = 40
	fewRows  = 15
)

func planMyDay(ctx context.Context, c caller, given map[string]string) (*dossier, error) {
	date, err := c.date("date", given["date"])
	if err != nil {
		return nil, err
	}
	d := c.dossier(fmt.Sprintf("Plan my day: %s.", date.Format("Monday 2006-01-02")),
		"Propose a realistic order with rough times: what is overdue and due first, then the most important of the rest. "+
			"Say what could move to another day. Ask me before you change anything; updateTodos moves dates.")
	list := given["list"]
	if err := d.todos(ctx, "due by then, and overdue", todo.Query{Due: ".." + date.Format(time.DateOnly), List: list}, manyRows); err != nil {
		return nil, err
	}
	if err := d.todos(ctx, "important, no date", todo.Query{Due: "none", Priority: "high", List: list}, fewRows); err != nil {
		return nil, err
	}
	after := date.AddDate(0, 0, 1).Format(time.DateOnly) + ".." + date.AddDate(0, 0, 3).Format(time.DateOnly)
	return d, d.todos(ctx, "due in the three days after", todo.Query{Due: after, List: list}, fewRows)
}

func weeklyReview(ctx context.Context, c caller, given map[string]string) (*dossier, error) {
	from, to, err := c.week(given["week"])
	if err != nil {
		return nil, err
	}
	last := to.AddDate(0, 0, -1)
	d := c.dossier(fmt.Sprintf("Let us do my weekly review: %s to %s.", from.Format("Mon 2006-01-02"), last.Format("Mon 2006-01-02")),
		"Sum up what got done in a few lines. Then go through what is overdue: for each, propose to do it, move it, or drop it. "+
			"End with the three things that matter most next week. Ask me before you change anything.")
	if err := d.completed(ctx, from, to); err != nil {
		return nil, err
	}
	if err := d.todos(ctx, "overdue now", todo.Query{Due: "overdue"}, manyRows); err != nil {
		return nil, err
	}
	next := to.Format(time.DateOnly) + ".." + to.AddDate(0, 0, 6).Format(time.DateOnly)
	return d, d.todos(ctx, "due in the week after", todo.Query{Due: next}, fewRows)
}

func breakDown(ctx context.Context, c caller, given map[string]string) (*dossier, error) {
	id := cleanID(given["todoID"])
	t, err := c.svc.Get(ctx, c.ns, c.actor, id)
	if err == nil && t.Deleted() {
		err = todo.ErrNotFound
	}
	if err != nil {
		return nil, c.explained(ctx, err, id)
	}
	d := c.dossier("Break this TODO down into small steps.",
		"Propose three to seven subtasks, each something I can do in one sitting, in the order to do them; leave out what is there already. "+
			"When I agree, add them with createTodos, parentID "+t.ID+".")
	if t.ParentID != "" {
		d = c.dossier("Break this TODO down into small steps.",
			"It is a subtask itself and cannot have any of its own: propose what to replace it with. When I agree, add them with createTodos, parentID "+t.ParentID+".")
	}
	d.section("the TODO", []row{c.whole(t)}, 0)
	if t.Subtasks.Total == 0 {
		return d, nil
	}
	return d, d.todos(ctx, "its subtasks", todo.Query{Status: todo.StatusAll, ParentID: t.ID}, manyRows)
}

func triage(ctx context.Context, c caller, given map[string]string) (*dossier, error) {
	list := given["list"]
	if list == "" {
		list = todo.Inbox
	}
	d := c.dossier("Help me triage my TODOs.",
		"For each, propose one of: do it today, give it a date, give it a priority, move it to a list, break it down, or drop it. "+
			"Group what belongs together, and name what looks like a duplicate. Ask me, then change them in one call of updateTodos.")
	if err := d.todos(ctx, "no date and no priority", todo.Query{List: list, Due: "none", Priority: "none"}, manyRows); err != nil {
		return nil, err
	}
	return d, d.lists(ctx)
}

// date reads an argument that is a day; today if it is left out.
func (c caller) date(field, text string) (time.Time, error) {
	due, err := when.Parse(text, c.clock)
	if err != nil {
		return time.Time{}, badDate(field, err)
	}
	if due.IsZero() {
		return c.day(c.clock.Now, 0), nil
	}
	return c.day(due.Instant(c.clock.Zone).In(c.clock.Zone), 0), nil
}

// week reads an argument that is a week; the last seven days if it is left out.
func (c caller) week(text string) (from, to time.Time, err error) {
	if text == "" {
		return c.day(c.clock.Now, -6), c.day(c.clock.Now, 1), nil
	}
	if from, to, ok := c.span(text); ok {
		return from, to, nil
	}
	day, err := c.date("week", text)
	if err != nil {
		return from, to, err
	}
	from = c.day(day, -(int(day.Weekday()-c.clock.WeekStart)+7)%7)
	return from, c.day(from, 7), nil
}
