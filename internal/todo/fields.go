package todo

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// none is what clears a field, for callers that cannot send nothing.
const none = "none"

// clears reports whether a person said that a field is to be empty.
func clears(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.EqualFold(s, none)
}

// cleanPriority reads a priority in any case; "" and "none" are none.
func cleanPriority(s string) (Priority, error) {
	if clears(s) {
		return PriorityNone, nil
	}
	switch p := Priority(strings.ToLower(strings.TrimSpace(s))); p {
	case PriorityLow, PriorityMedium, PriorityHigh:
		return p, nil
	}
	return "", invalid("priority", "use high, medium, low or none", "%q is not a priority", Cut(s))
}

// cleanList returns a list's name as it is kept, but for its spelling; "" for the
// inbox.
func cleanList(s string) (string, error) {
	name, err := cleanName("list", s)
	if clears(name) || strings.EqualFold(name, Inbox) {
		name = ""
	}
	return name, err
}

// cleanTag returns a tag's name as it is kept: lower case, "-" between words,
// without the sign that people write before it; "" for none.
func cleanTag(s string) (string, error) {
	name, err := cleanName("tags", strings.TrimLeft(strings.TrimSpace(s), "#@"))
	if clears(name) {
		return "", err
	}
	return norm.NFC.String(strings.ReplaceAll(strings.ToLower(name), " ", "-")), err
}

// nameSigns begin something else in the query syntax and in quick-add.
const nameSigns = "#@+!-/\\"

// cleanName returns the name of a list or tag: at most MaxName characters, single
// blanks between its words, no control characters. It is no name that the query
// syntax would read as something else.
func cleanName(field, s string) (string, error) {
	if err := checkString(field, s, ""); err != nil {
		return "", err
	}
	name := norm.NFC.String(strings.Join(strings.Fields(s), " "))
	switch {
	case utf8.RuneCountInString(name) > MaxName:
		return "", invalid(field, "shorten it", "the name %q has %d characters, %d are allowed", Cut(name), utf8.RuneCountInString(name), MaxName)
	case name != "" && strings.ContainsRune(nameSigns, rune(name[0])):
		return "", invalid(field, "begin it with a letter or a digit", "the name %q begins with a sign", name)
	case name == "." || name == "..": // in a path neither would arrive
		return "", invalid(field, "begin it with a letter or a digit", "the name %q is a path", name)
	case strings.Contains(name, `"`):
		return "", invalid(field, "leave them out", "the name %q has quotation marks", name)
	}
	return name, nil
}

// cleanTags returns tags as they are kept: sorted, each once.
func cleanTags(tags []string) ([]string, error) {
	var clean []string
	for _, s := range tags {
		tag, err := cleanTag(s)
		if err != nil {
			return nil, err
		}
		if tag != "" {
			clean = append(clean, tag)
		}
	}
	slices.Sort(clean)
	clean = slices.Compact(clean)
	if len(clean) > MaxTags {
		return nil, invalid("tags", "leave some out", "a todo has %d tags, %d are allowed", len(clean), MaxTags)
	}
	return slices.Clip(clean), nil
}

// retag returns a todo's tags after the patch.
func (p Patch) retag(tags []string) ([]string, error) {
	if p.Tags != nil {
		tags = *p.Tags
	}
	gone, err := cleanTags(p.RemoveTags)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(tags, p.AddTags)
	if len(gone) == 0 {
		return cleanTags(all)
	}
	// What is taken away makes room for what is added.
	return cleanTags(slices.DeleteFunc(all, func(s string) bool {
		tag, err := cleanTag(s)
		return err == nil && slices.Contains(gone, tag)
	}))
}
