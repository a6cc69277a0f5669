package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"todo.example/internal/api"
	"todo.example/internal/kv"
	"todo.example/internal/when"
)

const kindSettings = "settings" // subject → api.Settings

// Person is how dates and weeks are meant by somebody.
type Person struct {
	api.Settings
	Zone *time.Location // nil: not set
	Week time.Weekday   // the day a week begins with
}

// settingsAge is how old the settings may be that a request is understood by.
const settingsAge = 5 * time.Second

type cachedPerson struct {
	Person
	read time.Time
}

var (
	weekStarts = []string{"monday", "sunday", "saturday"}
	weekdays   = map[string]time.Weekday{"monday": time.Monday, "sunday": time.Sunday, "saturday": time.Saturday}
	themes     = []string{"system", "light", "dark"}
)

// Person returns a person's settings, at most five seconds old.
func (a *Accounts) Person(ctx context.Context, subject string) (Person, error) {
	now := a.Now()
	if c, ok := a.people.Get(subject); ok && now.Sub(c.read) < settingsAge {
		return c.Person, nil
	}
	var s api.Settings
	err := a.Store.View(ctx, func(tx kv.Tx) (err error) {
		s, err = get[api.Settings](tx, kindSettings, subject)
		return err
	})
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return Person{}, err
	}
	p := newPerson(s)
	a.people.Add(subject, cachedPerson{p, now})
	return p, nil
}

// newPerson fills in the presets. A zone that this program does not know any more
// is as good as none.
func newPerson(s api.Settings) Person {
	s.WeekStart = preset(s.WeekStart, weekStarts)
	s.Theme = preset(s.Theme, themes)
	zone, err := Zone(s.Timezone)
	if err != nil {
		s.Timezone, zone = "", nil
	}
	return Person{Settings: s, Zone: zone, Week: weekdays[s.WeekStart]}
}

func preset(value string, values []string) string {
	if value == "" {
		return values[0]
	}
	return value
}

// SetSettings changes a person's settings and returns them.
func (a *Accounts) SetSettings(ctx context.Context, subject string, p api.SettingsPatch) (Person, error) {
	var changed Person
	err := a.Store.Update(ctx, func(tx kv.Tx) error {
		s, err := get[api.Settings](tx, kindSettings, subject)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		if err := patch(&s, p); err != nil {
			return err
		}
		changed = newPerson(s)
		return put(tx, kindSettings, subject, s, time.Time{})
	})
	if err != nil {
		return Person{}, err
	}
	a.people.Add(subject, cachedPerson{changed, a.Now()})
	return changed, nil
}

func patch(s *api.Settings, p api.SettingsPatch) error {
	if p.Timezone != nil {
		if _, err := Zone(*p.Timezone); err != nil {
			return err
		}
		s.Timezone = *p.Timezone
	}
	for _, choice := range []struct {
		field  string
		value  *string
		values []string
		to     *string
	}{
		{"weekStart", p.WeekStart, weekStarts, &s.WeekStart},
		{"theme", p.Theme, themes, &s.Theme},
	} {
		if choice.value == nil {
			continue
		}
		if err := oneOf(choice.field, *choice.value, choice.values); err != nil {
			return err
		}
		*choice.to = *choice.value
	}
	return nil
}

func oneOf(field, value string, values []string) error {
	if value == "" || slices.Contains(values, value) {
		return nil
	}
	return invalid(field, fmt.Sprintf("%s is not a %s", quoted(value), field), "use "+strings.Join(values, ", "))
}

// Zone returns the zone of an IANA name, as when.Zone does; nil for "".
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	zone, err := when.Zone(name)
	if unknown, ok := errors.AsType[*when.Error](err); ok {
		return nil, invalid("timezone", unknown.Message, unknown.Hint)
	}
	return zone, err
}
