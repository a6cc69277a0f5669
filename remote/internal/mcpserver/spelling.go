package mcpserver

import (
	"strings"
	"unicode"
)

// fold makes the spellings of a name that models take for each other one:
// create_todo, create-todo, CreateTodo.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

const maxNear = 64 // bytes of a name that is compared at all

// nearest returns the name that is most like given, "" if none is.
func nearest(given string, names []string) string {
	given = fold(given)
	if given == "" || len(given) > maxNear {
		return ""
	}
	best, least := "", max(2, len(given)/3)+1
	for _, name := range names {
		d := distance(given, fold(name))
		if strings.HasSuffix(fold(name), given) { // text for todoText
			d = min(d, 1)
		}
		if d < least || d == least && best != "" && len(name) < len(best) { // id is todoID rather than parentID
			best, least = name, d
		}
	}
	return best
}

// distance returns the Levenshtein distance, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

const maxEcho = 80 // characters of what was sent that an error repeats

// cut shortens text that an error repeats.
func cut(text string) string {
	if runes := []rune(text); len(runes) > maxEcho {
		return string(runes[:maxEcho]) + "…"
	}
	return text
}
