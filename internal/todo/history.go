package todo

import (
	"context"
	"time"
)

// HistoryQuery asks who changed what. Its conditions combine with AND.
type HistoryQuery struct {
	Kind   Kind      // "" all
	Since  time.Time // at or after; zero: from the beginning
	Until  time.Time // before; zero: until now
	By     string    // author, no case matters
	TodoID string
	Limit  int // at most MaxPage; 0 means 50
	Cursor string
}

// HistoryPage is a part of the history, newest first. It may be short and yet have
// a NextCursor: so the cost of a page does not grow with the journal.
type HistoryPage struct {
	Changes    []Change
	NextCursor string
}

// History returns changes, newest first. A todo's own history follows its
// revisions and costs no more than they are.
func (s *Service) History(ctx context.Context, ns Namespace, actor Actor, q HistoryQuery) (HistoryPage, error) {
	return HistoryPage{}, notYet()
}

// Overview is a list at a glance.
type Overview struct {
	Open           int
	Overdue        int // of the open ones
	DueToday       int // of the open ones, overdue ones not counted
	CompletedToday int
	Lists, Tags    []Name
}

// Overview counts what a person asks first. Lists are never hidden by their length:
// its cost grows with the lists and tags in use and with what is due, not with the list.
func (s *Service) Overview(ctx context.Context, ns Namespace, actor Actor) (Overview, error) {
	return Overview{}, notYet()
}
func notYet() error { return &Error{Code: CodeInternal, Message: "not built yet"} }
