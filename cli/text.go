package cli

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// printableLine returns text that came from a server as one line that does nothing
// to a terminal: control characters, and those that are invisible or reorder text,
// are left out. The joiners stay: emoji and several scripts are made with them.
func printableLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case joins(r):
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, s)
}

// joins reports whether r makes one character of its neighbours, or keeps them apart.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

// cells returns how many columns of a terminal s takes (Unicode UAX #11). For
// emoji made of several, which terminals disagree on, it is the larger number.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut shortens s to at most limit cells, the ellipsis at its end included.
func cut(s string, limit int) string {
	if limit < 1 || cells(s) <= limit {
		return s
	}
	taken := 1
	for i, r := range s {
		if taken += runeCells(r); taken > limit {
			return s[:i] + "…"
		}
	}
	return s
}
