package exchange

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// icsReader goes through a calendar line by line, so that one bad line costs no
// more than itself and has a number. The library reads the head of a property;
// given whole calendars it stops at the first fault, and forgets which commas of a
// CATEGORIES were escaped.
type icsReader struct {
	*collector
	open   []string // names of the components around the line
	begun  int      // line of the VTODO at hand
	props  map[string]icsProp
	tags   []string
	parent string
	name   string            // of the calendar, if it is a list of another program
	zones  map[string]string // by TZID, where a calendar says which zone it means
	tzid   string
	any    bool
}

const (
	maxDepth  = 20
	maxParams = 500 // bytes before the value of a property whose parameters matter
)

func readICS(text string, c *collector) {
	r := &icsReader{collector: c, zones: map[string]string{}}
	var whole strings.Builder
	begun := 1
	for n, line := range lines(text) {
		if folded := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"); folded {
			if whole.Len() <= maxLine { // an attached file is cut, and not looked at
				whole.WriteString(line[1:])
			}
			continue
		}
		r.content(begun, whole.String())
		if r.done() {
			return
		}
		begun = n
		whole.Reset()
		whole.WriteString(line)
	}
	r.content(begun, whole.String())
	switch {
	case !r.any:
		c.fatal = c.not("the file is not an iCalendar: it has no BEGIN:VCALENDAR")
	case r.in("VTODO"):
		c.broken(r.begun, "export the file again", "the file ends in the middle of a todo")
	}
}

// in reports whether the line is directly in such a component.
func (r *icsReader) in(component string) bool {
	return len(r.open) > 0 && r.open[len(r.open)-1] == component
}

func (r *icsReader) content(line int, content string) {
	at := strings.IndexAny(content, ";:")
	if at < 0 {
		if strings.TrimSpace(content) != "" && r.in("VTODO") {
			r.broken(line, "a long line goes on after a blank", "%q is not a property", todo.Cut(oneLine(content)))
		}
		return
	}
	switch name := strings.ToUpper(content[:at]); {
	case name == "BEGIN":
		r.begin(line, component(content[at+1:]))
	case name == "END":
		r.end(component(content[at+1:]))
	case r.in("VTODO") && unread[name]:
		r.ignore(name)
	case r.in("VTODO") && todoProps[name], r.in("VTIMEZONE") && zoneProps[name], r.in("VCALENDAR") && calendarProps[name]:
		r.property(line, name, content)
	}
}

func component(name string) string { return strings.ToUpper(strings.TrimSpace(name)) }

var (
	calendarProps = map[string]bool{"PRODID": true, "NAME": true, "X-WR-CALNAME": true}
	zoneProps     = map[string]bool{"TZID": true, "X-LIC-LOCATION": true}
	todoProps     = map[string]bool{
		"UID": true, "SUMMARY": true, "DESCRIPTION": true, "DUE": true, "DTSTART": true, "RRULE": true, "PRIORITY": true, "STATUS": true,
		"COMPLETED": true, "PERCENT-COMPLETE": true, "CATEGORIES": true, "RELATED-TO": true, "CREATED": true, "RECURRENCE-ID": true,
		"URL": true, "LOCATION": true, propList: true, propZone: true,
	}
	// The parameters of the others say nothing that a todo has a place for.
	paramProps = map[string]bool{"DUE": true, "DTSTART": true, "RELATED-TO": true}
	unread     = map[string]bool{"ATTACH": true, "EXDATE": true, "RDATE": true, "COMMENT": true, "ATTENDEE": true, "GEO": true}
)

func (r *icsReader) begin(line int, name string) {
	if len(r.open) == maxDepth {
		r.fatal = r.not("line %d begins a component too deep inside of others", line)
		return
	}
	switch name {
	case "VCALENDAR":
		r.any, r.name = true, ""
	case "VTODO":
		r.begun, r.props, r.tags, r.parent = line, map[string]icsProp{}, nil, ""
	case "VTIMEZONE":
		r.tzid = ""
	case "VEVENT", "VJOURNAL", "VALARM":
		r.ignore(name)
	}
	r.open = append(r.open, name)
}

// end closes a component, and those in it that were left open.
func (r *icsReader) end(name string) {
	for i, open := range slices.Backward(r.open) {
		if open != name {
			continue
		}
		if name == "VTODO" && i == len(r.open)-1 {
			r.todo()
		}
		r.open = r.open[:i]
		return
	}
}

func (r *icsReader) property(line int, name, content string) {
	head := paramsEnd(content)
	switch {
	case head < 0:
		r.broken(line, "", "the property %s cannot be read", name)
		return
	case !utf8.ValidString(content):
		r.broken(line, "save the file as UTF-8", "the property %s is not valid UTF-8", name)
		return
	case len(content) > maxLine:
		r.broken(line, "shorten it", "the property %s has more than %d KiB", name, maxLine>>10)
		return
	}
	p := icsProp{raw: content[head+1:]}
	if paramProps[name] {
		var ok bool
		if p.params, ok = params(content[:head]); !ok {
			r.broken(line, "", "the property %s cannot be read", name)
			return
		}
	}
	switch {
	case r.in("VTIMEZONE"):
		r.zoneProp(name, p)
	case r.in("VCALENDAR"):
		r.calendarProp(name, p)
	case name == "CATEGORIES":
		r.tags = append(r.tags, splitText(p.raw)...)
	case name == "RELATED-TO":
		if kind := p.param("RELTYPE"); kind == "" || strings.EqualFold(kind, "PARENT") {
			r.parent = strings.TrimSuffix(p.text(), uidSuffix)
		}
	default:
		if _, twice := r.props[name]; !twice {
			r.props[name] = p
		}
	}
}

