package when

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A token is a word in lower case, or one mark of punctuation that ended a word.
type token struct {
	text       string
	start, end int // where it is in the text
}

// tokenize splits at blanks, and peels the punctuation off the ends of words. "mon,wed"
// is as "mon, wed".
func tokenize(text string) []token {
	var tokens []token
	for start := 0; start < len(text); {
		r, size := utf8.DecodeRuneInString(text[start:])
		if unicode.IsSpace(r) {
			start += size
			continue
		}
		end := len(text)
		if n := strings.IndexFunc(text[start:], unicode.IsSpace); n >= 0 {
			end = start + n
		}
		tokens = appendWord(tokens, text, start, end)
		start = end
	}
	return tokens
}

func appendWord(tokens []token, text string, start, end int) []token {
	word := strings.TrimRight(text[start:end], ",.;:!?")
	if first, _, ok := strings.Cut(word, ","); ok && enumerates(word) {
		tokens = append(tokens, token{strings.ToLower(first), start, start + len(first)})
		start += len(first)
		return appendWord(append(tokens, token{",", start, start + 1}), text, start+1, end)
	}
	if word != "" {
		tokens = append(tokens, token{strings.ToLower(word), start, start + len(word)})
	}
	for i := start + len(word); i < end; i++ {
		tokens = append(tokens, token{text[i : i+1], i, i + 1})
	}
	return tokens
}

// enumerates reports whether a word is nothing but days or months with commas between.
func enumerates(word string) bool {
	for part := range strings.SplitSeq(strings.ToLower(word), ",") {
		_, day := weekdays[part]
		_, month := months[part]
		if _, ordinal := suffixed(part); !day && !month && !ordinal {
			return false
		}
	}
	return true
}

// A parser reads phrases off the front of its tokens.
type parser struct {
	clock  Clock
	text   string
	tokens []token
	pos    int
	reason string // why something that looked like a date is none; the first counts
}

func newParser(text string, c Clock) *parser {
	return &parser{clock: c, text: text, tokens: tokenize(text)}
}

func (p *parser) done() bool { return p.pos == len(p.tokens) }

// peek returns the word n ahead, "" behind the end.
func (p *parser) peek(n int) string {
	if p.pos+n >= len(p.tokens) {
		return ""
	}
	return p.tokens[p.pos+n].text
}

// accept takes the words if all of them come next.
func (p *parser) accept(words ...string) bool {
	for i, word := range words {
		if p.peek(i) != word {
			return false
		}
	}
	p.pos += len(words)
	return true
}

// acceptAny takes the next word if it is one of these.
func (p *parser) acceptAny(words ...string) bool {
	for _, word := range words {
		if p.accept(word) {
			return true
		}
	}
	return false
}

// lookup takes the next word if the table has it.
func lookup[T any](p *parser, table map[string]T) (T, bool) {
	value, ok := table[p.peek(0)]
	if ok {
		p.pos++
	}
	return value, ok
}

// try runs a form and takes nothing if it does not fit.
func try[T any](p *parser, form func() (T, bool)) (T, bool) {
	pos := p.pos
	value, ok := form()
	if !ok {
		p.pos = pos
	}
	return value, ok
}

// optional runs a form and takes nothing if it does not fit.
func (p *parser) optional(form func() bool) bool {
	_, ok := try(p, func() (struct{}, bool) { return struct{}{}, form() })
	return ok
}

// digits reads a number of at most max digits and no sign.
func digits(word string, most int) (int, bool) {
	if word == "" || len(word) > most || strings.Trim(word, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(word)
	return n, err == nil
}

// number takes 3, three or a.
func (p *parser) number() (int, bool) {
	if n, ok := lookup(p, numbers); ok {
		return n, true
	}
	n, ok := digits(p.peek(0), 4)
	if ok {
		p.pos++
	}
	return n, ok
}

// suffixed reads 1st, 22nd, 103rd; the suffix must fit.
func suffixed(word string) (int, bool) {
	if len(word) < 3 {
		return 0, false
	}
	n, ok := digits(word[:len(word)-2], 3)
	return n, ok && word == ordinal(n)
}

// ordinal writes 1st, 22nd, 103rd.
func ordinal(n int) string {
	suffix := "th"
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

var numbers = map[string]int{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
	"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}

var weekdays = map[string]time.Weekday{
	"sunday": time.Sunday, "sun": time.Sunday,
	"monday": time.Monday, "mon": time.Monday,
	"tuesday": time.Tuesday, "tue": time.Tuesday, "tues": time.Tuesday,
	"wednesday": time.Wednesday, "wed": time.Wednesday,
	"thursday": time.Thursday, "thu": time.Thursday, "thur": time.Thursday, "thurs": time.Thursday,
	"friday": time.Friday, "fri": time.Friday,
	"saturday": time.Saturday, "sat": time.Saturday,
}

var months = map[string]time.Month{
	"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4,
	"may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8,
	"september": 9, "sep": 9, "sept": 9, "october": 10, "oct": 10,
	"november": 11, "nov": 11, "december": 12, "dec": 12,
}
