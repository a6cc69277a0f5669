package mcpserver

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/exchange"
	"todo.example/internal/todo"
)

const maxCompletions = 100 // MCP's own limit

// complete suggests values for the variables of the templates and the arguments of
// the prompts.
func (h *Handler) complete(ctx context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	values, err := h.callerOf(req).completions(ctx, completed(req.Params), req.Params.Argument.Value)
	if err != nil {
		return nil, h.protocolError(err)
	}
	result := &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}, Total: len(values)}}
	if len(values) > maxCompletions {
		values, result.Completion.HasMore = values[:maxCompletions], true
	}
	result.Completion.Values = append(result.Completion.Values, values...)
	return result, nil
}

// completed returns what kind of value is asked for: as a template's variable is
// called, or a prompt's argument.
func completed(p *mcp.CompleteParams) string {
	name := p.Argument.Name
	if p.Ref.Type == "ref/prompt" {
		if i := slices.IndexFunc(prompts(), func(q prompt) bool { return q.name == p.Ref.Name }); i >= 0 {
			return "argument " + name
		}
		return ""
	}
	switch p.Ref.URI {
	case templateTodo, templateList, templateTag, templateExport:
		return p.Ref.URI + " " + name
	}
	return ""
}

func (c caller) completions(ctx context.Context, what, given string) ([]string, error) {
	switch what {
	case templateTodo + " id", "argument todoID":
		return c.idsLike(ctx, given)
	case templateList + " name", "argument list":
		names, err := c.svc.Lists(ctx, c.ns, c.actor)
		return namesLike(names, given), err
	case templateTag + " name":
		names, err := c.svc.Tags(ctx, c.ns, c.actor)
		return namesLike(names, given), err
	case templateExport + " format":
		return like(exchange.Writable(), given), nil
	case "argument date":
		return like(append([]string{"today", "tomorrow"}, weekdays(c)...), given), nil
	case "argument week":
		return like([]string{"this week", "last week"}, given), nil
	}
	return nil, nil
}

// weekdays names the days from the day after tomorrow on.
func weekdays(c caller) []string {
	var days []string
	for after := 2; after <= 6; after++ {
		days = append(days, strings.ToLower(c.day(c.clock.Now, after).Weekday().String()))
	}
	return days
}

// idsLike returns the ids of open todos that begin as what is given, and of those
// that its words find.
func (c caller) idsLike(ctx context.Context, given string) ([]string, error) {
	open := todo.Query{Status: todo.StatusOpen, Limit: todo.MaxPage}
	page, err := c.svc.List(ctx, c.ns, c.actor, open)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range page.Todos {
		if strings.HasPrefix(t.ID, strings.ToLower(given)) {
			ids = append(ids, t.ID)
		}
	}
	open.Text = onlyWords(given)
	if open.Text == "" {
		return ids, nil
	}
	if page, err = c.svc.List(ctx, c.ns, c.actor, open); err != nil {
		return nil, err
	}
	for _, t := range page.Todos {
		if !slices.Contains(ids, t.ID) {
			ids = append(ids, t.ID)
		}
	}
	return ids, nil
}

// onlyWords leaves out all that the search has a meaning for.
func onlyWords(text string) string {
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) }
	return strings.Join(strings.FieldsFunc(cut(text), between), " ")
}

func namesLike(names []todo.Name, given string) []string {
	var shown []string
	for _, n := range names {
		if !n.Archived {
			shown = append(shown, n.Name)
		}
	}
	return like(shown, given)
}

// like returns the names that begin as what is given, then those that hold it.
func like(names []string, given string) []string {
	given = todo.FoldName(strings.TrimSpace(given))
	var begin, hold []string
	for _, n := range names {
		switch folded := todo.FoldName(n); {
		case strings.HasPrefix(folded, given):
			begin = append(begin, n)
		case strings.Contains(folded, given):
			hold = append(hold, n)
		}
	}
	return append(begin, hold...)
}
