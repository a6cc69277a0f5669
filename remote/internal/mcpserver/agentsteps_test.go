package mcpserver_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"todo.example/internal/todo"
)

// person is who owns the list, in the browser.
func (a *agent) person() todo.Actor {
	zone, err := time.LoadLocation(a.zone)
	if err != nil {
		a.t.Fatal(err)
	}
	actor := web
	actor.Zone, actor.WeekStart = zone, time.Monday
	return actor
}

func (a *agent) given(rest string) error {
	name, source, _ := strings.Cut(rest, " ")
	var n todo.New
	if err := json.Unmarshal([]byte(source), &n); err != nil {
		return err
	}
	c, err := a.s.svc.Create(a.t.Context(), "ada", a.person(), []todo.New{n}, todo.Options{})
	if err != nil {
		return err
	}
	made, err := c.One()
	a.ids[name] = made.ID
	return err
}

func (a *agent) fill(rest string) error {
	n, err := strconv.Atoi(rest)
	if err != nil {
		return err
	}
	items := make([]todo.New, n)
	for i := range items {
		items[i].Text = fmt.Sprintf("todo %d", i+1)
	}
	_, err = a.s.svc.Create(a.t.Context(), "ada", a.person(), items, todo.Options{})
	return err
}

func (a *agent) later(rest string) error {
	d, err := time.ParseDuration(rest)
	a.s.clock.advance(d)
	return err
}

func (a *agent) web(rest string) error {
	op, rest, _ := strings.Cut(rest, " ")
	id, source, _ := strings.Cut(rest, " ")
	ctx, who, ids := a.t.Context(), a.person(), []string{id}
	var err error
	switch op {
	case "complete", "reopen":
		_, err = a.s.svc.SetCompleted(ctx, "ada", who, ids, op == "complete", todo.Options{})
	case "delete":
		_, err = a.s.svc.Delete(ctx, "ada", who, ids, todo.Options{})
	case "archive":
		_, err = a.s.svc.ArchiveList(ctx, "ada", who, id, true, todo.Options{})
	case "rename":
		_, err = a.s.svc.RenameList(ctx, "ada", who, id, source, todo.Options{})
	case "edit":
		p := todo.Patch{ID: id}
		if err = json.Unmarshal([]byte(source), &p); err == nil {
			_, err = a.s.svc.Update(ctx, "ada", who, []todo.Patch{p}, todo.Options{})
		}
	default:
		err = fmt.Errorf("the person cannot %s", op)
	}
	return err
}

// zoned says in which zone the person is, as a client that knows it does.
type zoned struct {
	*bearer
	zone string
}

func (z zoned) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Timezone", z.zone)
	return z.bearer.RoundTrip(r)
}

func (a *agent) call(rest string) error {
	if a.session == nil {
		b := newBearer(a.t, token("ada", "client-of-ada", a.scopes...))
		a.session = a.s.connectTo(a.t, a.path, a.version, zoned{b, a.zone}, nil)
		a.outputs = outputsOf(a.t, a.session)
	}
	tool, source, _ := strings.Cut(rest, " ")
	a.result, a.refusal = a.session.CallTool(a.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(source)})
	if a.refusal != nil {
		a.result, a.data = &mcp.CallToolResult{}, nil
		return nil //nolint:nilerr // the step "refused" judges it
	}
	data, err := json.Marshal(a.result.StructuredContent)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &a.data); err != nil {
		return err
	}
	return a.wellFormed(tool)
}

// wellFormed holds every result to what all tools promise.
func (a *agent) wellFormed(tool string) error {
	if output, listed := a.outputs[tool]; listed {
		if err := output.Validate(a.result.StructuredContent); err != nil {
			return fmt.Errorf("the data is not as the schema says: %w", err)
		}
	}
	if hasNull(a.data) {
		return fmt.Errorf("the data has a null: %v", a.data)
	}
	if strings.Contains(a.text(), `\u00`) {
		return fmt.Errorf("the text is escaped for HTML: %s", a.text())
	}
	if !a.result.IsError {
		return nil
	}
	for _, member := range []string{"code", "message", "hint"} {
		if text, _ := a.get(member).(string); text == "" {
			return fmt.Errorf("the failure has no %s: %s", member, a.text())
		}
	}
	if lines := strings.Split(a.text(), "\n"); len(lines) > 3 {
		return fmt.Errorf("the failure has %d lines: %s", len(lines), a.text())
	}
	return nil
}

func hasNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return slices.ContainsFunc(v, hasNull)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasNull)
	}
	return false
}

func (a *agent) text() string { return words(a.result) }

func (a *agent) fails(code string) error {
	if !a.result.IsError {
		return fmt.Errorf("it did not fail: %s", a.text())
	}
	return a.has("code " + strconv.Quote(code))
}

func (a *agent) refused(rest string) error {
	switch {
	case a.refusal == nil:
		return fmt.Errorf("it was not refused: %s", a.text())
	case !strings.Contains(a.refusal.Error(), rest):
		return fmt.Errorf("it was refused otherwise: %w", a.refusal)
	}
	return nil
}

func (a *agent) mentions(rest string, want bool) error {
	if strings.Contains(a.text(), rest) != want {
		return fmt.Errorf("the text is %s", a.text())
	}
	return nil
}

// get returns what the data has at a path, nil if nothing.
func (a *agent) get(path string) any {
	v := a.data
	for name := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

func (a *agent) has(rest string) error {
	path, source, _ := strings.Cut(rest, " ")
	var want any
	if err := json.Unmarshal([]byte(source), &want); err != nil {
		return err
	}
	if got := a.get(path); !reflect.DeepEqual(got, want) {
		return fmt.Errorf("it has %v in %s", got, a.text())
	}
	return nil
}

func (a *agent) count(rest string) error {
	path, n, _ := strings.Cut(rest, " ")
	list, _ := a.get(path).([]any)
	if fmt.Sprint(len(list)) != n {
		return fmt.Errorf("it has %d in %s", len(list), a.text())
	}
	return nil
}

func (a *agent) let(rest string) error {
	name, path, _ := strings.Cut(rest, " ")
	value, ok := a.get(path).(string)
	a.ids[name] = value
	if !ok || value == "" {
		return fmt.Errorf("there is no text in %s", a.text())
	}
	return nil
}

func (a *agent) texts(status todo.Status, rest string) error {
	a.judged = true
	page, err := a.s.svc.List(a.t.Context(), "ada", a.person(), todo.Query{Status: status, Sort: todo.SortOrder})
	if err != nil {
		return err
	}
	var texts []string
	for _, item := range page.Todos {
		texts = append(texts, item.Text)
	}
	if got := strings.Join(texts, " | "); got != rest {
		return fmt.Errorf("there are: %s", got)
	}
	return nil
}

func (a *agent) todo(rest string) error {
	a.judged = true
	id, source, _ := strings.Cut(rest, " ")
	t, err := a.s.svc.Get(a.t.Context(), "ada", a.person(), id)
	if err != nil {
		return err
	}
	var got, want map[string]any
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &got); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(source), &want); err != nil {
		return err
	}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			return fmt.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	return nil
}
