// Package when understands dates, repeats and ranges of dates as a person says
// them, in English, and says them back. It is pure: everything hangs off the
// Clock it is given. It imports nothing of ours and must never read the time,
// the environment or a file of its own accord (but the zone database, through
// package time).
//
// What cannot be understood whole is refused with a sentence, never guessed at
// or ignored in part. What a person means is settled here, once:
//
//   - "friday" is the next one after today, "this friday" may be today.
//   - "next friday" is the friday of next week, by the person's week start: ten
//     days ahead on a tuesday, five on a sunday if weeks begin on monday.
//   - "next week" is its monday; "next month" and "next year" are their first day.
//   - "this weekend" is its saturday, or today if it has begun.
//   - a date without a year is the next such date, a time alone the next such time.
//   - 11/12 is refused: it is another day on each side of the Atlantic.
//   - a due is on a minute: seconds are dropped.
//   - a wall-clock time that a clock change skips moves on by the gap (02:30
//     becomes 03:30); one that comes twice is the first of the two.
//   - a rule repeats as RFC 5545 has it: every month from the 31st passes over
//     the shorter months, "every month on the last day" does not.
//
// # Why no library does this
//
// Natural dates: olebedev/when v1.1.0 matches parts and guesses (30 feb is
// 2 march, "tomorrow at 25:00" is tomorrow now, 2026-02-30 is today at 02:30,
// "Call May" is a date, "noon" in the evening is past); markusmobius/go-dateparser
// v1.4.7 prefers the past (friday is last friday), reads 11/12 and "5" as dates,
// and does not know "next friday", "end of month" or "this weekend".
//
// Recurrence: teambition/rrule-go v1.8.2, the last release, of January 2023,
// panics on FREQ=MONTHLY;BYDAY=53MO and on a large INTERVAL, looks for 31 february
// until the year 9999 with no way to stop it, counts BYSETPOS from the middle of
// the first week, takes days of other weeks for week 53, wants MO,1TU to be both at
// once, and accepts COUNT=-3, INTERVAL=0 and the same part twice. Days are all that
// a todo repeats by, and to walk them is less than to guard all that. The tests
// hold the library and this package against each other where it is right.
package when

import (
	// A server in a bare container and a laptop with Windows have no zone
	// database; without one Europe/Berlin would be refused there.
	_ "time/tzdata"
)
