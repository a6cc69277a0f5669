package exchange

import (
	"maps"
	"slices"
	"strings"

	"todo.example/internal/todo"
)

// txtLine is one line of a todo.txt, taken apart.
type txtLine struct {
	done              bool
	priority          string // a letter
	completed, made   string // dates
	text              string
	projects, context []string
	keys              map[string]string
}

var (
	txtPriority = pattern(`^\([A-Z]\)$`)
	txtDate     = pattern(`^\d{4}-\d\d-\d\d$`)
)

func readTodoTxt(text string, c *collector) {
	for n, line := range lines(text) {
		switch {
		case c.done():
			return
		case strings.TrimSpace(line) == "":
		case len(line) > maxLine:
			c.broken(n, "shorten it", "the line has more than %d KiB", maxLine>>10)
		default:
			c.txt(n, parseTodoTxt(line))
		}
	}
}

func parseTodoTxt(line string) txtLine {
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	l := txtLine{keys: map[string]string{}}
	words = l.head(words)
	// What the last text: says is the text; the words before it are for people.
	for at, word := range slices.Backward(words) {
		if strings.HasPrefix(word, keyText+":") {
			l.words(words[at:])
			l.text = l.keys[keyText]
			return l
		}
	}
	l.text = l.words(words)
	if l.text == "" { // nothing but signs
		l.text = strings.Join(words, " ")
	}
	return l
}

// head takes the mark, the priority and the dates off the beginning.
func (l *txtLine) head(words []string) []string {
	take := func(match func(string) bool) string {
		if len(words) == 0 || !match(words[0]) {
			return ""
		}
		word := words[0]
		words = words[1:]
		return word
	}
	l.done = take(func(word string) bool { return word == "x" }) != ""
	if p := take(txtPriority().MatchString); p != "" {
		l.priority = p[1:2]
	}
	if l.done {
		l.completed = take(txtDate().MatchString)
	}
	l.made = take(txtDate().MatchString)
	return words
}

// words takes the keys out, and the projects and contexts at the end. Those in the
// middle are part of what the sentence says, and stay.
func (l *txtLine) words(words []string) (text string) {
	kept := words[:0:0]
	for _, word := range words {
		if name, value, ok := strings.Cut(word, ":"); ok && value != "" && slices.Contains(todoTxtKeys, name) {
			if _, twice := l.keys[name]; !twice {
				l.keys[name] = unescapeValue(value)
				continue
			}
		}
		kept = append(kept, word)
	}
	end := len(kept)
	for end > 0 && isSign(kept[end-1]) {
		end--
	}
	for _, word := range kept {
		switch {
		case !isSign(word):
		case word[0] == '+':
			l.projects = append(l.projects, word[1:])
		default:
			l.context = append(l.context, word[1:])
		}
	}
	return strings.Join(kept[:end], " ")
}

func isSign(word string) bool { return len(word) > 1 && (word[0] == '+' || word[0] == '@') }

// list returns the list: the first project, unless a key says it in full.
func (l txtLine) list() string {
	if name := l.keys[keyList]; name != "" {
		return name
	}
	if len(l.projects) > 0 {
		return l.projects[0]
	}
	return ""
}

// tags returns the contexts and the projects after the first.
func (l txtLine) tags() []string {
	tags := slices.Clone(l.context)
	if len(l.projects) > 1 {
		tags = append(tags, l.projects[1:]...)
	}
	return tidyTags(tags)
}

// same reports whether the line's beginning and keys are those that it was made of.
func (l txtLine) same(head, tail []string) bool {
	wrote := txtLine{keys: map[string]string{}}
	rest := wrote.head(head)
	wrote.words(tail)
	return len(rest) == 0 && l.done == wrote.done && l.priority == wrote.priority &&
		l.completed == wrote.completed && l.made == wrote.made && maps.Equal(l.keys, wrote.keys)
}

func (c *collector) txt(n int, l txtLine) {
	f := found{Import: todo.Import{Line: n}, id: l.keys[keyID], parent: l.keys[keyParent]}
	t := &f.Todo
	t.Text, t.Notes, t.List, t.Tags, t.UID = l.text, l.keys[keyNotes], l.list(), l.tags(), f.id
	t.Completed = l.done
	c.stampInto(&t.CreatedAt, n, "the creation date", l.made)
	c.stampInto(&t.CompletedAt, n, "the completion date", l.completed)
	if l.priority == "" {
		l.priority = strings.ToUpper(l.keys[keyPri])
	}
	switch {
	case l.priority == "":
	case len(l.priority) == 1 && l.priority >= "D" && l.priority <= "Z":
		t.Priority = todo.PriorityLow // there are 26, and of ours three
	default:
		c.priority(&f, l.priority)
	}
	due := l.keys[keyDue]
	if at := l.keys[keyAt]; at != "" && due != "" {
		due += "T" + at
	}
	c.due(&f, due, l.keys[keyZone])
	if rule := l.keys[keyRule]; rule != "" {
		c.repeat(&f, rule)
	} else if rec := l.keys[keyRec]; rec != "" {
		rule, ok := ruleOf(rec)
		if !ok {
			rule = rec // and let it be refused, with its reason
		}
		c.repeat(&f, rule)
	}
	c.add(f)
}
