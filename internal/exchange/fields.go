package exchange

import (
	"errors"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// lose keeps what a todo has no place for in its notes, as it was written.
func (f *found) lose(label, value string) {
	if f.Todo.Notes != "" {
		f.Todo.Notes = strings.TrimRight(f.Todo.Notes, "\n") + "\n"
	}
	f.Todo.Notes += label + ": " + value
}

// due reads when a todo is due: exact, or as a person says it.
func (c *collector) due(f *found, value, zone string) {
	value, zone = strings.TrimSpace(value), strings.TrimSpace(zone)
	if value == "" {
		return
	}
	d, err := c.parseDue(value, zone)
	if err != nil {
		c.lost(f, "Due", value, err)
		return
	}
	f.Todo.Due, f.Todo.Timezone = d.At, d.Zone
}

func (c *collector) parseDue(value, zone string) (when.Due, error) {
	iso := strings.Replace(value, " ", "T", 1)
	if len(value) == len(time.DateOnly) {
		if d, err := when.Valid(value, ""); err == nil {
			return d, nil
		}
	}
	if zone == "" {
		zone = c.zone().String()
		if strings.HasSuffix(value, "Z") {
			zone = "UTC"
		}
	}
	d, exact := when.Valid(iso, zone)
	if exact == nil {
		return d, nil
	}
	clock := c.clock()
	if zone != clock.Zone.String() {
		loc, err := when.Zone(zone)
		if err != nil {
			return when.Due{}, exact
		}
		clock.Zone = loc
	}
	return when.Parse(value, clock)
}

// at sets a due that is an instant, in a zone; at midnight it is a date if the
// format has no other way to say one.
func (c *collector) at(f *found, t time.Time, midnightIsDate bool) {
	t = t.In(c.zone())
	if midnightIsDate && t.Hour() == 0 && t.Minute() == 0 {
		c.due(f, t.Format(time.DateOnly), "")
		return
	}
	c.due(f, t.Format(time.RFC3339), c.zone().String())
}

// repeat reads a rule: an RRULE, or as a person says it.
func (c *collector) repeat(f *found, value string) {
	if value = strings.TrimSpace(value); value == "" {
		return
	}
	rule, err := when.ParseRepeat(value, c.clock())
	if err != nil {
		c.lost(f, "Repeat", value, err)
		return
	}
	f.Todo.Repeat = rule
	if rule == "" || f.Todo.Due != "" {
		return
	}
	if first, err := when.First(rule, c.clock()); err == nil {
		f.Todo.Due = first.At
	}
}

func (c *collector) lost(f *found, label, value string, err error) {
	hint := ""
	if e, ok := errors.AsType[*when.Error](err); ok {
		hint = e.Hint
	}
	f.lose(label, oneLine(value))
	c.note(LineError{Line: f.Line, Message: err.Error() + "; it goes into the notes", Hint: hint, Kept: true, Lost: true})
}

// priorities maps what programs call a priority. 1 is the highest, as in Todoist's
// files, and 4 the default.
var priorities = map[string]todo.Priority{
	"": todo.PriorityNone, "none": todo.PriorityNone, "normal": todo.PriorityNone, "no": todo.PriorityNone, "0": todo.PriorityNone, "4": todo.PriorityNone, "p4": todo.PriorityNone,
	"high": todo.PriorityHigh, "h": todo.PriorityHigh, "a": todo.PriorityHigh, "1": todo.PriorityHigh, "p1": todo.PriorityHigh, "urgent": todo.PriorityHigh, "highest": todo.PriorityHigh, "important": todo.PriorityHigh,
	"medium": todo.PriorityMedium, "m": todo.PriorityMedium, "b": todo.PriorityMedium, "2": todo.PriorityMedium, "p2": todo.PriorityMedium, "med": todo.PriorityMedium,
	"low": todo.PriorityLow, "l": todo.PriorityLow, "c": todo.PriorityLow, "3": todo.PriorityLow, "p3": todo.PriorityLow, "lowest": todo.PriorityLow,
}

func (c *collector) priority(f *found, value string) {
	p, ok := priorities[strings.ToLower(strings.TrimSpace(value))]
	if !ok {
		c.lost(f, "Priority", value, &when.Error{Message: "the priority " + todo.Cut(oneLine(value)) + " is not known", Hint: "use high, medium, low or none"})
		return
	}
	f.Todo.Priority = p
}

// completions maps what programs write to say whether something is done.
var completions = map[string]bool{
	"": false, "false": false, "no": false, "n": false, "0": false, "open": false, "todo": false, "to do": false, "pending": false, "needsaction": false, "needs-action": false, "not started": false, "in progress": false, "waiting": false, "notstarted": false, "inprogress": false,
	"true": true, "yes": true, "y": true, "1": true, "x": true, "done": true, "completed": true, "complete": true, "closed": true, "finished": true, "checked": true, "✓": true, "✔": true,
}

func (c *collector) completed(f *found, value string) {
	done, ok := completions[strings.ToLower(strings.TrimSpace(value))]
	if !ok {
		if at, isTime := c.stamp(value); isTime { // some write when it was done
			f.Todo.Completed, f.Todo.CompletedAt = true, at
			return
		}
		c.lost(f, "Completed", value, &when.Error{Message: todo.Cut(oneLine(value)) + " does not say whether the todo is completed", Hint: "use true or false"})
		return
	}
	f.Todo.Completed = done
}

var stampLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly,
	"20060102T150405Z", "20060102T150405", "20060102",
}

// stamp reads an instant of the past.
func (c *collector) stamp(value string) (time.Time, bool) {
	value = strings.TrimSpace(value)
	for _, layout := range stampLayouts {
		loc := c.zone()
		if strings.HasSuffix(layout, "Z") && !strings.HasSuffix(layout, "Z07:00") {
			loc = time.UTC
		}
		if t, err := time.ParseInLocation(layout, value, loc); err == nil {
			return t.UTC().Truncate(todo.TimePrecision), true
		}
	}
	return time.Time{}, false
}

// stampInto sets a time of the past. One that cannot be read is of no great loss.
func (c *collector) stampInto(at *time.Time, line int, label, value string) {
	if strings.TrimSpace(value) == "" {
		return
	}
	t, ok := c.stamp(value)
	if !ok {
		c.kept(line, "use 2026-11-27T17:00:00Z", "%s %q is not a time", label, todo.Cut(value))
		return
	}
	*at = t
}
