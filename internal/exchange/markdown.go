package exchange

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// The signs behind a todo are those of Obsidian's Tasks plugin, and ⏰ for the time
// that it has no sign for.
const (
	signDue    = "📅"
	signTime   = "⏰"
	signDone   = "✅"
	signRepeat = "🔁"
	signHigh   = "⏫"
	signMedium = "🔼"
	signLow    = "🔽"

	signID = "🆔" // only of parents: what else would want it?

	allSigns = "📅📆🗓⏰✅➕⏳🛫🔁🔺⏫🔼🔽⏬🆔⛔"
)

var prioritySigns = map[todo.Priority]string{todo.PriorityHigh: signHigh, todo.PriorityMedium: signMedium, todo.PriorityLow: signLow}

type mdWriter struct {
	*bufio.Writer
	Options
	todos    []todo.Todo
	ids      names
	children map[int][]int
}

// writeMarkdown writes a heading for each list, the inbox first, and the todos
// below in their order, subtasks below their parents.
func writeMarkdown(out io.Writer, todos []todo.Todo, o Options) error {
	w := &mdWriter{Writer: bufio.NewWriter(out), Options: o, todos: todos, children: map[int][]int{}}
	title := o.Name
	if title == "" {
		title = "Todos"
	}
	fmt.Fprintln(w, "# "+escapeMarkdown(oneLine(title)))
	w.ids = identify(todos)
	lists, members := []string{""}, map[string][]int{}
	for i, t := range todos {
		if up := w.ids.up[i]; up >= 0 && w.ids.up[up] < 0 {
			w.children[up] = append(w.children[up], i)
			continue
		}
		if _, known := members[t.List]; !known && t.List != "" {
			lists = append(lists, t.List)
		}
		members[t.List] = append(members[t.List], i)
	}
	for _, list := range lists {
		if len(members[list]) == 0 {
			continue
		}
		heading := list
		if heading == "" {
			heading = todo.Inbox
		}
		fmt.Fprintf(w, "\n## %s\n\n", escapeMarkdown(oneLine(heading)))
		for _, i := range members[list] {
			w.item(i, "")
		}
	}
	return w.Flush()
}

func (w *mdWriter) item(i int, indent string) {
	t := w.todos[i]
	box := "- [ ] "
	if t.Completed {
		box = "- [x] "
	}
	fmt.Fprintln(w, indent+box+escapeMarkdown(oneLine(t.Text))+w.signs(i))
	indent += "  "
	if t.Notes != "" {
		for line := range strings.SplitSeq(lineEnds(t.Notes), "\n") {
			if line != "" {
				line = " " + line
			}
			fmt.Fprintln(w, indent+">"+line)
		}
	}
	for _, child := range w.children[i] {
		w.item(child, indent)
	}
}

// signs returns what stands behind the text: first the time, which Obsidian does
// not know and would stop at.
func (w *mdWriter) signs(i int) string {
	t := w.todos[i]
	var parts []string
	d := t.When()
	if d.HasTime() {
		clock := d.At[len("2006-01-02T"):]
		if same, err := when.Valid(d.At[:len("2006-01-02T15:04")], d.Zone); err == nil && same == d {
			clock = clock[:len("15:04")]
		}
		parts = append(parts, signTime+" "+clock+" "+d.Zone)
	}
	for _, tag := range t.Tags {
		parts = append(parts, "#"+strings.Join(strings.Fields(tag), "-"))
	}
	if sign, ok := prioritySigns[t.Priority]; ok {
		parts = append(parts, sign)
	}
	if t.Repeat != "" {
		parts = append(parts, signRepeat+" "+when.DescribeRepeat(t.Repeat))
	}
	if d.Date() != "" {
		parts = append(parts, signDue+" "+d.Date())
	}
	if !t.CompletedAt.IsZero() {
		parts = append(parts, signDone+" "+t.CompletedAt.In(w.zone()).Format(time.DateOnly))
	}
	if id := w.ids.own[i]; len(w.children[i]) > 0 && mdID().MatchString(id) {
		parts = append(parts, signID+" "+id)
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, " ")
}

var entity = pattern(`^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[0-9A-Za-z]{2,31});`)

// escapeMarkdown writes a text so that a renderer shows it as it is and readMarkdown
// reads it back. It leaves alone what is harmless, so that links stay links.
func escapeMarkdown(text string) string {
	var b strings.Builder
	before := ' '
	for i, r := range text {
		after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		switch {
		case strings.ContainsRune(allSigns, r):
			fmt.Fprintf(&b, "&#x%X;", r)
			before = r
			continue
		case strings.ContainsRune("\\`*[]<", r),
			r == '#' && unicode.IsSpace(before),
			r == '_' && !(isWord(before) && isWord(after)),
			r == '~' && (before == '~' || after == '~'),
			r == '&' && entity().MatchString(text[i:]):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
