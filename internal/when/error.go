package when

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// Error says what was read and why it is not understood (Message), and what to
// write instead (Hint). A person may read both.
type Error struct{ Message, Hint string }

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// The parts of a hint that show how to write what was refused.
const (
	rangeExamples  = `"today", "week" or 2026-12-01..2026-12-07`
	repeatExamples = `"every day", "every 2 weeks" or "every month on the 1st"`
)

// dateExamples has a date that is still to come, so that whoever copies it is
// not off by years.
func (c Clock) dateExamples() string {
	return c.today().AddDate(0, 0, 3).Format(time.DateOnly) + `, "tomorrow 17:00" or "next friday"`
}

// refuse says why, what works instead, and the time in which all is understood.
func (c Clock) refuse(examples, format string, args ...any) *Error {
	now := c.Now.In(c.zone())
	return &Error{
		Message: fmt.Sprintf(format, args...),
		Hint:    fmt.Sprintf("use %s; now is %s %s", examples, now.Format("Mon 2006-01-02 15:04"), now.Location()),
	}
}

// cut shortens what is quoted in a message.
func cut(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
