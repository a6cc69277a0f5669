package cli

import (
	"context"
	"time"

	"todo.example/internal/client"
	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// calendar says when something is due as the person reads it: in their zone, and by
// words where it is near.
type calendar struct{ when.Clock }

// weekdayNames are how the settings call the days on which weeks begin.
var weekdayNames = map[string]time.Weekday{"monday": time.Monday, "sunday": time.Sunday, "saturday": time.Saturday}

// calendar returns the person's: of their settings, or the machine's where they have
// set no zone. It is asked for only where a date is shown.
func (g *global) calendar(ctx context.Context, c *client.Client) calendar {
	settings, err := c.Settings(ctx)
	if err != nil {
		return g.localCalendar()
	}
	cal := g.localCalendar()
	cal.WeekStart = weekdayNames[settings.WeekStart]
	if zone, err := time.LoadLocation(settings.Timezone); err == nil && settings.Timezone != "" {
		cal.Zone = zone
	}
	return cal
}

func (g *global) localCalendar() calendar {
	return calendar{when.Clock{Now: g.now(), Zone: client.Zone(), WeekStart: time.Monday}}
}

// calendarFor is calendar, without asking the server where no todo has a date.
func (g *global) calendarFor(ctx context.Context, c *client.Client, todos ...*todo.Todo) calendar {
	for _, t := range todos {
		if t != nil && t.Due != "" {
			return g.calendar(ctx, c)
		}
	}
	return g.localCalendar()
}

// due says when a todo is due: "today 17:00", "Fri", "2026-12-24", "overdue yesterday".
func (c calendar) due(t todo.Todo) string {
	due := t.When()
	if due.IsZero() {
		return ""
	}
	text := c.day(due.DateIn(c.Zone))
	if due.HasTime() {
		text += " " + due.Instant(c.Zone).In(c.Zone).Format("15:04")
	}
	if c.overdue(t) {
		text = "overdue " + text
	}
	return text
}

// overdue reports whether an open todo should have been done by now.
func (c calendar) overdue(t todo.Todo) bool { return t.Overdue(c.Clock) }

// isToday reports whether a todo is due today, at whatever time.
func (c calendar) isToday(t todo.Todo) bool {
	return t.When().DateIn(c.Zone) == c.Today()
}

// day says a date by the word for it, from yesterday to the end of the days that a
// weekday alone can mean.
func (c calendar) day(date string) string {
	if word, ok := c.NearDay(date); ok {
		return word
	}
	return printableLine(date)
}
