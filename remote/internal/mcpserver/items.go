package mcpserver

import (
	"fmt"
	"slices"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// item is a todo as tools show it. What is empty is left out: each member costs.
type item struct {
	ID          string   `json:"id"`
	Text        string   `json:"text"`
	Completed   bool     `json:"completed"`
	Due         string   `json:"due,omitempty"`
	Overdue     bool     `json:"overdue,omitempty"`
	Repeat      string   `json:"repeat,omitempty"` // in words
	Priority    string   `json:"priority,omitempty"`
	List        string   `json:"list,omitempty"`
	Tags        []string `json:"tags,omitzero"`
	ParentID    string   `json:"parentID,omitempty"`
	Subtasks    string   `json:"subtasks,omitempty"` // "1/3"
	HasNotes    bool     `json:"hasNotes,omitempty"`
	CompletedAt string   `json:"completedAt,omitempty"`
	Deleted     bool     `json:"deleted,omitempty"` // is in the trash

	Next         *next `json:"next,omitempty"`         // what completing a repeating todo made
	WithSubtasks int   `json:"withSubtasks,omitempty"` // subtasks that changed along with it

	// Of getTodo only.
	Notes     string `json:"notes,omitempty"`
	CreatedAt string `json:"createdAt,omitempty"`
	CreatedBy string `json:"createdBy,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`
}

// next is the follow-up of a repeating todo.
type next struct {
	ID  string `json:"id"`
	Due string `json:"due"`
}

// brief is a todo where it is only named.
type brief struct {
	ID        string `json:"id"`
	Text      string `json:"text"`
	Completed bool   `json:"completed"`
}

// item returns a todo as lists show it.
func (c caller) item(t todo.Todo) item {
	i := item{
		ID: t.ID, Text: t.Text, Completed: t.Completed, Due: short(t.Due), Repeat: words(t.Repeat), Priority: string(t.Priority), List: t.List,
		ParentID: t.ParentID, HasNotes: t.Notes != "", CompletedAt: c.local(t.CompletedAt), Deleted: t.Deleted(),
		Overdue: t.Overdue(c.clock),
	}
	if len(t.Tags) > 0 {
		i.Tags = t.Tags
	}
	if t.Subtasks.Total > 0 {
		i.Subtasks = fmt.Sprintf("%d/%d", t.Subtasks.Done, t.Subtasks.Total)
	}
	return i
}

// delta returns what an edit left of a todo: what it is known by, when it is due,
// and what the edit changed. What was cleared is "none", as it is asked for.
func (c caller) delta(e todo.Revision) item {
	before, after := todo.Todo{}, e.After
	if e.Before != nil {
		before = *e.Before
	}
	i := item{
		ID: after.ID, Text: after.Text, Completed: after.Completed, Deleted: after.Deleted(),
		Due:      short(after.Due),
		Repeat:   changedTo(words(before.Repeat), words(after.Repeat), clearing),
		Priority: changedTo(string(before.Priority), string(after.Priority), clearing),
		List:     changedTo(before.List, after.List, todo.Inbox),
		ParentID: changedTo(before.ParentID, after.ParentID, clearing),
	}
	if before.Due != "" && after.Due == "" {
		i.Due = clearing
	}
	if after.Due != before.Due {
		i.Overdue = after.Overdue(c.clock)
	}
	if !slices.Equal(before.Tags, after.Tags) {
		i.Tags = append([]string{}, after.Tags...)
	}
	return i
}

// clearing is how tools say that there is none, in arguments and in results: ""
// means that a model left it out.
const clearing = "none"

// changedTo returns the new value, or cleared in place of none; "" if it is the old.
func changedTo(before, after, cleared string) string {
	switch {
	case before == after:
		return ""
	case after == "":
		return cleared
	}
	return after
}

// short returns a due without the seconds, which are always zero.
func short(due string) string {
	const minutes, seconds = len("2006-01-02T15:04"), len("2006-01-02T15:04:05")
	if len(due) <= seconds {
		return due
	}
	return due[:minutes] + due[seconds:]
}

// words returns a repeat rule as people say it.
func words(rule string) string {
	if rule == "" {
		return ""
	}
	return when.DescribeRepeat(rule)
}

// human returns a todo's due with its weekday, which models get wrong.
func (c caller) human(t todo.Todo) string {
	return t.When().Human(c.clock)
}

// local returns a time as the person's clock showed it; "" for none.
func (c caller) local(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(c.clock.Zone).Format("2006-01-02T15:04Z07:00")
}

// present is what time it is for the person.
type present struct {
	Now      string `json:"now"`
	Timezone string `json:"timezone"`
}

func (c caller) present() present {
	return present{Now: c.clock.Now.Format("Mon 2006-01-02 15:04"), Timezone: c.clock.Zone.String()}
}
