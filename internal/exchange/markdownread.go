package exchange

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"todo.example/internal/todo"
)

var (
	mdHeading = pattern(`^ {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$`)
	mdItem    = pattern(`^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(?:\[(.)\](?:\s+|$))?(.*)$`)
	mdQuote   = pattern(`^\s+> ?(.*)$`)
	mdFence   = pattern("^\\s*(?:```|~~~)")

	mdDay    = pattern(`^\d{4}-\d\d-\d\d$`)
	mdTime   = pattern(`^(\d\d:\d\d(?::\d\d(?:Z|[+-]\d\d:\d\d))?)(?: ([A-Za-z0-9_+/-]+))?$`)
	mdID     = pattern(`^[A-Za-z0-9_-]{1,255}$`)
	mdInline = pattern(`(?:^|\s)#(\S+)`)
)

// mdReader reads task lists. Other lines below a todo and indented are its notes,
// headings are lists, and the rest of a document is not looked at.
type mdReader struct {
	*collector
	boxes  bool // the document has task lists: its other lists are not todos
	list   string
	item   *found
	notes  []string
	fenced bool
	above  []mdLevel
}

type mdLevel struct {
	indent int
	id     string
}

func readMarkdown(text string, c *collector) {
	r := &mdReader{collector: c, boxes: checkbox().MatchString(text)}
	for n, line := range lines(text) {
		if r.done() {
			return
		}
		if len(line) > maxLine {
			r.broken(n, "shorten it", "the line has more than %d KiB", maxLine>>10)
			continue
		}
		r.line(n, line)
	}
	r.close()
}

func (r *mdReader) line(n int, line string) {
	if mdFence().MatchString(line) {
		r.fenced = !r.fenced
		r.note(line)
		return
	}
	if r.fenced {
		r.note(line)
		return
	}
	if heading := mdHeading().FindStringSubmatch(line); heading != nil {
		r.close()
		r.above, r.list = nil, oneLine(unescapeMarkdown(heading[1]))
		return
	}
	if quote := mdQuote().FindStringSubmatch(line); quote != nil && r.item != nil {
		r.notes = append(r.notes, quote[1])
		return
	}
	item := mdItem().FindStringSubmatch(line)
	if item == nil || r.boxes && item[2] == "" {
		r.note(line)
		return
	}
	r.close()
	r.begin(n, columnsOf(item[1]), item[2], item[3])
}

// note adds an indented line to the notes of the todo above; any other ends it.
func (r *mdReader) note(line string) {
	text := strings.TrimSpace(line)
	indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
	switch {
	case text == "":
	case r.item != nil && indented:
		r.notes = append(r.notes, text)
	default:
		r.close()
	}
}

func columnsOf(blanks string) int {
	return len(strings.ReplaceAll(blanks, "\t", "    "))
}

func (r *mdReader) begin(n, indent int, box, text string) {
	for len(r.above) > 0 && r.above[len(r.above)-1].indent >= indent {
		r.above = r.above[:len(r.above)-1]
	}
	f := &found{Import: todo.Import{Line: n}, id: "line " + strconv.Itoa(n)}
	if len(r.above) > 0 {
		f.parent = r.above[len(r.above)-1].id
	}
	if len(r.above) < maxDepth {
		r.above = append(r.above, mdLevel{indent, f.id})
	}
	f.Todo.List = r.list
	f.Todo.Completed = box == "x" || box == "X"
	if box == "-" {
		r.ignore("cancelled todos")
		return
	}
	r.signs(f, strings.TrimSpace(text))
	r.item = f
}

func (r *mdReader) close() {
	if r.item != nil {
		notes := strings.Join(r.notes, "\n")
		r.item.Todo.Notes = strings.TrimSuffix(notes+"\n"+r.item.Todo.Notes, "\n")
		r.add(*r.item)
	}
	r.item, r.notes = nil, nil
}

// mdSigns is what stands behind a todo's text.
type mdSigns struct {
	due, clock, zone, rule, priority string
	done, made, id                   string
	tags, ignored                    []string
}

