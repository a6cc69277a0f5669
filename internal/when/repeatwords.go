package when

import (
	"slices"
	"time"
)

// A repeatParser reads a rule off words, part by part.
type repeatParser struct {
	*parser
	rule

	said    string // the kind of days that the last list named
	ofMonth bool   // "of the month" was said
	minute  int    // the time of the day that was said, -1 for none
}

const unset frequency = -1

// repeatWords reads "every other tuesday", "monthly on the 1st until 24 dec" and
// the like, and the minute of the day if there is one, else -1; the reason is ""
// if it could.
func (c Clock) repeatWords(text string) (r rule, minute int, reason string) {
	p := &repeatParser{parser: newParser(text, c), rule: rule{freq: unset, interval: 1, weekStart: c.WeekStart}, minute: -1}
	ok := p.head()
	for ok && !p.done() {
		p.accept(",")
		ok = p.clause()
	}
	switch {
	case !ok && p.reason != "":
		return rule{}, -1, p.reason
	case !ok:
		return rule{}, -1, "not all of it is understood"
	case p.freq == yearly && len(p.byMonthDay) > 0 && len(p.byMonth) == 0 && !p.ofMonth:
		return rule{}, -1, "say in which month"
	}
	return p.rule, p.minute, ""
}

var adverbs = map[string]rule{
	"daily": {freq: daily, interval: 1}, "everyday": {freq: daily, interval: 1},
	"weekly": {freq: weekly, interval: 1}, "monthly": {freq: monthly, interval: 1},
	"quarterly": {freq: monthly, interval: 3},
	"yearly":    {freq: yearly, interval: 1}, "annually": {freq: yearly, interval: 1},
}

var units = map[string]rule{
	"day": {freq: daily, interval: 1}, "days": {freq: daily, interval: 1},
	"week": {freq: weekly, interval: 1}, "weeks": {freq: weekly, interval: 1},
	"fortnight": {freq: weekly, interval: 2},
	"month":     {freq: monthly, interval: 1}, "months": {freq: monthly, interval: 1},
	"quarter": {freq: monthly, interval: 3},
	"year":    {freq: yearly, interval: 1}, "years": {freq: yearly, interval: 1},
}

var withinDayWords = []string{"hourly", "hour", "hours", "minute", "minutes", "seconds"}

// head reads how often: "daily", "every 2 weeks", "every mon and fri".
func (p *repeatParser) head() bool {
	if slices.Contains(withinDayWords, p.peek(0)) {
		p.refuse(withinDay)
		return false
	}
	if adverb, ok := lookup(p.parser, adverbs); ok {
		p.freq, p.interval = adverb.freq, adverb.interval
		return true
	}
	if !p.acceptAny("every", "each") {
		return false
	}
	step, ok := try(p.parser, p.step)
	if !ok {
		step = 0
	}
	if slices.Contains(withinDayWords, p.peek(0)) || p.peek(0) == "second" && p.peek(1) == "" {
		p.refuse(withinDay)
		return false
	}
	if unit, ok := lookup(p.parser, units); ok {
		p.freq, p.interval = unit.freq, unit.interval*max(step, 1)
		return step != 0 || !unitIsPlural(p.tokens[p.pos-1].text)
	}
	if step == 0 && p.accept("weekend") {
		p.freq, p.byDay = weekly, []nthWeekday{{day: time.Saturday}}
		return true
	}
	if !p.days() {
		return false
	}
	if p.freq == unset {
		p.freq = map[string]frequency{weekdayKind: weekly, nthWeekdayKind: monthly, dayKind: monthly, dateKind: yearly}[p.said]
	}
	p.interval = max(step, 1)
	return step == 0 || p.said == weekdayKind && len(p.byDay) < 5
}

// step reads the "other", "2" or "3rd" of "every 3rd day", 0 for none of them.
func (p *repeatParser) step() (int, bool) {
	if p.accept("other") {
		return 2, true
	}
	if n, ok := suffixedOrWord(p.peek(0)); ok {
		_, unit := units[p.peek(1)]
		p.pos++
		return n, (unit && p.peek(1) != "of" || p.peek(0) == "hour") && n > 0
	}
	n, ok := p.number()
	if _, isMonth := months[p.peek(0)]; isMonth || n == 0 {
		return 0, false // "every 24 december"
	}
	return n, ok && n <= maxInterval
}

func unitIsPlural(word string) bool { return word[len(word)-1] == 's' }

// clause reads what limits the rule: on which days, in which months, until when.
func (p *repeatParser) clause() bool {
	switch {
	case p.accept("on"):
		return p.days()
	case p.accept("in"):
		return p.in()
	case p.acceptAny("until", "till"):
		return p.untilWords()
	case p.accept("only", "the"):
		return p.only()
	case p.accept("weeks", "from"):
		day, ok := lookup(p.parser, weekdays)
		p.weekStart = day
		return ok
	case p.acceptAny("starting", "from"):
		p.refuse("its first date belongs to the due date")
		return false
	}
	if minute, ok := try(p.parser, p.timeOfDay); ok {
		p.minute = minute
		return true
	}
	p.accept("for")
	n, ok := p.number()
	p.count = n
	return ok && n > 0 && n <= maxCount && p.acceptAny("times", "time")
}

func (p *repeatParser) untilWords() bool {
	m := moment{minute: -1}
	if !p.day(&m) || m.minute >= 0 || checkYear(m.day) != nil {
		return false
	}
	p.until = m.day
	return true
}

// only reads "1st and last of them".
func (p *repeatParser) only() bool {
	positions, ok := p.ordinals()
	p.bySetPos = positions
	return ok && p.accept("of", "them")
}

// in reads "january and march", "the 20th and last week".
func (p *repeatParser) in() bool {
	p.accept("the")
	if numbers, ok := p.ordinals(); ok {
		p.byWeekNo = numbers
		return p.acceptAny("week", "weeks")
	}
	all, ok := p.list(func() (int, bool) {
		month, ok := lookup(p.parser, months)
		return int(month), ok
	})
	p.byMonth = all
	return ok
}
