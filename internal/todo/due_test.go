package todo_test

import (
	"strings"
	"testing"
	"time"

	"todo.example/internal/todo"
)

// zones are five places that differ in all that matters: both sides of the date
// line, a half-hour clock change, and none.
var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"}

// everywhere runs a test with the person in each zone; it is Wednesday noon there.
func everywhere(t *testing.T, run func(*testing.T, *dueFixture)) {
	for _, zone := range zones {
		t.Run(zone, func(t *testing.T) {
			loc, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			f := newFixture(t)
			f.now = time.Date(2026, time.November, 25, 12, 0, 0, 0, loc)
			run(t, &dueFixture{f, loc, todo.Actor{Name: "web", Subject: "ada", Allowed: todo.Everything, Zone: loc, WeekStart: time.Monday}})
		})
	}
}

type dueFixture struct {
	*fixture
	loc  *time.Location
	self todo.Actor
}

// at returns a wall-clock time of the zone as a todo has it.
func (f *dueFixture) at(wall string) string {
	f.t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04", wall, f.loc)
	if err != nil {
		f.t.Fatal(err)
	}
	return at.Format("2006-01-02T15:04:05Z07:00")
}

func (f *dueFixture) create(item todo.New) todo.Todo {
	f.t.Helper()
	return ok(f.t)(f.Create(f.t.Context(), ns, f.self, []todo.New{item}, todo.Options{})).Todos()[0]
}

func (f *dueFixture) update(p todo.Patch) todo.Todo {
	f.t.Helper()
	return ok(f.t)(f.Update(f.t.Context(), ns, f.self, []todo.Patch{p}, todo.Options{})).Todos()[0]
}

func TestDueAsSaid(t *testing.T) {
	everywhere(t, func(t *testing.T, f *dueFixture) {
		for _, test := range []struct{ due, want string }{
			{"", ""},
			{"none", ""},
			{"2026-12-24", "2026-12-24"},
			{"2020-01-01", "2020-01-01"},
			{"today", "2026-11-25"},
			{"tomorrow", "2026-11-26"},
			{"friday", "2026-11-27"},
			{"tomorrow 17:00", f.at("2026-11-26T17:00")},
			{"2026-07-01T09:30", f.at("2026-07-01T09:30")},
		} {
			got := f.create(todo.New{Text: "a", Due: test.due})
			zone := ""
			if strings.Contains(test.want, "T") {
				zone = f.loc.String()
			}
			if got.Due != test.want || got.Timezone != zone {
				t.Errorf("due %q is %q in %q, want %q in %q", test.due, got.Due, got.Timezone, test.want, zone)
			}
		}
	})
}

func TestDueRefused(t *testing.T) {
	f := newFixture(t)
	a := f.add("a")[0]
	for _, s := range []string{"someday", "30 feb", "2026-02-30", "11/12", "tomorrow maybe", "\x00", strings.Repeat("9", 10_000)} {
		for _, err := range []error{f.createError(todo.New{Text: "a", Due: s}), f.updateError(todo.Patch{ID: a.ID, Due: &s})} {
			refused(t, s, err, todo.CodeInvalidDate, "due")
			if e := todo.AsError(err); !strings.Contains(e.Hint, "now is") {
				t.Errorf("the hint to %q does not say what time it is: %q", s, e.Hint)
			}
		}
	}
	for _, s := range []string{"every friday", "daily", "FREQ=DAILY"} {
		for _, err := range []error{f.createError(todo.New{Text: "a", Due: s}), f.updateError(todo.Patch{ID: a.ID, Due: &s})} {
			refused(t, s, err, todo.CodeInvalid, "due")
			if e := todo.AsError(err); !strings.Contains(e.Hint, "as repeat") {
				t.Errorf("the hint to %q is %q", s, e.Hint)
			}
		}
	}
	for _, s := range []string{"sometimes", "FREQ=HOURLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31"} {
		for _, err := range []error{f.createError(todo.New{Text: "a", Repeat: s}), f.updateError(todo.Patch{ID: a.ID, Repeat: &s})} {
			refused(t, s, err, todo.CodeInvalidDate, "repeat")
		}
	}
	equal(t, "the todo", a, f.get(a.ID))
}

