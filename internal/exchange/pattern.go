package exchange

import (
	"regexp"
	"sync"
)

// pattern returns a regular expression that is compiled when it is first asked for:
// every command starts with all of this package, and few read or write a file.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
