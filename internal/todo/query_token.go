package todo

import (
	"slices"
	"strings"
	"unicode"
)

// queryToken is one piece of a query's text: -key:"value".
type queryToken struct {
	not    bool
	key    string // "" for text
	value  string
	quoted bool
}

// queryTokens splits a query at blanks that are not within quotes. A quote that is
// not closed goes to the end, as it does while someone types.
func queryTokens(text string) (tokens []queryToken) {
	for {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" {
			return tokens
		}
		var t queryToken
		t, text = nextToken(text)
		tokens = append(tokens, t)
	}
}

func nextToken(text string) (t queryToken, rest string) {
	if len(text) > 1 && text[0] == '-' && !isSpaceAt(text, 1) {
		t.not, text = true, text[1:]
	}
	key, value := cutKey(text)
	if key == "" {
		value = text
	}
	t.key = key
	if strings.HasPrefix(value, `"`) {
		t.quoted = true
		t.value, rest, _ = strings.Cut(value[1:], `"`)
		return t, rest
	}
	end := strings.IndexFunc(value, unicode.IsSpace)
	if end < 0 {
		end = len(value)
	}
	t.value = value[:end]
	return t, value[end:]
}

func isSpaceAt(text string, i int) bool {
	return strings.IndexFunc(text[i:], unicode.IsSpace) == 0
}

// sigils are keys in one sign.
var sigils = map[byte]string{'#': "tag", '@': "tag", '+': "list", '!': "priority"}

// cutKey returns the key that a token begins with and what follows it; "" if the
// token is text.
func cutKey(text string) (key, value string) {
	if key, ok := sigils[text[0]]; ok {
		if value = text[1:]; beginsName(value, text[0] != '+') {
			return key, value
		}
		return "", text
	}
	key, value, ok := strings.Cut(text, ":")
	switch {
	case !ok || value == "" || isSpaceAt(value, 0):
		return "", text
	case slices.Contains(knownKeys, strings.ToLower(key)):
		return strings.ToLower(key), value
	case looksLikeKey(key) && beginsName(value, false):
		return key, value
	}
	return "", text
}

var knownKeys = []string{"tag", "list", "due", "priority", "is", "has", "no", "by"}

// beginsName reports whether a name may begin like this: with a letter, with a
// quote or, if digits are allowed, a digit. So "+1", "#-" and "!!" are text.
func beginsName(s string, digits bool) bool {
	for _, r := range s {
		return r == '"' || unicode.IsLetter(r) || digits && unicode.IsDigit(r)
	}
	return false
}

// addressSchemes precede a colon in text without being keys.
var addressSchemes = []string{"mailto", "tel", "sms", "geo", "urn", "data", "file", "http", "https", "xmpp", "sip", "javascript"}

// looksLikeKey reports whether someone who writes s before a colon means a key: a
// short word in lower case, three letters or more ("re:invent" is text).
func looksLikeKey(s string) bool {
	short := 3 <= len(s) && len(s) <= 12
	letters := !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
	return short && letters && !slices.Contains(addressSchemes, s)
}
