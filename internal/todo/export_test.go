package todo

// LimitEffort bounds the work of a page, for one test.
func LimitEffort(t interface{ Cleanup(func()) }, keys, rows, gathered, words int) {
	old := pageEffort
	pageEffort = effort{keys, rows, gathered, words}
	t.Cleanup(func() { pageEffort = old })
}
