package cli

import (
	"strings"
	"unicode"
)

// printableLine returns text that came from a server as one line that does nothing
// to a terminal: control characters, and those that reorder text, are left out.
func printableLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}
