package exchange

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

const (
	productID = "-//todo//todo//EN"
	uidSuffix = "@todo" // makes our ids different from those of other programs
	refresh   = "PT15M"

	propList = "X-TODO-LIST"     // a calendar is one list, and ours has many
	propZone = "X-TODO-TIMEZONE" // of a due that is written in UTC

	icsDate  = "20060102"
	icsLocal = "20060102T150405"
	icsUTC   = "20060102T150405Z"
)

// icsLines is how RFC 5545 wants its lines: folded, and ended as on the wire
// whatever the machine.
var icsLines = &ics.SerializationConfiguration{MaxLength: 75, PropertyMaxLength: 75, NewLine: "\r\n"}

// icsWriter writes one property at a time, so that a calendar of any length takes
// no more memory than one of its todos.
type icsWriter struct {
	*bufio.Writer
	Options
	err error
}

// prop writes a property. A value must not break out of its line, whatever is in it.
func (w *icsWriter) prop(name, value string, params ...string) {
	p := ics.BaseProperty{IANAToken: name, Value: lineEnds(value), ICalParameters: map[string][]string{}}
	for i := 0; i+1 < len(params); i += 2 {
		p.ICalParameters[params[i]] = []string{params[i+1]}
	}
	if err := p.SerializeTo(w, icsLines); err != nil && w.err == nil {
		w.err = err
	}
}

func writeICS(out io.Writer, todos []todo.Todo, o Options) error {
	w := &icsWriter{Writer: bufio.NewWriter(out), Options: o}
	w.head()
	for _, zone := range zonesOf(todos) {
		w.timezone(zone)
	}
	ids := identify(todos)
	for i, t := range todos {
		if o.Events {
			w.event(t, icsUID(ids.own[i], t))
			continue
		}
		w.todo(t, icsUID(ids.own[i], t))
		if up := ids.up[i]; up >= 0 {
			w.prop("RELATED-TO", oneLine(icsUID(ids.own[up], todos[up])))
		}
		w.prop("END", "VTODO")
	}
	w.prop("END", "VCALENDAR")
	if w.err != nil {
		return w.err
	}
	return w.Flush()
}

// icsUID makes an id of ours one that no other program uses. A UID that came from
// one is left as it is.
func icsUID(name string, t todo.Todo) string {
	if name == t.UID {
		return name
	}
	return name + uidSuffix
}

func (w *icsWriter) head() {
	w.prop("BEGIN", "VCALENDAR")
	w.prop("VERSION", "2.0")
	w.prop("PRODID", productID)
	w.prop("CALSCALE", "GREGORIAN")
	if w.Name != "" {
		w.prop("NAME", oneLine(w.Name)) // RFC 7986, and what came before it
		w.prop("X-WR-CALNAME", oneLine(w.Name))
	}
	if w.Events {
		w.prop("METHOD", "PUBLISH")
		w.prop("REFRESH-INTERVAL", refresh, "VALUE", "DURATION")
		w.prop("X-PUBLISHED-TTL", refresh)
	}
}

// common writes what todos and events have in common. DTSTAMP is when it was last
// changed, as RFC 5545 has it for a calendar that is no message.
func (w *icsWriter) common(t todo.Todo, id, summary string) {
	w.prop("UID", oneLine(id))
	changed := t.UpdatedAt
	if changed.IsZero() {
		changed = w.Now
	}
	w.prop("DTSTAMP", utc(changed))
	if !t.CreatedAt.IsZero() {
		w.prop("CREATED", utc(t.CreatedAt))
	}
	w.prop("LAST-MODIFIED", utc(changed))
	w.prop("SEQUENCE", strconv.FormatUint(min(t.Rev, 1<<31-1), 10))
	w.prop("SUMMARY", oneLine(summary))
	if t.Notes != "" {
		w.prop("DESCRIPTION", t.Notes)
	}
	for _, tag := range t.Tags {
		w.prop("CATEGORIES", oneLine(tag)) // one each: the library escapes the comma between two
	}
	if t.List != "" {
		w.prop(propList, oneLine(t.List))
	}
	if p, ok := icsPriority[t.Priority]; ok {
		w.prop("PRIORITY", p)
	}
}

var icsPriority = map[todo.Priority]string{todo.PriorityHigh: "1", todo.PriorityMedium: "5", todo.PriorityLow: "9"}

// todo writes a VTODO, all but its end. Where it repeats RFC 5545 wants a DTSTART,
// which is the due as in the files of others.
func (w *icsWriter) todo(t todo.Todo, id string) {
	w.prop("BEGIN", "VTODO")
	w.common(t, id, t.Text)
	d := t.When()
	if t.Due != "" {
		if t.Repeat != "" {
			w.moment("DTSTART", d, 0)
			w.rule(t.Repeat, d)
		}
		if w.moment("DUE", d, 0) {
			w.prop(propZone, d.Zone)
		}
	}
	if !t.Completed {
		w.prop("STATUS", "NEEDS-ACTION")
		return
	}
	w.prop("STATUS", "COMPLETED")
	w.prop("PERCENT-COMPLETE", "100")
	if !t.CompletedAt.IsZero() {
		w.prop("COMPLETED", utc(t.CompletedAt))
	}
}

// An event needs an end, and a todo has none.
const eventLength = 30 * time.Minute

// event writes a dated todo as a VEVENT that does not make its time busy.
func (w *icsWriter) event(t todo.Todo, id string) {
	d := t.When()
	if d.Date() == "" {
		return
	}
	w.prop("BEGIN", "VEVENT")
	summary := t.Text
	if t.Completed {
		summary = "✓ " + summary
	}
	w.common(t, id, summary)
	w.moment("DTSTART", d, 0)
	w.moment("DTEND", d, eventLength)
	if t.Repeat != "" && !t.Completed {
		w.rule(t.Repeat, d)
	}
	w.prop("TRANSP", "TRANSPARENT")
	w.prop("STATUS", "CONFIRMED")
	w.prop("END", "VEVENT")
}

// moment writes when something is due, later by a while: of a date, by a day. The
// second of an hour that comes twice can only be said in UTC; it says whether that
// was done.
func (w *icsWriter) moment(name string, d when.Due, later time.Duration) (inUTC bool) {
	if !d.HasTime() {
		day, _ := time.Parse(time.DateOnly, d.At)
		if later > 0 {
			day = day.AddDate(0, 0, 1)
		}
		w.prop(name, day.Format(icsDate), "VALUE", "DATE")
		return false
	}
	at := d.Instant(nil)
	local, err := when.Valid(d.At[:len("2006-01-02T15:04")], d.Zone)
	loc, noZone := when.Zone(d.Zone)
	if err != nil || noZone != nil || d.Zone == "UTC" || local.At != d.At {
		w.prop(name, at.Add(later).UTC().Format(icsUTC))
		return noZone == nil
	}
	w.prop(name, at.Add(later).In(loc).Format(icsLocal), "TZID", d.Zone)
	return false
}

// rule writes a repeat. Its end is an instant where the start is one.
func (w *icsWriter) rule(rule string, d when.Due) {
	rule = strings.ToUpper(oneLine(rule))
	if d.HasTime() {
		rule = untilInstant(rule, d)
	}
	w.prop("RRULE", rule)
}

func utc(t time.Time) string { return t.UTC().Format(icsUTC) }
