package exchange

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"todo.example/internal/todo"
	"todo.example/internal/when"
)

// The keys that are read, besides the signs of the format. due, rec, pri, t and p
// are what others use too; the rest are ours, for what the format has no place for.
const (
	keyDue    = "due"   // 2026-11-27
	keyAt     = "at"    // 17:00
	keyZone   = "tz"    // Europe/Berlin
	keyRec    = "rec"   // 1w, +2m: d, b (weekdays), w, m, y
	keyRule   = "rrule" // FREQ=MONTHLY;BYMONTHDAY=1, where rec cannot say it
	keyPri    = "pri"   // A, of a completed one
	keyID     = "id"
	keyParent = "p"    // id of the parent
	keyList   = "list" // the list, where +project cannot hold its name
	keyNotes  = "note"
	keyText   = "text" // the text, where the words before would not be read back as it
)

var todoTxtKeys = []string{keyDue, keyAt, keyZone, keyRec, keyRule, keyPri, keyID, keyParent, keyList, keyNotes, keyText}

var letters = map[todo.Priority]string{todo.PriorityHigh: "A", todo.PriorityMedium: "B", todo.PriorityLow: "C"}

func writeTodoTxt(w io.Writer, todos []todo.Todo, o Options) error {
	out := bufio.NewWriter(w)
	ids := identify(todos)
	for i, t := range todos {
		fmt.Fprintln(out, todoTxtLine(t, ids.own[i], ids.parent(i), o))
	}
	return out.Flush()
}

func todoTxtLine(t todo.Todo, id, parent string, o Options) string {
	head, tail := todoTxtHead(t, o), todoTxtTail(t, id, parent)
	line := strings.Join(slices.Concat(head, []string{t.Text}, tail), " ")
	back := parseTodoTxt(line)
	if back.text == t.Text && back.list() == t.List && slices.Equal(back.tags(), t.Tags) && back.same(head, tail) {
		return line
	}
	return strings.Join(slices.Concat(head, []string{oneLine(t.Text), keyText + ":" + escapeValue(t.Text)}, tail), " ")
}

func todoTxtHead(t todo.Todo, o Options) []string {
	var head []string
	date := func(at time.Time) {
		if !at.IsZero() {
			head = append(head, at.In(o.zone()).Format(time.DateOnly))
		}
	}
	switch {
	case t.Completed:
		head = append(head, "x")
		if !t.CompletedAt.IsZero() { // a lone date would be taken for this one
			date(t.CompletedAt)
			date(t.CreatedAt)
		}
		return head
	case t.Priority != "":
		head = append(head, "("+letters[t.Priority]+")")
	}
	date(t.CreatedAt)
	return head
}

func todoTxtTail(t todo.Todo, id, parent string) []string {
	var tail []string
	key := func(name, value string) {
		if value != "" {
			tail = append(tail, name+":"+escapeValue(value))
		}
	}
	if t.List != "" {
		project := strings.Join(strings.Fields(t.List), "_")
		tail = append(tail, "+"+project)
		if project != t.List {
			key(keyList, t.List)
		}
	}
	for _, tag := range t.Tags {
		tail = append(tail, "@"+tag)
	}
	if t.Completed {
		key(keyPri, letters[t.Priority])
	}
	due, clock, _ := strings.Cut(t.Due, "T")
	key(keyDue, due)
	if len(clock) >= 5 {
		if d, err := when.Valid(due+"T"+clock[:5], t.Timezone); err == nil && d.At == t.Due {
			clock = clock[:5] // without its offset, but in the second of an hour that comes twice
		}
		key(keyAt, clock)
		key(keyZone, t.Timezone)
	}
	if rec := recOf(t.Repeat); rec != "" {
		key(keyRec, rec)
	} else {
		key(keyRule, t.Repeat)
	}
	key(keyParent, parent)
	key(keyID, id)
	key(keyNotes, t.Notes)
	return tail
}

var valueEscaper = strings.NewReplacer("%", "%25", " ", "%20", "\t", "%09", "\n", "%0A", "\r", "%0D")

// escapeValue writes a value without blanks. What has none is written as it is.
func escapeValue(value string) string { return valueEscaper.Replace(value) }

var escaped = pattern(`%[0-9A-Fa-f]{2}`)

func unescapeValue(value string) string {
	return escaped().ReplaceAllStringFunc(value, func(hex string) string {
		b, _ := strconv.ParseUint(hex[1:], 16, 8) // two hexadecimal digits
		if b >= 0x80 {
			return hex // not ours
		}
		return string(rune(b))
	})
}

var (
	weekdays  = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
	plainRule = pattern(`^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(?:;INTERVAL=(\d+))?$`)
	recValue  = pattern(`^\+?(\d{0,3})([dbwmy])$`)
	recUnit   = map[string]string{"d": "DAILY", "w": "WEEKLY", "m": "MONTHLY", "y": "YEARLY"}
)

// recOf returns a rule as rec has it, or "". The plus says that the next is due
// after the last due date, as ours are, not after the day it was done.
func recOf(rule string) string {
	if rule == weekdays {
		return "+1b"
	}
	match := plainRule().FindStringSubmatch(rule)
	if match == nil {
		return ""
	}
	return "+" + strconv.Itoa(number(match[2])) + strings.ToLower(match[1][:1])
}

func ruleOf(rec string) (string, bool) {
	match := recValue().FindStringSubmatch(strings.ToLower(rec))
	switch {
	case match == nil:
		return "", false
	case match[2] == "b":
		return weekdays, number(match[1]) == 1
	}
	return everyRule(recUnit[match[2]], number(match[1])), true
}

func everyRule(freq string, every int) string {
	if every == 1 {
		return "FREQ=" + freq
	}
	return "FREQ=" + freq + ";INTERVAL=" + strconv.Itoa(every)
}

// number reads a few digits; none are 1.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 1
	}
	return n
}
