package todo

import (
	"errors"
	"time"

	"todo.example/internal/when"
)

// When returns when the todo is due; the zero Due where it is not.
func (t Todo) When() when.Due { return when.Due{At: t.Due, Zone: t.Timezone} }

// Overdue reports whether the todo should have been done by now: what is done or
// deleted is not overdue.
func (t Todo) Overdue(c when.Clock) bool { return t.View() == ViewOpen && t.When().Overdue(c) }

// clock is the moment and the place in which the change's dates are understood.
func (d *draft) clock() when.Clock { return d.actor.Clock(d.At) }

func (t *Todo) setDue(due when.Due) { t.Due, t.Timezone = due.At, due.Zone }

// schedule sets when a todo is due and how it repeats, as a person said it; nil
// stays as it is.
//
//   - A date without a time keeps the time and zone there were.
//   - Another due date keeps the rule.
//   - A rule without a due date begins with its first date from today on.
//   - Without a due date nothing repeats: clearing it clears the rule too, unless a
//     rule comes with it. Clearing the rule keeps the due date.
func (d *draft) schedule(t *Todo, due, repeat *string) error {
	if due != nil {
		next, err := when.Parse(*due, d.clock())
		if err != nil {
			return d.notDue(*due, err)
		}
		if next, err = sameTime(next, t.When()); err != nil {
			return dateError("due", err)
		}
		if t.setDue(next); next.IsZero() {
			t.Repeat = ""
		}
	}
	if repeat != nil {
		rule, err := when.ParseRepeat(*repeat, d.clock())
		if err != nil {
			return dateError("repeat", err)
		}
		t.Repeat = rule
	}
	if t.Repeat != "" && t.Due == "" {
		first, err := when.First(t.Repeat, d.clock())
		if err != nil {
			return dateError("repeat", err)
		}
		t.setDue(first)
	}
	return nil
}

// notDue is the refusal of what is no due date, but may be a repeat rule.
func (d *draft) notDue(text string, err error) error {
	if rule, notRule := when.ParseRepeat(text, d.clock()); notRule == nil && rule != "" {
		return invalid("due", "give it as repeat, and leave due out or let it be the first date", "%q is how it repeats and not when it is due", Cut(text))
	}
	return dateError("due", err)
}

// sameTime returns a due at the time of another, if that has one and it has none.
func sameTime(due, other when.Due) (when.Due, error) {
	if due.IsZero() || due.HasTime() || !other.HasTime() {
		return due, nil
	}
	return when.Valid(due.Date()+other.At[len(time.DateOnly):len("2006-01-02T15:04")], other.Zone)
}

// shifted returns a due as many days later as lie between two others.
func shifted(due, from, to when.Due) (when.Due, error) {
	if due.IsZero() || from.IsZero() || to.IsZero() {
		return due, nil
	}
	day, err := time.Parse(time.DateOnly, due.Date())
	if err != nil {
		return due, err
	}
	days := to.Instant(nil).Sub(from.Instant(nil)).Round(24*time.Hour) / (24 * time.Hour)
	next, err := when.Valid(day.AddDate(0, 0, int(days)).Format(time.DateOnly), "")
	if err != nil {
		return due, err
	}
	return sameTime(next, due)
}

// dateError is a date that was not understood as one of our errors.
func dateError(field string, err error) error {
	e, ok := errors.AsType[*when.Error](err)
	if !ok {
		return err
	}
	return &Error{Code: CodeInvalidDate, Field: field, Message: e.Message, Hint: e.Hint}
}
