package todo

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"todo.example/internal/when"
)

// ParseQuickAdd reads "Buy milk tomorrow 17:00 #home !high +Shopping": a date, a
// repeat, #tag, !high|!medium|!low (!1 !2 !3, p1 p2 p3, and p4 for none), +list or
// +"two words", and //notes to the end. What is left is the text, its blanks single.
//
// Text in double quotes is kept as it is, quotes and all, and so is a word behind a
// backslash, which goes. No word is lost: what is not understood, and what is said
// a second time, stays text; where no text would be left, all of it is the text.
func ParseQuickAdd(text string, actor Actor, now time.Time) New {
	text = strings.TrimSpace(text)
	var q quickAdd
	q.read(text)
	q.findDate(actor.Clock(now))
	q.Text = q.rest()
	if q.Text == "" {
		return New{Text: text}
	}
	return q.New
}

// quickAdd is what was read so far.
type quickAdd struct {
	New
	words       []quickWord // of the text
	prioritized bool
}

// quickWord is a word or a quoted part of the text; a literal one is never a date.
type quickWord struct {
	text    string
	literal bool
}

func (q *quickAdd) read(text string) {
	for rest := text; rest != ""; {
		if notes, ok := strings.CutPrefix(rest, "//"); ok && len(q.words) > 0 && strings.TrimSpace(notes) != "" {
			q.Notes = strings.TrimSpace(notes)
			return
		}
		word, after := nextWord(rest)
		switch {
		case strings.HasPrefix(word, `\`) && len(word) > 1:
			q.words = append(q.words, quickWord{word[1:], true})
		case strings.HasPrefix(word, `"`) && len(word) > 1:
			q.words = append(q.words, quickWord{word, true})
		case !q.sign(word):
			q.words = append(q.words, quickWord{word, strings.ContainsRune(word, '"')})
		}
		rest = strings.TrimLeftFunc(after, unicode.IsSpace)
	}
}

// nextWord cuts the first word off; quotes keep the blanks between them in it.
func nextWord(s string) (word, rest string) {
	quoted := false
	for i, r := range s {
		switch {
		case r == '"' && !quoted: // without an end it is a character like another
			quoted = (i == 0 || s[:i] == "+") && strings.Contains(s[i+1:], `"`)
		case r == '"':
			quoted = false
		case !quoted && unicode.IsSpace(r):
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// sign takes a word that says something else than the text. Such a word stays text
// if it says nothing that is valid, or what was said before.
func (q *quickAdd) sign(word string) bool {
	if p, ok := quickPriorities[strings.ToLower(word)]; ok && !q.prioritized {
		q.Priority, q.prioritized = string(p), true
		return true
	}
	if name, ok := strings.CutPrefix(word, "+"); ok && q.List == "" {
		if len(name) > 2 && name[0] == '"' && name[len(name)-1] == '"' {
			name = name[1 : len(name)-1]
		}
		if _, err := cleanList(name); err != nil || !named(name) {
			return false
		}
		q.List = name
		return true
	}
	if name, ok := strings.CutPrefix(word, "#"); ok && named(name) {
		tag, err := cleanTag(name)
		if err != nil || tag == "" || len(q.Tags) == MaxTags {
			return false
		}
		if !slices.Contains(q.Tags, tag) {
			q.Tags = append(q.Tags, tag)
		}
		return true
	}
	return false
}

var quickPriorities = map[string]Priority{
	"!high": PriorityHigh, "!medium": PriorityMedium, "!low": PriorityLow,
	"!1": PriorityHigh, "!2": PriorityMedium, "!3": PriorityLow,
	"p1": PriorityHigh, "p2": PriorityMedium, "p3": PriorityLow, "p4": PriorityNone,
}

// named reports whether s is a name as far as a sign in a sentence is concerned: it
// has a letter ("#1" is a number, "+1" a vote) and ends as a word does.
func named(s string) bool {
	runes := []rune(s)
	return strings.ContainsFunc(s, unicode.IsLetter) && !clears(s) && !strings.ContainsRune(",.;:!?", runes[len(runes)-1])
}

// kept stands for a literal word while a date is looked for: a private character
// that means nothing to anybody. One that was in the text is literal itself.
const kept = "\uE0F0"

func (q *quickAdd) findDate(clock when.Clock) {
	var literals []string
	words := make([]string, len(q.words))
	for i, w := range q.words {
		if words[i] = w.text; w.literal || strings.Contains(w.text, kept) {
			words[i] = kept
			literals = append(literals, w.text)
		}
	}
	due, rule, rest, ok := when.Find(strings.Join(words, " "), clock)
	if !ok || strings.Count(rest, kept) != len(literals) || strings.TrimSpace(rest) == "" {
		return
	}
	q.Due, q.Repeat = said(due, clock), rule
	var text strings.Builder
	for i, part := range strings.Split(strings.Join(strings.Fields(rest), " "), kept) {
		if i > 0 {
			text.WriteString(literals[i-1])
		}
		text.WriteString(part)
	}
	q.words = []quickWord{{text: text.String()}}
}

// said returns a due as New.Due has it: on the person's own clock, if it is not
// another zone's.
func said(due when.Due, clock when.Clock) string {
	switch {
	case !due.HasTime():
		return due.At
	case due.Zone != clock.Zone.String():
		return due.Human(clock)
	}
	return due.At[:len("2006-01-02T15:04")]
}

func (q *quickAdd) rest() string {
	words := make([]string, len(q.words))
	for i, w := range q.words {
		words[i] = w.text
	}
	return strings.Join(words, " ")
}
