package todo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What search sees of a todo.
const (
	maxWords      = 500 // distinct words: the text's, the tags', then the notes' as far as there is room
	maxWordBytes  = 32  // of a word: what follows does not count
	minPrefix     = 3   // letters from which on a word finds the words that begin with it
	firstNonASCII = utf8.RuneSelf
)

// fold returns s as search compares it: without case, without marks, and with the
// compatible forms of a letter as one (NFKD).
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(lower(r))
		}
	}
	return norm.NFC.String(b.String()) // Hangul in syllables again
}

// lower takes the long way, by which all small forms of a letter become one (ς, σ).
func lower(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

// FoldName returns the name of a list or tag, or of an author, as names are compared:
// without case.
func FoldName(name string) string {
	if isASCII(name) {
		return strings.ToLower(name)
	}
	return strings.Map(lower, norm.NFC.String(name))
}

// FoldList returns the name of a list, in any spelling, as names are compared; the
// inbox is "".
func FoldList(name string) string {
	name = FoldName(strings.Join(strings.Fields(name), " "))
	if name == none || name == FoldName(Inbox) {
		return ""
	}
	return name
}

// FoldTag returns the name of a tag, in any spelling, as names are compared; "" for
// none.
func FoldTag(name string) string {
	return FoldName(strings.Join(strings.Fields(strings.TrimLeft(name, "#@")), "-"))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= firstNonASCII {
			return false
		}
	}
	return true
}

// words returns the words of s, folded, in order. Where a script does not part
// its words, each character is one.
func words(s string) (words []string) {
	s = fold(s)
	start := -1
	end := func(i int) {
		if start >= 0 {
			words = append(words, cutWord(s[start:i]))
		}
		start = -1
	}
	for i, r := range s {
		switch {
		case !isWordRune(r):
			end(i)
		case r >= firstNonASCII && unicode.In(r, unparted...):
			end(i)
			start = i
			end(i + utf8.RuneLen(r))
		case start < 0:
			start = i
		}
	}
	end(len(s))
	return words
}

// unparted are the scripts that are written without blanks between words.
var unparted = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func isWordRune(r rune) bool {
	if r < firstNonASCII {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func cutWord(w string) string {
	if len(w) <= maxWordBytes {
		return w
	}
	n := maxWordBytes
	for !utf8.RuneStart(w[n]) {
		n--
	}
	return w[:n]
}

// searchWords returns the distinct words that find a todo: at most maxWords, the
// text's first.
func searchWords(t Todo) []string {
	var found []string
	seen := map[string]bool{}
	add := func(s string) {
		for _, w := range words(s) {
			if len(found) < maxWords && !seen[w] {
				seen[w] = true
				found = append(found, w)
			}
		}
	}
	add(t.Text)
	for _, tag := range t.Tags {
		add(tag)
	}
	add(t.Notes)
	return found
}