func TestReschedule(t *testing.T) {
	const daily = "FREQ=DAILY"
	everywhere(t, func(t *testing.T, f *dueFixture) {
		for _, test := range []struct {
			name        string
			from        todo.New
			due, repeat string // "-": not said
			wantDue     string
			wantRepeat  string
		}{
			{"a date keeps the time", todo.New{Due: "tomorrow 17:00"}, "2026-12-01", "-", f.at("2026-12-01T17:00"), ""},
			{"across a clock change too", todo.New{Due: "tomorrow 17:00"}, "2026-07-01", "-", f.at("2026-07-01T17:00"), ""},
			{"a time replaces the time", todo.New{Due: "tomorrow 17:00"}, "2026-12-01 09:00", "-", f.at("2026-12-01T09:00"), ""},
			{"a time where there was none", todo.New{Due: "tomorrow"}, "friday 09:00", "-", f.at("2026-11-27T09:00"), ""},
			{"none clears", todo.New{Due: "tomorrow 17:00"}, "none", "-", "", ""},
			{"nothing clears", todo.New{Due: "tomorrow"}, "", "-", "", ""},
			{"another date keeps the rule", todo.New{Due: "tomorrow", Repeat: daily}, "friday", "-", "2026-11-27", daily},
			{"no date, no rule", todo.New{Due: "tomorrow", Repeat: daily}, "none", "-", "", ""},
			{"clearing the rule keeps the date", todo.New{Due: "tomorrow", Repeat: daily}, "-", "none", "2026-11-26", ""},
			{"another rule keeps the date", todo.New{Due: "tomorrow", Repeat: daily}, "-", "every week", "2026-11-26", "FREQ=WEEKLY"},
			{"a rule brings a date", todo.New{}, "-", "every friday", "2026-11-27", "FREQ=WEEKLY;BYDAY=FR"},
			{"a rule begins today", todo.New{}, "-", "daily", "2026-11-25", daily},
			{"a rule where the date is cleared", todo.New{Due: "2026-12-24"}, "none", "every friday", "2026-11-27", "FREQ=WEEKLY;BYDAY=FR"},
			{"both", todo.New{}, "2026-12-24", "every friday", "2026-12-24", "FREQ=WEEKLY;BYDAY=FR"},
			{"neither", todo.New{Due: "tomorrow 17:00", Repeat: daily}, "-", "-", f.at("2026-11-26T17:00"), daily},
		} {
			test.from.Text = test.name
			p, changed := todo.Patch{ID: f.create(test.from).ID}, "changed"
			p.Text = &changed
			if test.due != "-" {
				p.Due = &test.due
			}
			if test.repeat != "-" {
				p.Repeat = &test.repeat
			}
			got := f.update(p)
			if got.Due != test.wantDue || got.Repeat != test.wantRepeat || (got.Timezone != "") != strings.Contains(got.Due, "T") {
				t.Errorf("%s: due %q in %q, repeat %q; want %q, %q", test.name, got.Due, got.Timezone, got.Repeat, test.wantDue, test.wantRepeat)
			}
		}
	})
}

// TestRescheduleElsewhere wants a time to stay one of the zone it was meant in.
func TestRescheduleElsewhere(t *testing.T) {
	everywhere(t, func(t *testing.T, f *dueFixture) {
		a := f.create(todo.New{Text: "a", Due: "tomorrow 17:00"})
		away := f.self
		away.Zone = time.FixedZone("away", 3600)
		date := "2026-12-01"
		got := ok(t)(f.Update(t.Context(), ns, away, []todo.Patch{{ID: a.ID, Due: &date}}, todo.Options{})).Todos()[0]
		if want := f.at("2026-12-01T17:00"); got.Due != want || got.Timezone != f.loc.String() {
			t.Errorf("due %q in %q, want %q in %q", got.Due, got.Timezone, want, f.loc)
		}
	})
}

func TestPreview(t *testing.T) {
	everywhere(t, func(t *testing.T, f *dueFixture) {
		got, err := f.Preview(t.Context(), ns, f.self, todo.New{Text: " a ", Due: "tomorrow 17:00", Tags: []string{"#B"}, List: "home"})
		if err != nil || got.ID != "" || got.Rev != 0 || got.Text != "a" || got.Due != f.at("2026-11-26T17:00") || got.List != "home" {
			t.Errorf("previewed %+v, %v", got, err)
		}
		_, err = f.Preview(t.Context(), ns, f.self, todo.New{Text: "a", Due: "someday"})
		refused(t, "a bad date", err, todo.CodeInvalidDate, "due")
		_, err = f.Preview(t.Context(), ns, todo.Actor{Allowed: todo.ReadOnly}, todo.New{Text: "a"})
		refused(t, "who may not create", err, todo.CodeForbidden, "")
		if p := f.list(todo.Query{}); p.Rev != 0 || len(p.Todos) != 0 {
			t.Errorf("a preview left %+v", p)
		}
	})
}
