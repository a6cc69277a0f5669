package todo

import (
	"time"

	"todo.example/internal/when"
)

// Action is something a principal may do to a list.
type Action uint8

// The actions.
const (
	Read Action = 1 << iota
	Create
	Edit
	Complete // and reopen
	Delete   // and restore
)

// Actions is a set of them.
type Actions uint8

// The sets that roles and scopes are made of.
const (
	ReadOnly   = Actions(Read)
	Everything = Actions(Read | Create | Edit | Complete | Delete)
)

// Has reports whether the set holds a.
func (s Actions) Has(a Action) bool { return s&Actions(a) == Actions(a) }

var actionNames = map[Action]string{Read: "read", Create: "create", Edit: "edit", Complete: "complete", Delete: "delete"}

// String names the action in lower case.
func (a Action) String() string { return actionNames[a] }

// Writes reports whether the action changes anything.
func (a Action) Writes() bool { return a != Read }

// Actor is who acts, as far as the domain needs to know. The zero Actor may do
// nothing. It is made from a Principal by remote/internal/auth and nowhere else.
type Actor struct {
	Name     string // "web", "cli" or the client's name: createdBy and updatedBy
	Subject  string // the person
	ClientID string // the connected app, empty in the browser
	Allowed  Actions

	// Zone and WeekStart are the person's, in which dates are understood; nil is UTC.
	Zone      *time.Location
	WeekStart time.Weekday
}

// Location returns the zone in which the actor's dates are understood, never nil.
func (a Actor) Location() *time.Location {
	if a.Zone == nil {
		return time.UTC
	}
	return a.Zone
}

// Clock returns the moment and the place in which the actor's dates are understood.
// Both have a zone.
func (a Actor) Clock(now time.Time) when.Clock {
	zone := a.Location()
	return when.Clock{Now: now.In(zone), Zone: zone, WeekStart: a.WeekStart}
}

func (a Actor) require(action Action) error {
	if a.Allowed.Has(action) {
		return nil
	}
	return &Error{Code: CodeForbidden, Action: action, Message: "you may not " + action.String() + " todos here", Hint: "retrying will not help: ask for wider access"}
}

func (a Actor) requireAll(actions []Action) error {
	for _, action := range actions {
		if err := a.require(action); err != nil {
			return err
		}
	}
	return nil
}
