package todo

// Query asks for a page of the list. Its conditions combine with AND.
type Query struct {
	Status   Status
	Text     string // the query syntax of ParseQuery: words, tag:home, due:week, !high, -bread …
	Due      string // when.ParseRange: today, overdue, tomorrow, week, none, a date, a..b
	List     string // a name, or Inbox; archived lists' todos show only where they are named
	Tag      string // a name
	Priority string // high, medium, low or none
	ParentID string // only subtasks of this todo
	Sort     Sort
	Cursor   string // of the page before; "" begins
	Limit    int    // at most MaxPage; 0 means all
}

// Sort is the order of a page.
type Sort string

// The sorts. The zero Sort is SortOrder, but SortDue where the query has a due range.
const (
	SortOrder     Sort = "order"     // open: manual; completed and trash: newest first
	SortDue       Sort = "due"       // soonest first, those without a due date last
	SortPriority  Sort = "priority"  // high first, then manual order
	SortCreated   Sort = "created"   // newest first
	SortCompleted Sort = "completed" // newest first; open ones before, in manual order
)

// Status selects todos by what became of them.
type Status string

// The statuses. The zero Status is StatusAll.
const (
	StatusOpen      Status = "open"
	StatusCompleted Status = "completed"
	StatusAll       Status = "all" // open first, then completed
	StatusTrash     Status = "trash"
)

// Page is a part of the list.
type Page struct {
	Todos      []Todo
	Total      int    // todos that the query matches, on all pages; MaxTotal if there are as many or more
	NextCursor string // "" on the last page; a page may be short and yet have one
	Rev        uint64 // the namespace's revision the page shows
	Counts     Counts
}

// MaxTotal is how far the matches of a filtered query are counted.
const MaxTotal = 1000

// Counts says how many todos a namespace holds, by view.
type Counts struct {
	Open, Completed, Trash int
}
