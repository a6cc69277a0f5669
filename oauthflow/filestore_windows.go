package oauthflow

// On Windows the profile directory's access list keeps others out, and a rename is durable by itself.
const (
	openNoFollow = 0
	modesMatter  = false
	lockReads    = true // a file that is open cannot be replaced
)

func syncDir(string) error { return nil }
