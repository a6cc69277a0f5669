package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// fact is what a row says of a todo besides its text.
type fact struct {
	Kind string // its look: "late", "today", "high" or ""
	Text string
}

// facts are a todo's in the order in which a person asks: when, how much it matters,
// where it belongs.
func facts(t todo.Todo, c when.Clock) []fact {
	var all []fact
	if t.Due != "" {
		all = append(all, dueFact(t, c))
	}
	if t.Repeat != "" {
		all = append(all, fact{Text: "↻ " + when.DescribeRepeat(t.Repeat)})
	}
	if t.Priority != todo.PriorityNone {
		all = append(all, fact{Kind: string(t.Priority), Text: capital(string(t.Priority))})
	}
	if t.Subtasks.Total > 0 {
		all = append(all, fact{Text: strconv.Itoa(t.Subtasks.Done) + "/" + strconv.Itoa(t.Subtasks.Total) + " subtasks"})
	}
	if t.List != "" {
		all = append(all, fact{Text: t.List})
	}
	for _, tag := range t.Tags {
		all = append(all, fact{Text: "#" + tag})
	}
	return all
}

// dueFact says when in words; that it is late is said too, not only coloured.
func dueFact(t todo.Todo, c when.Clock) fact {
	due := t.When()
	date := due.DateIn(c.Zone)
	text := dayWords(date, c)
	if due.HasTime() {
		text += " " + due.Instant(c.Zone).In(c.Zone).Format("15:04")
	}
	switch {
	case t.View() != todo.ViewOpen:
		return fact{Text: text}
	case t.Overdue(c):
		return fact{"late", "Overdue: " + text}
	case date == c.Today():
		return fact{"today", capital(text)}
	}
	return fact{Text: capital(text)}
}

// dayWords names a date by its distance: "today", "Fri", "27 Nov", "27 Nov 2027".
func dayWords(date string, c when.Clock) string {
	if word, ok := c.NearDay(date); ok {
		return word
	}
	day, err := time.Parse(time.DateOnly, date)
	switch {
	case err != nil:
		return date
	case day.Year() == c.Now.In(c.Zone).Year():
		return day.Format("2 Jan")
	}
	return day.Format("2 Jan 2006")
}

// fields are the members of a todo that its form holds besides text and notes, as
// the person reads and writes them.
type fields struct {
	Due, Repeat, Priority, List, Tags string
}

func fieldsOf(t todo.Todo, c when.Clock) fields {
	return fields{
		Due:      t.When().Human(c),
		Repeat:   when.DescribeRepeat(t.Repeat),
		Priority: string(t.Priority),
		List:     t.List,
		Tags:     strings.Join(t.Tags, " "),
	}
}

// sent returns the fields of a form; what it lacks is as it was.
func (f fields) sent(form url.Values) fields {
	for name, field := range f.byName() {
		if form.Has(name) {
			*field = strings.TrimSpace(form.Get(name))
		}
	}
	return f
}

func (f *fields) byName() map[string]*string {
	return map[string]*string{"due": &f.Due, "repeat": &f.Repeat, "priority": &f.Priority, "list": &f.List, "tags": &f.Tags}
}

// patch sets in p what differs from the fields as they were, so that a date that
// nobody touched is not read anew.
func (f fields) patch(was fields, p *todo.Patch) {
	set := func(before, after string) *string {
		if before == after {
			return nil
		}
		return &after
	}
	p.Due, p.Repeat, p.Priority, p.List = set(was.Due, f.Due), set(was.Repeat, f.Repeat), set(was.Priority, f.Priority), set(was.List, f.List)
	if f.Tags != was.Tags {
		tags := strings.FieldsFunc(f.Tags, func(r rune) bool { return r == ' ' || r == ',' })
		p.Tags = &tags
	}
}
