package when

import (
	"slices"
	"strings"
	"unicode"
)

// Limits of the search, so that a long text costs little.
const (
	maxRepeatWords = 24 // in one repeat
	maxRepeats     = 5  // the words "every" that are looked at
)

// Find looks for a due and for an "every …" in a line such as "Buy milk tomorrow
// 17:00" or "Pay rent every month on the 1st"; rest is the text without them. It
// would rather find nothing than take a word of the text: nothing between double
// quotes, no month or number alone, and what can stand in a sentence by chance
// ("friday", "may 5", "in a week", 17:00) only where the text ends or behind "on",
// "by" or "at". So "Monday report", "Call May 5 times" and "Read 1984" are whole
// todos, and "Send report monday" is due. "daily" and the like are adjectives too
// often: only "every" makes a repeat.
//
// A repeat without a date leaves due zero, and First has it; one with a time has
// the first date at that time that is still to come. If nothing else were left,
// nothing is found: "tomorrow" is a todo.
func Find(text string, c Clock) (due Due, rule, rest string, ok bool) {
	f := &finder{parser: newParser(text, c)}
	f.quoted = quotedTokens(text, f.tokens)
	every, rule, minute := f.repeat()
	date, m := f.date(every)
	if m.minute < 0 {
		m.minute = minute
	}
	rest = without(text, f.cut(every), f.cut(date))
	if rest == "" || every.empty() && date.empty() {
		return Due{}, "", text, false
	}
	if !date.empty() || minute >= 0 {
		var err error
		if due, err = f.place(m, rule); err != nil {
			return Due{}, "", text, false
		}
	}
	return due, rule, rest, true
}

type finder struct {
	*parser
	quoted []bool // for each token
}

// A spot is some tokens, from the first to before the second; a cut is bytes.
type spot struct{ from, to int }

func (s spot) empty() bool { return s.from == s.to }

func (f *finder) cut(s spot) spot {
	if s.empty() {
		return spot{}
	}
	return spot{f.tokens[s.from].start, f.tokens[s.to-1].end}
}

// repeat finds the longest repeat that begins with the first "every" that has one,
// and the minute of the day in it, else -1.
func (f *finder) repeat() (every spot, rule string, minute int) {
	tries := 0
	for i, t := range f.tokens {
		if t.text != "every" || f.quoted[i] || tries == maxRepeats {
			continue
		}
		tries++
		for end := min(len(f.tokens), i+maxRepeatWords); end > i+1; end-- {
			phrase := f.text[t.start:f.tokens[end-1].end]
			if f.tokens[end-1].isMark() || len(phrase) > maxRule || slices.Contains(f.quoted[i:end], true) {
				continue
			}
			if r, minute, reason := f.clock.readRepeat(phrase); reason == "" && !f.byChance(i, end) {
				return spot{i, end}, r.canonical().String(), minute
			}
		}
	}
	return spot{}, "", -1
}

// byChance tells "back up every 2nd" from "read every 2nd page".
func (f *finder) byChance(from, to int) bool {
	_, ordinal := suffixedOrWord(f.tokens[to-1].text)
	return to-from == 2 && ordinal && !f.endsAt(to)
}

// date finds the first moment outside of the repeat that is surely meant as one.
func (f *finder) date(every spot) (spot, moment) {
	for i := range f.tokens {
		if i >= every.from && i < every.to {
			continue
		}
		end := len(f.tokens)
		if i < every.from {
			end = every.from
		}
		if quote := slices.Index(f.quoted[i:end], true); quote >= 0 {
			end = i + quote
		}
		// Within these borders the rest of the text does not exist.
		p := &parser{clock: f.clock, text: f.text, tokens: f.tokens[:min(end, i+maxRepeatWords)], pos: i}
		m, ok := p.moment()
		if !ok || !f.meant(m, i, p.pos, every) {
			continue
		}
		if _, err := f.place(m, ""); err == nil {
			return spot{i, p.pos}, m
		}
	}
	return spot{}, moment{minute: -1}
}

// meant reports whether the words cannot stand there by chance.
func (f *finder) meant(m moment, from, to int, every spot) bool {
	first := f.tokens[from].text
	end := f.endsAt(to) || to == every.from && !every.empty()
	switch {
	case first == "now", first == "weekend", from > 0 && f.tokens[from-1].text == "every":
		return false
	case m.day.IsZero() && m.instant.IsZero(): // a time alone
		return m.marked || end || from == every.to && !every.empty()
	case m.marked && m.shortDay && m.minute < 0:
		return end // "read on sun and moon"
	case m.marked, m.minute >= 0, !m.instant.IsZero():
		return true
	case m.shortDay:
		return false
	case m.chance, m.plainDay:
		return end && from > 0 && first != "the" && !isOrdinalWord(f.tokens[to-1].text, to-from)
	}
	return true
}

// isOrdinalWord reports whether all there is is "1st".
func isOrdinalWord(word string, count int) bool {
	_, ok := suffixed(word)
	return ok && count == 1
}

// endsAt reports whether the text ends there, but for the marks of a quick add.
func (f *finder) endsAt(i int) bool {
	for _, t := range f.tokens[i:] {
		if !t.isMark() && !strings.ContainsRune("#!+^@", rune(t.text[0])) {
			return false
		}
	}
	return true
}

// isMark reports whether it is a mark of punctuation.
func (t token) isMark() bool { return len(t.text) == 1 && strings.Contains(",.;:!?", t.text) }

// place makes the moment a due; a time that stands beside a repeat is on its first
// date on which it is to come.
func (f *finder) place(m moment, rule string) (Due, error) {
	if rule == "" || !m.day.IsZero() || !m.instant.IsZero() {
		return m.due(f.clock)
	}
	first, err := First(rule, f.clock)
	if err != nil {
		return Due{}, err
	}
	m.day = first.Instant(nil)
	due, err := m.due(f.clock)
	if err != nil || due.Instant(nil).After(f.clock.Now) {
		return due, err
	}
	if next, ok := Next(rule, due, f.clock); ok {
		return next, nil
	}
	return due, nil
}

// quotedTokens marks the tokens that lie between two double quotes, straight or
// curly; a quote without its other half is none.
func quotedTokens(text string, tokens []token) []bool {
	var spans []spot
	open := -1
	for i, r := range text {
		switch {
		case open < 0 && (r == '"' || r == '“'):
			open = i
		case open >= 0 && (r == '"' || r == '”'):
			spans = append(spans, spot{open, i})
			open = -1
		}
	}
	quoted := make([]bool, len(tokens))
	for i, t := range tokens {
		quoted[i] = slices.ContainsFunc(spans, func(s spot) bool { return t.end > s.from && t.start <= s.to })
	}
	return quoted
}

// without cuts the pieces out of the text and closes the gaps.
func without(text string, pieces ...spot) string {
	slices.SortFunc(pieces, func(a, b spot) int { return b.from - a.from })
	for _, piece := range pieces {
		if piece.empty() {
			continue
		}
		before := strings.TrimRightFunc(text[:piece.from], unicode.IsSpace)
		after := text[piece.to:]
		if before == "" {
			after = strings.TrimLeft(after, ",.;:!?")
		}
		after = strings.TrimLeftFunc(after, unicode.IsSpace)
		if before != "" && after != "" && !strings.ContainsRune(",.;:!?", rune(after[0])) {
			before += " "
		}
		text = before + after
	}
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
}