func (r *icsReader) zoneProp(name string, p icsProp) {
	if name == "TZID" {
		r.tzid = p.text()
		return
	}
	if len(r.zones) < 1000 {
		r.zones[r.tzid] = p.text()
	}
}

// calendarProp takes the calendar's name for the list, unless the calendar is ours:
// its todos know their lists.
func (r *icsReader) calendarProp(name string, p icsProp) {
	if name == "PRODID" {
		if p.text() == productID {
			r.name = todo.Inbox
		}
		return
	}
	if r.name == "" {
		r.name = p.text()
	}
}

// todo adds the todo that a VTODO's properties make.
func (r *icsReader) todo() {
	f := found{Import: todo.Import{Line: r.begun}, parent: r.parent}
	t := &f.Todo
	status := strings.ToUpper(r.props["STATUS"].text())
	switch {
	case r.props["RECURRENCE-ID"].raw != "":
		r.ignore("exceptions of repeating todos")
		return
	case status == "CANCELLED":
		r.ignore("cancelled todos")
		return
	}
	t.UID = strings.TrimSuffix(r.props["UID"].text(), uidSuffix)
	f.id = t.UID
	t.Text, t.Notes, t.Tags = r.props["SUMMARY"].text(), r.props["DESCRIPTION"].text(), r.tags
	t.List = r.props[propList].text()
	if t.List == "" && r.name != todo.Inbox {
		t.List = r.name
	}
	t.Completed = status == "COMPLETED" || r.props["COMPLETED"].raw != "" || r.props["PERCENT-COMPLETE"].raw == "100"
	r.stampInto(&t.CreatedAt, f.Line, "CREATED", r.props["CREATED"].raw)
	r.stampInto(&t.CompletedAt, f.Line, "COMPLETED", r.props["COMPLETED"].raw)
	r.icsDue(&f)
	r.icsPriority(&f, r.props["PRIORITY"].raw)
	for _, name := range []string{"LOCATION", "URL"} {
		if value := oneLine(r.props[name].text()); value != "" {
			f.lose(name[:1]+strings.ToLower(name[1:]), value)
		}
	}
	r.add(f)
}

func (r *icsReader) icsPriority(f *found, value string) {
	switch value = strings.TrimSpace(value); {
	case value == "" || value == "0":
	case len(value) != 1 || value < "1" || value > "9":
		r.priority(f, "PRIORITY:"+value) // and let it be refused
	case value < "5":
		f.Todo.Priority = todo.PriorityHigh
	case value == "5":
		f.Todo.Priority = todo.PriorityMedium
	default:
		f.Todo.Priority = todo.PriorityLow
	}
}

// icsDue reads when a todo is due and how it repeats. Some programs say only when
// it begins.
func (r *icsReader) icsDue(f *found) {
	p, ok := r.props["DUE"]
	if !ok {
		p = r.props["DTSTART"]
	}
	loc := r.zone()
	value := strings.ToUpper(strings.TrimSpace(p.raw))
	switch {
	case value == "":
	case len(value) == len(icsDate):
		r.icsTime(f, value, icsDate, time.UTC)
	case strings.HasSuffix(value, "Z"):
		if own, err := when.Zone(r.props[propZone].text()); err == nil {
			loc = own
		}
		r.icsTime(f, value, icsUTC, loc)
	default:
		loc = r.zoneOf(f.Line, p.param("TZID"))
		r.icsTime(f, value, icsLocal, loc)
	}
	if rule := r.props["RRULE"].raw; rule != "" {
		r.repeat(f, untilDate(rule, loc))
	}
}

func (r *icsReader) icsTime(f *found, value, layout string, loc *time.Location) {
	at, err := time.Parse(layout, value)
	switch {
	case err != nil:
		r.due(f, value, "")
	case layout == icsDate:
		r.due(f, at.Format(time.DateOnly), "")
	case layout == icsUTC:
		r.due(f, at.Format(time.RFC3339), loc.String())
	default:
		r.due(f, at.Format("2006-01-02T15:04"), loc.String())
	}
}

// zoneOf returns the zone of a TZID: an IANA name, one behind a prefix as some
// programs write it, or the one that the calendar's VTIMEZONE is said to be.
func (r *icsReader) zoneOf(line int, tzid string) *time.Location {
	if tzid == "" {
		return r.zone()
	}
	for _, name := range []string{tzid, r.zones[tzid]} {
		for name != "" {
			if loc, err := when.Zone(name); err == nil {
				return loc
			}
			_, name, _ = strings.Cut(name, "/")
		}
	}
	r.kept(line, "check its time", "the zone %q is not known: the time is taken as %s", todo.Cut(oneLine(tzid)), r.zone())
	return r.zone()
}
