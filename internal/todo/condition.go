package todo

import (
	"slices"
	"strings"
	"unicode/utf8"

	"todo.example/internal/when"
)

// Condition is one thing that a query asks of a todo.
type Condition struct {
	Not   bool // it must not be so
	On    On
	Value string     // folded; of OnHas: due, notes, repeat, subtasks, tag, list or priority
	Words []string   // of OnWords: folded, one after the other
	Whole bool       // of OnWords: the last one is no beginning of a word
	Due   when.Range // of OnDue
}

// On says what a condition is about.
type On string

// What a condition may be about.
const (
	OnWords    On = "words"    // of the text, the notes or a tag
	OnLiteral  On = "literal"  // signs without a word among them, in the text or the notes
	OnTag      On = "tag"      // a name
	OnList     On = "list"     // a name, "" is the inbox
	OnDue      On = "due"      // a range
	OnPriority On = "priority" // high, medium, low, or "" for none
	OnParent   On = "parent"   // an id
	OnHas      On = "has"      // a member that is not empty
	OnBy       On = "by"       // part of the name of who made or last changed it
)

// prefix reports whether a condition's last word also finds longer ones.
func (c Condition) prefix() bool {
	return !c.Whole && utf8.RuneCountInString(c.Words[len(c.Words)-1]) >= minPrefix
}

// ranged reports whether the condition asks for dues between dates.
func (c Condition) ranged() bool {
	return c.On == OnDue && !c.Not && !c.Due.None && c.Due != when.Range{}
}

// matches reports whether a row is as the condition asks.
func (p *plan) matches(row *Todo, c Condition) (bool, error) {
	if c.On == OnHas && c.Value == "subtasks" {
		kids, err := p.r.Counters(countParent + row.ID)
		return (len(kids) > 0) != c.Not, err
	}
	return c.holds(row, p.clock) != c.Not, nil
}

func (c Condition) holds(t *Todo, clock when.Clock) bool {
	switch c.On {
	case OnWords:
		return c.wordsIn(t)
	case OnLiteral:
		return strings.Contains(fold(t.Text), c.Value) || strings.Contains(fold(t.Notes), c.Value)
	case OnTag:
		return slices.ContainsFunc(t.Tags, func(tag string) bool { return FoldName(tag) == c.Value })
	case OnList:
		return FoldName(t.List) == c.Value
	case OnDue:
		return dueWithin(t, c.Due, clock)
	case OnPriority:
		return string(t.Priority) == c.Value
	case OnParent:
		return t.ParentID == c.Value
	case OnBy:
		return authorIs(t.CreatedBy, c.Value) || authorIs(t.UpdatedBy, c.Value)
	default:
		return t.has(c.Value)
	}
}

// has reports whether a member is not empty.
func (t *Todo) has(member string) bool {
	switch member {
	case "due":
		return t.Due != ""
	case "notes":
		return t.Notes != ""
	case "repeat":
		return t.Repeat != ""
	case "tag":
		return len(t.Tags) > 0
	case "list":
		return t.List != ""
	default:
		return t.Priority != ""
	}
}

// authorIs reports whether an author is meant by a folded name or a part of it:
// "claude" is also Claude Code.
func authorIs(author, part string) bool { return strings.Contains(FoldName(author), part) }

// dueWithin reports whether a todo is due in a range, on the person's calendar.
func dueWithin(t *Todo, r when.Range, clock when.Clock) bool {
	due := t.When()
	switch {
	case r.None:
		return due.IsZero()
	case due.IsZero():
		return r == when.Range{}
	case r.Overdue:
		return t.Overdue(clock)
	}
	return within(due.DateIn(clock.Zone), r.From, r.To)
}

// wordsIn reports whether the condition's words are among those that find the todo
// and, where they are several, stand one after the other.
func (c Condition) wordsIn(t *Todo) bool {
	found := searchWords(*t)
	last := len(c.Words) - 1
	for _, w := range c.Words[:last] {
		if !slices.Contains(found, w) {
			return false
		}
	}
	if !slices.ContainsFunc(found, c.isLast) {
		return false
	}
	return last == 0 || c.adjacentIn(t.Text) || c.adjacentIn(t.Notes) || slices.ContainsFunc(t.Tags, c.adjacentIn)
}

func (c Condition) isLast(word string) bool {
	last := c.Words[len(c.Words)-1]
	return word == last || c.prefix() && strings.HasPrefix(word, last)
}

func (c Condition) adjacentIn(s string) bool {
	in, last := words(s), len(c.Words)-1
	for i := 0; i+last < len(in); i++ {
		if slices.Equal(in[i:i+last], c.Words[:last]) && c.isLast(in[i+last]) {
			return true
		}
	}
	return false
}
