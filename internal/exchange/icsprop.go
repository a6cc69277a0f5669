package exchange

import (
	"strings"

	ics "github.com/arran4/golang-ical"
)

// icsProp is a property as it was written.
type icsProp struct {
	raw    string
	params map[string][]string
}

func (p icsProp) text() string { return ics.FromText(p.raw) }

func (p icsProp) param(name string) string {
	for key, values := range p.params {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// params reads the parameters of a property, from all of it before its value.
func params(head string) (map[string][]string, bool) {
	if len(head) > maxParams {
		return nil, false
	}
	parsed, err := ics.ParseProperty(ics.ContentLine(head + ":"))
	if err != nil || parsed == nil {
		return nil, false
	}
	return parsed.ICalParameters, true
}

// paramsEnd returns where a property's value begins, at its colon, or -1.
func paramsEnd(content string) int {
	quoted := false
	for i := range len(content) {
		switch content[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				return i
			}
		}
	}
	return -1
}

// splitText takes a list of texts apart: at commas, but not those after a backslash.
func splitText(raw string) []string {
	var parts []string
	begin := 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case ',':
			parts = append(parts, ics.FromText(raw[begin:i]))
			begin = i + 1
		}
	}
	return append(parts, ics.FromText(raw[begin:]))
}