// signs takes what stands behind the text off it, from its end; the text is the rest.
func (r *mdReader) signs(f *found, text string) {
	var s mdSigns
	for rest, ok := s.take(text); ok; rest, ok = s.take(text) {
		text = rest
	}
	for _, match := range mdInline().FindAllStringSubmatch(text, -1) {
		if isTag(match[1]) { // part of what the sentence says: it stays there too
			s.tags = append(s.tags, match[1])
		}
	}
	for _, sign := range s.ignored {
		r.ignore(sign)
	}
	f.Todo.Text, f.Todo.Tags, f.Todo.Priority = unescapeMarkdown(text), s.tags, priorityOfSign[s.priority]
	f.Todo.UID = s.id
	r.stampInto(&f.Todo.CompletedAt, f.Line, "the completion date", s.done)
	r.stampInto(&f.Todo.CreatedAt, f.Line, "the creation date", s.made)
	if s.due == "" && s.clock != "" {
		s.due = r.Now.In(r.zone()).Format(time.DateOnly)
	}
	if s.clock != "" {
		s.due += "T" + s.clock
	}
	r.due(f, s.due, s.zone)
	r.repeat(f, s.rule)
}

// take takes the last sign off a text, if it ends with one.
func (s *mdSigns) take(text string) (rest string, ok bool) {
	rest, word := lastWord(text)
	if name, isSign := strings.CutPrefix(word, "#"); isSign && isTag(name) {
		s.tags = append(s.tags, name)
		return rest, true
	}
	if sign, value := splitSign(word); priorityOfSign[sign] != "" && value == "" {
		s.priority = sign
		return rest, true
	}
	// A sign and what belongs to it: of a repeat, some words.
	value := ""
	for range 24 {
		sign, joined := splitSign(word)
		value = strings.TrimSpace(joined + " " + value)
		if sign != "" {
			return rest, s.set(sign, value)
		}
		if rest == "" {
			break
		}
		rest, word = lastWord(rest)
	}
	return text, false
}

// set takes a sign's value, if it is one.
func (s *mdSigns) set(sign, value string) bool {
	if sign == signRepeat {
		s.rule = value
		return value != ""
	}
	if sign == signTime {
		match := mdTime().FindStringSubmatch(value)
		if match != nil {
			s.clock, s.zone = match[1], match[2]
		}
		return match != nil
	}
	if sign == signID && mdID().MatchString(value) {
		s.id = value
		return true
	}
	if !mdDay().MatchString(value) {
		return false
	}
	switch sign {
	case signDone:
		s.done = value
	case "➕":
		s.made = value
	case signDue, "📆", "🗓":
		s.due = value
	default:
		s.ignored = append(s.ignored, sign)
	}
	return true
}

func lastWord(text string) (rest, word string) {
	text = strings.TrimRight(text, " \t")
	at := strings.LastIndexAny(text, " \t") + 1
	return strings.TrimRight(text[:at], " \t"), text[at:]
}

// splitSign takes a word's sign off its beginning, with the selector that asks for
// its colourful form.
func splitSign(word string) (sign, rest string) {
	r, size := utf8.DecodeRuneInString(word)
	if size == 0 || !strings.ContainsRune(allSigns, r) {
		return "", word
	}
	return word[:size], strings.TrimPrefix(word[size:], "\ufe0f")
}

var priorityOfSign = map[string]todo.Priority{
	"🔺": todo.PriorityHigh, signHigh: todo.PriorityHigh, signMedium: todo.PriorityMedium, signLow: todo.PriorityLow, "⏬": todo.PriorityLow,
}

// isTag tells a tag from the number of an issue.
func isTag(name string) bool {
	return strings.Trim(name, "0123456789.,;:!?)") != "" && !slices.Contains([]string{"#", "##"}, name)
}

// unescapeMarkdown reads a text as a renderer shows it, but leaves emphasis and
// links as they were written.
func unescapeMarkdown(text string) string {
	if !strings.ContainsAny(text, `\&`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && isPunct(text[i+1]):
			i++
			b.WriteByte(text[i])
		case text[i] == '&' && entity().MatchString(text[i:]):
			end := i + strings.IndexByte(text[i:], ';') + 1
			b.WriteString(html.UnescapeString(text[i:end]))
			i = end - 1
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !isDigit(c) && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
