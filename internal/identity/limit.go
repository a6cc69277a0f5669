package identity

import "time"

// limit allows max events per subject in a fixed window of time, as Stytch's limits do.
type limit struct {
	name   string
	window time.Duration
	max    int
}

var (
	sendsPerMinute = limit{"send-minute", time.Minute, 10}
	sendsPerHour   = limit{"send-hour", time.Hour, 60}
	// A million codes and 20 guesses a quarter of an hour: a guesser needs a year for an even chance.
	guesses       = limit{"guess", 15 * time.Minute, 20}
	registrations = limit{"register", time.Hour, 1000}
)

type limitRecord struct {
	Start time.Time `json:"start"`
	Count int       `json:"count"`
}

func (l limit) key(subject string) string { return l.name + "/" + subject }

func (l limit) current(tx Tx, subject string, now time.Time) (*limitRecord, error) {
	record, err := limitsTable.get(tx, l.key(subject))
	if err != nil {
		return nil, err
	}
	if record == nil || !now.Before(record.Start.Add(l.window)) {
		return &limitRecord{Start: now}, nil
	}
	return record, nil
}

// check refuses when the window is full.
func (l limit) check(tx Tx, subject string, now time.Time) error {
	record, err := l.current(tx, subject, now)
	if err != nil {
		return err
	}
	if record.Count >= l.max {
		return errTooManyRequests
	}
	return nil
}

// count adds an event.
func (l limit) count(tx Tx, subject string, now time.Time) error {
	record, err := l.current(tx, subject, now)
	if err != nil {
		return err
	}
	record.Count++
	return limitsTable.put(tx, l.key(subject), record, record.Start.Add(l.window))
}

// take is check and count.
func (l limit) take(tx Tx, subject string, now time.Time) error {
	if err := l.check(tx, subject, now); err != nil {
		return err
	}
	return l.count(tx, subject, now)
}
