package when

import (
	"slices"
	"time"
)

// The kinds of days that a list can name; only the first two can stand together.
const (
	weekdayKind    = "weekday"
	nthWeekdayKind = "nth weekday"
	dayKind        = "day"
	yearDayKind    = "day of the year"
	dateKind       = "date"
)

// days reads a list of days of one kind: "monday and friday", "the 1st and 3rd
// tuesday", "the last day of the month", "24 december".
func (p *repeatParser) days() bool {
	p.said = ""
	kinds, ok := repeated(p.parser, p.group)
	if !ok {
		return false
	}
	p.said = kinds[0]
	for _, kind := range kinds[1:] {
		switch {
		case kind == p.said, kind == weekdayKind && p.said == nthWeekdayKind:
		case kind == nthWeekdayKind && p.said == weekdayKind:
			p.said = kind
		default:
			return false
		}
	}
	return p.of()
}

// group reads what is between two "and"s that join days, and says of what kind.
func (p *repeatParser) group() (kind string, ok bool) {
	p.accept("the")
	if date, ok := try(p.parser, p.dateOfYear); ok {
		return dateKind, p.addDate(date)
	}
	numbers, numbered := p.ordinals()
	if !numbered {
		numbers = []int{0}
	}
	if day, ok := p.weekdayWord(); ok {
		for _, n := range numbers {
			p.byDay = append(p.byDay, nthWeekday{n, day})
		}
		return map[bool]string{false: weekdayKind, true: nthWeekdayKind}[numbered], true
	}
	if p.acceptAny("weekday", "weekdays", "workday", "workdays") {
		for day := time.Monday; day <= time.Friday; day++ {
			p.byDay = append(p.byDay, nthWeekday{day: day})
		}
		if numbered {
			p.bySetPos = numbers
			return nthWeekdayKind, true
		}
		return weekdayKind, true
	}
	if !numbered {
		return "", false
	}
	p.acceptAny("day", "days")
	if p.accept("of", "the", "year") {
		p.byYearDay, p.freq = append(p.byYearDay, numbers...), max(p.freq, yearly)
		return yearDayKind, true
	}
	p.byMonthDay = append(p.byMonthDay, numbers...)
	return dayKind, true
}

func (p *repeatParser) weekdayWord() (time.Weekday, bool) {
	word := p.peek(0)
	if day, ok := lookup(p.parser, weekdays); ok {
		return day, true
	}
	if len(word) > len("sundays")-1 && unitIsPlural(word) {
		day, ok := weekdays[word[:len(word)-1]]
		if ok {
			p.pos++
		}
		return day, ok
	}
	return 0, false
}

// dateOfYear reads "24 dec" and "dec 24" as {12, 24}.
func (p *repeatParser) dateOfYear() ([2]int, bool) {
	number := func() (int, bool) {
		n, ok := suffixed(p.peek(0))
		if !ok {
			n, ok = digits(p.peek(0), 2)
		}
		p.pos++
		return n, ok
	}
	if month, ok := lookup(p.parser, months); ok {
		n, ok := number()
		return [2]int{int(month), n}, ok
	}
	n, ok := number()
	p.accept("of")
	month, isMonth := lookup(p.parser, months)
	return [2]int{int(month), n}, ok && isMonth
}

// addDate adds a date to a yearly rule, which can only cross months with days.
func (p *repeatParser) addDate(date [2]int) bool {
	if p.freq != unset && p.freq != yearly || date[1] < 1 || date[1] > 31 {
		return false
	}
	if len(p.byMonth) > 0 && !slices.Equal(p.byMonth, []int{date[0]}) && !slices.Equal(p.byMonthDay, []int{date[1]}) {
		p.refuse("one rule cannot hold these dates: make one for each")
		return false
	}
	p.byMonth = appendNew(p.byMonth, date[0])
	p.byMonthDay = appendNew(p.byMonthDay, date[1])
	return true
}

func appendNew(list []int, n int) []int {
	if slices.Contains(list, n) {
		return list
	}
	return append(list, n)
}

// of reads "of the month", "of the year" and "of january" behind days.
func (p *repeatParser) of() bool {
	switch {
	case p.accept("of", "the", "month"), p.accept("of", "every", "month"), p.accept("of", "each", "month"):
		p.ofMonth = true
		if p.freq == unset {
			p.freq = monthly
		}
		return p.freq >= monthly
	case p.accept("of", "the", "year"):
		if p.freq == unset {
			p.freq = yearly
		}
		return p.freq == yearly && p.said == nthWeekdayKind && len(p.byMonth) == 0
	case p.accept("of"):
		if p.freq == unset {
			p.freq = yearly
		}
		return p.freq == yearly && p.in()
	}
	return true
}

// ordinals reads "1st, 3rd and last".
func (p *repeatParser) ordinals() ([]int, bool) { return p.list(p.ordinal) }

func (p *repeatParser) list(item func() (int, bool)) ([]int, bool) { return repeated(p.parser, item) }

// repeated reads items that are joined by commas and "and", at least one.
func repeated[T any](p *parser, item func() (T, bool)) ([]T, bool) {
	first, ok := try(p, item)
	if !ok {
		return nil, false
	}
	all := []T{first}
	for {
		next, ok := try(p, func() (T, bool) {
			comma, and := p.accept(","), p.acceptAny("and", "&")
			if !comma && !and {
				var none T
				return none, false
			}
			return item()
		})
		if !ok {
			return all, true
		}
		all = append(all, next)
	}
}

var ordinalWords = map[string]int{
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
	"seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}

func suffixedOrWord(word string) (int, bool) {
	if n, ok := ordinalWords[word]; ok {
		return n, true
	}
	return suffixed(word)
}

// ordinal reads "2nd", "last" and "2nd to last", the latter as -2.
func (p *repeatParser) ordinal() (int, bool) {
	p.accept("the")
	if p.accept("last") {
		return -1, true
	}
	n, ok := suffixedOrWord(p.peek(0))
	if !ok || n < 1 || n > 366 {
		return 0, false
	}
	p.pos++
	if p.accept("to", "last") || p.accept("last") {
		return -n, true
	}
	return n, true
}

// ordinalName is what ordinal reads.
func ordinalName(n int) string {
	switch {
	case n == -1:
		return "last"
	case n < 0:
		return ordinal(-n) + " to last"
	}
	return ordinal(n)
}
