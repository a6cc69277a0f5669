package todo

import "strings"

// A position is a fractional rank: a string of base-32 digits whose byte order is
// the order of the list. Its first positionWidth digits count, any more are a
// fraction between two neighbours; so what is put at either end never lengthens it.
// A fraction does not end in the digit zero: there is always room before it.
const (
	positionWidth  = 8
	positionDigits = idAlphabet
	firstPosition  = "h0000000" // half of the space is left for what is moved to the top
	maxPosition    = 32         // digits; where more would be needed, the neighbours are spread anew
)

// positionAfter returns the position that follows last, the greatest of the list
// ("" for an empty list).
func positionAfter(last string) string {
	if last == "" {
		return firstPosition
	}
	n := positionNumber(last) + 1
	if n < positionSpace {
		return positionOf(n)
	}
	return last + firstPosition // 10¹² todos later: go on below the last one
}

// positionBefore returns a position before first, the least of the list. It is not
// ok after 10¹² of them.
func positionBefore(first string) (position string, ok bool) {
	if n := positionNumber(first); n > 0 {
		return positionOf(n - 1), true
	}
	return positionBetween("", first)
}

// positionSpace is how many positions there are without a fraction.
const positionSpace = uint64(1) << (5 * positionWidth)

// positionNumber returns the counting digits of a position as a number.
func positionNumber(position string) (n uint64) {
	for i := range positionWidth {
		n = n<<5 | uint64(positionDigit(position, i))
	}
	return n
}

func positionOf(n uint64) string {
	var digits [positionWidth]byte
	for i := positionWidth - 1; i >= 0; i-- {
		digits[i] = positionDigits[n&31]
		n >>= 5
	}
	return string(digits[:])
}

// positionDigit returns the digit at i; past the end all are zero.
func positionDigit(position string, i int) int {
	if i >= len(position) {
		return 0
	}
	return strings.IndexByte(positionDigits, position[i])
}

// positionBetween returns a short position p with a < p < b. It is not ok where
// there is none.
func positionBetween(a, b string) (p string, ok bool) {
	i := 0
	for i < len(b) && positionDigit(a, i) == positionDigit(b, i) {
		i++
	}
	low, high := positionDigit(a, i), positionDigit(b, i)
	if i >= len(b) || low > high {
		return "", false
	}
	if high-low > 1 {
		return widened(b[:i], (low+high)/2), true
	}
	if p = widened(b[:i], high); p < b {
		return p, true
	}
	// No digit lies between the two here: take one below b's, and then more than a.
	digits := []byte(b[:i])
	digits = append(digits, positionDigits[low])
	for i++; positionDigit(a, i) == 31; i++ {
		digits = append(digits, positionDigits[31])
	}
	return widened(string(digits), (positionDigit(a, i)+32)/2), true
}

// widened returns the digits and one more, at the least positionWidth.
func widened(digits string, digit int) string {
	p := digits + positionDigits[digit:digit+1]
	return p + strings.Repeat("0", max(0, positionWidth-len(p)))
}

// spreadPositions fills all with ascending positions between a and b, each as short
// as can be. It fails where one would be longer than limit.
func spreadPositions(all []string, a, b string, limit int) bool {
	if len(all) == 0 {
		return true
	}
	mid := len(all) / 2
	p, ok := positionBetween(a, b)
	if !ok || len(p) > limit {
		return false
	}
	all[mid] = p
	return spreadPositions(all[:mid], a, p, limit) && spreadPositions(all[mid+1:], p, b, limit)
}
