package todo

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText returns text without blanks around it: 1 to MaxText characters, valid
// UTF-8, no control characters.
func cleanText(text string) (string, error) {
	if strings.ContainsAny(text, "\n\r") {
		return "", invalid("text", "keep it to one line and put the rest into the notes", "the text has a line end")
	}
	if err := checkString("text", text, ""); err != nil {
		return "", err
	}
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", invalid("text", "say what is to be done", "the text is empty")
	case n > MaxText:
		return "", invalid("text", "keep it short and put the rest into the notes", "the text has %d characters, %d are allowed", n, MaxText)
	}
	return text, nil
}

// cleanNotes returns notes with line ends as "\n": at most MaxNotes bytes.
func cleanNotes(notes string) (string, error) {
	notes = strings.ReplaceAll(notes, "\r\n", "\n")
	if err := checkString("notes", notes, "\n\t"); err != nil {
		return "", err
	}
	if len(notes) > MaxNotes {
		return "", invalid("notes", "shorten them", "the notes have %d bytes, %d are allowed", len(notes), MaxNotes)
	}
	return notes, nil
}

// checkString refuses invalid UTF-8 and control characters that are not allowed.
func checkString(field, s, allowed string) error {
	if !utf8.ValidString(s) {
		return invalid(field, "send UTF-8", "the %s is not valid UTF-8", field)
	}
	for _, r := range s {
		if unicode.IsControl(r) && !strings.ContainsRune(allowed, r) {
			return invalid(field, "remove it", "the %s has a control character (%U)", field, r)
		}
	}
	return nil
}

// printable reports whether s is printable ASCII without blanks.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func checkLimit(limit int) error {
	if limit < 0 {
		return invalid("limit", "leave it out for everything", "the limit must not be negative")
	}
	return nil
}

func checkBatch(n int) error {
	switch {
	case n == 0:
		return invalid("todos", "name at least one", "no todo is named")
	case n > MaxBatch:
		return invalid("todos", "send them in several requests", "%d items are too many for one request, %d are allowed", n, MaxBatch)
	}
	return nil
}
