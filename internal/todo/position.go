package todo

import "strings"

// A position is a fractional rank: a string of base-32 digits whose byte order is
// the order of the list. Its first positionWidth digits count, any more are a
// fraction between two neighbours; so appending never lengthens it.
const (
	positionWidth  = 8
	positionDigits = idAlphabet
	firstPosition  = "h0000000" // half of the space is left for what is moved to the top
)

// positionAfter returns the position that follows last, the greatest of the list
// ("" for an empty list).
func positionAfter(last string) string {
	if last == "" {
		return firstPosition
	}
	digits := []byte(last[:positionWidth])
	for i := positionWidth - 1; i >= 0; i-- {
		d := strings.IndexByte(positionDigits, digits[i])
		if d < len(positionDigits)-1 {
			digits[i] = positionDigits[d+1]
			return string(digits)
		}
		digits[i] = positionDigits[0]
	}
	return last + firstPosition // 10¹² todos later: go on below the last one
}
