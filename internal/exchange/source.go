package exchange

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"todo.example/internal/todo"
)

// readAll reads a file as text: at most MaxBytes of UTF-8, without the byte order
// mark, its lines ended by "\n". A folded format may have cut characters in two,
// and is not checked.
func readAll(r io.Reader, folded bool) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > MaxBytes:
		return "", &todo.Error{Code: todo.CodeTooLarge, Message: fmt.Sprintf("the file has more than %d MiB", MaxBytes>>20), Hint: "split it and import the parts; nothing was imported"}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return "", notUTF8("the file is UTF-16")
	}
	if !folded && !utf8.ValidString(text) {
		valid := strings.ToValidUTF8(text, "\xff") // of the same length up to the first fault
		return "", notUTF8(fmt.Sprintf("line %d is not valid UTF-8", 1+strings.Count(text[:strings.IndexByte(valid, 0xff)], "\n")))
	}
	if !strings.Contains(text, "\r") {
		return text, nil
	}
	return newLines.Replace(text), nil
}

func notUTF8(message string) error {
	return &todo.Error{Code: todo.CodeInvalid, Field: "file", Message: message, Hint: "save the file as UTF-8 and import it again; nothing was imported"}
}

// lines yields the lines of a text by their numbers, which begin at 1.
func lines(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if !yield(n, strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}
