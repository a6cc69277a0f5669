package todo

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// cursorSum is how many bytes of a cursor say whose it is.
const cursorSum = 8

// cursorOf returns a cursor that goes on from a place, for the same question only.
func cursorOf(question any, place string) string {
	if place == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(questionSum(question), place...))
}

// placeFrom returns the place from which a cursor goes on; "" is the beginning.
func placeFrom(question any, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) <= cursorSum || string(raw[:cursorSum]) != string(questionSum(question)) {
		return "", invalid("cursor", "take nextCursor of the page before, and ask for the same", "the cursor is not one of this list's")
	}
	return string(raw[cursorSum:]), nil
}

// questionSum is the same for questions whose pages belong together.
func questionSum(question any) []byte {
	text, err := json.Marshal(question)
	if err != nil {
		panic(err) // plain strings and times
	}
	sum := sha256.Sum256(text)
	return sum[:cursorSum]
}

// question is what a cursor belongs to: the query without what may differ from page
// to page.
func (q Query) question() Query {
	q.Cursor, q.Limit = "", 0
	if q.Status == "" {
		q.Status = StatusAll
	}
	return q
}
